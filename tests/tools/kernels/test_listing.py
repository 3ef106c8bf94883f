"""Listings of kernels hold for the sources and targets that they were made for, and no others."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from tensorsmith.backends.cache.folder import LISTING, UserFolder
from tensorsmith.backends.cache.format import encode, make_item
from tensorsmith.backends.cache.key import PlanKey
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.tools.kernels import listing
from tensorsmith.tools.kernels.listing import Listing, keep_listing, read_listing

PIECE = ("op", "softmax", "full", "<text>")
PLAN = PlanKey("softmax", "s", "pp", "x86-64-v3", "f", "generator").text("llvm 1")
FOUND = Listing({"x86-64-v3": {PLAN: "softmax[f32, rows]"}}, 3)
V3, V4 = processor_by_name("x86-64-v3"), processor_by_name("x86-64-v4")


@pytest.fixture
def folder(tmp_path: Path) -> UserFolder:
    """A folder with one listing."""
    made = UserFolder(tmp_path / "k")
    keep_listing(made, PIECE, [V3], FOUND)
    return made


def test_a_listing_is_read_back_for_its_work_and_targets_alone(folder: UserFolder) -> None:
    assert read_listing(folder, PIECE, [V3]) == FOUND
    assert read_listing(folder, PIECE, [V4]) is None
    assert read_listing(folder, PIECE, [V3, V4]) is None
    assert read_listing(folder, ("op", "softmax", "core", "<text>"), [V3]) is None


def test_a_listing_of_other_sources_does_not_hold_and_is_replaced(
    folder: UserFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "package_digest", lambda: "of other sources")
    assert read_listing(folder, PIECE, [V3]) is None
    keep_listing(folder, PIECE, [V3], FOUND)
    assert read_listing(folder, PIECE, [V3]) == FOUND
    assert folder.folder is not None and len(list(folder.folder.glob(f"*{LISTING}"))) == 1


def test_a_damaged_listing_is_none(folder: UserFolder) -> None:
    assert folder.folder is not None
    (path,) = folder.folder.glob(f"*{LISTING}")
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:100], b"", whole[:200] + b"?" + whole[201:]):
        path.write_bytes(damaged)
        assert read_listing(folder, PIECE, [V3]) is None
    path.write_bytes(whole)
    path.chmod(0o666)  # others could have written it
    assert read_listing(folder, PIECE, [V3]) is None


def test_where_nothing_can_be_kept_there_is_no_listing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.warns(RuntimeWarning, match="TENSORSMITH_CACHE_DIR"):
        folder = UserFolder(tmp_path / "file")
    keep_listing(folder, PIECE, [V3], FOUND)
    assert read_listing(folder, PIECE, [V3]) is None


def test_the_digest_covers_folders_with_sources() -> None:
    root = Path(listing.__file__).resolve().parents[2]
    assert len(listing.package_digest()) == 64
    assert all(any((root / name).glob("*.py")) for name in listing.FOLDERS)


@pytest.mark.parametrize(
    "text",
    [
        "[]", "{", "[" * 100_000, '{"kernels": {}, "calls": 3}', '{"kernels": 5, "calls": 3}',
        '{"kernels": {"x86-64-v3": {}}, "calls": "abc"}',
        '{"kernels": {"x86-64-v3": {}}, "calls": true}',
        '{"kernels": {"x86-64-v3": {}}, "calls": -1}',
        '{"kernels": {"x86-64-v3": {}, "foo": {}}, "calls": 3}',
        '{"kernels": {"foo": {"k": "x"}}, "calls": 3}',
        '{"kernels": {"x86-64-v3": {"no key": "x"}}, "calls": 3}',
        '{"kernels": {"x86-64-v3": {"{}": "x"}}, "calls": 3}',
        '{"kernels": {"x86-64-v3": ["x"]}, "calls": 3}',
        json.dumps({"kernels": {"x86-64-v3": {PLAN: 5}}, "calls": 3}),
        json.dumps({"kernels": {"x86-64-v3": {PLAN.replace("-v3", "-v4"): "x"}}, "calls": 3}),
    ],
)  # fmt: skip
def test_a_listing_that_makes_no_sense_is_none(folder: UserFolder, text: str) -> None:
    replace_payload(folder, zlib.compress(text.encode()))
    assert read_listing(folder, PIECE, [V3]) is None


def test_a_listing_that_makes_sense_holds_whoever_wrote_it(folder: UserFolder) -> None:
    replace_payload(folder, b"rubbish")
    assert read_listing(folder, PIECE, [V3]) is None
    text = json.dumps({"kernels": FOUND.kernels, "calls": FOUND.calls})
    replace_payload(folder, zlib.compress(text.encode()))
    assert read_listing(folder, PIECE, [V3]) == FOUND


def replace_payload(folder: UserFolder, payload: bytes) -> None:
    """Puts another payload into the listing, which verifies."""
    assert folder.folder is not None
    (path,) = folder.folder.glob(f"*{LISTING}")
    item = make_item(listing._key(PIECE, [V3]), payload)
    assert folder.put_note(path.name, encode(item))

"""What `tensorsmith cache` says of folders and bundles, and what it refuses."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.bundle import Bundle, Head, write_bundle
from tensorsmith.backends.cache.format import make_item
from tensorsmith.backends.cache.key import ContentKey, PlanKey
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels import inspect

TARGET, OTHER = "x86-64-v3", "aarch64"
ITEMS = [make_item((f"plan {n}", f"content {n}"), bytes([n]) * 500) for n in range(5)]
Told = Callable[..., Any]


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """A folder with bundles for two targets."""
    folder = tmp_path / "bundles"
    for target in (TARGET, OTHER):
        write_bundle(folder / f"{target}.bundle", Head(target, "llvm 1", "generator"), ITEMS)
    return folder


@pytest.fixture
def cache(tmp_path: Path, bundles: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectCache:
    """The cache that commands look at: an empty folder, and the bundles."""
    places = [("environment", bundles)]
    made = ObjectCache(tmp_path / "user", target=TARGET, places=lambda: iter(places))
    monkeypatch.setattr(inspect, "object_cache", lambda: made)
    return made


@pytest.fixture
def told(cache: ObjectCache, capsys: pytest.CaptureFixture[str]) -> Told:
    """What `tensorsmith cache ... --json` says, with the exit code that it must have."""

    def tell(*arguments: str, code: int = 0) -> Any:
        assert main(["cache", *arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return tell


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `tensorsmith cache ...` says against a command that fails."""
    assert main(["cache", *arguments]) == 1
    return capsys.readouterr().err


def test_verify_counts_the_items_of_bundles_for_all_targets(told: Told) -> None:
    assert told("verify")["bundled"] == 2 * len(ITEMS)


def test_verify_finds_a_bundle_that_was_cut(told: Told, bundles: Path) -> None:
    path = bundles / f"{TARGET}.bundle"
    os.truncate(path, 300)
    (refused,) = told("verify", code=1)["refused"].items()
    assert refused == (str(path), "its head names more than the file holds")


def test_verify_finds_a_flipped_byte_in_a_bundle_for_another_target(
    told: Told, bundles: Path
) -> None:
    path = bundles / f"{OTHER}.bundle"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    assert told("verify", code=1)["refused"] == {str(path): "1 of its items are damaged"}


def test_verify_and_info_name_a_bundle_that_others_may_write_to(told: Told, bundles: Path) -> None:
    path = bundles / f"{TARGET}.bundle"
    os.chmod(path, 0o666)
    why = {str(path): "it can be written to by others"}
    assert told("verify", code=1)["refused"] == why
    assert told("info")["refused"] == why


@pytest.mark.usefixtures("cache")
def test_nobody_is_told_that_a_bundle_is_written_again(
    bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(bundles / f"{TARGET}.bundle", 300)
    assert main(["cache", "verify"]) == 1
    out = capsys.readouterr().out
    assert "refused: " in out and "(build it again)" in out and "is written again" not in out


def test_info_lists_bundles_of_any_name_with_their_targets(told: Told, bundles: Path) -> None:
    (bundles / f"{TARGET}.bundle").rename(bundles / "mine.bundle")
    found = {Path(each["path"]).name: each["target"] for each in told("info")["bundles"]}
    assert found == {"mine.bundle": TARGET, f"{OTHER}.bundle": OTHER}


@pytest.mark.usefixtures("cache")
def test_info_says_how_a_bundle_of_another_generator_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cache", "info"]) == 0
    note = f"5 items for {TARGET}, of another version of the generator: found by their generated"
    assert note in capsys.readouterr().out


def test_import_refuses_a_bundle_that_others_may_write_to(
    cache: ObjectCache, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bundles / f"{TARGET}.bundle"
    os.chmod(path, 0o666)
    why = "its code must not be run: it can be written to by others"
    assert why in explained(capsys, "import", str(path))
    assert cache.user.size() == (0, 0)


def test_verify_takes_what_is_no_file_for_damage(
    told: Told, cache: ObjectCache, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe, folder = (cache.path(key) for key in ("a pipe", "a folder"))
    assert pipe is not None and folder is not None
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    folder.mkdir(parents=True)
    assert told("verify", code=1)["damaged"] == sorted(map(str, (pipe, folder)))
    assert main(["cache", "verify"]) == 1
    assert f"{folder} (it is a miss; remove this folder)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("prune --limit -5", "--limit must be at least 0, got -5"),
        ("verify --rebuild -1", "--rebuild must be at least 0, got -1"),
    ],
)
def test_a_negative_count_removes_and_compiles_nothing(
    cache: ObjectCache, capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert cache.put("key", b"object")
    assert why in explained(capsys, *line.split())
    assert cache.get("key") == b"object"


@pytest.mark.usefixtures("cache")
def test_export_of_nothing_writes_no_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.bundle"
    why = "it holds no kernel for x86-64-v2 made by this version of the generator"
    assert why in explained(capsys, "export", "-o", str(path), "--target", "x86-64-v2")
    assert not path.exists()


def test_diff_counts_an_object_of_several_keys_once(
    bundles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = bundles / f"{TARGET}.bundle", tmp_path / "other.bundle"
    changed = make_item(ITEMS[0].keys, b"changed")
    write_bundle(other, Head(TARGET, "llvm 1", "generator"), [changed, *ITEMS[1:4]])
    assert main(["cache", "diff", str(one), str(other)]) == 1
    counts = f"3 equal, 1 with other bytes, 1 only in {one}, 0 only in {other}"
    assert counts in capsys.readouterr().out


def test_export_and_verify_where_the_compiler_is_another_one(
    cache: ObjectCache, told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = processor_by_name(TARGET).generator()
    plan = PlanKey("relu", "s", "pp", TARGET, "f", generator).text("llvm 1")
    content = ContentKey("source", ("kernel",), TARGET, "f", "llvm 1").text()
    assert cache.put((plan, content), b"object")
    path = tmp_path / "x.bundle"
    assert told("export", "-o", str(path), "--target", TARGET)["kernels"] == 1
    assert Bundle(path).head == replace(Bundle(path).head, compiler="llvm 1", count=2)
    assert told("verify", "--rebuild", "3", code=1)["rebuilt"] == 0
    assert main(["cache", "verify", "--rebuild", "3"]) == 1
    assert "of none is the source kept" in capsys.readouterr().out

"""Bundles are found by key, verify themselves, and are ignored with a warning when they do not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tensorsmith.backends.cache import bundle
from tensorsmith.backends.cache.bundle import Bundle, BundleError, Head, write_bundle
from tensorsmith.backends.cache.format import make_item
from tensorsmith.backends.cache.key import ContentKey, PlanKey
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cache.locate import bundle_places

HEAD = Head("x86-64-v3", "llvm 1", "generator")
ITEMS = [make_item(f"key {n}", bytes([n % 256]) * 50 * n, {"name": f"n{n}"}) for n in range(100)]


def cache_with(tmp_path: Path, path: Path, kind: str = "core") -> ObjectCache:
    """A cache whose only bundle is the one at a path."""
    return ObjectCache(tmp_path / "user", target="x86-64-v3", places=lambda: iter([(kind, path)]))


def test_every_item_is_found_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    size = write_bundle(path, HEAD, ITEMS)
    opened = Bundle(path)
    assert len(opened) == 100 and size == path.stat().st_size
    assert all(opened.get(item.key) == item for item in ITEMS)
    assert opened.get("key") is None and opened.get("key 100") is None
    assert sorted(i.key for i in opened.items() if i) == sorted(i.key for i in ITEMS)


def test_an_item_is_found_by_each_of_its_keys_and_stored_once(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    item = make_item(("one", "two", "three"), os.urandom(5000))
    assert write_bundle(path, HEAD, [item]) < 8000
    opened = Bundle(path)
    assert len(opened) == 1 and list(opened.items()) == [item]
    assert [opened.get(key) for key in ("one", "two", "three", "four")] == [item] * 3 + [None]


def test_an_empty_bundle_holds_nothing(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.bundle", HEAD, [])
    assert Bundle(tmp_path / "a.bundle").get("key") is None


def test_the_bytes_do_not_depend_on_the_order_of_items(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.bundle", HEAD, ITEMS)
    write_bundle(tmp_path / "b.bundle", HEAD, reversed(ITEMS))
    assert (tmp_path / "a.bundle").read_bytes() == (tmp_path / "b.bundle").read_bytes()


def test_a_bundle_cut_or_changed_anywhere_never_gives_a_wrong_item(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    write_bundle(path, HEAD, ITEMS[:10])
    whole = path.read_bytes()
    step = max(1, len(whole) // 300)
    places = range(0, len(whole), step)
    versions = [whole[:k] for k in places]
    versions += [whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :] for k in places]
    for version in versions:
        path.write_bytes(version)
        for item in ITEMS[:10]:
            try:
                assert Bundle(path).get(item.key) in (item, None)
            except BundleError:
                continue


def test_a_bundle_cut_while_it_is_open_does_not_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    write_bundle(path, HEAD, ITEMS)
    opened = Bundle(path)
    os.truncate(path, 100)
    with pytest.raises(BundleError):
        opened.get("key 50")


def test_a_bundle_with_a_wrong_digest_is_ignored_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    cache = cache_with(tmp_path, tmp_path)
    with pytest.warns(RuntimeWarning, match="x86-64-v3.bundle is ignored"):
        assert cache.get("key 1") is None
    assert cache.get("key 1") is None  # told once


def test_a_bundle_with_a_damaged_item_is_ignored_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item("key", os.urandom(5000))])
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    cache = cache_with(tmp_path, path)
    with pytest.warns(RuntimeWarning, match="does not have the digest"):
        assert cache.get("key") is None
    assert cache.get("key") is None


def test_a_bundle_for_another_target_is_not_searched(tmp_path: Path) -> None:
    head = Head("x86-64-v4", HEAD.compiler, HEAD.generator)
    write_bundle(tmp_path / "x86-64-v4.bundle", head, ITEMS)
    assert cache_with(tmp_path, tmp_path).get("key 1") is None
    assert cache_with(tmp_path, tmp_path / "x86-64-v4.bundle").get("key 1") is None


@pytest.mark.parametrize("kind", ["environment", "system"])
def test_a_bundle_that_others_may_write_to_is_ignored_with_a_warning(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    os.chmod(path, 0o666)
    cache = cache_with(tmp_path, path, kind)
    with pytest.warns(RuntimeWarning, match="can be written to by others"):
        assert cache.get("key 1") is None
    os.chmod(path, 0o644)
    assert cache_with(tmp_path, path, kind).get("key 1") == ITEMS[1].payload


@pytest.fixture
def way(tmp_path: Path) -> Path:
    """A folder that everybody may write to, beside one with a good bundle."""
    (tmp_path / "good").mkdir(mode=0o755)
    write_bundle(tmp_path / "good" / "x86-64-v3.bundle", HEAD, ITEMS)
    (tmp_path / "open").mkdir()
    os.chmod(tmp_path / "open", 0o777)
    return tmp_path


def refused(way: Path, path: Path, why: str) -> None:
    """The bundle is refused with a message, and an item in it is not found."""
    with pytest.warns(RuntimeWarning, match=f"x86-64-v3.bundle is ignored: .*{why}"):
        assert cache_with(way, path, "environment").get("key 1") is None


def test_a_link_that_others_can_exchange_does_not_lead_to_a_bundle(way: Path) -> None:
    link = way / "open" / "x86-64-v3.bundle"
    link.symlink_to(way / "good" / "x86-64-v3.bundle")
    refused(way, link, "open, which can be written to by everybody")
    between = way / "good" / "between"
    between.symlink_to(way / "open")
    refused(way, between, "open, which can be written to by everybody")


def test_a_bundle_in_a_folder_below_one_that_everybody_may_write_to_is_ignored(way: Path) -> None:
    (way / "open" / "sub").mkdir(mode=0o755)
    path = way / "open" / "sub" / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    refused(way, path, "open, which can be written to by everybody")


def test_a_bundle_behind_links_that_only_its_user_can_exchange_is_read(way: Path) -> None:
    (way / "link").symlink_to("good")
    path = way / "link" / "x86-64-v3.bundle"
    assert cache_with(way, path, "environment").get("key 1") == ITEMS[1].payload


def test_what_is_checked_is_the_opened_file_not_the_one_at_the_path_later(
    way: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, good = way / "x86-64-v3.bundle", way / "good" / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    os.chmod(path, 0o666)
    opened = os.open

    def exchanged_at_once(file: Path, flags: int) -> int:
        handle = opened(file, flags)
        os.replace(good, path)
        return handle

    monkeypatch.setattr(bundle.os, "open", exchanged_at_once)
    refused(way, path, "can be written to by others")


@pytest.mark.parametrize("kind", ["core", "environment"])
def test_a_pipe_in_place_of_a_bundle_is_ignored_and_holds_nobody_up(way: Path, kind: str) -> None:
    path = way / "good" / "x86-64-v3.bundle"
    path.unlink()
    os.mkfifo(path)
    with pytest.warns(RuntimeWarning, match="is not a regular file"):
        assert cache_with(way, path, kind).get("key 1") is None


def test_a_bundle_of_any_name_is_found_after_those_named_by_their_target(tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    write_bundle(folder / "mine.bundle", HEAD, ITEMS)
    (folder / "a folder.bundle").mkdir()
    assert cache_with(tmp_path, folder, "environment").get("key 1") == ITEMS[1].payload
    write_bundle(folder / "x86-64-v3.bundle", HEAD, [make_item("key 1", b"named")])
    assert cache_with(tmp_path, folder, "environment").get("key 1") == b"named"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere", "it does not exist"),
        ("empty", r"no file \*.bundle lies in it"),
        ("file", r"it is no file \*.bundle"),
    ],
)
def test_a_place_that_a_user_names_in_vain_is_told(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.warns(RuntimeWarning, match=f"{name} is ignored: {why}"):
        assert cache_with(tmp_path, tmp_path / name, "environment").get("key 1") is None
    assert cache_with(tmp_path, tmp_path / name, "core").get("key 1") is None


def test_a_plan_leads_to_an_object_made_by_the_bundles_own_compiler(tmp_path: Path) -> None:
    plan = PlanKey("relu", "s", "pp", "x86-64-v3", "f", "generator")
    content = ContentKey("source", ("kernel",), "x86-64-v3", "f", "llvm 1")
    items = [make_item((plan.text("llvm 1"), content.text()), b"object")]
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, items)
    cache = cache_with(tmp_path, path)
    assert cache.find(plan, "no compiler here") == (b"object", str(path))
    found = cache.find_source(content.by("llvm 2"))
    assert found == (b"object", str(path), content.text())


def test_a_plan_of_another_generator_is_no_hit_but_its_source_is(tmp_path: Path) -> None:
    plan = PlanKey("relu", "s", "pp", "x86-64-v3", "f", "newer generator")
    content = ContentKey("source", ("kernel",), "x86-64-v3", "f", "llvm 1")
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item(content.text(), b"object")])
    cache = cache_with(tmp_path, path)
    assert cache.find(plan, "llvm 1") is None
    assert cache.find_source(content) == (b"object", str(path), content.text())
    cache.put((plan.text("llvm 1"), content.text()), b"object")
    assert cache.find(plan, "llvm 1") == (b"object", "folder")


def test_bundles_are_found_by_entry_point_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "kernels_of_test"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('it must not be imported')")
    about = tmp_path / "kernels_of_test-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: kernels-of-test\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[tensorsmith.kernels]\nmine = kernels_of_test\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("TENSORSMITH_BUNDLES", str(tmp_path / "given"))
    places = list(bundle_places())
    assert places[0] == ("environment", tmp_path / "given")
    assert ("mine", package) in places


def test_the_users_folder_comes_before_bundles(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    cache = cache_with(tmp_path, path)
    cache.put("key 1", b"own")
    assert cache.get("key 1") == b"own"

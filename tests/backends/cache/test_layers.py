"""Objects are looked for in the user's folder, then in bundles, by the keys that each may have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tensorsmith.backends.cache.bundle import Head, write_bundle
from tensorsmith.backends.cache.format import make_item
from tensorsmith.backends.cache.key import ContentKey, PlanKey
from tensorsmith.backends.cache.layers import ObjectCache

from .samples import HEAD, ITEMS, cache_with


def test_what_is_put_is_found_by_another_cache(tmp_path: Path) -> None:
    ObjectCache(tmp_path / "k").put("key", b"object")
    other = ObjectCache(tmp_path / "k")
    assert other.get("key") == b"object"
    assert other.get("another key") is None
    assert other.user.size()[0] == 1
    assert other.user.clear() == 1
    assert other.get("key") is None


def test_a_bundle_for_another_target_is_not_searched(tmp_path: Path) -> None:
    head = Head("x86-64-v4", HEAD.compiler, HEAD.generator)
    write_bundle(tmp_path / "x86-64-v4.bundle", head, ITEMS)
    assert cache_with(tmp_path, tmp_path).get("key 1") is None
    assert cache_with(tmp_path, tmp_path / "x86-64-v4.bundle").get("key 1") is None


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


def test_the_users_folder_comes_before_bundles(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    cache = cache_with(tmp_path, path)
    cache.put("key 1", b"own")
    assert cache.get("key 1") == b"own"


def test_what_does_not_fit_is_looked_for_in_the_next_layer(tmp_path: Path) -> None:
    plan = PlanKey("relu", "s", "pp", "x86-64-v3", "f", "generator")
    content = ContentKey("source", ("kernel",), "x86-64-v3", "f", "llvm 1")
    keys = (plan.text("llvm 1"), content.text())
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item(keys, b"whole")])
    cache = cache_with(tmp_path, path)
    cache.put(keys, b"cut")

    def fits(payload: bytes) -> bool:
        return payload == b"whole"

    assert cache.find(plan, "llvm 1", fits) == (b"whole", str(path))
    assert cache.find_source(content, fits) == (b"whole", str(path), content.text())
    assert cache_with(tmp_path, path).find(plan, "llvm 1") == (b"cut", "folder")
    cache.user.note_compiler("llvm 1")
    assert cache.find_by_others(content) and cache.find_by_others(content, fits) is None


@pytest.mark.parametrize("by", ["plan", "source"])
def test_a_bundle_with_what_does_not_fit_is_ignored_with_one_warning(
    tmp_path: Path, by: str
) -> None:
    plan = PlanKey("relu", "s", "pp", "x86-64-v3", "f", "generator")
    content = ContentKey("source", ("kernel",), "x86-64-v3", "f", "llvm 1")
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item((plan.text("llvm 1"), content.text()), b"cut"), *ITEMS])
    cache = cache_with(tmp_path, path)
    assert cache.get("key 1") == ITEMS[1].payload

    def find() -> object:
        if by == "plan":
            return cache.find(plan, "llvm 1", lambda payload: False)
        return cache.find_source(content, lambda payload: False)

    told = f"{path} is ignored: an object in it is not whole, or is for another machine"
    with pytest.warns(RuntimeWarning, match=re.escape(told)):
        assert find() is None
    assert find() is None and cache.get("key 1") is None

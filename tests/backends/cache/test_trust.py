"""A cache is code: a folder that others can write to is refused, and nothing in it is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tensorsmith.backends.cache import trust
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import encode, make_item

ITEM = make_item("key", b"object")


def refused(folder: Path, why: str) -> None:
    """The folder is refused with a message, and an item in it is not found."""
    with pytest.warns(RuntimeWarning, match=f"{why}.*TENSORSMITH_CACHE_DIR"):
        cache = UserFolder(folder)
    assert cache.folder is None and cache.get(ITEM.key) is None and not cache.put(ITEM)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is used and holds an item."""
    cache = UserFolder(tmp_path / "k")
    assert cache.put(ITEM)
    return tmp_path / "k"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_to_is_refused(folder: Path, mode: int) -> None:
    os.chmod(folder, mode)
    refused(folder, "can be written to by others")


def test_a_symbolic_link_is_refused(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    refused(link, "is a symbolic link")


def test_a_folder_of_another_user_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust.os, "geteuid", lambda: 4711)
    refused(folder, "belongs to another user")


@pytest.mark.parametrize("mode", [0o777, 0o772])
def test_a_folder_below_one_that_everybody_may_write_to_is_refused(
    folder: Path, mode: int
) -> None:
    os.chmod(folder.parent, mode)
    try:
        refused(folder, "can be written to by everybody")
    finally:
        os.chmod(folder.parent, 0o700)


def test_a_sticky_folder_above_is_fine(folder: Path) -> None:
    os.chmod(folder.parent, 0o1777)
    try:
        assert UserFolder(folder).get(ITEM.key) == ITEM
    finally:
        os.chmod(folder.parent, 0o700)


def test_a_link_in_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    cache = UserFolder(folder)
    path = cache.path(ITEM.key)
    assert path is not None
    path.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(encode(ITEM))
    path.symlink_to(elsewhere)
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) and not path.is_symlink()


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_to_is_a_miss_and_is_replaced(folder: Path, mode: int) -> None:
    cache = UserFolder(folder)
    path = cache.path(ITEM.key)
    assert path is not None
    os.chmod(path, mode)
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) and cache.get(ITEM.key) == ITEM


def test_what_is_no_regular_file_is_a_miss(folder: Path) -> None:
    cache = UserFolder(folder)
    path = cache.path(ITEM.key)
    assert path is not None
    path.unlink()
    path.mkdir()
    assert cache.get(ITEM.key) is None

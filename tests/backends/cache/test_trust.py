"""A cache is code: a folder that others can write to is refused, and nothing in it is run."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest
from tensorsmith.backends.cache import trust
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import encode, make_item

from .samples import give_away

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
    refused(link, f"link is a symbolic link to {folder}, which can be named instead")


def test_the_folder_that_a_user_names_is_no_symbolic_link_either(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    assert UserFolder(real / "kernels").put(ITEM)
    link.symlink_to(real)
    refused(link / "kernels", f"lies in {link}, which is a symbolic link to {real}, which can be")
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    refused(link / "kernels", f"symbolic link to {tmp_path / 'nowhere'}")
    assert not (tmp_path / "nowhere").exists()


def test_links_above_the_folder_that_a_user_names_are_followed(tmp_path: Path) -> None:
    assert UserFolder(tmp_path / "real" / "cache" / "kernels").put(ITEM)
    (tmp_path / "link").symlink_to("real")
    assert UserFolder(tmp_path / "link" / "cache" / "kernels").get(ITEM.key) == ITEM


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_away(monkeypatch, folder)
    refused(folder, r"belongs to another user \(number 4711\)")
    monkeypatch.undo()
    give_away(monkeypatch, folder, 0)
    monkeypatch.setattr(trust.os, "geteuid", lambda: 1000)
    refused(folder, r"belongs to another user \(number 0\)")


def test_a_folder_below_one_of_another_user_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_away(monkeypatch, folder.parent)
    refused(folder, rf"lies in {folder.parent}, which belongs to another user \(number 4711\)")
    monkeypatch.undo()
    give_away(monkeypatch, folder.parent, 0)
    assert UserFolder(folder).get(ITEM.key) == ITEM


def test_a_folder_behind_a_link_of_another_user_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert UserFolder(folder / "inner").put(ITEM)
    assert UserFolder(link / "inner").get(ITEM.key) == ITEM
    give_away(monkeypatch, link)
    refused(link / "inner", f"lies in {link}, which belongs to another user")


@pytest.mark.parametrize("mode", [0o777, 0o772])
def test_a_folder_below_one_that_everybody_may_write_to_is_refused(folder: Path, mode: int) -> None:
    os.chmod(folder.parent, mode)
    try:
        refused(folder, "can be written to by everybody")
    finally:
        os.chmod(folder.parent, 0o700)


@pytest.mark.parametrize("private", [False, True])
def test_a_folder_below_one_that_a_group_may_write_to_is_refused_unless_it_is_the_users_own(
    folder: Path, private: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_private_group", lambda group: private)
    os.chmod(folder.parent, 0o770)
    try:
        if private:
            assert UserFolder(folder).get(ITEM.key) == ITEM
        else:
            refused(folder, f"lies in {folder.parent}, which can be written to by a group of users")
    finally:
        os.chmod(folder.parent, 0o700)


@pytest.mark.parametrize(
    ("user", "group", "name", "members", "private"),
    [
        (1000, 1000, "me", [], True),
        (1000, 1000, "me", ["me"], True),
        (1000, 1000, "me", ["me", "other"], False),
        (1000, 1000, "me", ["other"], False),
        (1000, 1000, "staff", [], False),
        (1000, 2000, "me", [], False),
        (1000, 0, "root", [], False),
        (0, 0, "root", [], True),
        (0, 2000, "staff", [], False),
    ],
)
def test_a_group_is_private_if_it_has_the_users_name_and_no_other_member(
    user: int,
    group: int,
    name: str,
    members: list[str],
    private: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = SimpleNamespace(pw_name="me" if user else "root", pw_gid=user)
    monkeypatch.setattr(pwd, "getpwuid", lambda number: own)
    monkeypatch.setattr(
        grp, "getgrgid", lambda number: SimpleNamespace(gr_name=name, gr_mem=members)
    )
    monkeypatch.setattr(trust.os, "geteuid", lambda: user)
    monkeypatch.setattr(trust.os, "getegid", lambda: user)
    assert trust._private_group(group) == private


def test_a_group_that_nobody_knows_is_not_private(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(trust.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(grp, "getgrgid", unknown)
    assert not trust._private_group(1000)


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


def test_a_file_of_another_user_is_a_miss_and_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = UserFolder(folder)
    path = cache.path(ITEM.key)
    assert path is not None
    give_away(monkeypatch, path)
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) and cache.get(ITEM.key) == ITEM


def test_what_is_no_regular_file_is_a_miss(folder: Path) -> None:
    cache = UserFolder(folder)
    path = cache.path(ITEM.key)
    assert path is not None
    path.unlink()
    path.mkdir()
    assert cache.get(ITEM.key) is None

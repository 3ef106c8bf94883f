"""The user's folder keeps files whole, repairs damage, and never gets in the way."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache import folder as folder_module
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import decode, encode, make_item
from tensorsmith.backends.cache.layers import ObjectCache

from .samples import ITEM, failing, file_of


def test_clearing_a_folder_leaves_nothing_that_says_what_was_there(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "k")
    cache.put(('{"compiler":"one","kind":"plan"}',), b"object")
    cache.user.note_compiler("one")
    assert cache.user.put_note("calls.listing", b"text")
    assert cache.user.compilers() == ["one"] and cache.user.get_note("calls.listing") == b"text"
    assert cache.user.clear() == 1
    assert cache.user.compilers() == [] and cache.user.get_note("calls.listing") is None
    assert not [path for path in (tmp_path / "k").rglob("*") if path.is_file()]
    cache.user.note_compiler("one")
    assert cache.user.compilers() == ["one"]


def test_an_item_has_a_name_for_each_key_and_lies_there_once(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    item = make_item(("plan", "content"), bytes(1000))
    assert cache.put(item) and cache.get("plan") == cache.get("content") == item
    one, other = (cache.path(key) for key in item.keys)
    assert one is not None and other is not None and one.samefile(other)
    assert cache.size() == (2, len(encode(item)) // 2 * 2)
    assert cache.put(item) and not list((tmp_path / "k").rglob(".new-*"))


def test_where_files_have_one_name_an_item_is_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module.os, "link", failing("EPERM"))
    cache = UserFolder(tmp_path / "k")
    item = make_item(("plan", "content"), bytes(1000))
    assert cache.put(item) and cache.get("plan") == cache.get("content") == item
    assert cache.size()[1] == 2 * len(encode(item))


def test_a_file_cut_at_any_length_is_a_miss_and_is_repaired(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    path = file_of(cache)
    whole = path.read_bytes()
    for length in range(len(whole)):
        assert decode(whole[:length], ITEM.key) is None
    for length in (0, 1, 13, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert cache.get(ITEM.key) is None
        assert cache.put(ITEM) and cache.get(ITEM.key) == ITEM


def test_a_file_with_any_byte_flipped_is_a_miss_and_is_repaired(tmp_path: Path) -> None:
    whole = encode(ITEM)
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        assert decode(bytes(damaged), ITEM.key) is None, place
    cache = UserFolder(tmp_path / "k")
    path = file_of(cache)
    for place in (0, 9, 30, len(whole) - 1):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        assert cache.get(ITEM.key) is None
        assert cache.put(ITEM) and path.read_bytes() == whole


def test_a_file_of_absurd_size_is_a_miss_and_is_repaired(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    os.truncate(file_of(cache), 5 << 40)  # a sparse file
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) and cache.get(ITEM.key) == ITEM


def test_what_would_be_too_large_to_be_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "LARGEST", 2000)
    cache = UserFolder(tmp_path / "k")
    assert not cache.put(make_item("large", bytes(2000))) and cache.size() == (0, 0)
    assert cache.why_not == "takes no object of more than 2,000 bytes"
    assert not cache.put_note("calls.listing", bytes(2001)) and cache.put(ITEM)


def test_a_file_under_another_key_is_a_miss(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    source, target = file_of(cache), cache.path("other")
    assert target is not None
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(source.read_bytes())
    assert cache.get("other") is None


def test_the_folder_is_private_and_leaves_no_temporary_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file_of(UserFolder(tmp_path / "a" / "k"))
    finally:
        os.umask(before)
    for made in (tmp_path / "a", tmp_path / "a" / "k"):
        assert made.stat().st_mode & 0o777 == 0o700
    assert len([p for p in (tmp_path / "a").rglob("*") if p.is_file()]) == 1


# -- a system that refuses --------------------------------------------------------------------

ERRORS = ("ENOSPC", "EROFS", "EACCES", "EIO", "ESTALE", "EBUSY", "EMFILE", "EINTR", "EDQUOT")
LASTING = ("ENOSPC", "EROFS", "EACCES", "EDQUOT")


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("call", ["os.mkdir", "tempfile.mkstemp", "os.fsync", "os.replace"])
def test_a_write_that_fails_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, name: str
) -> None:
    cache = UserFolder(tmp_path / "k")
    cache.durable = True
    monkeypatch.setattr(call, failing(name))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert not cache.put(ITEM)
        assert not cache.put(ITEM)
    assert len(told) == (name in LASTING)  # once, or not at all
    monkeypatch.undo()
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) == (name not in LASTING)
    assert not list((tmp_path / "k").rglob(".new-*"))


class _FullFile:
    """A file whose every write fails."""

    def __init__(self, handle: int, name: str) -> None:
        self.handle, self.write = handle, failing(name)

    def __enter__(self) -> _FullFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


@pytest.mark.parametrize("name", ERRORS)
def test_bytes_that_cannot_be_written_are_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    cache = UserFolder(tmp_path / "k")
    monkeypatch.setattr(folder_module.os, "fdopen", lambda handle, mode: _FullFile(handle, name))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert not cache.put(ITEM)
    assert len(told) == (name in LASTING)
    monkeypatch.undo()
    assert cache.get(ITEM.key) is None and not list((tmp_path / "k").rglob(".new-*"))


@pytest.mark.parametrize("name", [*ERRORS, "ENOENT"])
def test_a_read_that_fails_is_a_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    cache = UserFolder(tmp_path / "k")
    file_of(cache)
    monkeypatch.setattr(folder_module.os, "open", failing(name))
    assert cache.get(ITEM.key) is None
    monkeypatch.undo()
    assert cache.get(ITEM.key) == ITEM


def test_a_pipe_in_place_of_a_file_is_a_miss_that_waits_for_nobody(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    path = file_of(cache)
    path.unlink()
    os.mkfifo(path)
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) and cache.get(ITEM.key) == ITEM


@pytest.mark.parametrize("part", [False, True])
def test_what_lies_in_the_place_of_one_file_does_not_turn_off_writing(
    tmp_path: Path, part: bool
) -> None:
    cache = UserFolder(tmp_path / "k")
    path = file_of(cache)
    shutil.rmtree(path.parent)
    if part:
        path.parent.touch()
    else:
        path.mkdir(parents=True)
        (path / "content").touch()
    assert not cache.put(ITEM) and cache.get(ITEM.key) is None
    assert cache.writable and cache.put(make_item("another key", b"object"))


def test_a_folder_deleted_while_running_is_made_again(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    file_of(cache)
    shutil.rmtree(tmp_path / "k")
    assert cache.get(ITEM.key) is None
    assert cache.put(ITEM) and cache.get(ITEM.key) == ITEM


def test_a_folder_that_is_a_file_is_refused_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "k"):
        with pytest.warns(RuntimeWarning, match="TENSORSMITH_CACHE_DIR"):
            cache = UserFolder(folder)
        assert cache.folder is None and not cache.put(ITEM) and cache.get(ITEM.key) is None


def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserFolder:
    """A folder of a file system that nobody can write to."""
    cache = UserFolder(tmp_path / "k")
    monkeypatch.setattr(folder_module.os, "mkdir", failing("EROFS"))
    return cache


def not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserFolder:
    """A folder that cannot be made."""
    (tmp_path / "file").write_text("")
    return UserFolder(tmp_path / "file" / "k")


@pytest.mark.parametrize("made", [unwritable, not_there])
def test_where_compiling_is_forbidden_nobody_is_told_that_nothing_is_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[[Path, pytest.MonkeyPatch], UserFolder],
) -> None:
    with ts.jit_mode("forbid"):  # a warning would be an error here
        cache = made(tmp_path, monkeypatch)
        assert not cache.put(ITEM) and not cache.put(ITEM) and cache.why_not
    with ts.jit_mode("on"), pytest.warns(RuntimeWarning, match="compiled are not kept") as told:
        assert not cache.put(ITEM) and not cache.put(ITEM)
    assert len(told) == 1


def test_where_compiling_is_forbidden_a_folder_that_is_there_and_refused_is_told(
    tmp_path: Path,
) -> None:
    file_of(UserFolder(tmp_path / "k"))
    (tmp_path / "k").chmod(0o770)
    why = "k can be written to by others; kernels in it are not used, and"
    with ts.jit_mode("forbid"), pytest.warns(RuntimeWarning, match=why):
        UserFolder(tmp_path / "k")


def test_without_a_home_kernels_stay_in_memory() -> None:
    with pytest.warns(RuntimeWarning, match="no home folder"):
        cache = UserFolder(Path("~/.cache/tensorsmith/kernels"))
    assert cache.folder is None and not Path("~").exists()


def test_a_file_evicted_between_look_up_and_read_is_a_miss(tmp_path: Path) -> None:
    cache, other = UserFolder(tmp_path / "k"), UserFolder(tmp_path / "k")
    file_of(cache)
    other.clear()
    assert cache.get(ITEM.key) is None

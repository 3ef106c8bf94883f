"""The cache on disk keeps kernels whole, repairs damage, and trusts no folder of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tensorsmith.backends.cpu.cache import ObjectCache, canonical, generator_digest


def test_what_is_put_is_found_by_another_cache(tmp_path: Path) -> None:
    ObjectCache(tmp_path / "k").put("key", b"object")
    other = ObjectCache(tmp_path / "k")
    assert other.get("key") == b"object"
    assert other.get("another key") is None
    assert other.size()[0] == 1
    assert other.clear() == 1
    assert other.get("key") is None


@pytest.mark.parametrize("place", [0, 9, 30, -1])
def test_a_flipped_bit_is_a_miss_and_is_repaired(tmp_path: Path, place: int) -> None:
    cache = ObjectCache(tmp_path / "k")
    cache.put("key", b"object")
    path = cache.path("key")
    assert path is not None
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 1
    path.write_bytes(damaged)
    assert cache.get("key") is None
    cache.put("key", b"object")
    assert cache.get("key") == b"object"


@pytest.mark.parametrize("length", [0, 5, 40])
def test_a_truncated_file_is_a_miss(tmp_path: Path, length: int) -> None:
    cache = ObjectCache(tmp_path / "k")
    cache.put("key", b"object")
    path = cache.path("key")
    assert path is not None
    path.write_bytes(path.read_bytes()[:length])
    assert cache.get("key") is None


def test_a_file_under_another_key_is_a_miss(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "k")
    cache.put("key", b"object")
    source, target = cache.path("key"), cache.path("other")
    assert source is not None and target is not None
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(source.read_bytes())
    assert cache.get("other") is None


def test_the_folder_is_private_and_leaves_no_temporary_files(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "k")
    cache.put("key", b"object")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o700
    assert len([p for p in (tmp_path / "k").rglob("*") if p.is_file()]) == 1


def test_a_folder_that_others_may_write_to_is_refused_with_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    os.chmod(folder, 0o777)
    with pytest.warns(RuntimeWarning, match="TENSORSMITH_CACHE_DIR"):
        cache = ObjectCache(folder)
    cache.put("key", b"object")
    assert cache.get("key") is None


def test_a_folder_that_cannot_be_made_is_refused_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.warns(RuntimeWarning, match="cannot be made"):
        cache = ObjectCache(tmp_path / "file" / "k")
    assert cache.folder is None


def test_canonical_keys_tell_types_apart_and_ignore_set_order() -> None:
    assert canonical((1,)) != canonical(("1",))
    assert canonical((1.0,)) != canonical((1,))
    assert canonical((frozenset({"a", "b"}),)) == canonical((frozenset({"b", "a"}),))


def test_the_generator_digest_is_a_sha256() -> None:
    assert len(generator_digest()) == 64


def test_pruning_keeps_what_was_used_last(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "k", limit=3000)
    for number in range(4):
        cache.put(str(number), b"x" * 1000)
        path = cache.path(str(number))
        assert path is not None
        os.utime(path, (number, number))
    assert cache.get("0") is not None  # used again, so that it is the newest
    assert cache.prune() == 2
    assert [cache.get(str(n)) is not None for n in range(4)] == [True, False, False, True]

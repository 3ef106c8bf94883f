"""A folder holds no more than its limit, at little cost for who writes to it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tensorsmith.backends.cache import bound
from tensorsmith.backends.cache import folder as folder_module
from tensorsmith.backends.cache.bound import File, is_below
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import make_item

from .samples import ITEM, file_of


def test_pruning_keeps_what_was_used_last(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k", limit=3000)
    paths = [file_of(cache, make_item(str(number), b"x" * 1000)) for number in range(4)]
    for number, path in enumerate(paths):
        os.utime(path, (number, number))
    assert cache.get("0") is not None  # used again, so that it is the newest
    assert cache.prune() == 2
    assert [cache.get(str(n)) is not None for n in range(4)] == [True, False, False, True]


def test_the_bound_holds_while_files_are_written(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k", limit=100_000)
    for number in range(600):
        cache.put(make_item(str(number), b"x" * 1000))
    assert cache.size()[1] <= 100_000 + folder_module._LOOK_EVERY * 1200


def test_what_a_killed_process_left_is_removed_after_an_hour(tmp_path: Path) -> None:
    cache = UserFolder(tmp_path / "k")
    path = file_of(cache)
    old, young = path.with_name(".new-old"), path.with_name(".new-young")
    for left in (old, young):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    cache.prune()
    assert not old.exists() and young.exists()


def test_a_clock_that_goes_backwards_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = UserFolder(tmp_path / "k")
    path = file_of(cache)
    os.utime(path, (2e9, 2e9))
    monkeypatch.setattr(bound.time, "time", lambda: 0.0)
    assert cache.get(ITEM.key) == ITEM
    assert cache.prune() == 0 and cache.prune(0) == 1


SMALL_PROGRAM = """
import sys
from pathlib import Path
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import make_item

cache = UserFolder(Path(sys.argv[1]), limit=int(sys.argv[2]))
for number in range(5):
    assert cache.put(make_item(str(number), b"x" * 1000))
"""


@pytest.mark.parametrize(("limit", "left"), [(0, 0), (2500, 2), (10_000, 5)])
def test_the_bound_holds_when_a_small_program_has_ended(
    tmp_path: Path, limit: int, left: int
) -> None:
    command = [sys.executable, "-c", SMALL_PROGRAM, str(tmp_path / "k"), str(limit)]
    subprocess.run(command, check=True, env={**os.environ, "TENSORSMITH_NATIVE": "0"})
    assert UserFolder(tmp_path / "k").size()[0] == left


def test_a_program_that_writes_nothing_removes_nothing_when_it_ends(tmp_path: Path) -> None:
    file_of(UserFolder(tmp_path / "k"))
    cache = UserFolder(tmp_path / "k", limit=0)
    cache.hold()
    assert cache.get(ITEM.key) == ITEM


def fill(folder: Path, sizes: list[int]) -> None:
    """Puts items of some sizes, without content, into the parts of a folder."""
    for part in range(256):
        (folder / f"{part:02x}").mkdir(parents=True)
    for number, size in enumerate(sizes):
        name = f"{random.Random(number).getrandbits(256):064x}"
        path = folder / name[:2] / f"{name[2:]}.kernel"
        path.touch()
        os.truncate(path, size)


def test_far_below_the_limit_a_few_parts_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "k", [1000] * 3000)
    (tmp_path / "k").chmod(0o700)
    looked, all_files = [], bound.files_in

    def counted(paths: Iterator[Path]) -> Iterator[File]:
        for file in all_files(paths):
            looked.append(file)
            yield file

    monkeypatch.setattr(bound, "files_in", counted)
    cache = UserFolder(tmp_path / "k")
    file_of(cache)  # the first one that it writes
    assert 0 < len(looked) < 300
    cache.hold()
    assert len(looked) < 300  # nothing was written since
    file_of(cache)
    cache.hold()
    assert len(looked) < 600 and cache.size()[0] > 3000


def test_an_estimate_says_that_little_is_little_and_never_that_much_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = random.Random(0)
    monkeypatch.setattr(bound, "_SURE", 0)
    monkeypatch.setattr(bound.os, "urandom", draws.randbytes)
    sizes = [int(draws.lognormvariate(9, 1)) for _ in range(3000)]
    fill(tmp_path, sizes)
    assert not any(is_below(tmp_path, int(sum(sizes) * 0.9)) for _ in range(100))
    assert all(is_below(tmp_path, sum(sizes) * 20) for _ in range(100))


def test_of_a_small_limit_no_estimate_is_made(tmp_path: Path) -> None:
    assert not is_below(tmp_path, bound._SURE - 1) and is_below(tmp_path, bound._SURE)

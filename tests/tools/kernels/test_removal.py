"""What `tensorsmith cache prune` and `clear` remove, counted as all commands count."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.tools.command import main

from .items import ITEMS, TARGET, Answer


def test_one_cache_is_counted_alike_by_all_commands(
    objects: ObjectCache, answer: Answer, bundles: Path
) -> None:
    count = {"objects": len(ITEMS), "names": 2 * len(ITEMS)}
    found = [answer("import", str(bundles / f"{TARGET}.bundle")), answer("info"), answer("verify")]
    found.append(answer("clear"))
    for each in found:
        assert {name: each[name] for name in count} == count
    for item in ITEMS:
        objects.keep(item)
    assert answer("prune", "--limit", "0") == {**count, "stuck": {}}


def test_what_cannot_be_removed_is_told_with_the_reason(
    objects: ObjectCache, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = objects.path("a folder")
    assert folder is not None
    folder.mkdir(parents=True)  # no file, so that nobody can unlink it
    found = [answer("prune", "--limit", "0", code=1), answer("clear", code=1)]
    assert [list(each["stuck"]) for each in found] == [[str(folder)]] * 2
    for line in (["prune", "--limit", "0"], ["clear"]):
        assert main(["cache", *line]) == 1
        removed, stuck = capsys.readouterr().out.splitlines()
        assert removed == "0 objects removed, and 0 names of them"
        assert stuck.startswith(f"1 files could not be removed, the first is {folder}: Is a dir")


def test_a_folder_that_only_can_be_read_keeps_its_objects(
    objects: ObjectCache, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    for item in ITEMS:
        objects.keep(item)
    monkeypatch.setattr(Path, "unlink", refuse)
    found = answer("prune", "--limit", "0", code=1)
    assert found["objects"] == 0 and set(found["stuck"].values()) == {"Read-only file system"}
    assert len(found["stuck"]) == 2 * len(ITEMS)

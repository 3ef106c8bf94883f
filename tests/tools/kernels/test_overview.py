"""What `tensorsmith cache info` and `list` say of folders and bundles."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.backends.cache.bundle import Head, write_bundle
from tensorsmith.backends.cache.format import make_item
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.tools.command import main

from .items import ITEMS, OTHER, TARGET, Answer
from .run import command


def test_info_lists_bundles_of_any_name_with_their_targets(answer: Answer, bundles: Path) -> None:
    (bundles / f"{TARGET}.bundle").rename(bundles / "mine.bundle")
    found = {Path(each["path"]).name: each["target"] for each in answer("info")["bundles"]}
    assert found == {"mine.bundle": TARGET, f"{OTHER}.bundle": OTHER}


@pytest.mark.usefixtures("objects")
def test_info_says_how_a_bundle_of_another_generator_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cache", "info"]) == 0
    note = f"5 objects under 10 names for {TARGET}, of another version of the generator: found by"
    assert note in capsys.readouterr().out


def test_list_says_what_a_bundle_holds(answer: Answer, bundles: Path) -> None:
    path = bundles / f"{OTHER}.bundle"
    found = answer("list", "--bundle", str(path))
    assert [(e["target"], e["names"], e["bytes"]) for e in found] == [(OTHER, 2, 500)] * len(ITEMS)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    labels = [each["label"] for each in answer("list", "--bundle", str(path), code=1)]
    assert labels.count("damaged") == 1 and len(labels) == len(ITEMS)


def test_list_says_that_there_is_nothing(
    objects: ObjectCache, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache", "list"]) == 0
    assert capsys.readouterr().out == f"{objects.folder} holds no objects\n"


def test_list_tells_damage_in_the_folder(
    objects: ObjectCache, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    for item in ITEMS[:2]:
        objects.keep(item)
    path = objects.path(ITEMS[0].keys[0])
    assert path is not None
    path.write_bytes(path.read_bytes()[:-1])
    found = answer("list", code=1)
    damaged = [each["path"] for each in found if each["label"] == "damaged"]
    assert str(path) in damaged and len(found) == len(damaged) + 1
    assert damaged == sorted(answer("verify", code=1)["damaged"])
    assert main(["cache", "list"]) == 1
    assert sum(line.startswith("damaged ") for line in capsys.readouterr().out.splitlines()) == 2


def test_what_files_name_does_nothing_to_a_terminal(
    objects: ObjectCache, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = Head("x\n\x1b[31mz\ud800", "llvm 1", "generator")
    item = make_item("name", b"object", {"label": "softmax\n\x1b[31mEVIL\ud800"})
    write_bundle(bundles / "evil.bundle", head, [item])
    assert objects.keep(item)
    for line in (["info"], ["list"], ["list", "--bundle", str(bundles / "evil.bundle")]):
        assert main(["cache", *line]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out and "\\n\\x1b[31m" in out and "\\ud800" in out


def test_what_the_encoding_lacks_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "café"
    told = command(folder, "cache", "info", PYTHONIOENCODING="ascii")
    assert "caf\\xe9" in told.splitlines()[0]

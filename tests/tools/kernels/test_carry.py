"""What `tensorsmith cache export`, `import` and `diff` do with bundles, and what they refuse."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tensorsmith.backends.cache.bundle import Bundle, Head, write_bundle
from tensorsmith.backends.cache.format import Item, make_item
from tensorsmith.backends.cache.key import ContentKey, PlanKey
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels import carry
from tensorsmith.tools.kernels.bundling import Written, write_items

from .items import ITEMS, TARGET, Answer
from .run import complaint


def test_import_refuses_a_bundle_that_others_may_write_to(
    objects: ObjectCache, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bundles / f"{TARGET}.bundle"
    os.chmod(path, 0o666)
    why = "its code must not be run: it can be written to by others"
    assert why in complaint(capsys, "import", str(path))
    assert objects.user.size() == (0, 0)


@pytest.mark.usefixtures("objects")
def test_export_of_nothing_writes_no_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.bundle"
    why = "it holds no kernel for x86-64-v2 made by this version of the generator"
    assert why in complaint(capsys, "export", "-o", str(path), "--target", "x86-64-v2")
    assert not path.exists()


def test_export_writes_what_another_process_removes_meanwhile(
    objects: ObjectCache, answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_late(path: Path, head: Head, found: Mapping[str, Item]) -> Written:
        objects.user.clear()
        return write_items(path, head, found)

    monkeypatch.setattr(carry, "write_items", write_late)
    generator = processor_by_name(TARGET).generator()
    for structure in "abc":
        plan = PlanKey("relu", structure, "pp", TARGET, "f", generator).text("llvm 1")
        assert objects.put((plan, f"content {structure}"), structure.encode())
    path = tmp_path / "x.bundle"
    written = answer("export", "-o", str(path), "--target", TARGET)
    assert (written["kernels"], written["objects"]) == (3, 3)
    assert len(Bundle(path)) == 3 and objects.user.size() == (0, 0)


def test_diff_counts_an_object_of_several_keys_once(
    bundles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = bundles / f"{TARGET}.bundle", tmp_path / "other.bundle"
    changed = make_item(ITEMS[0].keys, b"changed")
    write_bundle(other, Head(TARGET, "llvm 1", "generator"), [changed, *ITEMS[1:4]])
    assert main(["cache", "diff", str(one), str(other)]) == 1
    counts = f"3 objects equal, 1 with other bytes, 1 only in {one}, 0 only in {other}"
    assert counts in capsys.readouterr().out


def test_export_and_verify_where_the_compiler_is_another_one(
    objects: ObjectCache, answer: Answer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = processor_by_name(TARGET).generator()
    plan = PlanKey("relu", "s", "pp", TARGET, "f", generator).text("llvm 1")
    content = ContentKey("source", ("kernel",), TARGET, "f", "llvm 1").text()
    assert objects.put((plan, content), b"object")
    path = tmp_path / "x.bundle"
    assert answer("export", "-o", str(path), "--target", TARGET)["kernels"] == 1
    assert Bundle(path).head == replace(Bundle(path).head, compiler="llvm 1", count=2)
    assert answer("verify", "--rebuild", "3", code=1)["rebuilt"] == 0
    assert main(["cache", "verify", "--rebuild", "3"]) == 1
    out = capsys.readouterr().out
    assert "nothing could be compared: 1 objects were imported from bundles, which carry no" in out


def test_diff_tells_what_is_damaged_in_either_bundle(
    answer: Answer, bundles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, damaged = bundles / f"{TARGET}.bundle", tmp_path / "damaged.bundle"
    data = bytearray(whole.read_bytes())
    data[-3] ^= 1
    damaged.write_bytes(data)
    one = answer("diff", str(damaged), str(whole), code=1)
    assert one["damaged_left"] == ["an object"] and not any(
        found for name, found in one.items() if name != "damaged_left"
    )
    assert answer("diff", str(whole), str(damaged), code=1)["damaged_right"] == ["an object"]
    assert main(["cache", "diff", str(damaged), str(damaged)]) == 1
    *told, counts = capsys.readouterr().out.splitlines()
    assert told == [f"damaged in {damaged}: an object"] * 2 and counts.startswith("4 objects equal")


def test_diff_names_what_is_damaged_as_the_other_does(answer: Answer, tmp_path: Path) -> None:
    item = make_item(("plan", "content"), b"1" * 500, {"label": "relu[f32, dense]#00000000"})
    paths = [tmp_path / name for name in ("one.bundle", "other.bundle")]
    for path in paths:
        write_bundle(path, Head(TARGET, "llvm 1", "generator"), [item])
    data = bytearray(paths[0].read_bytes())
    data[-3] ^= 1
    paths[0].write_bytes(data)
    found = answer("diff", *map(str, paths), code=1)
    assert found["damaged_left"] == ["relu[f32, dense]#00000000"] and found["only_right"] == []

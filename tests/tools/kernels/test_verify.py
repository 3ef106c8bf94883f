"""What `tensorsmith cache verify` says of folders and bundles."""

from __future__ import annotations

import os
import zlib
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.key import digest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cache.objects import keep_plan
from tensorsmith.backends.cpu.cache import Recipe, get_object
from tensorsmith.tools.command import main

from .items import ITEMS, OTHER, TARGET, V3, Answer


def test_verify_counts_the_items_of_bundles_for_all_targets(answer: Answer) -> None:
    assert answer("verify")["bundled"] == 2 * len(ITEMS)


def test_verify_finds_a_bundle_that_was_cut(answer: Answer, bundles: Path) -> None:
    path = bundles / f"{TARGET}.bundle"
    os.truncate(path, 300)
    (refused,) = answer("verify", code=1)["refused"].items()
    assert refused == (str(path), "its head names more than the file holds")


def test_verify_finds_a_flipped_byte_in_a_bundle_for_another_target(
    answer: Answer, bundles: Path
) -> None:
    path = bundles / f"{OTHER}.bundle"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    assert answer("verify", code=1)["refused"] == {str(path): "1 of its objects are damaged"}


def test_verify_and_info_name_a_bundle_that_others_may_write_to(
    answer: Answer, bundles: Path
) -> None:
    path = bundles / f"{TARGET}.bundle"
    os.chmod(path, 0o666)
    why = {str(path): "it can be written to by others"}
    assert answer("verify", code=1)["refused"] == why
    assert answer("info")["refused"] == why


@pytest.mark.usefixtures("objects")
def test_nobody_is_told_that_a_bundle_is_written_again(
    bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(bundles / f"{TARGET}.bundle", 300)
    assert main(["cache", "verify"]) == 1
    out = capsys.readouterr().out
    assert "refused: " in out and "(build it again)" in out and "is written again" not in out


def test_verify_takes_what_is_no_file_for_damage(
    answer: Answer, objects: ObjectCache, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe, folder = (objects.path(key) for key in ("a pipe", "a folder"))
    assert pipe is not None and folder is not None
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    folder.mkdir(parents=True)
    assert answer("verify", code=1)["damaged"] == sorted(map(str, (pipe, folder)))
    assert main(["cache", "verify"]) == 1
    assert f"{folder} (it is a miss; remove this folder)" in capsys.readouterr().out


def test_verify_takes_a_file_of_absurd_size_for_damage(
    answer: Answer, objects: ObjectCache
) -> None:
    large = objects.path("large")
    assert large is not None
    large.parent.mkdir()
    large.touch(0o600)
    os.truncate(large, 5 << 40)  # a sparse file
    assert answer("verify", code=1)["damaged"] == [str(large)]
    assert objects.user.prune() == 1 and not large.exists()
    assert answer("verify")["damaged"] == []


def test_verify_names_what_is_compiled_to_other_bytes(objects: ObjectCache, answer: Answer) -> None:
    source = f'target triple = "{V3.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    made = Recipe("thing", "s", V3, ("kernel",), lambda: source)
    get_object(made, objects)
    assert answer("verify", "--rebuild", "3")["rebuilt"] == 1
    content = made.content(source, made.compiler()).text()
    image = objects.get(content)
    assert image is not None and keep_plan(objects, made, content, image + b"?", source)
    found = answer("verify", "--rebuild", "3", code=1)
    assert found["different"] == [f"thing for {TARGET}"] and found["rebuilt"] == 1
    assert keep_plan(objects, made, content, image, source + " ")
    found = answer("verify", "--rebuild", "3", code=1)
    assert found["failed"] == ["thing: the source is not the one of the key"]


def test_what_makes_no_sense_is_named_and_the_rest_is_compiled_again(
    objects: ObjectCache, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    source = f'target triple = "{V3.triple}"\ndefine void @kernel() {{\n ret void\n}}\n'
    made = Recipe("thing", "s", V3, ("kernel",), lambda: source)
    image = get_object(made, objects)
    plan, content = made.plan(), made.content(source, made.compiler())

    def put(label: str, text: str, packed: str = "", **options: Any) -> None:
        key = replace(content, source=digest(text), options=replace(content.options, **options))
        keys = replace(plan, structure=label).text(made.compiler()), key.text()
        about = {
            "label": label,
            "source": packed or b64encode(zlib.compress(text.encode())).decode(),
        }
        assert objects.put(keys if label != "plan" else keys[:1], image, about)

    put("text", "one", packed="!!!")
    put("packed", "two", packed=b64encode(b"abc").decode())
    put("plan", source)
    put("garbage", "garbage")
    put("level", source + " ", optimization=99)
    put("passes", source + "  ", passes=("nosuch",), carried=0)
    put("flags", source + "   ", flags=("--nosuch",))
    found = answer("verify", "--rebuild", "100", code=1)
    assert found["rebuilt"] == 1 and found["different"] == [] and found["damaged"] == []
    failed = dict(line.split(": ", 1) for line in found["failed"])
    assert "LLVM rejects the generated code" in failed.pop("garbage")
    assert failed.pop("level") and "nosuch" in failed.pop("passes")
    assert failed == {
        "text": "its source cannot be read",
        "packed": "its source cannot be read",
        "plan": "its last key is not that of a source",
        "flags": "its options have switches that this version never sets",
    }
    assert main(["cache", "verify", "--rebuild", "100"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9 and sum(x.startswith("cannot be compiled again: ") for x in lines) == 7

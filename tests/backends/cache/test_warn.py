"""Warnings point at the user's line: each kernel, folder and bundle is told of once."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache.folder import UserFolder

from tests.tools.kernels.run import python

from .samples import cache_with

PROGRAM = """\
import tensorsmith as ts
ts.jit_mode("warn")
for dtype in (ts.float32, ts.float64):
    x = ts.ones(3, 4, dtype=dtype)
    x.softmax(-1)
    x.softmax(0)
    x.softmax(-1)
"""


def test_each_kernel_is_warned_of_once_at_the_users_line(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    told = [
        line
        for line in python(tmp_path / "cache", str(program)).stderr.splitlines()
        if "RuntimeWarning" in line and "softmax" in line
    ]
    seen = [(line.split(":")[1], line.split("the kernel ")[1].split("#")[0]) for line in told]
    assert all(line.startswith(f"{program}:") for line in told)
    assert seen == [
        ("5", "softmax[f32, rows]"),
        ("6", "softmax[f32, columns]"),
        ("5", "softmax[f64, rows]"),
        ("6", "softmax[f64, columns]"),
    ]


PLACES = """\
import tensorsmith as ts
for dtype in (ts.float32, ts.float64):
    ts.ones(3, 4, dtype=dtype).softmax(-1)
    ts.ones(3, 4, dtype=dtype).softmax(0)
"""


def warned(program: Path, **variables: str) -> list[tuple[str, str]]:
    """The lines of a program that its warnings name, and what Python shows of them."""
    program.write_text(PLACES)
    done = python(program.with_name("none") / "cache", str(program), **variables)
    lines = done.stderr.splitlines()
    return [(a.partition(" ")[0], b.strip()) for a, b in pairwise(lines) if "Warning: " in a]


def test_a_folder_and_a_bundle_are_told_of_once_at_the_users_line(tmp_path: Path) -> None:
    (tmp_path / "none").write_text("no folder")
    given = {"TENSORSMITH_BUNDLES": str(tmp_path / "nowhere"), "TENSORSMITH_CACHE_LIMIT": "much"}
    for native, line in (("1", 1), ("0", 3)):
        told = warned(tmp_path / "program.py", TENSORSMITH_NATIVE=native, **given)
        text = PLACES.splitlines()[line - 1].strip()
        assert told == [(f"{tmp_path / 'program.py'}:{line}:", text)] * 3


def test_what_two_lines_lead_to_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "a.bundle").touch()
    (tmp_path / "file").touch()
    with pytest.warns(RuntimeWarning) as told:
        cache_with(tmp_path, tmp_path / "a.bundle").get("key")
        cache_with(tmp_path, tmp_path / "a.bundle").get("key")
        UserFolder(tmp_path / "file" / "k")
        UserFolder(tmp_path / "file" / "k")
    assert [each.filename for each in told] == [__file__] * 2
    assert told[1].lineno == told[0].lineno + 2


def test_a_warning_that_is_an_error_is_one_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for _ in range(2):
        with ts.jit_mode("on"), pytest.raises(RuntimeWarning, match="compiled are not kept"):
            UserFolder(tmp_path / "file" / "k")

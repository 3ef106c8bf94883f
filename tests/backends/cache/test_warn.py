"""`jit_mode("warn")` points at the user's line, once for each kernel."""

from __future__ import annotations

from pathlib import Path

from tests.tools.kernels.run import python

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

"""The command line in a process and a cache of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cpu.machine import detect_machine
from tensorsmith.tools.command import main

Inside = Callable[..., Any]
HERE = detect_machine().target.name
PROGRAM = """
import sys
import tensorsmith as ts
x = ts.ones(6, 5, requires_grad=True)
assert ts.arange(4).sort(descending=True)[1].tolist() == [3, 2, 1, 0]
loss = (x.softmax(-1) * ts.arange(5).float()).square().sum()
loss.backward()
print(float(loss), float(x.grad.abs().sum()), sys.argv[1:])
"""
WITHOUT_COMPILER = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "llvmlite":
            raise ImportError(f"{name} must not be imported")

sys.meta_path.insert(0, Blocked())
"""


def command(cache: Path, *arguments: str, code: int = 0, **variables: str) -> str:
    """What `tensorsmith` prints; it must exit with the code."""
    done = python(cache, "-m", "tensorsmith.tools.command", *arguments, code=code, **variables)
    return done.stdout


def python(
    cache: Path, *arguments: str, code: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """A Python process without the package's own bundle; it must exit with the code."""
    own = {"TENSORSMITH_CACHE_DIR": str(cache), "TENSORSMITH_NO_BUNDLE": "1"}
    settings = ("TENSORSMITH_BACKEND", "TENSORSMITH_NATIVE")  # of the suite that runs
    inherited = {name: value for name, value in os.environ.items() if name not in settings}
    environment = {**inherited, **own, **variables}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def told(cache: Path, *arguments: str, code: int = 0, **variables: str) -> Any:
    """What `tensorsmith ... --json` says."""
    return json.loads(command(cache, *arguments, "--json", code=code, **variables))


def status(line: Sequence[str]) -> int:
    """The exit status of a command line."""
    try:
        return main(line)
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `tensorsmith cache ...` says against a command that fails."""
    assert main(["cache", *arguments]) == 1
    return capsys.readouterr().err

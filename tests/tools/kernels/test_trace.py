"""`tensorsmith trace` and its lock files: what is refused, and what a failing program leaves."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels.lock import Recorder, read_lock

from .run import python


def trace(folder: Path, *arguments: str, code: int = 0, **variables: str) -> str:
    """What `tensorsmith trace` says on standard error."""
    line = ("-m", "tensorsmith.tools.command", "trace", *arguments)
    return python(folder / "cache", *line, code=code, **variables).stderr


def script(folder: Path, text: str) -> str:
    """The path of a program."""
    path = folder / "program.py"
    path.write_text("import tensorsmith as ts\n" + text)
    return str(path)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("end", "code"), [("raise SystemExit(3)", 3), ("raise ValueError('early')", 1)]
)
def test_a_program_that_fails_leaves_the_lock_file_as_it_was(
    tmp_path: Path, end: str, code: int
) -> None:
    lock = tmp_path / "kernels.lock"
    lock.write_text("a good one")
    said = trace(tmp_path, script(tmp_path, f"ts.ones(3) + 1\n{end}"), "-o", str(lock), code=code)
    assert f"{lock} is left as it was" in said and lock.read_text() == "a good one"
    partial = tmp_path / "kernels.lock.partial"
    calls, warning = read_lock(partial)
    assert calls and f"{partial}: the program failed" in warning


@pytest.mark.usefixtures("cache")
def test_a_program_that_may_not_compile_is_traced_all_the_same(tmp_path: Path) -> None:
    text = "ts.jit_mode('forbid')\nts.ones(3) + 1\n"
    lock = tmp_path / "kernels.lock"
    said = trace(tmp_path, script(tmp_path, text), "-o", str(lock), TENSORSMITH_JIT="forbid")
    assert "trace compiles what is missing, although compiling is set to 'forbid'" in said
    assert len(read_lock(lock)[0]) == 2


@pytest.mark.usefixtures("cache")
def test_the_lock_file_is_where_it_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    program = script(tmp_path, f"import os\nos.chdir({str(tmp_path / 'there')!r})\nts.ones(3)")
    relative = os.path.relpath(tmp_path / "relative.lock")
    trace(tmp_path, program, "-o", relative)
    assert (tmp_path / "relative.lock").exists() and not list((tmp_path / "there").iterdir())


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("{folder}/nope.py", "SCRIPT must be a Python file, there is no"),
        ("{folder}", "without __main__.py"),
        ("-m nope_module", "there is no module 'nope_module' that can be run"),
        ("-m nope.module", "there is no module 'nope.module' that can be run"),
        ("-m xml", "there is no module 'xml' that can be run"),
        ("{folder}/raises.py -o {folder}/no/dir/k.lock", "the folder of -o must exist"),
        ("{folder}/raises.py -o {folder}", "-o must be a file, got the folder"),
    ],
)
def test_what_cannot_be_traced_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: str, why: str
) -> None:
    (tmp_path / "raises.py").write_text("raise AssertionError('it ran')")
    lock = tmp_path / "kernels.lock"
    lock.write_text("a good one")
    line = arguments.format(folder=tmp_path).split()
    assert main(["trace", *line, *([] if "-o" in line else ["-o", str(lock)])]) == 1
    assert why in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == [lock, tmp_path / "raises.py"]
    assert lock.read_text() == "a good one"


def test_a_lock_file_that_cannot_be_written_is_named_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*k\.lock'"):
        Recorder().write(tmp_path / "k.lock")
    assert not list(tmp_path.iterdir())


def test_a_lock_file_nested_too_deep_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "deep.lock"
    lock.write_text("[" * 200_000)
    assert main(["precompile", "--lock", str(lock), "--dry-run"]) == 1
    assert f"{lock}: it is no lock file of kernels" in capsys.readouterr().err


def test_a_lock_file_without_calls_is_read_with_a_warning(tmp_path: Path) -> None:
    Recorder().write(tmp_path / "empty.lock")
    found: Any = json.loads((tmp_path / "empty.lock").read_text())
    assert found["complete"] and read_lock(tmp_path / "empty.lock") == (
        [], f"{tmp_path / 'empty.lock'}: it holds no calls",
    )  # fmt: skip

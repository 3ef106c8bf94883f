"""`tensorsmith trace` and its lock files: what is refused, and what a failing program leaves."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.ops.errors import ArgumentValueError
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels.lock import Recorder, read_lock

from .run import python, status


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
def test_the_traceback_of_a_program_begins_in_it(tmp_path: Path) -> None:
    text = "def fail():\n    raise ValueError('early')\nts.ones(3) + 1\nfail()\n"
    lock = str(tmp_path / "kernels.lock")
    said = trace(tmp_path, script(tmp_path, text), "-o", lock, code=1)
    alone = python(tmp_path / "cache", str(tmp_path / "program.py"), code=1).stderr
    assert said.startswith(alone) and alone.startswith("Traceback (most recent call last)")
    (tmp_path / "wrong.py").write_text("x = (\n")
    said = trace(tmp_path, str(tmp_path / "wrong.py"), "-o", lock, code=1)
    assert said.startswith(f'  File "{tmp_path}/wrong.py", line 1\n')


@pytest.mark.usefixtures("cache")
def test_a_program_that_sigterm_ends_leaves_what_it_used(tmp_path: Path) -> None:
    text = "import os, signal\nts.ones(3) + 1\nos.kill(os.getpid(), signal.SIGTERM)\n"
    lock = tmp_path / "kernels.lock"
    said = trace(tmp_path, script(tmp_path, text), "-o", str(lock), code=143)
    assert said.endswith("tensorsmith: terminated\n") and "Traceback" not in said
    assert not lock.exists() and len(read_lock(tmp_path / "kernels.lock.partial")[0]) == 2


@pytest.mark.usefixtures("cache")
def test_lock_files_differ_in_the_lines_of_calls_that_differ(tmp_path: Path) -> None:
    locks = [tmp_path / "one.lock", tmp_path / "other.lock"]
    texts = (
        "ts.manual_seed(1)\nts.rand(3)\nts.ones(3) + 1\n",
        "ts.manual_seed(2)\nts.ones(3) + 1\nts.rand(3)\nts.ones(3).exp()\n",
    )
    for lock, text in zip(locks, texts):
        trace(tmp_path, script(tmp_path, text), "-o", str(lock))
    one, other = (set(lock.read_text().splitlines()) for lock in locks)
    bare = [{line.rstrip(",") for line in lines} for lines in (one, other)]
    assert len(bare[1] - bare[0]) == 2 and not bare[0] - bare[1]  # exp: its op, and its call
    assert any('"name":"exp"' in line for line in bare[1] - bare[0])
    assert len(read_lock(locks[1])[0]) == len(read_lock(locks[0])[0]) + 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ('{"format": 1}', "it is no lock file of kernels: it must be an object with a list of"),
        ("[]", "it is no lock file of kernels: it must be an object with a list of calls"),
        ('{"format": 1, "calls": []}', "it is no lock file of kernels: it has no 'ops'"),
        ('{"format": 9, "calls": []}', "its format is 9, this version reads 1"),
        (
            '{"format": 1, "generator": "", "ops": {"a": {}}, "calls": [{"op": "b"}]}',
            "call 1 cannot be read: there is no op 'b'",
        ),
        (
            '{"format": 1, "generator": "", "ops": {"a": 3}, "calls": [{"op": "a"}]}',
            "call 1 cannot be read: it has no 'binding'",
        ),
        (b"\xff\xfe", "it is no lock file of kernels: it is not UTF-8 text"),
    ],
)
def test_what_is_wrong_with_a_lock_file_is_said_with_its_name(
    tmp_path: Path, change: str | bytes, why: str
) -> None:
    lock = tmp_path / "k.lock"
    lock.write_bytes(change if isinstance(change, bytes) else change.encode())
    with pytest.raises(ArgumentValueError, match=re.escape(why)) as error:
        read_lock(lock)
    assert str(error.value).startswith(f"{lock}: ")


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
        ("{folder}/raises.py -o {folder}/no/dir/k.lock", "no/dir must exist"),
        ("{folder}/raises.py -o {folder}", "must be a file, got the folder"),
    ],
)
def test_what_cannot_be_traced_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: str, why: str
) -> None:
    (tmp_path / "raises.py").write_text("raise AssertionError('it ran')")
    lock = tmp_path / "kernels.lock"
    lock.write_text("a good one")
    line = arguments.format(folder=tmp_path).split()
    assert status(["trace", *line, *([] if "-o" in line else ["-o", str(lock)])]) == 2
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

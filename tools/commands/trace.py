"""`tensorsmith trace`: record the kernels that a program uses."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from . import Commands
from .arguments import UsageError, given, new_file

if TYPE_CHECKING:
    from ..kernels.lock import Recorder

TEXT = """\
Run a program and record what kernels it uses, so that they can be built elsewhere.

  tensorsmith trace train.py -o kernels.lock -- --epochs 1
  tensorsmith precompile --lock kernels.lock --target x86-64-v3,aarch64 -o bundles

The file holds calls, not machine code: one file serves all targets. Run the program so that it does
all that it will do later: training and evaluation, the last short batch. Worker processes that it
starts are not recorded. Kernels that are missing are compiled, whatever TENSORSMITH_JIT and
jit_mode say. The exit code is the program's. If that is not 0, or Ctrl-C or SIGTERM ends it, what
was recorded goes to FILE.partial, and FILE stays as it was. A program that ends by os._exit or is
killed leaves neither.
"""


def add(commands: Commands) -> None:
    """Describes the subcommand."""
    parser = commands.add_parser(
        "trace",
        help="record the kernels that a program uses in a lock file",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "script", type=given, help="a Python file, or with -m a module; its arguments after --"
    )
    parser.add_argument("-m", action="store_true", dest="module", help="SCRIPT names a module")
    parser.add_argument(
        "-o",
        "--output",
        type=new_file,
        default="kernels.lock",
        metavar="FILE",
        help="default kernels.lock",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs the program and writes the file; a program that fails leaves the file alone."""
    from ...backends.cache.mode import compiling_allowed, get_jit_mode
    from ..kernels.lock import Recorder

    path: Path = options.output
    if get_jit_mode() != "on":
        print(
            f"tensorsmith: trace compiles what is missing, although compiling is set to "
            f"{get_jit_mode()!r}",
            file=sys.stderr,
        )
    recorder, code = Recorder(), 1
    with program_paths(options):
        check_program(options.script, options.module)
        try:
            with recorder, compiling_allowed():
                code = _run_program(options)
        finally:
            _write(recorder, path, code)
    return code


def _write(recorder: Recorder, path: Path, code: int) -> None:
    """Writes what was recorded; of a program that failed, beside the file."""
    where = path.with_name(f"{path.name}.partial") if code else path
    recorder.write(where, complete=not code)
    print(f"{where}: {len(recorder)} calls", file=sys.stderr)
    if code:
        print(f"tensorsmith: the program failed; {path} is left as it was", file=sys.stderr)


def check_program(script: str, module: bool) -> None:
    """Raises UsageError if there is no program to run."""
    from importlib.util import find_spec

    if not module:
        path = Path(script)
        if not path.exists():
            raise UsageError(f"trace: SCRIPT must be a Python file, there is no {script}")
        if path.is_dir() and not (path / "__main__.py").is_file():
            raise UsageError(
                f"trace: SCRIPT must be a Python file, got the folder {script} without __main__.py"
            )
        return
    try:
        spec = find_spec(script)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = find_spec(f"{script}.__main__")
    except (ModuleNotFoundError, ValueError):
        spec = None
    if spec is None:
        raise UsageError(f"trace: there is no module {script!r} that can be run")


@contextmanager
def program_paths(options: argparse.Namespace) -> Iterator[None]:
    """The arguments and the folders for imports that the program has when Python runs it."""
    before, path = sys.argv, list(sys.path)
    sys.argv = [options.script, *options.rest]
    sys.path.insert(
        0, os.getcwd() if options.module else str(Path(options.script).resolve().parent)
    )
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before, path


def _run_program(options: argparse.Namespace) -> int:
    """The program's exit code."""
    import runpy

    try:
        if options.module:
            runpy.run_module(options.script, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(options.script, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        own = error.with_traceback(program_frames(error.__traceback__))
        sys.excepthook(type(own), own, own.__traceback__)
        return 1
    return 0


def program_frames(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the program's first frame on: without this package's and runpy's, which
    started it."""
    own = (__file__, "<frozen runpy>", runpy_file())
    while trace is not None and trace.tb_frame.f_code.co_filename in own:
        trace = trace.tb_next
    return trace


def runpy_file() -> str:
    """Where runpy is, if it is not frozen into the interpreter."""
    import runpy

    return str(runpy.__file__)

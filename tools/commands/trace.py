"""`tensorsmith trace`: record the kernels that a program uses."""

from __future__ import annotations

import argparse

from . import Commands

TEXT = """\
Run a program and record what kernels it uses, so that they can be built elsewhere.

  tensorsmith trace train.py -o kernels.lock -- --epochs 1
  tensorsmith precompile --lock kernels.lock --target x86-64-v3,aarch64 -o bundles

The file holds calls, not machine code: one file serves all targets. Run the program so that it does
all that it will do later: training and evaluation, the last short batch. Worker processes that it
starts are not recorded. The exit code is the program's.
"""


def add(commands: Commands) -> None:
    """Describes the subcommand."""
    parser = commands.add_parser(
        "trace",
        help="record the kernels that a program uses in a lock file",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("script", help="a Python file, or with -m a module; its arguments after --")
    parser.add_argument("-m", action="store_true", dest="module", help="SCRIPT names a module")
    parser.add_argument(
        "-o", "--output", default="kernels.lock", metavar="FILE", help="default kernels.lock"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs the program and writes the file, also when the program fails."""
    import runpy
    import sys
    from pathlib import Path

    from ..kernels.lock import Recorder

    before, path = sys.argv, list(sys.path)
    sys.argv = [options.script, *options.rest]
    code = 0
    recorder = Recorder()
    try:
        with recorder:
            if options.module:
                runpy.run_module(options.script, run_name="__main__", alter_sys=True)
            else:
                sys.path.insert(0, str(Path(options.script).resolve().parent))
                runpy.run_path(options.script, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    finally:
        sys.argv, sys.path[:] = before, path
        recorder.write(Path(options.output))
        print(f"{options.output}: {len(recorder)} calls", file=sys.stderr)
    return code

"""`tensorsmith explain`: from an entry to its kernels, their keys, and where they are."""

from __future__ import annotations

import argparse

from . import Commands
from .ops import PARTS

TEXT = """\
Show an op's entry, its derivative, the steps of an example call, loops and machine code, and for
each of its kernels the key, field by field, and which layer of the cache has it; if none has, how
its key differs from that of the nearest kernel that is there.

  tensorsmith explain softmax --dtype bfloat16 --target x86-64-v4
  tensorsmith explain softmax --only keys
  tensorsmith explain softmax --target sm_90 --only code      CUDA C and how it is launched
"""


def add(commands: Commands) -> None:
    """Describes the subcommand."""
    parser = commands.add_parser(
        "explain",
        help="an op's kernels, their keys, and where they are cached",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="of an op")
    parser.add_argument("--dtype", default="float32", help="of the example call (default float32)")
    parser.add_argument("--target", help="default: this machine")
    parser.add_argument("--only", choices=(*PARTS, "keys"), help="one part only")
    parser.add_argument("--json", action="store_true", help="the keys as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints."""
    from ...backends.cpu.machine import detect_machine
    from ...backends.processors import processor_by_name
    from .. import show
    from ..kernels import explain

    processor = processor_by_name(options.target or detect_machine().target.spelling)
    if not options.json and options.only != "keys":
        code = show.show_op(options.name, options.dtype, processor.target.spelling, options.only)
        if options.only:
            return code
        print("-- keys " + "-" * 72)
    return explain.explain(options.name, options.dtype, processor, options.json)

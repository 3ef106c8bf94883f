"""`tensorsmith explain`: from an entry to its kernels, their keys, and where they are."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from . import Commands, arguments
from .ops import PARTS

if TYPE_CHECKING:
    from ..kernels.example import Asked, Shapes

TEXT = """\
Show an op's entry, its derivative, the steps of an example call, loops and machine code, and for
each of its kernels the key, field by field, and which layer of the cache has it; if none has, how
its key differs from that of the nearest kernel that is there.

  tensorsmith explain softmax --dtype bfloat16 --target x86-64-v4
  tensorsmith explain softmax --only keys
  tensorsmith explain softmax --target sm_90 --only code      CUDA C and how it is launched

The example is the first sample of the entry, its operands dense. Options choose another call,
whose keys are shown; and so is the key of a kernel that an error, a warning or `cache list` names:

  tensorsmith explain matmul --shape 64x100,100x10 --layout transposed
  tensorsmith explain softmax --backward
  tensorsmith explain --lock kernels.lock --number 3           the third call of a lock file
  tensorsmith explain 'softmax[f32, rows]#9c86cb95'            looked for in the op's kernel space
  tensorsmith explain 'softmax[f32, rows]#9c86cb95' --lock kernels.lock
                                                               among the calls of a program
"""
KERNEL = re.compile(r"[^#]+\]#[0-9a-f]{8}")
"""A kernel's label with its digest, as `full_label` writes it."""

LAYOUTS = (
    "contiguous", "transposed", "turned", "strided", "every other", "rows apart", "channels last",
)  # fmt: skip
"""Keys of `tools.kernels.classes.LAYOUTS`, which NumPy is not needed for."""


def add(commands: Commands) -> None:
    """Describes the subcommand."""
    parser = commands.add_parser(
        "explain",
        help="an op's kernels, their keys, and where they are cached",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "name", nargs="?", type=_name, help="of an op, or of a kernel with its digest"
    )
    parser.add_argument(
        "--dtype",
        type=arguments.dtype,
        help="of the example call (default float32, if the op takes it)",
    )
    parser.add_argument("--target", type=arguments.target, help="default: this machine")
    parser.add_argument(
        "--shape", type=_shapes, metavar="SHAPES",
        help="of the operands, in their order: 64x100,100x10; `scalar` has no dims",
    )  # fmt: skip
    parser.add_argument("--layout", choices=LAYOUTS, help="how the operands lie in memory")
    parser.add_argument("--backward", action="store_true", help="the kernels of its gradients")
    parser.add_argument(
        "--lock", type=arguments.existing_file, metavar="FILE", help="a call that `trace` recorded"
    )
    parser.add_argument(
        "--number", type=arguments.count(1), metavar="N", help="of the call in the file, from 1 on"
    )
    parser.add_argument("--only", choices=(*PARTS, "keys"), help="one part only")
    parser.add_argument("--json", action="store_true", help="the keys as JSON")
    parser.set_defaults(run=run)


def _name(text: str) -> str:
    return text if KERNEL.fullmatch(text) else arguments.op(text)


def _shapes(text: str) -> Shapes:
    if not re.fullmatch(r"(scalar|\d+(x\d+)*)(,(scalar|\d+(x\d+)*))*", text):
        raise argparse.ArgumentTypeError(
            f"shapes must be extents with x between, and commas between shapes, got {text!r}"
        )
    return tuple(
        () if shape == "scalar" else tuple(map(int, shape.split("x"))) for shape in text.split(",")
    )


def run(options: argparse.Namespace) -> int:
    """Prints."""
    from ...backends.cpu.machine import detect_machine
    from ...backends.processors import processor_by_name
    from ...ops.errors import ArgumentError, ArgumentValueError
    from ...ops.registry import registry
    from .. import show
    from ..kernels import explain

    why, dtype = _mistake(options), None
    if not why and not _names_calls(options):
        op = registry.get(options.name)
        try:
            dtype = show.dtype_of_example(op, options.dtype)
        except (ArgumentError, ArgumentValueError) as error:
            why = str(error)
    if why:
        raise arguments.UsageError(f"explain: {why}")
    processor = processor_by_name(options.target or detect_machine().target.spelling)
    if dtype is None:
        return explain.explain(_asked_by_name(options), processor, options.json)
    asked = _asked(options, dtype.name)
    if _chooses(options):
        return explain.explain(asked, processor, options.json)
    if not options.json and options.only != "keys":
        code = show.show_op(options.name, dtype.name, processor.target.spelling, options.only)
        if options.only:
            return code
        print("-- keys " + "-" * 72)
    found = explain.example_kernels(op, dtype, processor)
    return explain.explain(asked, processor, options.json, found)


def _names_calls(options: argparse.Namespace) -> bool:
    """The line names one kernel, or a lock file, instead of an op."""
    return options.lock is not None or KERNEL.fullmatch(options.name) is not None


def _chooses(options: argparse.Namespace) -> bool:
    """The line chooses another call than the example."""
    return bool(options.shape or options.layout or options.backward)


def _mistake(options: argparse.Namespace) -> str:
    """What is wrong with the line; "" if nothing is."""
    if options.name is None and options.lock is None:
        return "the name of an op or of a kernel, or --lock, must be given"
    if options.lock is None and options.number is not None:
        return "--number must go with --lock: it is that of a call in a file"
    if options.lock is not None and (options.name is None) is (options.number is None):
        return "--lock must go with --number, or with the name of a kernel, not both"
    if options.lock is not None and options.name and not KERNEL.fullmatch(options.name):
        return (
            "with --lock, a name must be that of a kernel, with its digest, as in "
            f"'softmax[f32, rows]#9c86cb95', got {options.name!r}"
        )
    if _names_calls(options) and (_chooses(options) or options.dtype):
        return "--dtype, --shape, --layout and --backward must go with the name of an op"
    if (_names_calls(options) or _chooses(options)) and options.only not in (None, "keys"):
        return f"--only must be keys where a call or a kernel is chosen, got {options.only}"
    return ""


def _asked(options: argparse.Namespace, dtype: str) -> Asked:
    """A call of an op."""
    from ..kernels.example import Asked

    layout = options.layout or LAYOUTS[0]
    return Asked(options.name, dtype, options.shape or (), layout, options.backward)


def _asked_by_name(options: argparse.Namespace) -> Asked:
    """A call of a lock file, or a kernel of its calls, or of an op's.

    Raises:
        UsageError: It has fewer calls.
        ArgumentValueError: It is no lock file.
        OSError: It cannot be read.
    """
    from ..kernels.example import Asked
    from ..kernels.lock import read_lock

    kernel = options.name or ""
    op = re.split(r"[.{\[]", kernel)[0]
    if options.lock is None:
        return Asked(op, kernel=kernel)
    calls, doubts = read_lock(options.lock)
    if doubts:
        print(f"tensorsmith: {doubts}", file=sys.stderr)
    if options.number is None:
        return Asked(op, calls=tuple(calls), kernel=kernel)
    if options.number > len(calls):
        raise arguments.UsageError(
            f"--number must be at least 1 and at most {len(calls)}, the calls of {options.lock}, "
            f"got {options.number}"
        )
    return Asked(calls=(calls[options.number - 1],))

"""`tensorsmith demo`: train a network on real data."""

from __future__ import annotations

import argparse

from . import Commands
from .arguments import count, new_file


def add(commands: Commands) -> None:
    """`tensorsmith demo`."""
    demo = commands.add_parser(
        "demo", help="train a network on real data", description="Train a network on real data."
    )
    which = demo.add_subparsers(dest="demo", required=True, metavar="NAME")
    digits = which.add_parser(
        "digits",
        help="a convolutional network learns 8x8 handwritten digits",
        description="A convolutional network learns handwritten digits; exits with 0 at 98 %%.",
    )
    digits.add_argument(
        "--epochs",
        type=count(1),
        default=10,
        help="passes over the 1,437 training images (default 10)",
    )
    digits.add_argument(
        "--seed", type=int, default=0, help="of weights, order and dropout (default 0)"
    )
    digits.add_argument(
        "--threads", type=count(1), help="CPU threads (default: all that this process may use)"
    )
    digits.add_argument(
        "--plot",
        type=new_file,
        metavar="FILE",
        help="draw the loss curve and predictions, for instance digits.png",
    )
    digits.set_defaults(run=_run_digits)


def _run_digits(options: argparse.Namespace) -> int:
    from ..demo import run_digits

    if options.threads is not None:
        from ...tensor import set_num_threads

        set_num_threads(options.threads)
    return run_digits(options.epochs, options.seed, options.plot)

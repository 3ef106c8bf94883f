"""The `tensorsmith` command."""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence

from ..ops.errors import TensorsmithError


def version() -> str:
    """The installed version of the package."""
    return importlib.metadata.version("tensorsmith")


def build_parser() -> argparse.ArgumentParser:
    """The command line: demo, ops."""
    parser = argparse.ArgumentParser(
        prog="tensorsmith", description="Tensors and deep learning from one entry per op."
    )
    parser.add_argument("--version", action="version", version=f"tensorsmith {version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_ops(commands)
    return parser


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
        "--epochs", type=int, default=10, help="passes over the 1,437 training images (default 10)"
    )
    digits.add_argument(
        "--seed", type=int, default=0, help="of weights, order and dropout (default 0)"
    )
    digits.add_argument(
        "--threads", type=int, help="CPU threads (default: all that this process may use)"
    )
    digits.add_argument(
        "--plot",
        metavar="FILE",
        help="draw the loss curve and predictions, for instance digits.png",
    )
    digits.set_defaults(run=_run_digits)


def _add_ops(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ops = commands.add_parser(
        "ops", help="look at the registry of ops", description="Look at the registry of ops."
    )
    which = ops.add_subparsers(dest="ops", required=True, metavar="WHAT")
    listing = which.add_parser("list", help="names, one a line, with the first sentence")
    listing.add_argument("pattern", nargs="?", default="", help="only names that contain it")
    listing.set_defaults(run=_run_list)
    show = which.add_parser(
        "show", help="an entry, its derivatives, its loops and its machine code"
    )
    show.add_argument("name")
    show.add_argument("--dtype", default="float32", help="of the example call (default float32)")
    show.add_argument(
        "--target", help="x86-64-v2, x86-64-v3, x86-64-v4 or aarch64 (default: this machine)"
    )
    show.add_argument(
        "--only", choices=("entry", "adjoint", "tangent", "loops", "code"), help="one part only"
    )
    show.set_defaults(run=_run_show)
    check = which.add_parser(
        "check", help="run the generated battery on the entries of a YAML file, or on named ops"
    )
    check.add_argument("what", nargs="+", help="a YAML file or names of ops")
    check.set_defaults(run=_run_check)
    stats = which.add_parser(
        "stats", help="counts of derived, stated, primitive and extern entries"
    )
    stats.set_defaults(run=_run_stats)
    docs = which.add_parser("docs", help="a Markdown page for every op")
    docs.add_argument("folder", help="where to write the pages")
    docs.set_defaults(run=_run_docs)


def _run_digits(options: argparse.Namespace) -> int:
    from .demo import run_digits

    if options.epochs < 1:
        raise SystemExit(
            f"tensorsmith demo digits: --epochs must be at least 1, got {options.epochs}"
        )
    if options.threads is not None:
        from ..tensor import set_num_threads

        set_num_threads(options.threads)
    return run_digits(options.epochs, options.seed, options.plot)


def _run_list(options: argparse.Namespace) -> int:
    from . import catalog

    return catalog.list_ops(options.pattern)


def _run_show(options: argparse.Namespace) -> int:
    from . import show

    return show.show_op(options.name, options.dtype, options.target, options.only)


def _run_check(options: argparse.Namespace) -> int:
    from .battery import report

    return report.check_all(options.what)


def _run_stats(options: argparse.Namespace) -> int:
    from . import catalog

    return catalog.print_stats()


def _run_docs(options: argparse.Namespace) -> int:
    from . import catalog

    return catalog.write_pages(options.folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 on success, 1 on failure, 2 for a wrong command line."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except TensorsmithError as error:
        print(f"tensorsmith: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of a pipe (`head`) has gone; nothing is left to say.
        sys.stderr.close()
        return 0
    except (OSError, UnicodeError) as error:
        print(f"tensorsmith: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())

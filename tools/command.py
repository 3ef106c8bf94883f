"""The `tensorsmith` command."""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import sys
from collections.abc import Sequence

from ..backends.cache.statistics import keep_no_log
from ..ops.errors import TensorsmithError
from .commands import cache, demo, explain, ops, precompile, trace
from .commands.arguments import UsageError
from .printing import escaped_lines
from .signals import how_ended, sigterm_raised, status_of


def version() -> str:
    """The installed version of the package; of a source tree, its own word for it."""
    try:
        return importlib.metadata.version("tensorsmith")
    except importlib.metadata.PackageNotFoundError:
        return "of a source tree"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tensorsmith",
        description="Tensors and deep learning from one entry per op.",
        epilog="Exit status: 0 on success, 1 on failure, 2 for a wrong command line (nothing was "
        "done), 130 after Ctrl-C, 143 after SIGTERM.",
    )
    parser.add_argument("--version", action="version", version=f"tensorsmith {version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (demo, ops, precompile, trace, cache, explain):
        module.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status.

    0 on success, 1 on failure, 2 for a wrong command line (nothing was done), 130 if Ctrl-C ended
    it, 143 if SIGTERM did.
    """
    parser = build_parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    own = given[: given.index("--")] if "--" in given else given
    options, unknown = parser.parse_known_args(own)
    if unknown:
        hint = "; the program's own arguments go after --" if options.command == "trace" else ""
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    options.rest = given[len(own) + 1 :]
    if options.rest and options.command != "trace":
        parser.error(f"nothing may follow --, got {' '.join(options.rest)}")
    if arguments is None and options.command not in ("trace", "demo"):
        keep_no_log()
    if options.command != "trace":  # a traced program prints as it does alone
        _replace_what_cannot_be_shown()
    try:
        with sigterm_raised():
            return int(options.run(options))
    except UsageError as error:
        _complain(error)
        return 2
    except TensorsmithError as error:
        _complain(error)
        return 1
    except KeyboardInterrupt as end:
        print(f"tensorsmith: {how_ended(end)}", file=sys.stderr)
        return status_of(end)
    except BrokenPipeError:
        # The reader of a pipe (`head`) has gone; nothing is left to say.
        sys.stderr.close()
        return 0
    except (OSError, UnicodeError) as error:
        _complain(error)
        return 1


def _complain(error: Exception) -> None:
    """Says an error; what it quotes of files does nothing to a terminal."""
    print(f"tensorsmith: {escaped_lines(str(error))}", file=sys.stderr)


def _replace_what_cannot_be_shown() -> None:
    """Lets what the encoding of stdout lacks be spelled, as stderr does anyhow."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    raise SystemExit(main())

"""`tensorsmith cache`: look at the kernel cache, check it, empty it, carry it elsewhere."""

from __future__ import annotations

import argparse

from . import Commands

TEXT = """\
Compiled kernels are kept in a private folder and looked for in bundles besides.

  tensorsmith cache info                     where they are, and how many
  tensorsmith cache stats                    what programs compiled and loaded
  tensorsmith cache verify --rebuild 20      check every file; compile 20 again and compare bytes
  tensorsmith cache export -o mine.bundle    all kernels for this machine in one read-only file
"""


def add(commands: Commands) -> None:
    """Describes the subcommands."""
    parser = commands.add_parser(
        "cache",
        help="look at the kernel cache, check it, empty it, carry it elsewhere",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_subparsers(dest="cache", required=True, metavar="WHAT")
    _one(which, "info", "folder, bundles, size, limit, and mode")
    _one(which, "list", "one line for each kernel of the folder")
    verify = _one(which, "verify", "check every file and bundle; 1 if any is damaged")
    verify.add_argument("--rebuild", type=int, default=0, metavar="N", help="compile N again")
    prune = _one(which, "prune", "remove the kernels used longest ago")
    prune.add_argument("--limit", type=int, metavar="MIB", help="what may stay")
    _one(which, "clear", "remove all kernels of the folder; bundles stay")
    export = _one(which, "export", "write the folder's kernels for a target to a bundle")
    export.add_argument("-o", "--output", required=True, metavar="FILE")
    export.add_argument("--target", help="default: this machine")
    import_ = _one(which, "import", "put the kernels of a bundle into the folder")
    import_.add_argument("bundle")
    diff = _one(which, "diff", "compare two bundles, key by key and byte by byte")
    diff.add_argument("left")
    diff.add_argument("right")
    stats = _one(which, "stats", "what programs compiled and loaded, by kernel")
    stats.add_argument("--last", action="store_true", help="of the last program only")


def _one(which: Commands, name: str, text: str) -> argparse.ArgumentParser:
    parser = which.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=run)
    return parser


def run(options: argparse.Namespace) -> int:
    """Runs one subcommand of the module that does the work."""
    from ..kernels import inspect

    return inspect.COMMANDS[options.cache](options)

"""`tensorsmith cache`: look at the kernel cache, check it, empty it, carry it elsewhere."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib import import_module

from ...ops.dataclass import dataclass
from ..printing import escaped
from . import Commands, arguments

TEXT = """\
Compiled kernels are kept in a private folder and looked for in bundles besides. An object is a
piece of machine code: kernels may share one, so it has a name for each, and one for its source.

  tensorsmith cache info                     where they are, and how many
  tensorsmith cache list --bundle FILE       what a bundle holds
  tensorsmith cache stats                    what programs compiled and loaded
  tensorsmith cache verify --rebuild 20      check every file; compile 20 again and compare bytes
  tensorsmith cache export -o mine.bundle    all kernels for this machine in one read-only file
"""

Parser = argparse.ArgumentParser


@dataclass(frozen=True)
class Subcommand:
    """A subcommand.

    Attributes:
        does: Module of `tools.kernels` and function that do it, imported when it runs.
        text: What it does, for `--help`.
        add: Describes its arguments.
    """

    does: str
    text: str
    add: Callable[[Parser], object] = lambda parser: None


def _verify(parser: Parser) -> None:
    parser.add_argument(
        "--rebuild", type=arguments.count(0), default=0, metavar="N", help="compile N again"
    )


def _export(parser: Parser) -> None:
    parser.add_argument("-o", "--output", type=arguments.bundle_file, required=True, metavar="FILE")
    parser.add_argument(
        "--target", type=arguments.target, default="native", help="default: this machine"
    )


def _diff(parser: Parser) -> None:
    parser.add_argument("left", type=arguments.existing_file)
    parser.add_argument("right", type=arguments.existing_file)


SUBCOMMANDS = {
    "info": Subcommand("overview:info", "folder, bundles, size, limit, and mode"),
    "list": Subcommand(
        "overview:list_objects",
        "one line for each object of the folder, or of a bundle",
        lambda parser: parser.add_argument(
            "--bundle", type=arguments.existing_file, metavar="FILE", help="of this file instead"
        ),
    ),
    "verify": Subcommand(
        "verify:verify",
        "check every file and bundle; 1 if any is damaged, differs, or cannot be compared",
        _verify,
    ),
    "prune": Subcommand(
        "removal:prune",
        "remove the kernels used longest ago",
        lambda parser: parser.add_argument(
            "--limit", type=arguments.count(0), metavar="MIB", help="what may stay"
        ),
    ),
    "clear": Subcommand("removal:clear", "remove all kernels of the folder; bundles stay"),
    "export": Subcommand(
        "carry:export", "write the folder's kernels for a target to a bundle", _export
    ),
    "import": Subcommand(
        "carry:import_bundle",
        "put the kernels of a bundle into the folder",
        lambda parser: parser.add_argument("bundle", type=arguments.existing_file),
    ),
    "diff": Subcommand("carry:diff", "compare two bundles, key by key and byte by byte", _diff),
    "stats": Subcommand(
        "overview:stats",
        "what programs compiled and loaded, by kernel",
        lambda parser: parser.add_argument(
            "--last", action="store_true", help="of the last program only"
        ),
    ),
}


def add(commands: Commands) -> None:
    """Describes the subcommands."""
    parser = commands.add_parser(
        "cache",
        help="look at the kernel cache, check it, empty it, carry it elsewhere",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_subparsers(dest="cache", required=True, metavar="WHAT")
    for name, one in SUBCOMMANDS.items():
        sentence = one.text[0].upper() + one.text[1:] + "."
        own = which.add_parser(name, help=one.text, description=sentence)
        own.add_argument("--json", action="store_true", help="for machines")
        one.add(own)
        own.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs one subcommand, and prints what it says."""
    from ...backends.cpu.cache import object_cache

    module, _, function = SUBCOMMANDS[options.cache].does.partition(":")
    do = getattr(import_module(f"..kernels.{module}", __package__), function)
    answer = do(options, object_cache())
    print(json.dumps(answer.data) if options.json else "\n".join(map(escaped, answer.lines)))
    return int(answer.code)

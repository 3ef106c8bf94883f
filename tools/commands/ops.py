"""`tensorsmith ops`: look at the registry."""

from __future__ import annotations

import argparse

from . import Commands, arguments

PARTS = ("entry", "adjoint", "tangent", "steps", "loops", "code")
"""What `tools.show` prints of an op, in this order."""


def add(commands: Commands) -> None:
    """`tensorsmith ops`."""
    ops = commands.add_parser(
        "ops", help="look at the registry of ops", description="Look at the registry of ops."
    )
    which = ops.add_subparsers(dest="ops", required=True, metavar="WHAT")
    listing = which.add_parser("list", help="names, one a line, with the first sentence")
    listing.add_argument("pattern", nargs="?", default="", help="only names that contain it")
    listing.set_defaults(run=_run_list)
    show = which.add_parser(
        "show", help="an entry, its derivatives, its steps, its loops and its machine code"
    )
    show.add_argument("name", type=arguments.op)
    show.add_argument(
        "--dtype",
        type=arguments.dtype,
        help="of the example call (default float32, if the op takes it)",
    )
    show.add_argument(
        "--target",
        type=arguments.target,
        help="x86-64-v2, -v3, -v4, aarch64, sm_80, ... (default: this machine)",
    )
    show.add_argument("--only", choices=PARTS, help="one part only")
    show.set_defaults(run=_run_show)
    check = which.add_parser(
        "check", help="run the generated battery on the entries of a YAML file, or on named ops"
    )
    check.add_argument(
        "what", nargs="+", type=arguments.file_or_op, help="a YAML file or names of ops"
    )
    check.add_argument(
        "--cuda", action="store_true", help="CUDA C too, run on the host by a small simulator"
    )
    check.set_defaults(run=_run_check)
    stats = which.add_parser(
        "stats", help="counts of derived, stated, primitive and extern entries"
    )
    stats.set_defaults(run=_run_stats)
    docs = which.add_parser("docs", help="a page in HTML for every op, formulas included")
    docs.add_argument("folder", type=arguments.folder, help="where to write the pages")
    docs.add_argument(
        "what",
        nargs="*",
        type=arguments.file_or_op,
        help="YAML files or names (default: the whole registry)",
    )
    docs.set_defaults(run=_run_docs)
    new = which.add_parser("new", help="an entry to start from, which explains itself")
    new.add_argument(
        "name", type=arguments.given, help="namespace::name; without a namespace it is in `my`"
    )
    new.add_argument(
        "-o",
        "--output",
        type=_new_file,
        metavar="YAML",
        help="a new file (default: print it)",
    )
    new.set_defaults(run=_run_new)
    compiled = which.add_parser(
        "compile", help="what a package ships of a YAML file: entries as JSON, and a stub"
    )
    compiled.add_argument("file", type=arguments.existing_file, help="a YAML file")
    compiled.set_defaults(run=_run_compile)


def _new_file(text: str) -> str:
    arguments.new_file(text)
    return text  # as the user wrote it: the entry names its file


def _run_list(options: argparse.Namespace) -> int:
    from .. import catalog

    return catalog.list_ops(options.pattern)


def _run_show(options: argparse.Namespace) -> int:
    from .. import show

    return show.show_op(options.name, options.dtype, options.target, options.only)


def _run_check(options: argparse.Namespace) -> int:
    from ..battery import report

    return report.check_all(options.what, options.cuda)


def _run_stats(options: argparse.Namespace) -> int:
    from .. import catalog

    return catalog.print_stats()


def _run_docs(options: argparse.Namespace) -> int:
    from .. import pages
    from ..battery import report

    return pages.write_pages(str(options.folder), report.gather(options.what))


def _run_new(options: argparse.Namespace) -> int:
    from .. import template

    return template.write_entry(options.name, options.output)


def _run_compile(options: argparse.Namespace) -> int:
    from .. import packaging

    return packaging.compile_entries(str(options.file))

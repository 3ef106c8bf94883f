"""The command: times cases in alternating processes, reports ratios, compares with a record."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .compare import find_regressions, print_comparison
from .device import run_device
from .picture import draw_record
from .record import Record, read_record, stored_path, write_record
from .report import print_groups, print_limits, rewrite_page
from .run import run_cases

PEERS = ("torch", "numpy")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    cores = len(os.sched_getaffinity(0))
    add = parser.add_argument
    add("--vs", metavar="LIBRARY", nargs="*", default=list(PEERS), choices=PEERS,
        help="peers; the default is both torch and numpy, none is allowed")  # fmt: skip
    add("--threads", type=int, default=min(2, cores), help="of every library, and processors")
    add("--rounds", type=int, default=5, help="alternating rounds")
    add("--seconds", type=float, default=0.1, help="for a case in one library and round")
    add("-k", metavar="TEXT", default="", help="only cases whose group or name contains it")
    add("--device", choices=("cpu", "cuda"), default="cpu",
        help="cuda: other cases, on a GPU, against PyTorch's; only -k, --rounds, --seconds and "
        "--json hold there")  # fmt: skip
    add("--from", metavar="FILE", type=Path, dest="source",
        help="take the figures of this record in place of a run")  # fmt: skip
    add("--json", metavar="FILE", type=Path, help="write the record there")
    add("--record", action="store_true", help="keep the record as the one of this machine")
    add("--markdown", metavar="FILE", type=Path, help="rewrite a page between its markers")
    add("--picture", metavar="FILE", type=Path, help="draw the ratios, as SVG or PNG")
    add("--compare", metavar="FILE", type=Path, nargs="?", const=Path(),
        help="print regressions against a record, by default that of this machine; exit with 1 "
        "if there are any")  # fmt: skip
    options = parser.parse_args(arguments)
    if options.k and (options.record or options.markdown or options.picture):
        parser.error("--record, --markdown and --picture want all cases, not those of -k")
    absent = [name for name in options.vs if find_spec(name) is None]
    if absent and not options.source and options.device == "cpu":
        parser.error(f"--vs: {' and '.join(absent)} must be installed, or left out")
    if options.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {options.rounds}")
    if not 1 <= options.threads <= cores:
        parser.error(f"--threads must be between 1 and {cores}, got {options.threads}")
    return options


def compare_with(path: Path, record: Record) -> int:
    """Prints a comparison; gives the exit status."""
    if path == Path():
        path = stored_path(record.machine)
        if not path.exists():
            print(f"no record of this machine to compare with: {path}; --record keeps one")
            return 0
    old = read_record(path)
    regressions = find_regressions(old, record)
    print(print_comparison(old, record, regressions))
    return 1 if regressions else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write, compare; gives the exit status."""
    options = parse(arguments)
    if options.device == "cuda":
        return run_device(options.k, options.rounds, options.seconds, options.json)
    if options.source:
        record = read_record(options.source)
    else:
        record = run_cases(options.k, options.vs, options.threads, options.rounds, options.seconds)
    print(f"\n{print_limits(record)}\n\n{print_groups(record)}\n")
    if options.json:
        write_record(record, options.json)
    status = compare_with(options.compare, record) if options.compare else 0
    if options.record:
        write_record(record, stored_path(record.machine))
    if options.markdown:
        rewrite_page(options.markdown, record)
    if options.picture:
        draw_record(record, options.picture)
    return status


if __name__ == "__main__":
    sys.exit(main())

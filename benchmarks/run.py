"""Takes the measurements of a run and prints each as soon as it is there."""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Sequence

from .bars import BARS
from .cases import CASES
from .limits import better, measure_apart
from .machine import choose_processors, describe_machine, describe_versions
from .peers import Peer, alternate
from .record import OURS, Record, Row
from .report import case_head, case_line
from .startup import IMPORT, time_first_call, time_imports


def choose_cases(text: str) -> list[int]:
    """Numbers of the cases whose group or name contains a text, in the order of the report."""
    chosen = [i for i, c in enumerate(CASES) if text in f"{c.group} {c.name}"]
    order = list(BARS)
    return sorted(chosen, key=lambda number: order.index(CASES[number].group))


def run_cases(text: str, peers: Sequence[str], threads: int, rounds: int, budget: float) -> Record:
    """Measures the chosen cases, pinned to `threads` processors.

    The limits of the machine are measured before each group and at the end; the best count, since
    what disturbs them makes them smaller.

    Args:
        text: Only cases whose group or name contains it.
        peers: Libraries to compare with.
        threads: Of every library.
        rounds: How often the libraries take turns on a case.
        budget: Seconds for the samples of one case, library and round.
    """
    from tqdm import tqdm  # which cases on a GPU can do without

    start = time.perf_counter()
    machine, load = describe_machine(), os.getloadavg()[0]
    os.sched_setaffinity(0, choose_processors(threads))
    limits = measure_apart(threads)
    workers = {name: Peer(name, threads, budget) for name in (OURS, *peers)}
    rows: list[Row] = []
    group = ""
    for number in tqdm(choose_cases(text), disable=not sys.stderr.isatty()):
        case = CASES[number]
        libraries = [OURS, *(name for name in case.peers if name in peers)]
        if case.group != group:
            limits = better(limits, measure_apart(threads)) if group else limits
            group = case.group
            print(f"\n### {BARS[group].title}\n\n{case_head(libraries)}")
        row = Row.of(case, *alternate(number, [workers[name] for name in libraries], rounds))
        rows.append(row)
        print(case_line(row, libraries, limits, threads), flush=True)
    for worker in workers.values():
        worker.close()
    first_call = {}
    if text in f"import {IMPORT}":
        libraries = [OURS, *(name for name in peers if name != "numpy")]
        rows.append(time_imports(libraries, rounds))
        first_call = time_first_call()
    limits = better(limits, measure_apart(threads))
    date = datetime.date.today().isoformat()
    elapsed = time.perf_counter() - start
    versions = describe_versions()
    return Record(machine, versions, date, threads, rounds, elapsed, load, limits, first_call, rows)

"""Kernels built in parallel processes, on any machine, for any target."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import field
from pathlib import Path
from typing import Any

from ...backends.cache.bundle import SUFFIX, Head, write_bundle
from ...backends.cache.format import Item, make_item
from ...backends.cache.layers import ObjectCache
from ...backends.processors import processor_by_name
from ...ops.dataclass import dataclass
from .processes import interrupts_held, planning_processes, shown, workers
from .work import Built, Work, start, work


@dataclass
class Report:
    """What a run of `precompile` did.

    Attributes:
        kernels: For each target, features aside, the text of each plan key, and a label for people.
        compiled: Objects that were compiled.
        found: Objects that were there already.
        seconds: Wall time.
        failed: What could not be built, and why.
        calls: Calls that were planned.
        files: Bundle -> bytes.
    """

    kernels: dict[str, dict[str, str]] = field(default_factory=dict)
    compiled: int = 0
    found: int = 0
    seconds: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    files: dict[str, int] = field(default_factory=dict)

    def add(self, built: Built) -> None:
        """Adds what one piece of work gave."""
        for target, plans in built.kernels.items():
            self.kernels.setdefault(target, {}).update(plans)
        self.compiled += built.compiled
        self.found += built.found
        self.calls += built.calls
        self.failed.update(built.failed)


def precompile(
    pieces: Sequence[Work],
    targets: Sequence[str],
    store: Path,
    jobs: int = 1,
    dry: bool = False,
    quiet: bool = False,
    durable: bool = True,
) -> Report:
    """Builds the kernels of some pieces of work into a folder; what is there is not built again.

    Args:
        pieces: Ops, programs and calls.
        targets: Names of machines.
        store: Folder of a cache. A run that is cut off goes on from what is there.
        jobs: Processes.
        dry: Only find out which kernels there are.
        quiet: No progress bar.
        durable: Each file is on the disk before the next one is written.
    """
    begin = time.perf_counter()
    report = Report()
    arguments = (tuple(targets), str(store), dry, durable)
    with planning_processes(jobs, start, arguments) as pool:
        with interrupts_held():
            waiting = {pool.submit(work, piece): piece for piece in pieces}
        for done in shown(waiting, "planning" if dry else "building", quiet):
            report.add(done.result())
    report.seconds = time.perf_counter() - begin
    return report


def bundle(report: Report, store: Path, output: Path, jobs: int = 1) -> None:
    """Writes a bundle for each target of a report; notes their sizes in it.

    Args:
        report: Of a run that built into `store`.
        store: Folder of the cache.
        output: Folder, or a file if there is one target.
        jobs: Processes.
    """
    single = output.suffix == SUFFIX
    context = multiprocessing.get_context("spawn")
    with workers(ProcessPoolExecutor(jobs, context)) as pool:
        waiting = {}
        with interrupts_held():
            for target, plans in report.kernels.items():
                path = output if single else output / f"{target}{SUFFIX}"
                waiting[str(path)] = pool.submit(_write, path, target, store, list(plans))
        for name, done in waiting.items():
            report.files[name] = done.result()


def _write(path: Path, target: str, store: Path, plans: list[str]) -> int:
    processor = processor_by_name(target)
    head = Head(target, processor.compiler(), processor.generator())
    return write_bundle(path, head, items_of(ObjectCache(store), plans))


def items_of(cache: ObjectCache, plans: Iterable[str]) -> Iterable[Item]:
    """The items of plans, without what only people read; plans of one source share an item."""
    found: dict[str, dict[str, Item]] = {}
    for plan in plans:
        item = cache.user.get(plan)
        if item is None:
            warnings.warn(f"tensorsmith: not in the cache any more: {plan}", stacklevel=2)
            continue
        found.setdefault(item.keys[-1], {})[plan] = item
    for content, items in found.items():
        labels = sorted({item.about.get("label", "") for item in items.values()})
        first = next(iter(items.values()))
        yield make_item((*sorted(items), content), first.payload, {"label": ", ".join(labels)})


def progress(report: Report) -> dict[str, Any]:
    """A report as plain data, for `--json`."""
    return {
        "kernels": {target: len(plans) for target, plans in report.kernels.items()},
        "compiled": report.compiled,
        "found": report.found,
        "calls": report.calls,
        "seconds": round(report.seconds, 2),
        "failed": report.failed,
        "files": report.files,
    }

"""Kernels built in parallel processes, on any machine, for any target."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ...backends.cache.bundle import SUFFIX, Head, write_bundle
from ...backends.cache.format import Item, make_item
from ...backends.cache.layers import ObjectCache
from ...backends.processors import processor_by_name
from .work import Built, Work, start, work

PAUSE = 10.0  # seconds between two lines that say how far it is


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
    # Fresh processes: they plan on a backend that runs nothing, this one may compute.
    context = multiprocessing.get_context("spawn")
    with (
        _environment(TENSORSMITH_BACKEND="planning", TENSORSMITH_NATIVE="0"),
        _ended_as_interrupted(),
        _workers(ProcessPoolExecutor(jobs, context, start, arguments)) as pool,
    ):
        with _interrupts_held():
            waiting = {pool.submit(work, piece): piece for piece in pieces}
        for done in _shown(waiting, "planning" if dry else "building", quiet):
            report.add(done.result())
    report.seconds = time.perf_counter() - begin
    return report


def _shown(waiting: Collection[Future[Built]], what: str, quiet: bool) -> Iterator[Future[Built]]:
    """What is done, as it is done: with a bar on a terminal, elsewhere with a line at the start and
    every `PAUSE` seconds."""
    if quiet or sys.stderr.isatty():
        yield from tqdm(
            as_completed(waiting), total=len(waiting), unit="op", file=sys.stderr,
            disable=quiet, desc=what,
        )  # fmt: skip
        return
    begin, told, left = time.perf_counter(), 0.0, set(waiting)
    print(f"tensorsmith: {what}: {len(waiting)} pieces of work", file=sys.stderr, flush=True)
    while left:
        done, left = wait(left, PAUSE, FIRST_COMPLETED)
        yield from done
        seconds = time.perf_counter() - begin
        if left and seconds - told >= PAUSE:
            told = seconds
            print(
                f"tensorsmith: {what}: {len(waiting) - len(left)} of {len(waiting)} done after "
                f"{seconds:.0f} s",
                file=sys.stderr,
                flush=True,
            )


@contextmanager
def _workers(pool: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end at once when its block fails or is interrupted.

    What they were writing is in a temporary file; what they wrote is whole.
    """
    others = set(multiprocessing.active_children())
    with pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


@contextmanager
def _ended_as_interrupted() -> Iterator[None]:
    """Inside, SIGTERM is what Ctrl-C is, so that processes and their semaphores are cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes started inside never see an interrupt from the terminal: this one ends them.

    They inherit what is blocked, also while they still import. An interrupt meant for this process
    comes when the block ends.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Variables that child processes shall see."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
    with _workers(ProcessPoolExecutor(jobs, context)) as pool:
        waiting = {}
        with _interrupts_held():
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

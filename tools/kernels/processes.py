"""Processes that plan and compile: how they are started, watched and ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

from ...ops.errors import TensorsmithError
from ..signals import sigterm_raised

PAUSE = 10.0  # seconds between two lines that say how far it is
Result = TypeVar("Result")


class WorkerKilledError(TensorsmithError, RuntimeError):
    """A process of a pool is gone that nobody here has ended."""


@contextmanager
def planning_processes(
    jobs: int, start: Callable[..., object], arguments: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes that plan on a backend which runs nothing; the one that asks may compute.

    Args:
        jobs: How many.
        start, arguments: What each begins with.
    """
    context = multiprocessing.get_context("spawn")
    with (
        environment(TENSORSMITH_BACKEND="planning", TENSORSMITH_NATIVE="0"),
        sigterm_raised(),
        workers(ProcessPoolExecutor(jobs, context, start, arguments)) as pool,
    ):
        yield pool


def shown(waiting: Collection[Future[Result]], what: str, quiet: bool) -> Iterator[Future[Result]]:
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
def workers(pool: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end at once when its block fails or is interrupted.

    What they were writing is in a temporary file; what they wrote is whole.

    Raises:
        WorkerKilledError: The system, or somebody, has killed one of them.
    """
    others = set(multiprocessing.active_children())
    with pool:
        try:
            yield pool
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise WorkerKilledError(
                    "a process that was at work has been killed (was there too little memory? each "
                    "takes up to 1 GB): with a smaller --jobs less is needed, and the same command "
                    "goes on from what was compiled"
                ) from error
            raise


@contextmanager
def interrupts_held() -> Iterator[None]:
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
def environment(**values: str) -> Iterator[None]:
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

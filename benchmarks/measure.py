"""Samples of the time that a call takes."""

from __future__ import annotations

import statistics
import time
import timeit
from collections.abc import Sequence
from dataclasses import dataclass

from .cases.case import Call, Statement

SAMPLE = 0.001  # a sample runs the call so often that it lasts at least this long, in seconds
WARM = 0.02  # before samples are taken: wakes threads, fills caches, lets the clock rise
LEAST = 2  # samples of a call that is longer than all of the budget


@dataclass(frozen=True)
class Timing:
    """What many samples say.

    Attributes:
        seconds: The smallest: what the call takes when nothing disturbs it.
        spread: The median by the smallest: how much the machine did disturb.
    """

    seconds: float
    spread: float


def take_samples(call: Call, budget: float) -> list[float]:
    """Seconds for one call, from each sample that fits into `budget` seconds.

    The garbage collector runs as it does in a program, unlike in `timeit`'s default: a library that
    leaves cycles behind pays for them.
    """
    if isinstance(call, Statement):
        timer = timeit.Timer(call.text, "import gc; gc.enable()", globals=call.names)
    else:
        timer = timeit.Timer(call, "import gc; gc.enable()")
    timer.timeit(1)  # may compile, or fill a cache
    repeats, once = 1, timer.timeit(1)
    samples = [once] if once > WARM else []
    end = time.perf_counter() + min(WARM, budget)
    while not samples and time.perf_counter() < end:
        repeats = max(1, round(SAMPLE / once + 0.5))
        once = timer.timeit(repeats) / repeats
    end = time.perf_counter() + budget
    while len(samples) < LEAST or time.perf_counter() < end:
        samples.append(timer.timeit(repeats) / repeats)
    return samples


def summarize(samples: Sequence[float]) -> Timing:
    """The timing that samples of all rounds give."""
    best = min(samples)
    return Timing(best, statistics.median(samples) / best)

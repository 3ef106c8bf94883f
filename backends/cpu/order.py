"""Kernels that put elements in order, ready to run: one for each op, dtype and size.

Each function gives a runner whose operands are named in the schedule it is made of. Inputs are
contiguous; a row is what lies along the last dim.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any

from ...lowering.launch import Schedule, Target
from ...lowering.ordering import first, frequent, long, picking, rows, searching, select
from ...lowering.ordering.keys import elements_of
from ...lowering.ordering.picking import PIECE as PIECE
from ...ops.dtype import dtype
from ...ops.errors import BackendError
from ...ops.lock import PREPARING
from ..base import Runner
from .machine import detect_machine
from .run import make_runner

LONGEST_ROW = 1 << 32
_REMEMBERED = 1024

Observer = Callable[[str, tuple[Any, ...]], None]
observers: list[Observer] = []
"""Told of each runner that is made, by the name of its function and that one's arguments."""
PLANS: dict[str, Callable[..., Schedule]] = {}
"""The schedule of each function here for a target, which comes before the other arguments."""
_forget: list[Callable[[], None]] = []


def forget_runners() -> None:
    """Makes every runner anew, so that observers are told of it again."""
    for forget in _forget:
        forget()


def _runner_of(name: str) -> Callable[[Callable[..., Schedule]], Callable[..., Runner]]:
    """Makes of a schedule for a target a runner for this machine; `name` is that of the op."""

    def decorate(plan: Callable[..., Schedule]) -> Callable[..., Runner]:
        def make(*arguments: Any) -> Runner:
            with PREPARING:
                for observe in observers:
                    observe(plan.__name__, arguments)
                machine = detect_machine()
                return make_runner(name, plan(machine.target, *arguments), machine)

        PLANS[plan.__name__] = plan
        remembering = lru_cache(_REMEMBERED)(update_wrapper(make, plan))
        _forget.append(remembering.cache_clear)
        return remembering

    return decorate


def _check_length(name: str, length: int) -> None:
    if length > LONGEST_ROW:
        raise BackendError(f"{name}: a row must have at most 2**32 elements, got {length}")


@_runner_of("sort")
def sort(
    target: Target, kind: dtype, count: int, length: int, kept: int, falling: bool,
    values: bool, indices: bool,
) -> Schedule:  # fmt: skip
    """Rows sorted: `input` to the first `kept` of each row of `values` and `indices`.

    Raises:
        RuntimeError: rows are too long.
    """
    _check_length("sort", length)
    elements, wanted = elements_of(kind, falling), rows.Wanted(values, indices)
    if first.is_few(length, kept) and values and indices:
        return first.first_of_rows(elements, count, length, kept, target)
    together = count <= long.FEW_ROWS and length > long.PIECE
    plan = long.sort_long if together else rows.sort_rows
    return plan(elements, count, length, kept, wanted, target)


@_runner_of("kthvalue")
def choose(
    target: Target, kind: dtype, count: int, length: int, rule: str, wanted: int
) -> Schedule:
    """One element of each row: `input` to `values` and `indices`; see `select_of_rows`.

    Raises:
        RuntimeError: rows are too long.
    """
    _check_length("kthvalue", length)
    return select.select_of_rows(elements_of(kind), count, length, rule, wanted, target)


@_runner_of("mode")
def most_frequent(target: Target, kind: dtype, count: int, length: int) -> Schedule:
    """Sorted `input` and `places` to `values` and `indices`; see `frequent`."""
    return frequent.most_frequent(elements_of(kind), count, length, target)


@_runner_of("searchsorted")
def search(
    target: Target, kind: dtype, count: int, length: int, wanted: int, right: bool, narrow: bool
) -> Schedule:
    """Sorted `input` and `values` to `output`; see `search_rows`."""
    elements = elements_of(kind)
    return searching.search_rows(elements, count, length, wanted, right, narrow, target)


@_runner_of("nonzero")
def count_picked(target: Target, kind: dtype, condition: str, total: int) -> Schedule:
    """`input` to `starts`; see `picking.count_picked`."""
    picked = picking.Picking(elements_of(kind), condition)
    return picking.count_picked(picked, total, target)


@_runner_of("nonzero")
def write_picked(
    target: Target, kind: dtype, condition: str, shape: tuple[int, ...], rank: int, bits: int,
    places: bool,
) -> Schedule:  # fmt: skip
    """`input` and `starts` to what is asked for; see `picking.write_picked`."""
    picked = picking.Picking(elements_of(kind), condition, rank, bits, places)
    return picking.write_picked(picked, shape, target)


@_runner_of("unique")
def number_runs(target: Target, kind: dtype, total: int, scattered: bool) -> Schedule:
    """`input` and `starts` to `inverse`; see `picking.number_runs`."""
    return picking.number_runs(elements_of(kind), total, scattered, target)

"""Kernels that put elements in order, ready to run: one for each op, dtype and size.

Each function gives a runner whose operands are named in the schedule it is made of. Inputs are
contiguous; a row is what lies along the last dim.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, update_wrapper
from typing import Any

from ...lowering.launch import Schedule, Target
from ...lowering.ordering import picking, plan, rows
from ...lowering.ordering.keys import elements_of
from ...lowering.ordering.picking import PIECE as PIECE
from ...ops.dtype import dtype
from ...ops.lock import PREPARING
from ..base import Runner
from .machine import detect_machine
from .run import make_runner

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


@_runner_of("sort")
def sort(
    target: Target, kind: dtype, count: int, length: int, kept: int, falling: bool,
    values: bool, indices: bool,
) -> Schedule:  # fmt: skip
    """Rows sorted: `input` to the first `kept` of each row of `values` and `indices`.

    Raises:
        RuntimeError: rows are too long.
    """
    wanted = rows.Wanted(values, indices)
    return plan.sort(elements_of(kind, falling), count, length, kept, wanted, target)


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

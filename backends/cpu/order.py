"""Kernels that put elements in order, ready to run: one for each op, dtype and size.

Each function gives a runner whose operands are named in the schedule it is made of. Inputs are
contiguous; a row is what lies along the last dim.
"""

from __future__ import annotations

from functools import lru_cache

from ...lowering.launch import Schedule
from ...lowering.ordering import first, frequent, long, picking, rows, searching, select
from ...lowering.ordering.keys import elements_of
from ...lowering.ordering.picking import PIECE as PIECE
from ...ops.dtype import dtype
from ...ops.errors import BackendError
from ..base import Runner
from .machine import detect_machine
from .run import make_runner

LONGEST_ROW = 1 << 32
_REMEMBERED = 1024


def _ready(name: str, planned: Schedule) -> Runner:
    return make_runner(name, planned, detect_machine())


def _check_length(name: str, length: int) -> None:
    if length > LONGEST_ROW:
        raise BackendError(f"{name}: a row must have at most 2**32 elements, got {length}")


@lru_cache(_REMEMBERED)
def sort(
    kind: dtype, count: int, length: int, kept: int, falling: bool, values: bool, indices: bool
) -> Runner:
    """Rows sorted: `input` to the first `kept` of each row of `values` and `indices`.

    Raises:
        RuntimeError: rows are too long.
    """
    _check_length("sort", length)
    target, elements = detect_machine().target, elements_of(kind, falling)
    wanted = rows.Wanted(values, indices)
    if first.is_few(length, kept) and values and indices:
        return _ready("topk", first.first_of_rows(elements, count, length, kept, target))
    together = count <= long.FEW_ROWS and length > long.PIECE
    plan = long.sort_long if together else rows.sort_rows
    return _ready("sort", plan(elements, count, length, kept, wanted, target))


@lru_cache(_REMEMBERED)
def choose(kind: dtype, count: int, length: int, rule: str, wanted: int) -> Runner:
    """One element of each row: `input` to `values` and `indices`; see `select_of_rows`.

    Raises:
        RuntimeError: rows are too long.
    """
    _check_length("kthvalue", length)
    target, elements = detect_machine().target, elements_of(kind)
    planned = select.select_of_rows(elements, count, length, rule, wanted, target)
    return _ready("kthvalue", planned)


@lru_cache(_REMEMBERED)
def most_frequent(kind: dtype, count: int, length: int) -> Runner:
    """Sorted `input` and `places` to `values` and `indices`; see `frequent`."""
    target = detect_machine().target
    return _ready("mode", frequent.most_frequent(elements_of(kind), count, length, target))


@lru_cache(_REMEMBERED)
def search(kind: dtype, count: int, length: int, wanted: int, right: bool, narrow: bool) -> Runner:
    """Sorted `input` and `values` to `output`; see `search_rows`."""
    target, elements = detect_machine().target, elements_of(kind)
    planned = searching.search_rows(elements, count, length, wanted, right, narrow, target)
    return _ready("searchsorted", planned)


@lru_cache(_REMEMBERED)
def count_picked(kind: dtype, condition: str, total: int) -> Runner:
    """`input` to `starts`; see `picking.count_picked`."""
    picked = picking.Picking(elements_of(kind), condition)
    return _ready("nonzero", picking.count_picked(picked, total, detect_machine().target))


@lru_cache(_REMEMBERED)
def write_picked(
    kind: dtype, condition: str, shape: tuple[int, ...], rank: int, bits: int, places: bool
) -> Runner:
    """`input` and `starts` to what is asked for; see `picking.write_picked`."""
    picked = picking.Picking(elements_of(kind), condition, rank, bits, places)
    return _ready("nonzero", picking.write_picked(picked, shape, detect_machine().target))


@lru_cache(_REMEMBERED)
def number_runs(kind: dtype, total: int, scattered: bool) -> Runner:
    """`input` and `starts` to `inverse`; see `picking.number_runs`."""
    target = detect_machine().target
    return _ready("unique", picking.number_runs(elements_of(kind), total, scattered, target))

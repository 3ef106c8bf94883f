"""Schedules that are one nest: they differ in the structure they stand for.

What the nest looks like (which variable fills the vectors, how rows are cut, how many passes there
are) is decided by `nest.py` from that structure; nothing is left to choose here but the fallback.
"""

from __future__ import annotations

from dataclasses import replace

from ..launch import Launch
from .nest import Nest


def is_scatter(nest: Nest) -> bool:
    """Elements are added or put at places read from memory, always in the same order.

    Indices that stand alone in the target run in parallel and fill vectors; the others, which may
    meet at one element, run one after the other.
    """
    return any(step.form == "scatter" for step in nest.steps.values())


def is_scan(nest: Nest) -> bool:
    """There is a running reduction: elements one after the other, rows in parallel."""
    return any(step.form == "scan" for step in nest.steps.values())


def is_pointwise(nest: Nest) -> bool:
    """There is nothing but elements: no reduction, scan or scatter."""
    return not nest.inner


def is_row(nest: Nest) -> bool:
    """The elements of a row fill the vectors: softmax, norms and losses along the last dim.

    Each row is walked by as few passes as its data flow allows.
    """
    return nest.lane is not None and nest.lane in nest.inner_variables


def is_column(nest: Nest) -> bool:
    """Rows lie side by side and fill the vectors: sums over the first dim, batch norm."""
    return nest.lane is not None and nest.lane in nest.outer_variables


def is_anything(nest: Nest) -> bool:
    """Always: the general nest without vectors is correct for every group."""
    return True


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    return [nest.launch()]


def build_scalar(nest: Nest) -> list[Launch]:
    """One launch without vectors."""
    return [replace(nest, lanes="none").launch()]

"""Scatter: elements added or put at places read from memory, always in the same order.

Indices that stand alone in the target run in parallel and fill vectors; the others, which may
meet at one element, run one after the other.
"""

from __future__ import annotations

from .launch import Launch
from .nest import Nest


def match(nest: Nest) -> bool:
    """The place of a result is computed."""
    return any(step.form == "scatter" for step in nest.steps.values())


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    return [nest.launch()]

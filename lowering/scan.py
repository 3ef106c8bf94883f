"""Scan: running sums and extremes, one after the other along their axis, rows in parallel."""

from __future__ import annotations

from .launch import Launch
from .nest import Nest


def match(nest: Nest) -> bool:
    """There is a running reduction."""
    return any(step.form == "scan" for step in nest.steps.values())


def build(nest: Nest) -> list[Launch]:
    """One launch; vectors, if any, hold different rows."""
    return [nest.launch()]

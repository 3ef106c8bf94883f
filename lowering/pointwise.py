"""Pointwise: every element on its own, vectors along the dim that memory is walked best in."""

from __future__ import annotations

from .launch import Launch
from .nest import Nest


def match(nest: Nest) -> bool:
    """There is nothing but elements: no reduction, scan or scatter."""
    return not nest.inner


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    return [nest.launch()]

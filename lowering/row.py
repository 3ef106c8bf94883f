"""Row: reductions, softmax, norms and losses whose elements lie side by side in memory.

Each row is walked by as few passes as its data flow allows, with vectors along the row.
"""

from __future__ import annotations

from .launch import Launch
from .nest import Nest


def match(nest: Nest) -> bool:
    """The elements of a row fill the vectors."""
    return nest.lane is not None and nest.lane in nest.inner_variables


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    return [nest.launch()]

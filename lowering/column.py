"""Column: the same programs where rows lie side by side, so that a vector holds several rows.

Sums over the first dim, softmax over channels, statistics of a batch norm, windows.
"""

from __future__ import annotations

from .launch import Launch
from .nest import Nest


def match(nest: Nest) -> bool:
    """Rows fill the vectors."""
    return nest.lane is not None and nest.lane in nest.outer_variables


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    return [nest.launch()]

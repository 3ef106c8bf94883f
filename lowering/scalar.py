"""Scalar: the general nest without vectors, correct for every group; the last resort."""

from __future__ import annotations

from dataclasses import replace

from .launch import Launch
from .nest import Nest


def match(nest: Nest) -> bool:
    """Always."""
    return True


def build(nest: Nest) -> list[Launch]:
    """One launch."""
    return [replace(nest, lanes="none").launch()]

"""Has packages asked for a namespace that is not there. What does that is loaded only then."""

from __future__ import annotations

from ...ops.namespaces import when_missing
from ...ops.registry import registry


def find(space: str) -> None:
    """`packages.find`, imported when it is needed: most programs have no ops of packages."""
    from . import packages

    packages.find(space)


when_missing(find)
registry.when_missing(find)

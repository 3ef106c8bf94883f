"""The registry as lists and counts."""

from __future__ import annotations

from collections import Counter

from ..ops.language.primitives import PRIMITIVES
from ..ops.registry import registry

# Most extern entries and scalar primitives that the registry may have; a rise needs a reason.
MOST_EXTERN = 2
MOST_PRIMITIVES = 60


def list_ops(pattern: str) -> int:
    """Print name and first sentence of the ops whose name contains a text."""
    names = [name for name in registry.names() if pattern in name]
    width = max(map(len, names), default=0)
    for name in names:
        print(f"{name:{width}}  {registry.get(name).doc}")
    return 0 if names else 1


def count() -> dict[str, int]:
    """How many entries there are, by how much of them is derived.

    Keys: entries, signatures, derived (definition only), stated (a stated derivative or adjoint
    beside the definition), view, extern, primitives (scalar functions that backends supply).
    """
    found: Counter[str] = Counter()
    for name in registry.names():
        op = registry.get(name)
        found["entries"] += 1
        found["signatures"] += 1 + len(op.variants)
        if op.form in ("view", "extern"):
            found[op.form] += 1
        else:
            found["stated" if op.adjoint or op.derivatives else "derived"] += 1
    found["primitives"] = len(PRIMITIVES)
    return {
        key: found[key]
        for key in ("entries", "signatures", "derived", "stated", "view", "extern", "primitives")
    }


def print_stats() -> int:
    """Print the counts; the exit code is 1 if there are too many extern entries or primitives."""
    counts = count()
    meaning = {
        "entries": "ops in the registry",
        "signatures": "with their overloads",
        "derived": "everything follows from the definition",
        "stated": "a derivative is stated too, and tested to equal the derived one",
        "view": "maps of shape, strides and offset",
        "extern": f"host routines (at most {MOST_EXTERN})",
        "primitives": f"scalar functions that every backend supplies (at most {MOST_PRIMITIVES})",
    }
    for key, number in counts.items():
        print(f"{key:11} {number:4}  {meaning[key]}")
    return int(counts["extern"] > MOST_EXTERN or counts["primitives"] > MOST_PRIMITIVES)

"""`vmap`: a function of one example, run on a whole batch at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.calls.dispatch import call
from ..tensor.interpreters import lowered
from . import tree
from .mapped_dims import input_dims, mapped_size, placed_results
from .vmap_level import VmapLevel


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
    allow_none: bool = False,
) -> Callable[..., Any]:
    """The function mapped over a dim of its arguments.

    Args:
        in_dims: Dim of each argument to map over; None for arguments used whole. An int, or a tree
            that is a prefix of the arguments.
        out_dims: Where the mapped dim stands in each result.
        randomness: What random ops do: "error", "different" for each example, or the "same" for
            all.
        chunk_size: Examples run at a time; all by default.
        allow_none: Results may be None.

    Raises:
        ValueError: `in_dims` or `out_dims` do not fit, or nothing is mapped.
        RuntimeError: `randomness` is none of the three words.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got"
            f" {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def mapped(*arguments: Any, **options: Any) -> Any:
        leaves, dims, structure = input_dims(func, in_dims, arguments)
        size = mapped_size(func, leaves, dims)
        leaves = [
            leaf if dim in (None, 0) else leaf.movedim(dim, 0) for leaf, dim in zip(leaves, dims)
        ]

        def run(values: Sequence[Any], extent: int) -> Any:
            return _run(
                func, values, dims, structure, options, extent, out_dims, randomness, allow_none
            )

        if chunk_size is None or chunk_size >= size:
            return run(leaves, size)
        return _in_chunks(run, leaves, dims, size, chunk_size, out_dims)

    return mapped


def _run(
    func: Any, leaves: Sequence[Any], dims: Sequence[Any], structure: Any, options: dict[str, Any],
    size: int, out_dims: Any, randomness: str, allow_none: bool,
) -> Any:  # fmt: skip
    level = VmapLevel(size, randomness)
    with level:
        given = [level.wrap(leaf) if dim is not None else leaf for leaf, dim in zip(leaves, dims)]
        arguments = tree.unflatten(given, structure)
        result = func(*arguments, **options)
        with lowered(level):
            return placed_results(func, level, result, out_dims, allow_none)


def _in_chunks(
    run: Callable[..., Any], leaves: Sequence[Any], dims: Sequence[Any], size: int, chunk: int,
    out_dims: Any,
) -> Any:  # fmt: skip
    parts = []
    structure: Any = None
    for start in range(0, size, chunk):
        extent = min(chunk, size - start)
        values = [
            leaf if dim is None else leaf.narrow(0, start, extent)
            for leaf, dim in zip(leaves, dims)
        ]
        flat, structure = tree.flatten(run(values, extent))
        parts.append(flat)
    where = tree.spread(out_dims, structure) or [0] * len(parts[0])
    joined = [
        column[0] if dim is None else call("cat", (column,), (dim,))
        for column, dim in zip(zip(*parts), where)
    ]
    return tree.unflatten(joined, structure)

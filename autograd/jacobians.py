"""Jacobians and Hessians of functions: one vmap over the rows or the columns."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.creation.creation import zeros
from . import tree
from .transforms import Argnums, _chosen, _lowered, _pair, _replaced, jvp, vjp_with_argnums
from .vmap import vmap


def basis(leaves: Sequence[Any]) -> list[Any]:
    """For tensors with n elements altogether, tensors with n as first extent: the unit vectors."""
    total = sum(leaf.numel() for leaf in leaves)
    found = []
    start = 0
    for leaf in leaves:
        count = leaf.numel()
        block = zeros((total, count), dtype=leaf.dtype, device=leaf.device)
        block.diagonal(-start).fill_(1)
        found.append(block.view((total, *leaf.shape)))
        start += count
    return found


def jacrev(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`, in reverse mode: as cheap as it has few
    outputs.

    Args:
        argnums: Which arguments to differentiate by.
        has_aux: The function returns a pair; the result is then (jacobian, second part).
        chunk_size: Rows computed at a time; all by default.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        def called(*values: Any) -> Any:
            return func(*values, **options)

        found = vjp_with_argnums(called, *arguments, argnums=argnums, has_aux=has_aux)
        value, pull = found[0], found[1]
        outputs, structure = tree.flatten(value)

        def row(*cotangents: Any) -> Any:
            gradients = pull(tree.unflatten(list(cotangents), structure))
            return tuple(tree.flatten(gradients)[0])

        rows = vmap(row, chunk_size=chunk_size)(*basis(outputs))
        inputs, shape = tree.flatten(_chosen(argnums, arguments, "jacrev"))
        by_output = split_rows(rows, outputs, inputs)
        result = tree.unflatten([tree.unflatten(each, shape) for each in by_output], structure)
        return (result, found[2]) if has_aux else result

    return wrapper


def split_rows(
    rows: Sequence[Any], outputs: Sequence[Any], inputs: Sequence[Any]
) -> list[list[Any]]:
    """For each output, for each input: the rows that belong to it, in the shape of the Jacobian."""
    found: list[list[Any]] = []
    start = 0
    for output in outputs:
        count = output.numel()
        found.append(
            [
                part.narrow(0, start, count).reshape((*output.shape, *leaf.shape))
                for part, leaf in zip(rows, inputs)
            ]
        )
        start += count
    return found


def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`, in forward mode: as cheap as it has few inputs.

    Args:
        argnums: Which arguments to differentiate by.
        has_aux: The function returns a pair; the result is then (jacobian, second part).
        randomness: What random ops in `func` do; see `vmap`.
    """

    @functools.wraps(func)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        chosen = _chosen(argnums, arguments, "jacfwd")
        inputs, shape = tree.flatten(chosen)
        aux: list[Any] = []

        def called(*leaves: Any) -> Any:
            value = tree.unflatten(list(leaves), shape)
            return func(*_replaced(argnums, arguments, value, "jacfwd"), **options)

        def column(*tangents: Any) -> Any:
            found = jvp(called, tuple(inputs), tangents, has_aux=has_aux)
            if has_aux:
                aux.append(found[2])
            return found[1]

        columns = vmap(column, randomness=randomness)(*basis(inputs))
        outputs, structure = tree.flatten(columns)
        by_output = []
        for output in outputs:
            parts = []
            start = 0
            for leaf in inputs:
                count = leaf.numel()
                part = output.narrow(0, start, count).movedim(0, -1)
                parts.append(part.reshape((*output.shape[1:], *leaf.shape)))
                start += count
            by_output.append(tree.unflatten(parts, shape))
        result = tree.unflatten(by_output, structure)
        return (result, aux[0]) if has_aux else result

    return wrapper


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the Hessian of `func`: forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)


__all__ = ["_lowered", "_pair", "basis", "hessian", "jacfwd", "jacrev"]

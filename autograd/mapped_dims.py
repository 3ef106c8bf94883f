"""`in_dims` and `out_dims` of a `vmap`: which dims of arguments and results are mapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor.tensor import Tensor
from . import tree
from .vmap_level import VmapLevel


def mapped_size(function: Any, leaves: Sequence[Any], dims: Sequence[Any]) -> int:
    """The one extent of all mapped dims.

    Raises:
        ValueError: nothing is mapped, or extents differ.
    """
    sizes = [leaf.shape[dim] for leaf, dim in zip(leaves, dims) if dim is not None]
    if not sizes:
        raise ValueError(
            f"vmap({_name(function)}, ...): Expected at least one Tensor to vmap over. Got in_dims "
            "that are all None."
        )
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes"
            f" {sizes} for the mapped dimension"
        )
    return int(sizes[0])


def _name(function: Any) -> str:
    return getattr(function, "__name__", repr(function))


def input_dims(
    function: Any, in_dims: Any, arguments: tuple[Any, ...]
) -> tuple[list[Any], list[Any], Any]:
    """Leaves of the arguments, the mapped dim of each (None if there is none), and their structure.

    Raises:
        ValueError: `in_dims` does not fit the arguments.
    """
    name = _name(function)
    if not isinstance(in_dims, int | tuple | list):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a "
            f"(potentially nested) tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not arguments:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are "
            "trying to vmap over a function with no inputs. The latter is unsupported."
        )
    leaves, structure = tree.flatten(arguments)
    dims = tree.spread(tuple(in_dims) if isinstance(in_dims, list) else in_dims, structure)
    if dims is None:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the "
            "structure of inputs."
        )
    asked = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    found = [_dim_of(leaf, dim, asked) for leaf, dim in zip(leaves, dims)]
    return leaves, found, structure


def _dim_of(leaf: Any, dim: Any, asked: str) -> int | None:
    """The mapped dim of one argument, counted from the front; `asked` begins messages."""
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(
            f"{asked}: Got in_dim={dim} for an input but in_dim must be either an integer "
            "dimension or None."
        )
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"{asked}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We "
            "cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
        )
    rank = leaf.dim()
    if not -rank <= dim < rank:
        raise ValueError(
            f"{asked}: Got in_dim={dim} for some input, but that input is a Tensor of "
            f"dimensionality {rank} so expected in_dim to satisfy -{rank} <= in_dim < {rank}."
        )
    return dim % rank


def placed_results(
    function: Any, level: VmapLevel, result: Any, out_dims: Any, allow_none: bool
) -> Any:
    """The results with the mapped dim where `out_dims` says; runs below the level."""
    leaves, structure = tree.flatten(result)
    dims = tree.spread(out_dims, structure)
    if dims is None and isinstance(out_dims, tuple) and len(out_dims) == 1:
        dims = tree.spread(out_dims[0], structure)
    if dims is None:
        raise ValueError(
            f"vmap({_name(function)}, ..., out_dims={out_dims}): out_dims is not compatible with "
            "the structure of outputs."
        )
    found: list[Any] = []
    for leaf, dim in zip(leaves, dims):
        if leaf is None and allow_none:
            found.append(None)
            continue
        if not isinstance(leaf, Tensor):
            raise ValueError(
                f"vmap({_name(function)}, ...): `{_name(function)}` must only return Tensors, got "
                f"type {type(leaf)}. Did you mean to set out_dims= to None for output?"
            )
        found.append(_moved(level, leaf, dim, function))
    return tree.unflatten(found, structure)


def _moved(level: VmapLevel, leaf: Any, dim: Any, function: Any) -> Any:
    batched = level.wraps(leaf)
    if dim is None:
        if batched:
            raise ValueError(
                f"vmap({_name(function)}, ...): `{_name(function)}` can not return a BatchedTensor "
                "when out_dim is None"
            )
        return leaf
    inside = level.full(leaf)
    rank = inside.dim()
    if not -rank <= dim < rank:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got"
            f" {dim})"
        )
    return inside if dim == 0 else inside.movedim(0, dim)

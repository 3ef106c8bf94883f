"""Nested tuples, lists, dicts, named tuples and ordered dicts, taken apart into leaves and put
together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..ops.dataclass import dataclass
from ..tensor.results import rebuilt


@dataclass(frozen=True)
class Structure:
    """What is left of a tree when its leaves are taken out.

    Attributes:
        kind: The container's class; None for a leaf.
        context: Keys of a dict, (class, keys) of other mappings; None where there is nothing to
            say.
        children: Structures of the parts, in order.
        leaves: Number of leaves below.
    """

    kind: type | None
    context: Any
    children: tuple[Structure, ...]
    leaves: int


LEAF = Structure(None, None, (), 1)


def is_named_tuple(value: object) -> bool:
    """Whether the value is a tuple with field names."""
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def _parts(value: Any) -> tuple[type, Any, Iterable[Any]] | None:
    kind = type(value)
    if kind is tuple or kind is list:
        return kind, None, value
    if kind is dict or kind is OrderedDict:
        return kind, tuple(value), value.values()
    if kind is defaultdict:
        return kind, (value.default_factory, tuple(value)), value.values()
    if is_named_tuple(value):
        return kind, None, value
    if isinstance(value, tuple) and kind.__module__ == "tensorsmith.types":
        return tuple, None, value
    return None


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree from left to right, and its structure. None is a leaf."""
    leaves: list[Any] = []

    def visit(value: Any) -> Structure:
        parts = _parts(value)
        if parts is None:
            leaves.append(value)
            return LEAF
        kind, context, values = parts
        children = tuple([visit(part) for part in values])
        return Structure(kind, context, children, sum(child.leaves for child in children))

    structure = visit(tree)
    return leaves, structure


def unflatten(leaves: Iterable[Any], structure: Structure) -> Any:
    """The tree of that structure with these leaves.

    Raises:
        ValueError: There are more or fewer leaves than the structure has places.
    """
    values = list(leaves)
    if len(values) != structure.leaves:
        raise ValueError(
            f"unflatten: the structure holds {structure.leaves} leaves, but {len(values)} were"
            f" given"
        )
    return _build(iter(values), structure)


def _build(values: Iterator[Any], structure: Structure) -> Any:
    kind = structure.kind
    if kind is None:
        return next(values)
    parts = [_build(values, child) for child in structure.children]
    if kind is dict or kind is OrderedDict:
        return kind(zip(structure.context, parts))
    if kind is defaultdict:
        factory, keys = structure.context
        return defaultdict(factory, zip(keys, parts))
    return rebuilt(kind, parts)


def map_leaves(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The tree whose leaves are `function` of the leaves of one or more trees of one structure."""
    leaves, structure = flatten(tree)
    if not others:
        return unflatten([function(leaf) for leaf in leaves], structure)
    columns = [leaves]
    for other in others:
        more, shape = flatten(other)
        if shape != structure:
            raise ValueError("map_leaves: the trees must have one structure")
        columns.append(more)
    return unflatten([function(*row) for row in zip(*columns)], structure)


def spread(prefix: Any, structure: Structure) -> list[Any] | None:
    """One value for each leaf of `structure`, where a leaf of `prefix` stands for a whole subtree.

    Returns:
        The values, or None when `prefix` is not a prefix of the structure.
    """
    parts = _parts(prefix)
    if structure.kind is None:
        return [prefix] if parts is None else None
    if parts is None:
        return [prefix] * structure.leaves
    kind, context, values = parts
    if isinstance(context, tuple) and set(context) == set(structure.context or ()):
        given = dict(zip(context, values))
        values = [given[key] for key in structure.context]
    elif kind is not structure.kind and not {kind, structure.kind} <= {tuple, list}:
        return None
    found: list[Any] = []
    values = list(values)
    if len(values) != len(structure.children):
        return None
    for part, child in zip(values, structure.children):
        more = spread(part, child)
        if more is None:
            return None
        found.extend(more)
    return found

"""`vmap`: a function of one example, run on a whole batch at once.

A tensor of a vmap level has the mapped dim in front of the tensor inside. An op runs below with one
more prefix dim, so no op needs a rule; views go through their map of strides, host routines by
their
dim.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..ops import registry
from ..ops.binding import Binding
from ..ops.op import Op
from ..ops.views import view_map
from ..tensor.generator import generator_for
from ..tensor.interpreters import lowered
from ..tensor.layout import strided
from ..tensor.tensor import Tensor
from . import tree
from .invoke import invoke, with_leading
from .wrapped import Level, Wrapped, any_wrapped


class VmapLevel(Level):
    """An open `vmap`.

    Attributes:
        size: Extent of the mapped dim.
        randomness: "error", "different" or "same": what random ops do.
    """

    def __init__(self, size: int, randomness: str) -> None:
        super().__init__()
        self.size = size
        self.randomness = randomness

    def describe(self, tensor: Any) -> str:
        return f"BatchedTensor(lvl={self.number}, bdim=0, value="

    def reading(self, how: str) -> None:
        """Raises RuntimeError: the elements of a batch are not one number."""
        if how == "item":
            raise RuntimeError(
                "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over"
                " calling .item() on a Tensor, please try to rewrite what you're doing with other"
                " operations."
            )
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control "
            "flow. We don't support that yet: use `where` to choose between values."
        )

    def counting(self, name: str) -> None:
        """Raises RuntimeError: results for examples would have different shapes."""
        raise RuntimeError(
            "vmap: We do not support batching operators that can output dynamic shape. Attempted to"
            f" vmap over {name}."
        )

    def wrap(self, value: Any) -> Any:
        """A tensor of this level around one whose first dim is the mapped one."""
        layout = value._layout
        inner = strided(layout.dtype, tuple(layout.shape[1:]), layout.strides[1:], layout.device)
        return self.own(value, inner, value.requires_grad)

    def physical(self, value: Any) -> Any:
        """The tensor inside; one from elsewhere with a dim of extent 1 in front; numbers as they
        are."""
        if type(value) is Wrapped and value._level is self:
            return value._value
        return value.unsqueeze(0) if isinstance(value, Tensor) else value

    def full(self, value: Any) -> Any:
        """As `physical`, the first dim expanded to the size of the batch."""
        inside = self.physical(value)
        if inside.shape[0] == self.size:
            return inside
        return inside.expand((self.size, *inside.shape[1:]))

    def handle(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None = None,
    ) -> Any:
        """The results of an op for every example."""
        with lowered(self):
            drawing = any(spec.name == "seed" for spec in op.attributes) and "d_" not in op.name
            if drawing and not op.name.partition(".")[1]:
                return self.random(op, operands, attributes, prefix)
            if not any_wrapped(self, operands):
                return invoke(op, operands, attributes, prefix, known)
            if op.form == "view":
                return self.wrap(self.view(op, operands[0], attributes, prefix))
            if op.form == "extern":
                return self.host(op, operands, attributes)
            physical = tuple([self.physical(x) for x in operands])
            if known is not None:
                known = with_leading(known, self.size)
            return self.wrapped(invoke(op, physical, attributes, prefix + 1, known))

    def wrapped(self, found: Any) -> Any:
        """A result, or a tuple of results, as tensors of this level."""
        return tuple(self.wrap(x) for x in found) if isinstance(found, tuple) else self.wrap(found)

    def view(self, op: Op, operand: Any, attributes: tuple[Any, ...], prefix: int) -> Any:
        """The view of every example, as one view of the batch."""
        inside = operand._value
        layout = inside._layout
        lead = 1 + prefix
        shape, strides = tuple(layout.shape), layout.strides
        values = {spec.name: value for spec, value in zip(op.attributes, attributes)}
        size, steps, offset = view_map(op, shape[lead:], strides[lead:], values, inside._offset)
        return inside.as_strided(
            shape[:lead] + tuple(size), strides[:lead] + tuple(steps), inside._offset + offset
        )

    def host(self, op: Op, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> Any:
        """A host op: along a dim counted one later, or one example after the other."""
        name = dict(op.kernel).get("name", op.name)
        if name == "cat":
            parts = tuple(self.full(x) for x in operands[0])
            return self.wrap(invoke(op, (parts,), (_later(attributes[0]),)))
        return self.one_by_one(op, operands, attributes)

    def one_by_one(self, op: Op, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> Any:
        """The op on one example after the other."""

        def part(value: Any, place: int) -> Any:
            if type(value) is Wrapped and value._level is self:
                return value._value.select(0, place)
            if type(value) in (tuple, list):
                return tuple(part(x, place) for x in value)
            return value

        found = [
            invoke(op, tuple(part(x, place) for x in operands), attributes)
            for place in range(self.size)
        ]
        if isinstance(found[0], tuple):
            return tuple(self.wrap(_stack(column)) for column in zip(*found))
        return self.wrap(_stack(found))

    def random(
        self, op: Op, operands: tuple[Any, ...], attributes: tuple[Any, ...], prefix: int
    ) -> Any:
        """A random op: refused, one draw for all examples, or a draw for each."""
        if self.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use "
                "the 'same' or 'different' randomness flags on vmap or perform the randomness "
                "operation out of vmap"
            )
        batched = any_wrapped(self, operands)
        if self.randomness == "same":
            return (
                self.one_by_one(op, operands, attributes)
                if batched
                else invoke(op, operands, attributes, prefix)
            )
        if op.form == "extern":
            return self.one_by_one(op, operands, attributes)
        if operands:
            found = invoke(
                op,
                tuple([self.full(x) if isinstance(x, Tensor) else x for x in operands]),
                attributes,
                prefix + 1,
            )
        else:
            values = list(attributes)
            place = next(i for i, spec in enumerate(op.attributes) if spec.kind == "Shape")
            shape = values[place] if isinstance(values[place], tuple) else (values[place],)
            values[place] = (self.size, *shape)
            found = invoke(op, (), tuple(values))
        first = found[0] if isinstance(found, tuple) else found
        # the generator has moved on for one example; the rest of the batch used up as much each
        generator_for(first.device).draw(first.numel() - first.numel() // max(self.size, 1))
        return self.wrapped(found)

    def assign(self, target: Any, value: Any) -> None:
        """Makes `target` hold `value` for every example."""
        with lowered(self):
            if self.wraps(target):
                target._value.copy_(self.physical(value))
            elif self.wraps(value):
                raise RuntimeError(
                    "vmap: inplace arithmetic(self, *extra_args) is not possible because there "
                    "exists a Tensor `other` in extra_args that has more elements than `self`. "
                    "This happened due to `other` being vmapped over but `self` not being vmapped "
                    "over in a vmap. Please try to use out-of-place operators instead of inplace "
                    "arithmetic. If said operator is being called inside the PyTorch framework, "
                    "please file a bug report instead."
                )
            else:
                target.copy_(value)


def _later(dim: int) -> int:
    return dim if dim < 0 else dim + 1


def _stack(tensors: Sequence[Any]) -> Any:
    """Tensors of one shape along a new first dim."""
    return invoke(registry.get("cat"), (tuple(x.unsqueeze(0) for x in tensors),), (0,))


def _mapped_size(function: Any, leaves: Sequence[Any], dims: Sequence[Any]) -> int:
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


def _input_dims(
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
    found = []
    for leaf, dim in zip(leaves, dims):
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for an input "
                "but in_dim must be either an integer dimension or None."
            )
        if isinstance(dim, int) and not isinstance(leaf, Tensor):
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for an input "
                f"but the input is of type {type(leaf)}. We cannot vmap over non-Tensor arguments, "
                "please use None as the respective in_dim"
            )
        if dim is not None and not -leaf.dim() <= dim < leaf.dim():
            raise ValueError(
                f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={dim} for some input, "
                f"but that input is a Tensor of dimensionality {leaf.dim()} so expected in_dim to "
                f"satisfy -{leaf.dim()} <= in_dim < {leaf.dim()}."
            )
        found.append(dim if dim is None else dim % leaf.dim())
    return leaves, found, structure


def _outputs(function: Any, level: VmapLevel, result: Any, out_dims: Any, allow_none: bool) -> Any:
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
        leaves, dims, structure = _input_dims(func, in_dims, arguments)
        size = _mapped_size(func, leaves, dims)
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
            return _outputs(func, level, result, out_dims, allow_none)


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
        column[0] if dim is None else invoke_cat(column, dim)
        for column, dim in zip(zip(*parts), where)
    ]
    return tree.unflatten(joined, structure)


def invoke_cat(tensors: Sequence[Any], dim: int) -> Any:
    """Tensors joined along a dim."""
    return invoke(registry.get("cat"), (tuple(tensors),), (dim,))

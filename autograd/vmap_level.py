"""An open `vmap`: what ops do on tensors that have a mapped dim.

A tensor of the level has the mapped dim in front of the tensor inside. An op runs below with one
more prefix dim, so no op needs a rule; views go through their map of strides, host routines by
their dim.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops import registry
from ..ops.calls.binding import Binding
from ..ops.calls.views import view_map
from ..ops.language.op import Op
from ..tensor.calls.reinterpreting import FORM as REINTERPRETATION
from ..tensor.creation.generator import generator_for
from ..tensor.interpreters import lowered
from ..tensor.layout import strided
from ..tensor.tensor import Tensor
from .invoke import invoke, with_leading
from .wrapped import Escaped, Level, Wrapped, any_wrapped


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
        shape, strides = tuple(layout.shape[1:]), layout.strides[1:]
        inner = strided(layout.dtype, shape, strides, layout.device, layout.conj)
        return self.own(value, inner, value.requires_grad)

    def release(self, member: Any) -> None:
        """Makes a tensor that is held beyond the end of the level one that cannot be used."""
        del member._value, member._level, member._tangent
        member.__class__ = Escaped

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

    def takes(self, op: Op, operands: tuple[Any, ...]) -> bool:
        """Whether an operand is mapped, or numbers are drawn, which each example may have its own
        of."""
        return _draws(op) or super().takes(op, operands)

    def apply(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None,
    ) -> Any:
        """The results of an op for every example."""
        with lowered(self):
            if _draws(op):
                return self.random(op, operands, attributes, prefix)
            if op.form == "view":
                inside = self.view(op, operands[0], attributes, prefix)
                return self.viewing(operands[0], self.wrap(inside))
            if op.form == "extern":
                return self.host(op, operands, attributes)
            if op.form == REINTERPRETATION:  # of the last dim, or of none
                return self.wrap(invoke(op, (operands[0]._value,)))
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
            shapes = [i for i, spec in enumerate(op.attributes) if spec.kind == "Shape"]
            if shapes:
                found = self.drawn(op, attributes, shapes[0])
            else:
                found = self.drawn_in_turn(op, attributes)
        first = found[0] if isinstance(found, tuple) else found
        # the generator has moved on for one example; the rest of the batch used up as much each
        generator_for(first.device).draw(first.numel() - first.numel() // max(self.size, 1))
        return self.wrapped(found)

    def drawn(self, op: Op, attributes: tuple[Any, ...], place: int) -> Any:
        """The draws of an op without operands, in one call: the attribute at `place` is a shape."""
        values = list(attributes)
        shape = values[place] if isinstance(values[place], tuple) else (values[place],)
        values[place] = (self.size, *shape)
        return invoke(op, (), tuple(values))

    def drawn_in_turn(self, op: Op, attributes: tuple[Any, ...]) -> Any:
        """The draws of an op without operands whose elements hang together, such as a permutation:
        each example begins where the one before it ended."""
        place = [spec.name for spec in op.attributes].index("offset")
        found: list[Any] = []
        for number in range(max(self.size, 1)):
            used = 2 * number * max(found[0].numel(), 1) if found else 0
            values = (*attributes[:place], attributes[place] + used, *attributes[place + 1 :])
            found.append(invoke(op, (), values))
        return _stack(found) if self.size else found[0].unsqueeze(0).narrow(0, 0, 0)

    def made_like(self, source: Any, made: Any) -> Any:
        """A new tensor with memory for each example, where it was asked of one of a batch."""
        made = super().made_like(source, made)
        if not self.wraps(source):
            return made
        with lowered(self):
            return self.wrap(self.full(made).clone())

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


def _draws(op: Op) -> bool:
    """Whether an op draws random numbers, rather than follow one that did."""
    seeded = any(spec.name == "seed" for spec in op.attributes)
    return seeded and "d_" not in op.name and "." not in op.name


def _later(dim: int) -> int:
    return dim if dim < 0 else dim + 1


def _stack(tensors: Sequence[Any]) -> Any:
    """Tensors of one shape along a new first dim."""
    return invoke(registry.get("cat"), (tuple(x.unsqueeze(0) for x in tensors),), (0,))

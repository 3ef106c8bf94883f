"""Tensors of an open level (vmap, forward mode, grad of a function): objects around tensors of
lower levels.

A wrapped tensor has the shape that the user's function sees. When its level closes, every wrapped
tensor that is still held becomes the tensor inside, so that nothing of a closed level is left; what
was one example of a `vmap` has escaped and cannot be used.
"""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

from ..ops.calls.binding import Binding
from ..ops.language.op import Op
from ..tensor import interpreters
from ..tensor.interpreters import lowered, modes
from ..tensor.layout import Layout
from ..tensor.tensor import Tensor, alias, bare
from .invoke import invoke
from .leaf import accumulator

PRUNE = 4096  # weak references after which those to the dead are dropped
FIELDS = (
    "_data", "_offset", "_layout", "_storage", "_node", "_output_number", "_base", "_requires",
)  # fmt: skip


class Wrapped(Tensor):
    """A tensor of an open level.

    Attributes:
        _value: The tensor of a lower level that it stands for.
        _level: The level it belongs to.
        _tangent: Its tangent, in forward mode; None if it has none.
    """

    _value: Any
    _level: Level
    _tangent: Any

    def item(self) -> Any:
        """The only element as a Python number."""
        self._level.reading("item")
        return self._value.item()

    def tolist(self) -> Any:
        """The elements as nested lists."""
        self._level.reading("item")
        return self._value.tolist()

    def numpy(self, *, force: bool = False) -> Any:
        """The elements as an array."""
        self._level.reading("item")
        return self._value.numpy(force=force)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self._value.__array__(dtype)

    def __bool__(self) -> bool:
        self._level.reading("bool")
        return bool(self._value)

    def __repr__(self, **options: Any) -> str:
        return f"{self._level.describe(self)}(\n    {self._value!r}\n)"

    def detach(self) -> Tensor:
        """The same elements without history."""
        made: Tensor = self._level.detached(self)
        return made


class Level(ABC):
    """An open transform: an interpreter on the stack, and the tensors that belong to it.

    Attributes:
        number: How many levels are open, this one included.
        opened: How many levels had been opened in this thread when it was, this one included.
    """

    def __init__(self) -> None:
        self.number = len(modes.stack) + 1
        self.opened = modes.pushed + 1
        self.members: list[weakref.ref[Any]] = []
        self.limit = PRUNE

    # what the stack needs

    def handle(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None = None,
    ) -> Any:
        """The results of an op: the level's own, or those of the levels below where it has no part
        in the call."""
        if self.takes(op, operands):
            return self.apply(op, operands, attributes, prefix, known)
        return self.below(invoke, op, operands, attributes, prefix, known)

    def takes(self, op: Op, operands: tuple[Any, ...]) -> bool:
        """Whether a call is one of this level: it has an operand of it."""
        return any_wrapped(self, operands)

    @abstractmethod
    def apply(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None,
    ) -> Any:
        """The results of an op, as tensors of this level."""

    def below(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result of a function that runs at the levels below."""
        with lowered(self):
            return function(*arguments)

    def wraps(self, value: object) -> bool:
        """The value belongs to this level."""
        return isinstance(value, Wrapped) and value._level is self

    @abstractmethod
    def assign(self, target: Any, value: Any) -> None:
        """Makes `target` hold `value`."""

    # making and opening tensors

    def own(self, value: Any, layout: Layout, requires: bool = False) -> Any:
        """A tensor of this level around one of a lower level, with the layout that users see."""
        made = bare(Wrapped)
        made._data = value._data
        made._offset = value._offset
        made._layout = layout
        made._storage = value._storage
        made._requires = requires
        made._value = value
        made._level = self
        made._tangent = None
        self.members.append(weakref.ref(made))
        if len(self.members) > self.limit:
            self.members = [each for each in self.members if each() is not None]
            self.limit = 2 * len(self.members) + PRUNE
        return made

    def made_inside(self, tensor: Any) -> bool:
        """Whether the memory of a tensor was allocated since this level was opened."""
        born = modes.born.get(tensor._storage)
        return born is not None and born.after >= self.opened

    def adopt(self, tensor: Any) -> None:
        """Makes a tensor that was made inside one of this level, with all that shares its memory:
        the tensor that it is a view of, and the views of that."""
        whole = tensor if tensor._base is None else tensor._base
        interpreters.note_view(tensor)
        held = list(modes.born[tensor._storage].views.values())
        views = [x for x in held if x._base is whole and not self.wraps(x)]
        if not self.wraps(whole):
            self.take(whole)
        for each in views:
            self.take(each)
            each._value._base = whole._value
            interpreters.note_view(each._value)  # which a level below may adopt in turn

    def take(self, tensor: Any) -> None:
        """Makes a tensor one of this level around what it was."""
        value = bare(type(tensor))
        _copy_state(value, tensor)
        if type(tensor) is not Wrapped:
            tensor.__class__ = Wrapped
        value._rewritten, tensor._rewritten = tensor._rewritten, -1
        tensor._node, tensor._output_number, tensor._requires = None, 0, False
        tensor._value, tensor._level, tensor._tangent = value, self, None
        self.members.append(weakref.ref(tensor))

    def made_like(self, source: Any, made: Any) -> Any:
        """A new tensor asked of `source`: of the level below to which that belongs."""
        return self.below(interpreters.like_source, self.lower(source), made)

    def viewing(self, source: Any, view: Any) -> Any:
        """A view of a tensor of this level, which knows what it is a view of."""
        view._base = source if source._base is None else source._base
        interpreters.note_view(view)
        return view

    def lower(self, value: Any) -> Any:
        """The tensor inside, for a tensor of this level; other values as they are."""
        if type(value) is Wrapped and value._level is self:
            return value._value
        if type(value) in (tuple, list):
            return tuple(self.lower(x) for x in value)
        return value

    def copied(self, tensor: Any) -> Any:
        """Another tensor of this level with the same content, without history."""
        made = self.own(tensor._value, tensor._layout)
        made._tangent = tensor._tangent
        return made

    def detached(self, tensor: Any) -> Any:
        """The same elements without history."""
        return self.copied(tensor)

    def reading(self, how: str) -> None:  # noqa: B027  (most levels allow it)
        """Raises RuntimeError where the elements of a tensor of this level cannot be read."""

    def counting(self, name: str) -> None:  # noqa: B027  (most levels allow it)
        """Raises RuntimeError where an op cannot have a result whose shape depends on elements."""

    def describe(self, tensor: Any) -> str:
        """What a tensor of this level is called when it is printed."""
        return f"Wrapped(lvl={self.number})"

    def close(self) -> None:
        """Makes every tensor of this level that is still held the tensor inside."""
        for reference in self.members:
            member = reference()
            if member is not None and type(member) is Wrapped and member._level is self:
                self.release(member)
        self.members = []

    def release(self, member: Any) -> None:
        """Makes a tensor what it is once the level is closed: the tensor inside."""
        become(member, member._value)

    def __enter__(self) -> Self:
        interpreters.push(self)
        self.opened = modes.pushed
        return self

    def __exit__(self, *_: object) -> None:
        interpreters.pop()
        self.close()


class Escaped(Tensor):
    """A tensor of one example that was kept after its `vmap`: there is no such tensor any more."""

    @property
    def _layout(self) -> Any:  # type: ignore[override]  # whoever works with it asks for this
        raise RuntimeError(
            "vmap: a tensor has escaped from inside a function being vmapped: what belongs to one "
            "example has no meaning outside; return it from the function instead"
        )

    def __repr__(self, **options: Any) -> str:
        return "BatchedTensor(escaped from its vmap)"

    def detach(self) -> Tensor:
        """Nothing: raises RuntimeError."""
        return self._layout  # type: ignore[no-any-return]

    data = property(detach)


def become(wrapped: Any, value: Any) -> None:
    """Turns a wrapped tensor into another tensor, in place."""
    del wrapped._value, wrapped._level, wrapped._tangent
    _copy_state(wrapped, value)
    if value._requires and value._node is None:
        # Gradients go to the one leaf.
        wrapped._node, wrapped._output_number = accumulator(value), 0
    if type(value) is not Wrapped:
        wrapped.__class__ = Tensor


def _copy_state(made: Any, tensor: Any) -> None:
    """Gives a tensor what another is: its fields, and its part in a level."""
    for name in FIELDS:
        setattr(made, name, getattr(tensor, name))
    if type(tensor) is Wrapped:
        made._value, made._level, made._tangent = tensor._value, tensor._level, tensor._tangent
        tensor._level.members.append(weakref.ref(made))


def level_of(tensor: Any) -> Level | None:
    """The open level a tensor belongs to; None for a plain one."""
    return tensor._level if type(tensor) is Wrapped else None


def alias_of(tensor: Any) -> Any:
    """The same elements in a tensor object of their own, without history."""
    if type(tensor) is Wrapped:
        return tensor._level.copied(tensor)
    return alias(tensor)


def any_wrapped(level: Level, operands: tuple[Any, ...]) -> bool:
    """Whether an operand, or a tensor in a list among them, belongs to the level."""
    for x in operands:
        if type(x) is Wrapped:
            if x._level is level:
                return True
        elif type(x) in (tuple, list) and any_wrapped(level, tuple(x)):
            return True
    return False

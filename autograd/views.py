"""What a view shows of its base, so that the same can be shown of another tensor of the base's
shape."""

from __future__ import annotations

from typing import Any

from ..tensor.interpreters import modes
from .geometry import scatter_to


class View:
    """A part of a tensor, by shape, strides and offset.

    Attributes:
        base: Layout of the whole.
        size, steps: Shape and strides of the part.
        offset: Elements from the whole's first one to the part's.
    """

    __slots__ = ("base", "offset", "size", "steps")

    def __init__(self, part: Any, whole: Any) -> None:
        self.base = whole._layout
        self.size = tuple(part._layout.shape)
        self.steps = part._layout.strides
        self.offset = part._offset - whole._offset

    def of(self, whole: Any) -> Any:
        """The same part of another tensor of the base's shape."""
        memory = whole.contiguous()
        if not self.base.contiguous:
            shape = tuple(self.base.shape)
            memory = scatter_to((self.reach(),), shape, self.base.strides, 0, whole).contiguous()
        return memory.as_strided(self.size, self.steps, memory.storage_offset() + self.offset)

    def gradient(self, gradient: Any) -> Any:
        """The gradient of the whole from that of the part: zero outside."""
        shape = tuple(self.base.shape)
        if self.base.contiguous:
            return scatter_to(shape, self.size, self.steps, self.offset, gradient)
        memory = scatter_to((self.reach(),), self.size, self.steps, self.offset, gradient)
        memory = memory.contiguous()
        return memory.as_strided(shape, self.base.strides, memory.storage_offset())

    def reach(self) -> int:
        """Elements from the first to the last of the whole in memory."""
        if 0 in self.base.shape:
            return 0
        steps = zip(self.base.shape, self.base.strides)
        return 1 + sum(int(n - 1) * int(step) for n, step in steps)

    def outside(self, gradient: Any) -> Any:
        """A gradient of the whole with zeros at the part."""
        if modes.grad or modes.stack or not self.base.contiguous:
            mask = self.gradient(gradient.new_ones(self.size)) != 0
            return gradient.masked_fill(mask, 0.0)
        copy = gradient.new_empty(tuple(gradient.shape)).copy_(gradient)
        copy.as_strided(self.size, self.steps, copy.storage_offset() + self.offset).zero_()
        return copy

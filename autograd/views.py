"""What a view shows of its base, so that the same can be shown of another tensor of the base's
shape."""

from __future__ import annotations

from typing import Any

from ..tensor.interpreters import modes
from .complex_rules import as_complex, as_pairs, conjugated
from .geometry import Ints, scatter_to


class View:
    """A part of a tensor, by shape, strides and offset.

    Where only one of the two is complex, both are seen as real: a complex tensor has one more dim
    then, of its two parts.

    Attributes:
        shape, strides: Of the whole.
        contiguous: The whole is in C order without gaps.
        size, steps: Shape and strides of the part.
        offset: Elements from the whole's first one to the part's.
        parts_whole, parts_part: The whole, or the part, is complex and seen as real.
        flips: The part shows the conjugates of what the whole shows.
    """

    __slots__ = (
        "contiguous", "flips", "offset", "parts_part", "parts_whole", "shape", "size", "steps",
        "strides",
    )  # fmt: skip

    def __init__(self, part: Any, whole: Any) -> None:
        mine, base = part._layout, whole._layout
        self.shape, self.strides = tuple(base.shape), tuple(base.strides)
        self.contiguous = base.contiguous
        self.size, self.steps = tuple(mine.shape), tuple(mine.strides)
        mixed = mine.dtype.is_complex is not base.dtype.is_complex
        self.parts_whole = mixed and base.dtype.is_complex
        self.parts_part = mixed and mine.dtype.is_complex
        self.flips = mine.conj is not base.conj and not mixed
        start, place = whole._offset, part._offset
        if self.parts_whole:
            self.shape, self.strides, start = *_doubled(self.shape, self.strides), 2 * start
        if self.parts_part:
            self.size, self.steps, place = *_doubled(self.size, self.steps), 2 * place
        self.offset = place - start

    def of(self, whole: Any) -> Any:
        """The same part of another tensor of the base's shape."""
        memory = (as_pairs(whole) if self.parts_whole else whole).contiguous()
        if not self.contiguous:
            memory = scatter_to((self.reach(),), self.shape, self.strides, 0, memory).contiguous()
        found = memory.as_strided(self.size, self.steps, memory.storage_offset() + self.offset)
        if self.flips:
            return conjugated(found)
        return as_complex(found) if self.parts_part else found

    def gradient(self, gradient: Any) -> Any:
        """The gradient of the whole from that of the part: zero outside."""
        if self.flips:
            gradient = conjugated(gradient)
        found = self._spread(as_pairs(gradient) if self.parts_part else gradient)
        return as_complex(found) if self.parts_whole else found

    def _spread(self, elements: Any) -> Any:
        """The elements at the part of zeros of the whole's shape."""
        if self.contiguous:
            return scatter_to(self.shape, self.size, self.steps, self.offset, elements)
        memory = scatter_to((self.reach(),), self.size, self.steps, self.offset, elements)
        memory = memory.contiguous()
        return memory.as_strided(self.shape, self.strides, memory.storage_offset())

    def reach(self) -> int:
        """Elements from the first to the last of the whole in memory."""
        if 0 in self.shape:
            return 0
        steps = zip(self.shape, self.strides)
        return 1 + sum(int(n - 1) * int(step) for n, step in steps)

    def outside(self, gradient: Any) -> Any:
        """A gradient of the whole with zeros at the part."""
        if self.parts_whole:
            return as_complex(self._outside(as_pairs(gradient)))
        return self._outside(gradient)

    def _outside(self, gradient: Any) -> Any:
        if modes.grad or modes.stack or not self.contiguous:
            mask = self._spread(gradient.new_ones(self.size)) != 0
            return gradient.masked_fill(mask, 0.0)
        copy = gradient.new_empty(tuple(gradient.shape)).copy_(gradient)
        copy.as_strided(self.size, self.steps, copy.storage_offset() + self.offset).zero_()
        return copy


def _doubled(shape: Ints, strides: Ints) -> tuple[Ints, Ints]:
    """Shape and strides of complex elements as pairs of real ones."""
    return (*shape, 2), (*(2 * step for step in strides), 1)

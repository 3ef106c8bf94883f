"""What one call of an op comes to: solved sizes, batch axes, dtypes, and where axes lie.

`sizes.bind` makes it from an op, the shapes and dtypes of the operands, and the attributes; the
interpreter and the schedules read nothing else about the user's arrangement of axes.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..dataclass import dataclass
from ..dtype import by_name, dtype


@dataclass(frozen=True)
class Argument:
    """Shape and dtype of one tensor operand, or a Python number.

    Attributes:
        shape: Extents in elements; () for a number.
        dtype: Its dtype; for a Python number bool, int64 or the default float dtype.
        number: It is a Python number: weak in promotion, passed to the kernel by value.
    """

    shape: tuple[int, ...]
    dtype: dtype
    number: bool = False


@dataclass(frozen=True)
class Place:
    """Where the axes of an operand lie in the user's tensor.

    Attributes:
        batch: For each batch axis of the call, the tensor's dim; None where it is broadcast.
        core: For each core axis of its type, the dims that make it up, slow to fast; more than one
            for `*S` and for `Axes(N)` over several dims; () for an absent optional axis. A None
            inside a group is a broadcast dim of the group.
    """

    batch: tuple[int | None, ...]
    core: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class Binding:
    """A call, solved.

    Attributes:
        sizes: Size name -> extent.
        groups: Size name -> extents of the dims that a group or an `Axes` name is made of.
        batch: Extents of the batch axes, prefix (vmap) axes first, broadcast.
        prefix: How many of them are prefix axes.
        places: Operand name (inputs that are present and outputs) -> place.
        shapes: Output name -> shape in the user's order of dims.
        dtypes: Operand name -> dtype in which the definition sees it (after promotion).
        words: Dtype word -> dtype.
        attributes: Attribute name -> Python value, defaults filled in.
    """

    sizes: Mapping[str, int]
    groups: Mapping[str, tuple[int, ...]]
    batch: tuple[int, ...]
    prefix: int
    places: Mapping[str, Place]
    shapes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, dtype]
    words: Mapping[str, dtype]
    attributes: Mapping[str, object]

    def dtype_of(self, word: str) -> dtype:
        """The dtype behind a word of the entry, a `Dtype` attribute or a dtype's name."""
        if word in self.words:
            return self.words[word]
        attribute = self.attributes.get(word)
        return attribute if isinstance(attribute, dtype) else by_name(word)

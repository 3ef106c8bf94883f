"""Layouts: everything about a tensor but its elements, interned: equal ones are one object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count
from typing import Any, SupportsIndex

from ..ops.dtype import dtype
from ..ops.errors import ShapeError
from .devices import CPU, device

MOST_DIMS = 64  # as many as arrays of NumPy have, in which tensors are printed and given out
LIMIT = 1 << 16  # interned layouts; beyond it the table starts anew, which costs cache misses only


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple that prints as a shape and stays one when cut or joined."""

    __module__ = "tensorsmith"  # the public name, which files hold
    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        product = 1
        for extent in self:
            product *= extent
        return product

    def __repr__(self) -> str:
        return f"tensorsmith.Size([{', '.join(map(str, self))}])"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Size, (tuple(self),))

    def __getitem__(self, item: Any) -> Any:
        found = tuple.__getitem__(self, item)
        return Size(found) if isinstance(item, slice) else found

    def __add__(self, other: tuple[int, ...]) -> Size:  # type: ignore[override]
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: tuple[int, ...]) -> Size:
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, times: SupportsIndex) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__


class Layout:
    """Dtype, device, shape and strides of a tensor, and what follows from them.

    Attributes:
        shape: Extents in elements.
        strides: Distance between neighbours along each dim, in elements.
        numel: Number of elements.
        nbytes: Bytes that a tensor without gaps needs.
        contiguous: Elements lie in C order without gaps.
        conj: The memory holds the conjugates of the (complex) elements.
        index: A small number, different for each layout; for caches in native code.
        family: What it has in common with layouts that differ in extents and strides only.
        integers: Extents, then strides.
    """

    __slots__ = (
        "conj",
        "contiguous",
        "device",
        "dtype",
        "family",
        "index",
        "integers",
        "nbytes",
        "numel",
        "rank",
        "shape",
        "strides",
    )

    def __init__(
        self,
        kind: dtype,
        place: device,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        conj: bool = False,
    ) -> None:
        if len(shape) > MOST_DIMS:
            raise ShapeError(f"tensors must have at most {MOST_DIMS} dims, got {len(shape)}")
        self.dtype = kind
        self.device = place
        self.shape = Size(shape)
        self.strides = strides
        self.rank = len(shape)
        self.numel = math.prod(shape)
        self.nbytes = self.numel * kind.itemsize
        self.contiguous = is_dense(shape, strides)
        self.conj = conj
        self.index = next(_numbers)
        self.family = (kind, place, len(shape), conj)
        self.integers = (*shape, *strides)

    def __repr__(self) -> str:
        return f"Layout({self.dtype.name}, {self.device}, {list(self.shape)}, {list(self.strides)})"


_numbers = count()
_strided: dict[tuple[Any, ...], Layout] = {}
_dense: dict[tuple[Any, ...], Layout] = {}


def strided(
    kind: dtype,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    place: device = CPU,
    conj: bool = False,
) -> Layout:
    """The layout with these strides (in elements)."""
    key = (kind, shape, strides, place, conj)
    found = _strided.get(key)
    if found is None:
        if len(_strided) > LIMIT:
            _strided.clear()
        found = _strided.setdefault(key, Layout(kind, place, tuple(shape), tuple(strides), conj))
    return found


def dense(kind: dtype, shape: tuple[int, ...], place: device = CPU) -> Layout:
    """The layout in C order without gaps."""
    key = (kind, shape, place)
    found = _dense.get(key)
    if found is None:
        if len(_dense) > LIMIT:
            _dense.clear()
        found = _dense.setdefault(key, strided(kind, tuple(shape), dense_strides(shape), place))
    return found


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Strides of C order; a dim of extent 0 counts as 1, as in PyTorch."""
    strides = [1] * len(shape)
    step = 1
    for dim in range(len(shape) - 1, -1, -1):
        strides[dim] = step
        step *= max(shape[dim], 1)
    return tuple(strides)


def is_dense(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Elements lie in C order without gaps (strides of dims of extent 1 do not matter)."""
    step = 1
    if 0 in shape:
        return True
    for extent, stride in zip(reversed(shape), reversed(strides)):
        if extent != 1:
            if stride != step:
                return False
            step *= extent
    return True


def is_packed(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Elements fill their memory without gaps or overlap, in any order of dims."""
    step = 1
    for stride, extent in sorted(zip(strides, shape)):
        if extent != 1:
            if stride != step:
                return False
            step *= extent
    return True


def overlaps_itself(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Two indices surely mean one place in memory (a dim was expanded)."""
    return any(stride == 0 and extent > 1 for extent, stride in zip(shape, strides))


def span(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Elements from the first to the last one in memory, both included; 0 for an empty tensor."""
    if 0 in shape:
        return 0
    return 1 + sum((extent - 1) * stride for extent, stride in zip(shape, strides))


def like_strides(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    """Strides without gaps whose dims are ordered in memory as those given (`preserve_format`)."""
    if is_packed(shape, strides) and 0 not in shape:
        return strides
    if overlaps_itself(shape, strides):
        return dense_strides(shape)
    order = sorted(range(len(shape)), key=lambda dim: (strides[dim], -dim))
    result = [1] * len(shape)
    step = 1
    for dim in order:
        result[dim] = step
        step *= max(shape[dim], 1)
    return tuple(result)

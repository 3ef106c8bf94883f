"""Functions over entries that take one dim at a time: `roll`, `diff`, `cross`, `quantile`, ..."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ops.dtype import bool_, int64, promote, uint8
from ...ops.errors import ArgumentError, ArgumentValueError, BackendError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.extern import tensor_of, values_of
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..creation.creation import full
from ..creation.data import as_tensor
from ..creation.sequences import arange
from ..tensor import Tensor
from .arrangement import integers
from .joining import cat


@repeated
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """The elements of dims moved on; what leaves at the end comes in again at the start."""
    steps = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if dims is None or dims == ():
        if len(steps) != 1:
            raise BackendError("roll: shifts and dimensions must align: one shift without dims")
        if not input.numel():
            return input.clone()
        flat = call("roll", (input.reshape(-1),), {"shift": steps[0], "dim": 0})
        return flat.reshape(input.shape)  # type: ignore[no-any-return]
    axes = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(axes) != len(steps):
        raise BackendError(
            f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}"
        )
    found: Any = input
    for step, axis in zip(steps, axes):
        found = (
            call("roll", (found,), {"shift": step, "dim": axis}) if found.numel() else found.clone()
        )
    return found  # type: ignore[no-any-return]


@repeated
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The plane of two dims turned by quarters."""
    if input.dim() < 2:
        raise BackendError(f"rot90: expected total dims >= 2, but got total dims = {input.dim()}")
    first, second = (wrap_dim("rot90", d, input.dim()) for d in dims)
    if first == second:
        raise BackendError(
            f"expected rotation dims to be different, but got dim0 = {first} and dim1 = {second}"
        )
    if k % 4 == 0:
        return input.clone()
    if k % 4 == 2:
        return input.flip(first, second)
    turned: Any = input.flip(second if k % 4 == 1 else first)
    return turned.transpose(first, second)  # type: ignore[no-any-return]


@repeated
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Every slice of a dim (or element of the flattened tensor) several times in a row."""
    if repeats is None:
        return repeat_interleave(arange(input.numel(), device=input.device), input, 0)
    source: Any = input.reshape(-1) if dim is None else input
    axis = 0 if dim is None else wrap_dim("repeat_interleave", dim, input.dim())
    if isinstance(repeats, TensorBase) and repeats._layout.numel == 1:
        repeats = int(repeats.item())
    if isinstance(repeats, int):
        if repeats < 0:
            raise BackendError("Repeats must be non-negative")
        return call("repeat_interleave", (source,), {"repeats": repeats, "dim": axis})  # type: ignore[no-any-return]
    counts = values_of(as_tensor(repeats))
    if counts.ndim != 1 or counts.size != source.shape[axis]:
        raise BackendError("repeats must have the same size as input along dim")
    if (counts < 0).any():
        raise BackendError("Repeats must be non-negative")
    places = tensor_of(np.repeat(np.arange(counts.size), counts), int64, source.device)
    return call("index_select", (source, places), {"dim": axis})  # type: ignore[no-any-return]


@repeated
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None
) -> Tensor:
    """Differences of neighbours along a dim, `n` times."""
    if n < 0:
        raise BackendError(f"diff: order must be non-negative but got {n}")
    parts = [x for x in (prepend, input, append) if x is not None]
    found: Any = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(n):
        if not found.shape[wrap_dim("diff", dim, found.dim())]:
            break
        if found.dtype.kind == "bool":
            size = found.shape[dim] - 1
            found = found.narrow(dim, 1, size).logical_xor(found.narrow(dim, 0, size))
        else:
            found = call("diff", (found,), {"dim": dim})
    return found  # type: ignore[no-any-return]


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Square matrices of zeros with the last dim on a diagonal; dim1 and dim2 are their dims."""
    rank = input.dim() + 1
    first, second = wrap_dim("diag_embed", dim1, rank), wrap_dim("diag_embed", dim2, rank)
    if first == second:
        raise BackendError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    found = call("diag_embed", (input,), {"offset": offset})
    if (first, second) == (rank - 2, rank - 1):
        return found  # type: ignore[no-any-return]
    return found.movedim((-2, -1), (first, second))  # type: ignore[no-any-return]


@repeated
def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """A matrix with a vector on its diagonal; of a matrix, the diagonal."""
    if input.dim() == 1:
        found = diag_embed(input, diagonal)
    elif input.dim() == 2:
        found = input.diagonal(diagonal).clone()
    else:
        raise ShapeError(f"diag(): Supports 1D or 2D tensors. Got {input.dim()}D")
    return found if out is None else out.copy_(found)


@repeated
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with the elements of the flattened tensor on its diagonal."""
    return diag_embed(input.reshape(-1), offset)


@repeated
def cross(
    input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Vector products along a dim of extent 3 (by default the first such dim)."""
    if dim is None:
        found = [d for d, extent in enumerate(input.shape) if extent == 3]
        if not found:
            raise BackendError("no dimension of size 3 in input")
        dim = found[0]
    return call("cross", (input, other), {"dim": dim}, out=out)  # type: ignore[no-any-return]


@repeated
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: Any = None) -> Tensor:
    """Distances of every row of one matrix to every row of another, in the p-norm."""
    if p < 0:
        raise BackendError("cdist only supports non-negative p values")
    known = {0.0: "zero", 1.0: "one", 2.0: "two", math.inf: "inf"}
    word = known.get(float(p), "p")
    exponent = float(p) if word == "p" else 2.0
    return call("cdist", (x1, x2), {"norm": word, "p": exponent})  # type: ignore[no-any-return]


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Distances of all pairs of rows of a matrix."""
    rows, columns = np.triu_indices(input.shape[0], 1)
    whole = cdist(input, input, p)
    places = [tensor_of(each, int64, input.device) for each in (rows, columns)]
    return whole[tuple(places)]


def msort(input: Tensor) -> Tensor:
    """The elements of the first dim in order."""
    return input.sort(0)[0]  # type: ignore[no-any-return]


def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """Running integrals by the trapezoidal rule."""
    size = y.shape[dim]
    sums: Any = y.narrow(dim, 1, size - 1) + y.narrow(dim, 0, size - 1)
    if x is None:
        return sums.cumsum(dim) * (dx / 2)  # type: ignore[no-any-return]
    steps = diff(x, dim=-1 if x.dim() == 1 else dim)
    if x.dim() == 1:
        axis = wrap_dim("cumulative_trapezoid", dim, y.dim())
        steps = steps.reshape([-1 if d == axis else 1 for d in range(y.dim())])
    return (sums * steps).cumsum(dim) / 2  # type: ignore[no-any-return]


def angle(input: Tensor) -> Tensor:
    """The angle of complex elements; of real ones 0 or pi."""
    if input.is_complex():
        return call("atan2", (input.imag, input.real))  # type: ignore[no-any-return]
    source: Any = input if input.is_floating_point() else input.float()
    found = call("where", (source < 0, math.pi, 0.0)).to(source.dtype)
    return call("where", (source.isnan(), source, found))  # type: ignore[no-any-return]


@repeated
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """Whether each element is one of those in `test_elements`."""
    if not isinstance(elements, TensorBase) and not isinstance(test_elements, TensorBase):
        raise ArgumentError("isin(): one of elements and test_elements must be a tensor")
    given = elements if isinstance(elements, TensorBase) else test_elements
    left, right = (
        as_tensor(x, device=given.device) if x is not given else x
        for x in (elements, test_elements)
    )
    right = right.reshape(-1)
    if not right.numel():
        return full(tuple(left.shape), invert, dtype=bool_, device=left.device)
    kind = promote(left.dtype, right.dtype)
    if kind is bool_:
        kind = uint8
    left, (table, _) = left.to(kind), call("sort", (right.to(kind),))
    places = call("searchsorted", (table, left.reshape(-1))).clamp(max=table.numel() - 1)
    found = (call("index_rows", (table, places)) == left.reshape(-1)).reshape(left.shape)
    return ~found if invert else found  # type: ignore[no-any-return]


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The places along each dim that numbers in a flattened tensor mean."""
    extents = integers((shape,)) if not isinstance(shape, int) else (shape,)
    found = []
    rest: Any = indices
    for extent in reversed(extents):
        found.append(rest % extent)
        rest = call("floor_divide", (rest, extent))
    return tuple(reversed(found))


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Slices of a dim scaled down to a largest norm."""
    if input.dim() < 2:
        raise BackendError(f"renorm: input needs at least 2 dimensions, got {input.dim()}")
    axis = wrap_dim("renorm", dim, input.dim())
    others = [d for d in range(input.dim()) if d != axis]
    norms = call("vector_norm", (input,), {"ord": float(p), "dim": tuple(others), "keepdim": True})
    factor = call("where", (norms > maxnorm, maxnorm / (norms + 1e-7), 1.0))
    return input * factor  # type: ignore[no-any-return]


def gradient(
    input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1
) -> tuple[Tensor, ...]:
    """Slopes along dims, from neighbours on both sides; from one side at the edges."""
    dims = range(input.dim()) if dim is None else [dim] if isinstance(dim, int) else dim
    found = []
    for place, axis in enumerate(dims):
        gap = spacing[place] if isinstance(spacing, (list, tuple)) else spacing
        if isinstance(gap, TensorBase) and gap._layout.rank:
            raise ArgumentValueError("gradient: spacing must be numbers, one for each dim")
        size = input.shape[axis]
        if size < edge_order + 1:
            raise BackendError("gradient: each dimension size must be at least edge_order+1")
        inner = (input.narrow(axis, 2, size - 2) - input.narrow(axis, 0, size - 2)) / (2 * gap)
        if edge_order == 1:
            first = (input.narrow(axis, 1, 1) - input.narrow(axis, 0, 1)) / gap
            last = (input.narrow(axis, size - 1, 1) - input.narrow(axis, size - 2, 1)) / gap
        else:
            ends = [
                input.narrow(axis, place, 1) for place in (0, 1, 2, size - 1, size - 2, size - 3)
            ]
            first = (ends[0] * -1.5 + ends[1] * 2 - ends[2] * 0.5) / gap
            last = (ends[3] * 1.5 - ends[4] * 2 + ends[5] * 0.5) / gap
        found.append(cat([first, inner, last], axis))
    return tuple(found)


def get_device(input: Tensor) -> int:
    """Number of the CUDA device; -1 on the CPU."""
    return input.get_device()


def is_signed(input: Tensor) -> bool:
    """The dtype has negative numbers."""
    return input.is_signed()


def detach(input: Tensor) -> Tensor:
    """The same elements without history."""
    return input.detach()


def fill(input: Tensor, value: Any) -> Tensor:
    """A copy of the tensor filled with a number."""
    return input.clone().fill_(value)


def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
) -> Tensor:
    """A copy of the tensor combined with slices, at places of a dim that an index gives."""
    return input.clone().index_reduce_(dim, index, source, reduce, include_self=include_self)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        roll,
        rot90,
        repeat_interleave,
        diff,
        diag_embed,
        diag,
        diagflat,
        cross,
        cdist,
        msort,
        cumulative_trapezoid,
        angle,
        isin,
        unravel_index,
        renorm,
        gradient,
        pdist,
        get_device,
        is_signed,
        detach,
        fill,
        index_reduce,
    )
}
METHODS: dict[str, Any] = {
    name: FUNCTIONS[name]
    for name in (
        "roll",
        "rot90",
        "repeat_interleave",
        "diff",
        "diag_embed",
        "diag",
        "diagflat",
        "cross",
        "msort",
        "angle",
        "renorm",
        "index_reduce",
    )
}

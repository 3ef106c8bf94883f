"""Elements sent to places along a dim, where the index may be smaller than the tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...ops.dtype import float64
from ...ops.errors import ArgumentError, BackendError, DtypeError, IndexRangeError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.fill import checked
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..calls.writing import inplace
from ..creation.creation import zeros
from ..creation.data import as_tensor
from ..tensor import Tensor


@repeated
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Elements along a dim chosen by an index tensor that broadcasts over the others."""
    if dim is None:
        return call("take_along_dim", (input.reshape(-1), indices.reshape(-1)), (0,))  # type: ignore[no-any-return]
    return call("take_along_dim", (input, indices), (dim,))  # type: ignore[no-any-return]


def put_(self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor itself with elements of its flattened form replaced (or added to)."""
    flat = self.reshape(-1)
    name = "add_rows" if accumulate else "put_rows"
    found = call(name, (flat, index.reshape(-1), source.reshape(-1)))
    return self.copy_(found.reshape(self.shape))


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of the tensor with elements of its flattened form replaced (or added to)."""
    return put_(input.clone(), index, source, accumulate)


def _region(name: str, tensor: Any, dim: int, shape: Sequence[int], whole: bool = False) -> Any:
    """The part of a tensor that an index of this shape reaches; `whole` leaves `dim` as it is."""
    if len(shape) != tensor.dim():
        raise ShapeError(
            f"Index tensor must have the same number of dimensions as input tensor: got "
            f"{len(shape)} and {tensor.dim()}"
        )
    axis = wrap_dim(name, dim, tensor.dim())
    for place, extent in enumerate(shape):
        if (whole and place == axis) or tensor.shape[place] == extent:
            continue
        if tensor.shape[place] < extent:
            raise ShapeError(
                f"Expected index {list(shape)} to be no larger than {list(tensor.shape)} apart "
                f"from dimension {axis}"
            )
        tensor = call("narrow", (tensor,), (place, 0, extent))
    return tensor


def _scattered(name: str, target: Any, dim: int, index: Any, src: Any, **more: Any) -> Any:
    """The result of a scatter; an index may be smaller than target and source."""
    if not target.dim() and not index.dim():
        target, index = target.reshape(1), index.reshape(1)
        src = src.reshape(1) if isinstance(src, TensorBase) else src
        return _scattered(name, target, dim, index, src, **more).reshape(())
    if not index.numel():
        return target.clone()
    shape = tuple(index.shape)
    part = _region(name, target, dim, shape, True)
    operands: tuple[Any, ...] = (part, index)
    if isinstance(src, TensorBase):
        if src._layout.dtype is not target._layout.dtype:
            raise DtypeError(
                f"{name}(): Expected self.dtype to be equal to src.dtype, got {target.dtype} "
                f"and {src.dtype}"
            )
        operands += (_region(name, src, dim, shape),)
        found = _at_places(name, operands, {"dim": dim, **more}, target, dim)
    else:
        more = {"dim": dim, "value": src, **more}
        found = _at_places(f"{name}.1", operands, more, target, dim)
    if part is target:
        return found
    made = target.clone()
    _region(name, made, dim, shape, True).copy_(found)
    return made


def _at_places(
    name: str, operands: tuple[Any, ...], attributes: Any, target: Any, dim: int, out: Any = None
) -> Any:
    """The result of an op whose index PyTorch checks itself: RuntimeError, and not IndexError.

    On a GPU it is an IndexError whenever it is told.
    """
    try:
        return call(name, operands, attributes, out=out)
    except IndexRangeError as error:
        if target._layout.device.type == "cuda":
            raise  # as it is told late; it may be of an earlier call
        extent = target.shape[dim] if target.dim() else 1
        raise BackendError(
            f"{name.partition('.')[0]}: index is out of bounds for dimension {dim} with size "
            f"{extent}: {error}"
        ) from None


@repeated
def gather(
    input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None
) -> Tensor:
    """Elements along a dim chosen by an index tensor, each at its own place in the other dims."""
    if not input.dim() or not index.dim():
        flat = call("gather", (input.reshape(-1), index.reshape(-1)), (0,))
        return flat.reshape(index.shape)  # type: ignore[no-any-return]
    part = _region("gather", input, dim, tuple(index.shape), True)
    return _at_places("gather", (part, index), (dim,), input, dim, out)  # type: ignore[no-any-return]


@repeated
def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """A copy of the tensor with elements along a dim replaced, at places that an index gives.

    Args:
        input: The tensor.
        dim: The dim.
        index: Places along it.
        src: New elements, a tensor or a number.
        value: The same, by the other name.
        reduce: `add` or `multiply` combines instead of replacing.
        out: Takes the result.
    """
    source = src if src is not None else value
    if reduce is None:
        found = _scattered("scatter", input, dim, index, source)
    else:
        if reduce not in ("add", "multiply"):
            raise BackendError(f"reduce argument must be either add or multiply, got {reduce}")
        if not isinstance(source, TensorBase):
            source = zeros(tuple(index.shape), dtype=input.dtype, device=input.device) + source
        name = {"add": "sum", "multiply": "prod"}[reduce]
        found = _scattered("scatter_reduce", input, dim, index, source, reduce=name)
    return found if out is None else out.copy_(found)


@repeated
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy of the tensor with values added along a dim, at places that an index tensor gives."""
    return _scattered("scatter_add", input, dim, index, src)  # type: ignore[no-any-return]


@repeated
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy of the tensor combined along a dim with values that an index sends to places."""
    return _scattered(  # type: ignore[no-any-return]
        "scatter_reduce", input, dim, index, src, reduce=reduce, include_self=include_self
    )


@repeated
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """The elements, replaced by a value, a number or a 0-dim tensor, where the mask holds."""
    return call("masked_fill", (input, mask, _element(input, value)))  # type: ignore[no-any-return]


@repeated
def masked_fill_(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    """The tensor itself, its elements replaced by a value where the mask holds."""
    return inplace("masked_fill", (self, mask, _element(self, value)))  # type: ignore[no-any-return]


def _element(tensor: Tensor, value: Any) -> Any:
    """A value as the tensor's elements hold it; numbers of kernels have the default dtype.

    Raises:
        RuntimeError: it does not fit into the dtype, or it is a tensor with dims.
    """
    if isinstance(value, TensorBase):
        if value._layout.rank:
            raise BackendError(
                "masked_fill: only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._layout.rank} dimension(s)."
            )
        return value
    kind = tensor.dtype
    if type(value) not in NUMBERS:
        raise ArgumentError(
            f"masked_fill: argument 'value' must be Tensor or Number, not {type(value).__name__}"
        )
    if kind.is_complex or kind is float64:
        return as_tensor(value, dtype=kind, device=tensor.device)
    return checked(value, kind)


NUMBERS = (int, float, bool, complex)


def _writing(function: Any) -> Any:
    """The method that writes a function's result into its first argument."""

    def write_into(self: Any, *arguments: Any, **options: Any) -> Any:
        return self.copy_(function(self, *arguments, **options))

    write_into.__name__ = f"{function.__name__}_"
    write_into.__doc__ = f"The tensor itself, with what `{function.__name__}` gives."
    return write_into


def index_reduce_(
    self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """The tensor itself combined with slices, at places of a dim that a list of numbers gives."""
    shape = [-1 if d == wrap_dim("index_reduce", dim, self.dim()) else 1 for d in range(self.dim())]
    wide = index.reshape(shape).expand(source.shape)
    found = call(
        "scatter_reduce",
        (self, wide, source),
        {"dim": dim, "reduce": reduce, "include_self": include_self},
    )
    return self.copy_(found)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (masked_fill, take_along_dim, put, scatter, scatter_add, scatter_reduce, gather)
}
METHODS: dict[str, Any] = FUNCTIONS | {
    "masked_fill_": masked_fill_,
    "put_": put_,
    "scatter_": _writing(scatter),
    "scatter_add_": _writing(scatter_add),
    "scatter_reduce_": _writing(scatter_reduce),
    "index_reduce_": index_reduce_,
}

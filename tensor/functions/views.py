"""Views that change a tensor itself, and views of complex tensors as real ones."""

from __future__ import annotations

from typing import Any

from ...ops.errors import DtypeError, ShapeError
from ..base import TensorBase
from ..calls import reinterpreting
from ..calls.dispatch import call
from ..calls.fill import before_write
from ..calls.reinterpreting import CONJ, VIEW_AS_COMPLEX, VIEW_AS_REAL, reinterpret, unconjugated
from ..calls.repeating import repeated
from ..tensor import Tensor


def inplace_view(name: str, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> Any:
    """The tensor itself with the shape and strides of a view of it (`t_`, `squeeze_`, ...)."""
    target = operands[0]
    before_write(target)
    seen = call(name, operands, attributes)
    target._layout, target._offset, target._data = seen._layout, seen._offset, seen._data
    if seen._node is not None:
        target._node, target._output_number = seen._node, seen._output_number
    return target


def view_as_real(input: Tensor) -> Tensor:
    """A view of complex elements as pairs of real ones along a new last dim.

    Raises:
        RuntimeError: the tensor is not complex, or it is a lazy conjugate.
    """
    return reinterpret(VIEW_AS_REAL, input)  # type: ignore[no-any-return]


def view_as_complex(input: Tensor) -> Tensor:
    """A view of pairs along the last dim as complex elements.

    Raises:
        RuntimeError: the last dim does not hold pairs of neighbours.
    """
    return reinterpret(VIEW_AS_COMPLEX, input)  # type: ignore[no-any-return]


def real(input: Tensor) -> Tensor:
    """The real parts, as a view; the tensor itself if it is real."""
    if not input.is_complex():
        return input
    return view_as_real(unconjugated(input)).select(-1, 0)


def imag(input: Tensor) -> Tensor:
    """The imaginary parts, as a view (of a lazy conjugate, as a copy)."""
    if not input.is_complex():
        raise DtypeError("imag is not implemented for tensors with non-complex dtypes.")
    found = view_as_real(unconjugated(input)).select(-1, 1)
    return -found if input._layout.conj else found


def conj(input: Tensor) -> Tensor:
    """The conjugates, as a view whose elements are not computed yet."""
    return reinterpret(CONJ, input) if input.is_complex() else input


def conj_physical(input: Tensor) -> Tensor:
    """The conjugates, computed."""
    return resolve_conj(conj(input)).clone() if input.is_complex() else input


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor with its conjugates computed."""
    return reinterpreting.resolve_conj(input)  # type: ignore[no-any-return]


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor: negation is never delayed."""
    return input


def is_conj(input: Tensor) -> bool:
    """Its conjugates are not computed yet."""
    return input._layout.conj


def is_neg(input: Tensor) -> bool:
    """Its negation is not computed yet: never."""
    return False


def adjoint(input: Tensor) -> Tensor:
    """The conjugate with the last two dims exchanged."""
    return conj(input.transpose(-2, -1))


def matrix_transpose(input: Tensor) -> Tensor:
    """The last two dims exchanged."""
    return input.transpose(-2, -1)


def reversed_dims(input: Tensor) -> Tensor:
    """All dims in reverse order."""
    return input.permute(*range(input.dim() - 1, -1, -1))


def conjugate_transpose(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix."""
    if input.dim() > 2:
        raise ShapeError(f"tensor.H is only supported on matrices, but got {input.dim()} dims")
    return adjoint(input) if input.dim() == 2 else conj(input)


def as_strided_scatter(
    input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """A copy of the tensor with `src` written to the places that `as_strided` shows."""
    made = input.clone(memory_format="contiguous_format")
    made.as_strided(size, stride, storage_offset).copy_(src)
    return made


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy of the tensor with `src` written to one place of a dim."""
    made = input.clone()
    _same_shape("select_scatter", made.select(dim, index), src).copy_(src)
    return made


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A copy of the tensor with `src` written to a slice of a dim."""
    made = input.clone()
    _same_shape("slice_scatter", call("slice", (made,), (dim, start, end, step)), src).copy_(src)
    return made


def diagonal_scatter(
    input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """A copy of the tensor with `src` written to diagonals."""
    made = input.clone()
    _same_shape("diagonal_scatter", made.diagonal(offset, dim1, dim2), src).copy_(src)
    return made


def _same_shape(name: str, view: Any, src: Any) -> Any:
    if not isinstance(src, TensorBase) or view.shape != src._layout.shape:
        raise ShapeError(
            f"{name}: expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(view.shape)}"
        )
    return view


@repeated
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """The tensor itself with a number on its diagonal; `wrap` goes on below in tall matrices."""
    if self.dim() < 2:
        raise ShapeError("fill_diagonal_: dimensions must larger than 1")
    shape = tuple(self.shape)
    if self.dim() > 2 and len(set(shape)) != 1:
        raise ShapeError("fill_diagonal_: all dimensions of input must be of equal length")
    line: Any = self
    for _ in shape[1:]:
        line = line.diagonal(0, 0, -1)
    line.fill_(fill_value)
    step = sum(self.stride())
    rows, columns = shape[0], shape[1]
    if wrap and self.dim() == 2 and rows > columns + 1:
        start = self.storage_offset() + (columns + 1) * self.stride(0)
        while start < self.storage_offset() + rows * self.stride(0):
            left = rows - (start - self.storage_offset()) // self.stride(0)
            self.as_strided((min(left, columns),), (step,), start).fill_(fill_value)
            start += (columns + 1) * self.stride(0)
    return self


FUNCTIONS = {
    f.__name__: f
    for f in (
        view_as_real,
        view_as_complex,
        real,
        imag,
        conj,
        conj_physical,
        resolve_conj,
        resolve_neg,
        is_conj,
        is_neg,
        adjoint,
        as_strided_scatter,
        select_scatter,
        slice_scatter,
        diagonal_scatter,
    )
}
METHODS: dict[str, Any] = {
    **FUNCTIONS,
    "real": property(real, lambda self, value: self.real.copy_(value)),
    "imag": property(imag, lambda self, value: self.imag.copy_(value)),
    "T": property(reversed_dims),
    "mT": property(matrix_transpose),
    "H": property(conjugate_transpose),
    "mH": property(adjoint),
    "fill_diagonal_": fill_diagonal_,
}

__all__ = ["FUNCTIONS", "METHODS"]

"""Functions made of several ops in Python, where no single entry says them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ops import dtype as dtypes
from ...ops.dtype import dtype, type_name
from ...ops.errors import (
    ArgumentError,
    BackendError,
    DtypeError,
    IndexRangeError,
    UnsupportedDtypeError,
)
from ..arrays import array_of
from ..calls import autocast
from ..calls.dispatch import call
from ..calls.fill import before_write
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..calls.solving import argument
from ..calls.targets import check_tensor
from ..creation.creation import zeros
from ..creation.data import as_tensor
from ..storage import Storage
from ..tensor import Tensor
from .arrangement import broadcast_tensors, integers
from .joining import stack
from .selecting import nonzero
from .views import view_as_complex

# what tensors are


def is_tensor(obj: object) -> bool:
    """The object is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj: object) -> bool:
    """The object is a storage."""
    return isinstance(obj, Storage)


def is_floating_point(input: Tensor) -> bool:
    """The dtype is a real floating-point one."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """The dtype is complex."""
    return input.is_complex()


def is_inference(input: Tensor) -> bool:
    """The tensor was made in inference mode."""
    return input.is_inference()


def is_nonzero(input: Tensor) -> bool:
    """The only element is not zero.

    Raises:
        RuntimeError: the tensor does not have one element.
    """
    return bool(input)


def numel(input: Tensor) -> int:
    """Number of elements."""
    return input.numel()


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Both have the same shape."""
    return input.shape == other.shape


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The dtype in which elements of two dtypes meet."""
    for place, kind in enumerate((type1, type2), 1):
        if not isinstance(kind, dtype):
            raise ArgumentError(
                f"promote_types(): argument 'type{place}' must be a dtype, "
                f"not {type(kind).__name__}"
            )
    return dtypes.promote(type1, type2)


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype of the result of an arithmetic op on the two."""
    return dtypes.result_type([argument(tensor1), argument(tensor2)])


def equal(input: Tensor, other: Tensor) -> bool:
    """Both have the same shape and the same elements."""
    if type(input) is not Tensor or type(other) is not Tensor:
        check_tensor("equal", "input", input)
        check_tensor("equal", "other", other)
    if input._layout.shape != other._layout.shape:
        return False
    return bool(call("same_elements", (input, other)))


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """All elements are close to each other."""
    if input.dtype is not other.dtype:
        raise DtypeError(f"allclose: {input.dtype} did not match {other.dtype}")
    return bool(_all_close(input, other, rtol, atol, equal_nan))


@repeated
def _all_close(input: Tensor, other: Tensor, rtol: float, atol: float, equal_nan: bool) -> Any:
    return call("isclose", (input, other), (rtol, atol, equal_nan)).all()


# choosing


@repeated
def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """Elements of `input` where the condition holds, of `other` elsewhere; alone: its places."""
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    check_tensor("where", "condition", condition)
    if condition.dtype is dtypes.uint8:
        condition = condition.bool()
    if condition.dtype is not dtypes.bool_:
        raise DtypeError(
            f"where expected condition to be a boolean tensor, but got {condition.dtype}"
        )
    return call("where", (condition, input, other), out=out)


def where_method(self: Any, condition: Any, other: Any) -> Any:
    """Elements of the tensor where the condition holds, of `other` elsewhere."""
    return where(condition, self, other)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each number from 0 on occurs, or the sum of the weights that come with it."""
    if input.dtype.kind != "int":
        raise UnsupportedDtypeError(f'"bincount" not implemented for {type_name(input.dtype)!r}')
    if input.dim() != 1:
        raise BackendError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise BackendError(f"bincount: minlength should be >= 0, got {minlength}")
    operands = (input,) if weights is None else (input, weights)
    name = "bincount.1" if weights is None else "bincount"
    try:
        return call(name, operands, (minlength, None))  # type: ignore[no-any-return]
    except IndexRangeError:
        raise BackendError("bincount only supports 1-d non-negative integral inputs.") from None


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal intervals from `min` to `max`."""
    if not input.is_floating_point():
        raise UnsupportedDtypeError(
            f'"histogram_cpu" not implemented for {type_name(input.dtype)!r}'
        )
    if bins <= 0:
        raise BackendError(f"histc: bins must be > 0, got {bins}")
    low, high = float(min), float(max)
    if low == high and input.numel():
        low, high = ends_of(input)
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BackendError(f"histc: range of [{low}, {high}] is not finite")
    if low > high:
        raise BackendError(f"histc: max must be larger than min, got min={low} and max={high}")
    return call("histogram", (input.detach(),), (bins, low, high))  # type: ignore[no-any-return]


def ends_of(tensor: Tensor) -> tuple[Any, Any]:
    """The smallest and the largest element, as numbers."""
    least, most = call("aminmax", (tensor.detach(),), (None, False))
    return least.item(), most.item()


# products


@repeated
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    return call("norm", ((input - other).reshape(-1),), {"p": p})  # type: ignore[no-any-return]


def sum_to(tensor: Any, shape: tuple[int, ...], prefix: int = 0) -> Any:
    """The tensor summed over the dims along which one of `shape` was broadcast to its shape.

    Args:
        prefix: Leading dims of both that correspond to each other.
    """
    own = tuple(tensor._layout.shape)
    missing = len(own) - len(shape)
    dims = list(range(prefix, prefix + missing))
    for place, extent in enumerate(shape):
        there = place if place < prefix else place + missing
        if extent == 1 and own[there] != 1:
            dims.append(there)
    if dims:
        tensor = tensor.sum(tuple(sorted(dims)), True)
    return tensor.reshape(tuple(shape)) if missing else tensor


@repeated
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The tensor summed to a shape that broadcasts to its own."""
    return sum_to(self, integers(size))  # type: ignore[no-any-return]


def scalar_tensor(value: Any, *, dtype: Any = None, device: Any = None, **_: Any) -> Tensor:
    """A 0-dim tensor of a number, of the default dtype."""
    return as_tensor(value, dtype=dtype or dtypes.get_default_dtype(), device=device)


def complex_of(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A complex tensor of its real and imaginary parts.

    Raises:
        RuntimeError: the parts are not both of float32 or both of float64.
    """
    if real.dtype is not imag.dtype:
        raise DtypeError(
            f"complex: Expected object of scalar type {real.dtype} but got scalar type "
            f"{imag.dtype} for second argument"
        )
    if not real.dtype.is_floating_point:
        raise DtypeError(
            f"complex: Expected both inputs to be Half, Float or Double tensors but got "
            f"{real.dtype}"
        )
    found = view_as_complex(stack(broadcast_tensors(real, imag), -1))
    return found if out is None else out.copy_(found)


def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A complex tensor of absolute values and angles."""
    abs, angle = autocast.raised(abs), autocast.raised(angle)
    return complex_of(abs * angle.cos(), abs * angle.sin(), out=out)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of the elements, one row for each."""
    count = x.shape[0] if N is None else N
    powers = list(range(count)) if increasing else list(range(count - 1, -1, -1))
    if not count:
        return zeros(x.shape[0], 0, dtype=x.dtype, device=x.device)
    return stack([x**power for power in powers], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of `r` elements of a 1-d tensor, one a row."""
    import itertools

    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = list(choose(range(input.numel()), r))
    if not places:
        return input.new_empty(0, r)
    return input[as_tensor(places)]


@repeated
def trapezoid(y: Tensor, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integral by the trapezoidal rule."""
    if y.dtype is dtypes.bool_:
        raise BackendError("trapezoid: received a bool input for `y`, but bool is not supported")
    if x is None:
        return call("trapezoid", (y,), {"dx": dx, "dim": dim})  # type: ignore[no-any-return]
    size = y.shape[dim]
    if not size:
        return (y * x).sum(dim)  # type: ignore[no-any-return]
    sums: Any = y.narrow(dim, 1, size - 1) + y.narrow(dim, 0, size - 1)
    steps = x.diff(dim=-1 if x.dim() == 1 else dim)
    if x.dim() == 1:
        steps = steps.reshape(
            [-1 if d == wrap_dim("trapezoid", dim, y.dim()) else 1 for d in range(y.dim())]
        )
    return (sums * steps).sum(dim) / 2  # type: ignore[no-any-return]


# methods that write in place


def _check_host(name: str, tensor: Any) -> None:
    """Raises TypeError for a tensor that Python functions cannot see the elements of."""
    if tensor.device.type != "cpu":
        what = f"got one on {tensor.device}"
        raise ArgumentError(f"{name} is only implemented on CPU tensors, {what}")


def apply_(self: Tensor, callable: Any) -> Tensor:
    """The tensor itself with a Python function applied to each element. Slow."""
    before_write(self)
    _check_host("apply_", self)
    values = array_of(self)
    flat = [callable(x) for x in values.reshape(-1).tolist()]
    values[...] = np.array(flat, values.dtype).reshape(values.shape)
    self._storage.version += 1
    return self


def map_(self: Tensor, tensor: Tensor, callable: Any) -> Tensor:
    """The tensor itself with a Python function of its and another's elements. Slow."""
    before_write(self)
    _check_host("map_", self)
    _check_host("map_", tensor)
    mine, other = np.broadcast_arrays(array_of(self), array_of(tensor))
    flat = [callable(x, y) for x, y in zip(mine.reshape(-1).tolist(), other.reshape(-1).tolist())]
    array_of(self)[...] = np.array(flat, mine.dtype).reshape(mine.shape)
    self._storage.version += 1
    return self


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        is_tensor,
        is_storage,
        is_floating_point,
        is_complex,
        is_inference,
        is_nonzero,
        numel,
        is_same_size,
        promote_types,
        result_type,
        equal,
        allclose,
        where,
        bincount,
        histc,
        dist,
        scalar_tensor,
        vander,
        combinations,
        trapezoid,
    )
} | {"can_cast": dtypes.can_cast, "complex": complex_of, "polar": polar, "trapz": trapezoid}

METHODS: dict[str, Any] = {
    name: FUNCTIONS[name]
    for name in (
        "is_nonzero",
        "equal",
        "allclose",
        "bincount",
        "histc",
        "dist",
    )
} | {
    "where": where_method,
    "sum_to_size": sum_to_size,
    "apply_": apply_,
    "map_": map_,
}

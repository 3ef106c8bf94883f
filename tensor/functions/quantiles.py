"""Quantiles: places in the order of elements, and what lies between two of them."""

from __future__ import annotations

from typing import Any

from ...ops.dtype import int64
from ...ops.errors import BackendError, DtypeError
from ..base import TensorBase
from ..calls import autocast
from ..calls.dispatch import call
from ..calls.extern import values_of
from ..calls.ordering import wrap_dim
from ..creation.data import as_tensor
from ..tensor import Tensor

METHODS_OF_QUANTILES = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Quantiles along a dim: values below which a part `q` of the elements lies."""
    return _quantile("quantile", input, q, dim, keepdim, interpolation, out)  # type: ignore[no-any-return]


def nanquantile(
    input: Tensor,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Quantiles along a dim, without regard to NaN."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, out)  # type: ignore[no-any-return]


def _quantile(
    name: str, input: Any, q: Any, dim: int | None, keepdim: bool, how: str, out: Any
) -> Any:
    if how not in METHODS_OF_QUANTILES:
        raise BackendError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or "
            f"nearest, but got {how}"
        )
    input, levels = _operands(name, input, q)
    source = input.reshape(-1) if dim is None else input.movedim(dim, -1)
    if not source.shape[-1]:
        raise BackendError(f"{name}() input tensor must be non-empty")
    found = _interpolated(name, source, levels.reshape(-1), how).movedim(-1, 0)
    if dim is None and keepdim:
        found = found.reshape([found.shape[0], *[1] * input.dim()])
    elif keepdim:
        found = found.unsqueeze(wrap_dim(name, dim or 0, input.dim()) + 1)
    found = found[0] if not levels._layout.rank else found
    return found if out is None else out.copy_(found)


def _operands(name: str, input: Any, q: Any) -> tuple[Tensor, Tensor]:
    """The elements, and the quantiles that are asked for.

    Raises:
        RuntimeError: the elements are neither float32 nor float64, or a quantile is outside [0, 1].
    """
    input, q = autocast.raised(input), autocast.raised(q)
    levels = q
    if not isinstance(q, TensorBase):
        levels = as_tensor(q, dtype=input.dtype, device=input.device)
    if input.dtype.name not in ("float32", "float64"):
        raise DtypeError("quantile() input tensor must be either float or double dtype")
    chances = values_of(levels)
    if ((chances < 0) | (chances > 1)).any():
        raise BackendError(f"{name}() q values must be in the range [0, 1]")
    return input, levels


def _interpolated(name: str, source: Tensor, levels: Tensor, how: str) -> Tensor:
    """Quantiles along the last dim, which is not empty, at each of the levels."""
    ordered = source.sort(-1)[0]
    size = source.shape[-1]
    count = (~source.isnan()).sum(-1, keepdim=True)
    last = count * 0 + (size - 1) if name == "quantile" else (count - 1).clamp(min=0)
    position = levels.to(source.dtype) * last.to(source.dtype)
    low, high = position.floor(), position.ceil()
    if how == "lower":
        high = low
    elif how == "higher":
        low = high
    elif how == "nearest":
        low = high = position.round()
    below, above = (ordered.gather(-1, place.to(int64)) for place in (low, high))
    weight = position - low if how == "linear" else 0.5
    found = below + (above - below) * weight
    if name == "quantile":
        return call("where", (count == size, found, float("nan")))  # type: ignore[no-any-return]
    return found  # type: ignore[no-any-return]


METHODS: dict[str, Any] = {"quantile": quantile, "nanquantile": nanquantile}

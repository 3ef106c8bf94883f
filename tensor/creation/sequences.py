"""Tensors of numbers in order: `arange`, `linspace`, `logspace`."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ...ops.dtype import bool_, dtype, float64, get_default_dtype, int64
from ...ops.errors import ArgumentError, BackendError, UnsupportedDtypeError
from ..calls.dispatch import call
from ..calls.normalize import as_dtype
from ..calls.repeating import repeated
from ..devices import usable
from ..tensor import Tensor
from .data import leaf
from .making import delivered, made


@repeated
def arange(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from `start`, in steps of `step`, up to but without `end`.

    Raises:
        RuntimeError: `step` is 0 or leads away from `end`.
    """
    if end is None:
        start, end = 0, start
    return _sequence("arange", start, end, step, out, dtype, device, requires_grad)


def _sequence(
    name: str, start: Any, end: Any, step: Any, out: Any, kind: Any, place: Any, requires_grad: bool
) -> Tensor:
    start, end, step = (x.item() if hasattr(x, "item") else x for x in (start, end, step))
    start, end, step = (int(x) if isinstance(x, bool) else x for x in (start, end, step))
    for word, value in (("start", start), ("end", end), ("step", step)):
        if not isinstance(value, (int, float)):
            kinds = type(value).__name__
            raise ArgumentError(f"{name}(): argument '{word}' must be Number, not {kinds}")
        if not math.isfinite(value):
            raise BackendError(f"{name}: unsupported range: {start} -> {end}, step {step}")
    if kind is None:
        whole = all(isinstance(x, int) for x in (start, end, step))
        kind = out.dtype if out is not None else int64 if whole else get_default_dtype()
    kind = as_dtype(kind)
    if kind.is_complex or kind is bool_:
        raise UnsupportedDtypeError(f"{name}: the dtype must be a real number's, got {kind}")
    if kind.kind == "int":
        if step != 0 and int(step) == 0:
            raise BackendError(f"{name}: step must be nonzero")
        start, end, step = int(start), (math.ceil(end) if step > 0 else math.floor(end)), int(step)
    if step == 0:
        raise BackendError(f"{name}: step must be nonzero")
    if (end - start) * step < 0:
        raise BackendError(
            f"{name}: upper bound and lower bound inconsistent with step sign: "
            f"start {start}, end {end}, step {step}"
        )
    result = call("arange", (), {"start": start, "end": end, "step": step, "dtype": kind},
                  out=out, place=usable(place))  # fmt: skip
    return leaf(result, requires_grad)


def range_(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from `start`, in steps of `step`, up to and with `end`. Deprecated: use `arange`."""
    warnings.warn(
        "tensorsmith.range is deprecated because its behavior is inconsistent with Python's range "
        "builtin. Instead, use tensorsmith.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    if end is None:
        start, end = 0, start
    kind = dtype or (out.dtype if out is not None else get_default_dtype())
    if step == 0 or (end - start) * step < 0:
        raise BackendError(f"range: step must be nonzero and lead from start to end, got {step}")
    count = math.floor((end - start) / step) + 1
    stop = start + (count - 0.5) * step if not isinstance(step, int) else start + count * step
    return _sequence("range", start, stop, step, out, kind, device, requires_grad)


@repeated
def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` numbers at equal distances, from `start` to `end`, both included."""
    kind = _numeric("linspace", dtype, out)
    if isinstance(steps, float) or not hasattr(steps, "__index__"):
        kind_name = type(steps).__name__
        raise ArgumentError(f"linspace(): argument 'steps' must be int, not {kind_name}")
    if steps < 0:
        raise BackendError(f"linspace: number of steps must be non-negative, got {steps}")
    if kind.is_floating_point and _are_numbers(start, end):
        numbers = (float(start), float(end), int(steps), kind)
        result = call("linspace", (), numbers, place=usable(device))
        return delivered("linspace", result, out, requires_grad)
    places = arange(0, int(steps), dtype=kind if kind.is_floating_point else None, device=device)
    if steps <= 1:
        result = made("linspace", (steps,), kind, device, False, None, start)
    else:
        step = (end - start) / (steps - 1)
        rising = start + places * step
        falling = end - ((steps - 1) - places) * step
        result = call("where", (places < steps // 2, rising, falling)).to(kind)
    return delivered("linspace", result, out, requires_grad)


def _numeric(name: str, kind: Any, out: Tensor | None) -> dtype:
    """The dtype of numbers at equal distances, which truth values have not.

    Raises:
        NotImplementedError: it is bool.
    """
    found = as_dtype(kind) or (out.dtype if out is not None else get_default_dtype())
    if found is bool_:
        raise UnsupportedDtypeError(f"{name}: the dtype must be a number's, got {found}")
    return found


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Powers of `base` whose exponents are at equal distances, from `start` to `end`."""
    kind = _numeric("logspace", dtype, out)
    between = kind
    if kind.kind == "int":  # the ends are whole, the exponents between them are not
        between = float64
        if steps != 1:
            start, end = int(start), int(end)
    exponents = linspace(start, end, steps, dtype=between, device=device)
    result = call("pow", (float(base), exponents)).to(kind)
    return delivered("logspace", result, out, requires_grad)

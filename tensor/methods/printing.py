"""How tensors print: PyTorch's layout, digit for digit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ops.dataclass import dataclass
from ...ops.dtype import bool_, get_default_dtype, int64
from ...ops.errors import ArgumentValueError
from ..arrays import Array, array_of
from ..calls.transfer import host_of
from ..devices import CPU, get_default_device


@dataclass
class Options:
    """What `set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = Options()
PROFILES: dict[str, tuple[int, float, int]] = {
    "default": (4, 1000, 3),
    "short": (2, 1000, 2),
    "full": (4, math.inf, 3),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Sets how tensors print.

    Args:
        precision: Digits after the point.
        threshold: Number of elements beyond which a summary is printed.
        edgeitems: Elements at each end of a dim in a summary.
        linewidth: Characters of a line.
        profile: `default`, `short` or `full`; the other arguments change it.
        sci_mode: Scientific notation always or never; None decides by the values.
    """
    if profile is not None:
        if profile not in PROFILES:
            raise ArgumentValueError(
                f"profile must be one of {', '.join(PROFILES)}, but {profile!r} was given"
            )
        options.precision, options.threshold, options.edgeitems = PROFILES[profile]
        options.linewidth = 80
    if precision is not None:
        options.precision = precision
    if threshold is not None:
        options.threshold = threshold
    if edgeitems is not None:
        options.edgeitems = edgeitems
    if linewidth is not None:
        options.linewidth = linewidth
    options.sci_mode = sci_mode


class _Formatter:
    """One width and one notation for all numbers of a tensor."""

    def __init__(self, values: Array, floating: bool) -> None:
        self.floating = floating
        self.whole = True
        self.scientific = False
        self.width = 1
        flat = values.reshape(-1)
        if not floating:
            self.width = max((len(str(value)) for value in flat.tolist()), default=1)
            return
        seen = flat[np.isfinite(flat) & (flat != 0)]
        if not seen.size:
            return
        size = np.abs(seen)
        least, most = float(size.min()), float(size.max())
        self.whole = bool((seen == np.ceil(seen)).all())
        self.scientific = (
            (most / least > 1000.0 or most > 1.0e8 or least < 1.0e-4)
            if options.sci_mode is None
            else options.sci_mode
        )
        point = 1 if self.whole and not self.scientific else 0
        template = self._template()
        self.width = max(1, *(len(template.format(value)) + point for value in seen.tolist()))

    def _template(self) -> str:
        if self.scientific:
            return f"{{:.{options.precision}e}}"
        return "{:.0f}" if self.whole else f"{{:.{options.precision}f}}"

    def __call__(self, value: Any) -> str:
        if not self.floating:
            return str(value).rjust(self.width)
        text = self._template().format(value)
        if self.whole and not self.scientific and math.isfinite(value):
            text += "."
        return text.rjust(self.width)


class _ComplexFormatter:
    """Real and imaginary part, each with a width of its own."""

    def __init__(self, values: Array) -> None:
        self.real = _Formatter(values.real.astype(np.float64), True)
        self.imag = _Formatter(values.imag.astype(np.float64), True)
        self.width = self.real.width + self.imag.width + 1

    def __call__(self, value: complex) -> str:
        imag = (self.imag(value.imag) + "j").lstrip()
        sign = "" if imag[0] in "+-" else "+"
        return self.real(value.real) + sign + imag


Format = _Formatter | _ComplexFormatter


def _rows(values: Array, indent: int, summarize: bool, show: Format) -> str:
    """The elements in brackets."""
    if values.ndim == 0:
        return show(values.item())
    if values.ndim == 1:
        return _row(values, indent, summarize, show)
    edge = options.edgeitems
    if summarize and len(values) > 2 * edge:
        parts = [_rows(row, indent + 1, summarize, show) for row in values[:edge]]
        parts.append("...")
        parts += [_rows(row, indent + 1, summarize, show) for row in values[len(values) - edge :]]
    else:
        parts = [_rows(row, indent + 1, summarize, show) for row in values]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _row(values: Array, indent: int, summarize: bool, show: Format) -> str:
    edge = options.edgeitems
    for_line = max(1, (options.linewidth - indent) // (show.width + 2))
    if summarize and not edge:
        parts = ["..."]
    elif summarize and len(values) > 2 * edge:
        parts = [show(value) for value in values[:edge].tolist()]
        parts.append(" ...")
        parts += [show(value) for value in values[len(values) - edge :].tolist()]
    else:
        parts = [show(value) for value in values.tolist()]
    lines = [", ".join(parts[at : at + for_line]) for at in range(0, len(parts), for_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _shown(values: Array) -> Array:
    """The elements that a summary shows."""
    edge = options.edgeitems
    for axis, extent in enumerate(values.shape):
        if extent > 2 * edge:
            places = [*range(edge), *range(extent - edge, extent)]
            values = values.take(places, axis)
    return values


def _exact(values: Array) -> Array:
    """Floats as float64, which holds them all; anything else as it is."""
    if values.dtype.kind in "biuc":
        return values
    return values.astype(np.float64)


def _contents(tensor: Any, indent: int) -> str:
    values = array_of(host_of(tensor))
    summarize = values.size > options.threshold
    shown = _shown(values) if summarize else values
    kind = tensor.dtype
    show: Format
    if kind.is_complex:
        show = _ComplexFormatter(shown)
    else:
        show = _Formatter(_exact(shown), kind.is_floating_point)
    return _rows(_exact(values), indent, summarize, show)


def _suffixes(tensor: Any) -> list[str]:
    found = []
    kind, default = tensor.dtype, get_default_dtype()
    usual = kind in (default, default.to_complex(), int64, bool_)
    place = get_default_device()
    if tensor.device.type != (place.type if place.type == "cuda" else CPU.type):
        found.append(f"device='{tensor.device}'")
    meta = tensor.device.type == "meta"
    if meta or (not tensor.numel() and tensor.dim() != 1) or not options.edgeitems:
        found.append(f"size={tuple(tensor.shape)}")
    if (kind is not default) if meta or not tensor.numel() else not usual:
        found.append(f"dtype={kind}")
    if tensor.grad_fn is not None:
        name = getattr(tensor.grad_fn, "name", None)
        spoken = name() if callable(name) else type(tensor.grad_fn).__name__
        found.append(f"grad_fn=<{spoken.rsplit('::', 1)[-1]}>")
    elif tensor.requires_grad:
        found.append("requires_grad=True")
    return found


def text_of(tensor: Any, contents: str | None = None, name: str | None = None) -> str:
    """`repr` of a tensor."""
    prefix = f"{name or 'tensor'}("
    if contents is None:
        if tensor.device.type == "meta":
            contents = "..."
        elif not tensor.numel():
            contents = "[]"
        else:
            contents = _contents(tensor, len(prefix))
    text = prefix + contents
    last = len(text) - text.rfind("\n") + 1
    for suffix in _suffixes(tensor):
        if last + len(suffix) + 2 > options.linewidth:
            text += ",\n" + " " * len(prefix) + suffix
            last = len(prefix) + len(suffix)
        else:
            text += ", " + suffix
            last += len(suffix) + 2
    return text + ")"

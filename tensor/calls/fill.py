"""Writes of one number into every element."""

from __future__ import annotations

import math
from typing import Any

from ...ops.errors import ArgumentError, BackendError
from ..base import TensorBase
from ..interpreters import modes
from ..layout import strided
from ..storage import fill_bytes
from ..tensor import Tensor, wrap
from . import launching, recording
from .entries import entry_of
from .targets import check_writable


def parts(tensor: Any) -> tuple[Any, Any]:
    """Views of the real and of the imaginary parts, without history."""
    layout = tensor._layout
    steps = tuple(2 * step for step in layout.strides)
    halves = strided(layout.dtype.to_real(), tuple(layout.shape), steps, layout.device)
    first = 2 * tensor._offset
    return (
        wrap(Tensor, halves, tensor._storage, first, tensor),
        wrap(Tensor, halves, tensor._storage, first + 1, tensor),
    )


def fill_elements(target: Any, value: Any) -> None:
    """Writes a number into every element. No history, no count of the write.

    Raises:
        RuntimeError: the number does not fit into the dtype.
    """
    if isinstance(value, TensorBase):
        value = value.item()
    layout = target._layout
    if not (isinstance(value, complex) or hasattr(value, "__float__")):
        raise ArgumentError(f"fill: argument 'value' must be a number, not {type(value).__name__}")
    if layout.device.type == "meta" or not layout.numel:
        return
    if layout.dtype.is_complex:
        number = complex(value).conjugate() if layout.conj else complex(value)
        real, imag = parts(target)
        fill_elements(real, number.real)
        fill_elements(imag, number.imag)
        return
    if value == 0 and layout.contiguous and str(value) != "-0.0":
        fill_bytes(target, 0, layout.nbytes)
        return
    value = checked(value, layout.dtype)
    entry = entry_of("full")
    attributes = (tuple(layout.shape), value, layout.dtype)
    plan, attributes = launching.find(entry, (), attributes, 0, None, (layout,), layout.device)
    launching.launch(plan, (), attributes, (target,))


LIMITS = {"uint8": (-255, 255), "int8": (-128, 127), "int16": (-(1 << 15), (1 << 15) - 1),
          "int32": (-(1 << 31), (1 << 31) - 1), "int64": (-(1 << 63), (1 << 63) - 1)}  # fmt: skip
"""Numbers that an integer dtype is filled with; PyTorch lets those of uint8 wrap around."""


def checked(value: Any, kind: Any) -> Any:
    """The number as the dtype takes it.

    Raises:
        RuntimeError: it does not fit.
    """
    fits = not isinstance(value, complex)
    if fits and kind.kind == "int":
        least, most = LIMITS[kind.name]
        fits = math.isfinite(value) and least <= int(value) <= most
    if not fits:
        raise BackendError(f"value cannot be converted to type {kind.name} without overflow")
    if kind.kind == "int":
        return int(value)
    return bool(value) if kind.kind == "bool" else float(value)


def before_write(target: Any, one_number: bool = False) -> None:
    """Raises RuntimeError if the tensor must not be written in place now.

    Args:
        target: The tensor.
        one_number: Every element gets the same, so that an expanded tensor may be written.
    """
    check_writable(target, one_number)
    if modes.grad and recording.tape is not None and target.requires_grad:
        recording.tape.check_inplace(target)

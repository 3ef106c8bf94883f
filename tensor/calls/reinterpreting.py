"""Complex elements shown as pairs of real ones and back, and as their conjugates.

These are views whose elements have another dtype, or another meaning, than those of what they show:
a map of shape, strides and offset does not say it. Each is an `Op` of the form `reinterpretation`,
which the levels and the tape get as they get any other; all are linear over the real numbers, so
that their derivatives are one another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ops.errors import BackendError, DtypeError, ShapeError
from ...ops.language.op import Input, Op, Output, TensorType
from ..interpreters import modes
from ..layout import dense, strided
from ..tensor import Tensor, fresh, wrap
from . import into, recording

FORM = "reinterpretation"


def _op(name: str, doc: str) -> Op:
    kind = TensorType("Any", True, (), True)
    return Op(name, doc, (Input("input", kind),), (), (Output("output", kind),), form=FORM)


VIEW_AS_REAL = _op("view_as_real", "Complex elements as pairs of real ones along a new last dim.")
VIEW_AS_COMPLEX = _op("view_as_complex", "Pairs along the last dim as complex elements.")
PAIRED = _op("paired", "As view_as_complex, through a copy where the memory has no such view.")
CONJ = _op("conj", "Conjugates, computed when they are read.")
RESOLVE_CONJ = _op("resolve_conj", "The elements with delayed conjugates computed.")


def reinterpret(op: Op, input: Any) -> Any:
    """The elements as one of the ops above shows them; with history, at every level."""
    if modes.trace is not None:
        modes.trace.broken = True
    if modes.stack:
        return modes.stack[-1].handle(op, (input,), (), 0)
    made = _SHOWN[op.name](input)
    if made is not input and recording.is_recorded((input,)):
        assert recording.tape is not None
        recording.tape.record(op, (input,), (), 0, (made,), None)
    return made


def resolve_conj(input: Any) -> Any:
    """The tensor with its conjugates computed; itself if it has none."""
    return reinterpret(RESOLVE_CONJ, input) if input._layout.conj else input


def unconjugated(input: Any) -> Any:
    """What lies in memory: of a delayed conjugate the tensor that it is the conjugate of."""
    return reinterpret(CONJ, input) if input._layout.conj else input


def base_of(tensor: Any) -> Any:
    """The tensor whose memory a view of this one shows."""
    return tensor if tensor._base is None else tensor._base


def _as_real(input: Any) -> Any:
    layout = input._layout
    if not layout.dtype.is_complex:
        raise DtypeError("view_as_real is only supported for complex tensors")
    if layout.conj:
        raise BackendError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate "
            "tensor so you can view it as real, use self.resolve_conj()"
        )
    made = strided(
        layout.dtype.to_real(),
        (*layout.shape, 2),
        (*(2 * s for s in layout.strides), 1),
        layout.device,
    )
    return wrap(Tensor, made, input._storage, 2 * input._offset, base_of(input))


def _as_complex(input: Any) -> Any:
    layout = input._layout
    if layout.dtype.name not in ("float32", "float64"):
        raise DtypeError(
            f"view_as_complex is only supported for float and double, got {layout.dtype}"
        )
    if not layout.rank or layout.shape[-1] != 2:
        raise ShapeError("view_as_complex: Tensor must have a last dimension of size 2")
    if layout.strides[-1] != 1:
        raise ShapeError("view_as_complex: Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in layout.strides[:-1]) or input._offset % 2:
        raise ShapeError("view_as_complex: strides and offset must be divisible by 2")
    made = strided(
        layout.dtype.to_complex(),
        tuple(layout.shape[:-1]),
        tuple(s // 2 for s in layout.strides[:-1]),
        layout.device,
    )
    return wrap(Tensor, made, input._storage, input._offset // 2, base_of(input))


def _paired(input: Any) -> Any:
    layout = input._layout
    if not layout.contiguous or input._offset % 2:
        source, input = input, fresh(dense(layout.dtype, tuple(layout.shape), layout.device))
        into.copy_elements(input, source)
    return _as_complex(input)


_SHOWN: dict[str, Callable[[Any], Any]] = {
    "view_as_real": _as_real,
    "view_as_complex": _as_complex,
    "paired": _paired,
    "conj": into.conjugated,
    "resolve_conj": into.resolve_conj,
}

"""Calls of ops that autograd makes itself: derived ops with the binding of their forward, adjoints
of views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..ops.calls.binding import Argument, Binding
from ..ops.calls.sizes import bind
from ..ops.calls.specialize import specialize
from ..ops.language.op import AttributeSpec, Input, Op, Output, TensorType
from ..tensor.calls import recording
from ..tensor.calls.dispatch import call
from ..tensor.calls.into import copy_elements
from ..tensor.calls.reinterpreting import FORM as REINTERPRETATION
from ..tensor.calls.reinterpreting import reinterpret
from ..tensor.calls.solving import argument
from ..tensor.interpreters import modes
from ..tensor.layout import dense, dense_strides, strided
from ..tensor.storage import fill_bytes
from ..tensor.tensor import Tensor, fresh, wrap

WITHOUT_BINDING = ("view", "extern", "view_adjoint", REINTERPRETATION)  # forms of ops
LIMIT = 8192  # bindings kept; beyond it they start anew

VIEW_ADJOINT = Op(
    name="view_adjoint",
    doc="Zeros of a shape, with the operand written to a strided view of them.",
    inputs=(Input("input", TensorType("Any", True, (), True)),),
    attributes=(
        AttributeSpec("shape", "ints", meaning="of the result"),
        AttributeSpec("size", "ints", meaning="of the view"),
        AttributeSpec("stride", "ints", meaning="of the view in a result in C order"),
        AttributeSpec("offset", "int", meaning="of the view, in elements"),
    ),
    outputs=(Output("output", TensorType("Any", True, (), True)),),
    form="view_adjoint",
)
"""The adjoint of any view of a tensor in C order whose elements do not overlap."""


def invoke(
    op: Op,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...] = (),
    prefix: int = 0,
    known: Binding | None = None,
) -> Any:
    """The result of an op (or a tuple of results), through the topmost interpreter if any."""
    if modes.stack:
        return modes.stack[-1].handle(op, operands, attributes, prefix, known)
    if op is VIEW_ADJOINT:
        return _view_adjoint(operands[0], attributes, prefix)
    if op.form == REINTERPRETATION:
        return reinterpret(op, operands[0])
    if not prefix:  # native code serves calls without it
        return call(op, operands, attributes, known=known)
    return call(op, operands, attributes, prefix, known=known)


def _view_adjoint(gradient: Any, attributes: tuple[Any, ...], prefix: int) -> Any:
    """Zeros with the gradient written to a view of them; recorded like any op."""
    shape, size, steps, offset = attributes
    lead = tuple(gradient.shape[:prefix])
    whole = lead + tuple(shape)
    made = zeros_of(dense(gradient._layout.dtype, whole, gradient.device))
    lead_strides = dense_strides(whole)[:prefix]
    kind = gradient._layout.dtype
    layout = strided(kind, lead + tuple(size), lead_strides + tuple(steps), gradient.device)
    copy_elements(wrap(Tensor, layout, made._storage, offset), gradient)
    if recording.is_recorded((gradient,)):
        assert recording.tape is not None
        recording.tape.record(VIEW_ADJOINT, (gradient,), attributes, prefix, (made,), None)
    return made


def zeros_of(layout: Any) -> Tensor:
    """A tensor of zeros in C order with shape, dtype and device of a layout."""
    made = fresh(dense(layout.dtype, tuple(layout.shape), layout.device))
    if made._data and layout.numel:
        fill_bytes(made, 0, made._layout.nbytes)
    return made


def narrowed(
    op: Op, operands: tuple[Any, ...], attributes: tuple[Any, ...]
) -> tuple[Op, tuple[Any, ...], tuple[Any, ...]]:
    """A specialised op with the operands and attributes that it still has, in its order."""
    if op.form in WITHOUT_BINDING:
        return op, operands, attributes
    words = {}
    for spec, value in zip(op.attributes, attributes):
        if spec.kind == "choice":
            words[spec.name] = "none" if value is None else value
    present = [i for i, value in enumerate(operands) if value is not None]
    special = specialize(op, frozenset(op.inputs[i].name for i in present), words)
    kept = {spec.name for spec in special.attributes}
    values = tuple(v for spec, v in zip(op.attributes, attributes) if spec.name in kept)
    return special, tuple(operands[i] for i in present), values


def arguments_of(operands: Iterable[Any]) -> tuple[Argument, ...]:
    """What the rules of ops see of operands."""
    return tuple(argument(x) for x in operands)


_bindings: dict[Any, Binding] = {}
_shifted: dict[Any, tuple[Binding, Binding]] = {}


def binding_of(
    op: Op,
    arguments: tuple[Argument, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    known: Binding | None = None,
) -> Binding | None:
    """The binding of a call of a specialised op, one object for equal calls; None for views and
    host ops."""
    if op.form in WITHOUT_BINDING:
        return None
    key = (id(op), arguments, attributes, prefix, known and id(known))
    found = _bindings.get(key)
    if found is None:
        if len(_bindings) > LIMIT:
            _bindings.clear()
        named: dict[str, Argument] = {x.name: a for x, a in zip(op.inputs, arguments)}
        values = {spec.name: value for spec, value in zip(op.attributes, attributes)}
        found = _bindings[key] = bind(op, named, values, prefix, known)
        _alive.setdefault(id(op), op)
        if known is not None:
            _alive.setdefault(id(known), known)
    return found


_alive: dict[int, object] = {}


def with_leading(known: Binding, extent: int) -> Binding:
    """The binding of the same call with one more prefix axis in front of all others."""
    key = (id(known), extent)
    found = _shifted.get(key)
    if found is None:
        if len(_shifted) > LIMIT:
            _shifted.clear()
        places = {name: _shift(place) for name, place in known.places.items()}
        made = replace(
            known,
            batch=(extent, *known.batch),
            prefix=known.prefix + 1,
            places=places,
            shapes={name: (extent, *shape) for name, shape in known.shapes.items()},
        )
        found = _shifted[key] = (known, made)
    return found[1]


def _shift(place: Any) -> Any:
    def later(dim: int | None) -> int | None:
        return None if dim is None else dim + 1

    return replace(
        place,
        batch=(0, *(later(dim) for dim in place.batch)),
        core=tuple(tuple(later(dim) for dim in dims) for dims in place.core),
    )

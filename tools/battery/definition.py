"""What is tested of an entry without compiling anything: its statements, through the interpreter.

`define` and `compute` are judged by the reference, stated derivatives and adjoints by the derived
ones. It takes milliseconds for a call, so that a mutation test can afford it by the thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...ops import dtype as dtypes
from ...ops.calls.binding import Argument, Binding
from ...ops.calls.counted import with_known
from ...ops.calls.sizes import bind
from ...ops.calls.specialize import specialize
from ...ops.derivatives.derive import cotangent_names, derive_adjoint, derive_tangent, tangent_names
from ...ops.errors import RegistryError
from ...ops.interpreter.interpret import interpret
from ...ops.language.expression import Order, walk
from ...ops.language.op import REQUIRED, Op, each_statement
from . import draws
from .oracle import expected
from .sampling import Arguments, float_inputs

RELATIVE, ABSOLUTE = 1e-11, 1e-12  # both sides are in float64


def specialized(arguments: Arguments) -> Op:
    """The op as a call with these arguments sees it."""
    op = arguments.op
    present = frozenset(name for name, value in arguments.tensors.items() if value is not None)
    values = {s.name: s.default for s in op.attributes if s.default is not REQUIRED}
    values |= dict(arguments.attributes)
    for spec in op.attributes:
        if spec.kind == "choice" and spec.name not in values:
            raise RegistryError(f"{op.name}: samples must give {spec.name}, which has no default")
    choices = {s.name: values[s.name] for s in op.attributes if s.kind == "choice"}
    words = {k: None if v is None else str(v) for k, v in choices.items()}
    return specialize(op, present, words)


def bind_arguments(arguments: Arguments) -> tuple[Op, Binding]:
    """The specialised op and the binding of a call with arrays."""
    op = specialized(arguments)
    return op, bind_values(op, arguments.tensors, arguments.attributes)


def bind_values(
    op: Op,
    values: Mapping[str, Any],
    attributes: Mapping[str, Any],
    known: Binding | None = None,
) -> Binding:
    """The call of a specialised or derived op with arrays and numbers.

    Args:
        op: The op.
        values: Arrays, or numbers, by name.
        attributes: Those of the entry; what the op does not have is left out.
        known: For a derived op, the binding of the call that it is derived from.
    """
    kept = {s.name for s in op.attributes}
    given = {name: _argument(value) for name, value in values.items() if value is not None}
    own = {k: v for k, v in attributes.items() if k in kept}

    def count(made: Op) -> dict[str, Any]:
        if known is not None:
            return {f"count_of_{name}": value for name, value in known.attributes.items()}
        present = {n: v for n, v in values.items() if v is not None}
        found = interpret(made, bind_values(made, present, attributes), present)
        return {name: int(value) for name, value in found.items()}

    return bind(op, given, with_known(op, own, count), known=known)


def _argument(value: object) -> Argument:
    if isinstance(value, np.ndarray):
        return Argument(value.shape, dtypes.from_numpy_dtype(value.dtype))
    if isinstance(value, bool):
        return Argument((), dtypes.bool_, True)
    kind = dtypes.int64 if isinstance(value, int) else dtypes.get_default_dtype()
    return Argument((), kind, True)


def evaluate(
    op: Op,
    values: Mapping[str, Any],
    attributes: Mapping[str, Any],
    known: Binding | None = None,
) -> tuple[dict[str, Any], Binding]:
    """The outputs of a specialised or derived op in float64, and the binding of the call."""
    wanted = {item.name for item in op.inputs}
    present = {n: v for n, v in values.items() if n in wanted and v is not None}
    with np.errstate(all="ignore"):
        binding = bind_values(op, present, attributes, known)
        return interpret(op, binding, present, exact=True), binding


def at_edges(arguments: Arguments) -> bool:
    """Whether the values are chosen or wide ones and the entry has a safe form: `compute` is there
    for them, and `define` may overflow or lose digits."""
    chosen = (arguments.tensors[n] for n in arguments.chosen)
    edges = arguments.fill == "wide" or any(isinstance(v, np.ndarray) for v in chosen)
    return bool(arguments.op.compute) and edges


def check_definition(arguments: Arguments, wanted: tuple[Any, ...] | None = None) -> bool:
    """`define`, and `compute` if there is one, equal the reference; False for views and externs."""
    op = specialized(arguments)
    if not op.define:
        return False
    if wanted is None:
        wanted = expected(arguments.op, arguments.tensors, arguments.attributes)
    if draws.is_distribution(wanted[0]):
        found, _ = evaluate(op, arguments.tensors, arguments.attributes)
        draws.compare(found[op.outputs[0].name], wanted[0], arguments.label)
        _check_places(op, arguments)
        return True
    forms = {"compute": op} if op.compute else {}
    if not at_edges(arguments):
        forms["define"] = replace(op, compute=())
    for what, form in forms.items():
        found, _ = evaluate(form, arguments.tensors, arguments.attributes)
        for output, value in zip(op.outputs, wanted):
            message = f"{arguments.label}: {output.name} by {what}"
            _equal(found[output.name], value, message)
    return True


def _check_places(op: Op, arguments: Arguments) -> None:
    """Element i takes the draws `offset + 2*i`: moving on by one element moves the offset by 2.

    Draws that are put in order stay with no element.
    """
    if any(isinstance(n, Order) for each in each_statement(op.define) for n in walk(each.value)):
        return
    halves = {n: np.full_like(v, 0.5) for n, v in arguments.tensors.items() if v is not None}
    starts = [arguments.attributes.get("offset", 0), arguments.attributes.get("offset", 0) + 2]
    first, second = (
        evaluate(op, halves, {**arguments.attributes, "offset": start})[0][op.outputs[0].name]
        for start in starts
    )
    if first.ndim and first.size == len(first):
        np.testing.assert_array_equal(first[1:], second[:-1], err_msg=f"{arguments.label}: draws")


def _equal(got: Any, wanted: Any, message: str) -> None:
    assert np.shape(got) == np.shape(wanted), f"{message}: {np.shape(got)} for {np.shape(wanted)}"
    np.testing.assert_allclose(got, wanted, rtol=RELATIVE, atol=ABSOLUTE, err_msg=message)


def check_stated(arguments: Arguments) -> bool:
    """Stated derivatives and adjoints equal the derived ones; False if nothing is stated.

    Derived means from `define`, at edges from `compute`; the tangent is compared too, since partial
    derivatives state it.
    """
    op = specialized(arguments)
    if not (op.adjoint or op.derivatives) or not op.define:
        return False
    moving = [name for _, name in float_inputs(arguments)]
    if not moving:
        return False
    found, binding = evaluate(op, arguments.tensors, arguments.attributes)
    bare = replace(op, adjoint=(), derivatives=())
    if not at_edges(arguments):
        bare = replace(bare, compute=())
    plain, bare_binding = evaluate(bare, arguments.tensors, arguments.attributes)
    rng = np.random.default_rng(13)
    cotangents, tangents = cotangent_names(op), tangent_names(op)
    draws = {cotangents[n]: rng.uniform(-1, 1, np.shape(v)) for n, v in found.items()}
    draws |= {tangents[n]: rng.uniform(-1, 1, arguments.tensors[n].shape) for n in moving}
    for derive in (derive_adjoint, derive_tangent):
        stated = derive(op, frozenset(moving))
        derived = derive(bare, frozenset(moving))
        have = {**arguments.tensors, **found, **draws}
        got, _ = evaluate(stated, have, arguments.attributes, binding)
        have = {**arguments.tensors, **plain, **draws}
        wanted, _ = evaluate(derived, have, arguments.attributes, bare_binding)
        for name, value in wanted.items():
            shape = np.broadcast_shapes(np.shape(got[name]), np.shape(value))
            stated_value = np.broadcast_to(got[name], shape)
            _agree(arguments, name, stated_value, np.broadcast_to(value, shape))
    return True


def _agree(arguments: Arguments, name: str, stated: Any, derived: Any) -> None:
    """Raises AssertionError with both values, and the sample, where two derivatives differ."""
    close = np.isclose(stated, derived, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    if close.all():
        return
    place = tuple(int(i) for i in np.argwhere(~close)[0])
    where = f"[{', '.join(map(str, place))}]" if place else ""
    arrays = {n: v for n, v in arguments.tensors.items() if isinstance(v, np.ndarray)}
    shown = ", ".join(
        f"{n}{where} = {v[place]:.6g}" if np.shape(v) == np.shape(derived) else f"{n} {v.shape}"
        for n, v in arrays.items()
    )
    raise AssertionError(
        f"{arguments.label}: the stated derivative disagrees with the derived one: {name}{where} "
        f"is {stated[place]:.9g} as stated and {derived[place]:.9g} as derived, at {shown}; "
        f"{int(np.sum(~close))} of {close.size} elements differ"
    )

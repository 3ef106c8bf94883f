"""Calls of ops through the interpreter, with a small tape: what derivative tests share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from tensorsmith.ops import registry
from tensorsmith.ops.calls.binding import Argument, Binding
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.derivatives.derive import (
    cotangent_names,
    derive_adjoint,
    derive_tangent,
    tangent_names,
)
from tensorsmith.ops.dtype import float64, from_numpy_dtype, get_default_dtype, set_default_dtype
from tensorsmith.ops.interpreter.interpret import interpret
from tensorsmith.ops.language.op import Op


@contextmanager
def default_float64() -> Iterator[None]:
    """Float results that no argument decides are float64 inside."""
    before = get_default_dtype()
    set_default_dtype(float64)
    yield
    set_default_dtype(before)


def entry(name: str, arrays: Mapping[str, object], attributes: Mapping[str, object]) -> Op:
    """A registry op as a call with these operands sees it."""
    op = registry.get(name)
    choices = {
        spec.name: attributes[spec.name]
        for spec in op.attributes
        if spec.kind == "choice" and spec.name in attributes
    }
    return specialize(op, frozenset(arrays), choices)


def solve(op, arrays, attributes, known: Binding | None = None, prefix: int = 0) -> Binding:
    """The binding of a call; attributes that the op does not have are left out."""
    arguments = {
        name: Argument(np.shape(value), from_numpy_dtype(np.asarray(value).dtype))
        for name, value in arrays.items()
    }
    own = {spec.name for spec in op.attributes}
    kept = {name: value for name, value in attributes.items() if name in own}
    return bind(op, arguments, kept, prefix, known)


def run(op, arrays, attributes=None, known=None, prefix=0, exact=True, fast=True):
    """The outputs of a call by name."""
    binding = solve(op, arrays, attributes or {}, known, prefix)
    return interpret(op, binding, arrays, exact=exact, fast=fast)


@dataclass(eq=False)
class Variable:
    """An array, and the call that made it."""

    array: np.ndarray
    call: Application | None = None
    output: str = ""


@dataclass(eq=False)
class Application:
    """An op applied to variables."""

    op: Op
    operands: dict[str, Variable]
    attributes: dict[str, object]
    binding: Binding
    outputs: dict[str, Variable] = field(default_factory=dict)


def record(op: Op, operands, attributes=None, known=None) -> dict[str, Variable]:
    """The outputs of an op as variables that can be derived."""
    arrays = {name: variable.array for name, variable in operands.items()}
    binding = solve(op, arrays, attributes or {}, known)
    call = Application(op, dict(operands), attributes or {}, binding)
    for name, array in interpret(op, binding, arrays, exact=True).items():
        call.outputs[name] = Variable(array, call, name)
    return call.outputs


def differentiable(op: Op, operands: Mapping[str, Variable]) -> list[str]:
    """Names of the float operands that may have a derivative."""
    return [
        name
        for name, variable in operands.items()
        if variable.array.dtype.kind == "f" and name not in op.nondifferentiable
    ]


def gradients(
    root: Variable, cotangent: Variable, wanted: Sequence[Variable]
) -> list[Variable | None]:
    """Cotangents of `wanted` from that of `root`, as variables: they can be derived again."""
    order: list[Application] = []
    seen: set[int] = set()

    def visit(variable: Variable) -> None:
        if variable.call is None or id(variable.call) in seen:
            return
        seen.add(id(variable.call))
        for operand in variable.call.operands.values():
            visit(operand)
        order.append(variable.call)

    visit(root)
    collected: dict[int, Variable] = {id(root): cotangent}
    for call in reversed(order):
        if any(id(output) in collected for output in call.outputs.values()):
            for variable, value in pull(call, collected):
                before = collected.get(id(variable))
                collected[id(variable)] = value if before is None else plus(before, value)
    return [collected.get(id(variable)) for variable in wanted]


def plus(a: Variable, b: Variable) -> Variable:
    """The sum of two variables."""
    operands = {"input": a, "other": b}
    return record(entry("add", operands, {}), operands)["output"]


def pull(call: Application, collected: Mapping[int, Variable]) -> list[tuple[Variable, Variable]]:
    """The cotangents that one call passes on."""
    wanted = differentiable(call.op, call.operands)
    adjoint = derive_adjoint(call.op, frozenset(wanted))
    names = cotangent_names(call.op)
    available = {**call.operands, **call.outputs}
    for name, output in call.outputs.items():
        zero = Variable(np.zeros_like(output.array))
        available[names[name]] = collected.get(id(output), zero)
    operands = {item.name: available[item.name] for item in adjoint.inputs}
    results = record(adjoint, operands, call.attributes, call.binding)
    return [(call.operands[name], results[names[name]]) for name in wanted]


def push(outputs: Mapping[str, Variable], tangents: Mapping[str, Variable]) -> dict[str, Variable]:
    """Tangents of all outputs of one call from those of its operands, as variables."""
    call = next(iter(outputs.values())).call
    assert call is not None
    op = derive_tangent(call.op, frozenset(tangents))
    names = tangent_names(call.op)
    available = {**call.operands, **call.outputs}
    available |= {names[name]: value for name, value in tangents.items()}
    operands = {item.name: available[item.name] for item in op.inputs}
    found = record(op, operands, call.attributes, call.binding)
    return {name: found[names[name]] for name in outputs if names[name] in found}


def slope(function, step: float = 1e-4) -> np.ndarray:
    """The derivative of a function of one number at 0, by a five-point difference."""
    values = [np.asarray(function(k * step)) for k in (-2, -1, 1, 2)]
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)

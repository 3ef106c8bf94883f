"""Derivatives of scalar expressions: cotangents of the reads in one, and its tangent.

A guard (`a if c else b`, or a partial that is 0 on one side) goes around the whole product, so that
what is not taken cannot spoil the result: 0 * inf would be NaN.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..language.algebra import ONE, ZERO, add, div, is_constant, mul, neg, select
from ..language.expression import Call, Cast, Expression, Read, Reduce, Scan, transform
from ..language.primitives import PARAMETERS, PRIMITIVES
from ..language.simplify import simplify

INTEGRAL = ("Bool", "Integer", "Integral", "bool", "uint8", "int8", "int16", "int32", "int64")
"""Dtype words whose elements carry no derivative."""

DIFFERENTIABLE_REDUCTIONS = ("sum", "prod", "max", "min", "logaddexp")


def carries(word: str) -> bool:
    """Whether tensors of a dtype word can have a derivative."""
    return word.rstrip("0123456789") not in INTEGRAL and word not in INTEGRAL


def depends(expression: Expression, active: Collection[str]) -> bool:
    """Whether a derivative flows from one of the active tensors into the expression."""
    match expression:
        case Read(tensor):
            return tensor in active
        case Cast(body, word):
            return carries(word) and depends(body, active)
        case Reduce(kind, _, body) | Scan(kind, _, _, body):
            return kind in DIFFERENTIABLE_REDUCTIONS and depends(body, active)
        case Call(function, arguments):
            partials = PRIMITIVES[function].partials
            return any(
                partial is not None and depends(argument, active)
                for argument, partial in zip(arguments, partials)
            )
    return False


def substituted(partial: Expression, node: Call, result: Expression | None) -> Expression:
    """A partial derivative of a primitive at the arguments of a call.

    Args:
        partial: Over `u`, `v`, `w` and `y`.
        node: The call.
        result: Where the value of the call is stored; None to compute it again.
    """
    values: dict[str, Expression] = dict(zip(PARAMETERS, node.arguments))
    values["y"] = node if result is None else result
    found = transform(partial, lambda e: values[e.tensor] if isinstance(e, Read) else e)
    return simplify(found, structural=True)


def scaled(seed: Expression, factor: Expression) -> Expression:
    """`seed * factor` with the seed inside of the branches and fractions of the factor."""
    match factor:
        case Call("select", (condition, a, b)):
            return select(condition, scaled(seed, a), scaled(seed, b))
        case Call("neg", (a,)):
            return neg(scaled(seed, a))
        case Call("div", (a, b)):
            return div(scaled(seed, a), b)
    return mul(seed, factor)


def guarded(condition: Expression, value: Expression, other: Expression) -> Expression:
    """`value if condition else other`, where both are cotangents."""
    return simplify(select(condition, value, other), structural=True)


def split_guard(partial: Expression) -> tuple[Expression | None, bool, Expression]:
    """The condition under which a partial is not 0, whether it must hold, and the partial there."""
    if isinstance(partial, Call) and partial.function == "select":
        condition, a, b = partial.arguments
        if is_constant(b, 0):
            return condition, True, a
        if is_constant(a, 0):
            return condition, False, b
    return None, True, partial


Cotangents = list[tuple[Read, Expression]]


def cotangents(
    expression: Expression,
    seed: Expression,
    active: Collection[str],
    result: Expression | None = None,
) -> Cotangents:
    """What flows back into each read of an active tensor, one entry for each different read.

    Args:
        expression: Scalar: without reductions and scans.
        seed: Cotangent of its value.
        active: Names of tensors to reach.
        result: A read that has its value already; None if nothing has.
    """
    merged: dict[Read, Expression] = {}
    for read, cotangent in _flow(expression, seed, active, result):
        before = merged.get(read)
        merged[read] = cotangent if before is None else add(before, cotangent)
    return [(read, simplify(value, structural=True)) for read, value in merged.items()]


def _flow(
    node: Expression, seed: Expression, active: Collection[str], result: Expression | None
) -> Cotangents:
    """Cotangents of every occurrence of a read, in reading order."""
    if not depends(node, active):
        return []
    match node:
        case Read():
            return [(node, seed)]
        case Cast(body):
            return _flow(body, seed, active, None)
        case Call("select", (condition, a, b)):
            first = _flow(a, seed, active, None)
            second = _flow(b, seed, active, None)
            return [(r, guarded(condition, c, ZERO)) for r, c in first] + [
                (r, guarded(condition, ZERO, c)) for r, c in second
            ]
        case Call(function, arguments):
            flows: Cotangents = []
            for argument, partial in zip(arguments, PRIMITIVES[function].partials):
                if partial is not None and depends(argument, active):
                    local = substituted(partial, node, result)
                    flows += _through(argument, seed, local, active)
            return flows
    raise AssertionError(f"{type(node).__name__} is not scalar")


def _through(
    argument: Expression, seed: Expression, partial: Expression, active: Collection[str]
) -> Cotangents:
    """Cotangents below an argument whose partial is known; its guard goes around them."""
    if is_constant(partial, 0):
        return []
    condition, holds, factor = split_guard(partial)
    flows = _flow(argument, scaled(seed, factor), active, None)
    if condition is None:
        return flows
    if holds:
        return [(read, guarded(condition, value, ZERO)) for read, value in flows]
    return [(read, guarded(condition, ZERO, value)) for read, value in flows]


def tangent(
    expression: Expression, tangents: Mapping[str, str], result: Expression | None = None
) -> Expression:
    """The directional derivative of a scalar expression.

    Args:
        expression: Scalar: without reductions and scans.
        tangents: Active tensor -> name of its tangent.
        result: A read that has its value already; None if nothing has.
    """
    return simplify(_push(expression, tangents, result), structural=True)


def _push(node: Expression, tangents: Mapping[str, str], result: Expression | None) -> Expression:
    if not depends(node, tangents):
        return ZERO
    match node:
        case Read(tensor):
            return replace(node, tensor=tangents[tensor])
        case Cast(body, word):
            return Cast(_push(body, tangents, None), word)
        case Call("select", (condition, a, b)):
            return guarded(condition, _push(a, tangents, None), _push(b, tangents, None))
        case Call(function, arguments):
            value: Expression = ZERO
            for argument, partial in zip(arguments, PRIMITIVES[function].partials):
                if partial is None or not depends(argument, tangents):
                    continue
                guard, holds, factor = split_guard(substituted(partial, node, result))
                inner = _push(argument, tangents, None)
                term = inner if factor == ONE else scaled(inner, factor)
                if guard is not None:
                    term = guarded(guard, term, ZERO) if holds else guarded(guard, ZERO, term)
                value = add(value, term)
            return value
    raise AssertionError(f"{type(node).__name__} is not scalar")

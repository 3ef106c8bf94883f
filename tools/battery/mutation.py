"""Mistakes planted in an entry: each must be caught by the checks of its statements.

A mutant differs from the entry in one place: an operator is another one, a constant or an index is
off, a sign is gone, a term is dropped, a statement is missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from ...ops.dtype import float64
from ...ops.language.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
)
from ...ops.language.op import Block, Op
from ...ops.language.text import print_expression
from .definition import check_definition, check_stated
from .derivatives import smooth_arguments
from .oracle import expected
from .sampling import FILLS, Arguments, arguments_of, samples_of

Body = tuple[Statement | Block, ...]

_SWAPS = {
    "add": "sub",
    "sub": "add",
    "mul": "div",
    "div": "mul",
    "maximum": "minimum",
    "minimum": "maximum",
    "lt": "gt",
    "gt": "lt",
    "le": "ge",
    "ge": "le",
    "eq": "ne",
    "ne": "eq",
    "and": "or",
    "or": "and",
    "sin": "cos",
    "cos": "sin",
    "exp": "expm1",
    "expm1": "exp",
    "log": "log1p",
    "log1p": "log",
    "sqrt": "rsqrt",
    "rsqrt": "sqrt",
    "floor": "ceil",
    "ceil": "floor",
    "erf": "erfc",
    "erfc": "erf",
    "floordiv": "mod",
    "bitand": "bitor",
    "bitor": "bitxor",
    "bitxor": "bitand",
    "shl": "shr",
    "shr": "shl",
}
_DROPS = {"neg", "abs", "not", "tanh", "sign", "round", "trunc", "lgamma", "digamma", "asin"}
_REDUCERS = {
    "sum": "max",
    "prod": "sum",
    "max": "min",
    "min": "max",
    "any": "all",
    "all": "any",
    "argmax": "argmin",
    "argmin": "argmax",
    "logaddexp": "max",
}


def _at_node(node: Expression) -> Iterator[Expression]:
    """What may stand wrongly in the place of a node."""
    match node:
        case Constant(value) if isinstance(value, bool):
            yield Constant(not value)
        case Constant(value) if isinstance(value, float):
            yield Constant(value * 1.25 + 0.5 if math.isfinite(value) else 0.5)
        case Constant(value):
            yield Constant(value + 1)
        case Attribute("seed" | "offset"):
            return  # another stream is as good as this one
        case Attribute() | Size():
            yield Call("add", (node, Constant(1)))
        case Call("select", (condition, yes, no)):
            yield Call("select", (condition, no, yes))
        case Call(function, (first, *rest)):
            if function in _SWAPS:
                yield Call(_SWAPS[function], node.arguments)
            if function in ("div", "pow", "atan2", "floordiv", "mod") and rest:
                yield Call(function, (rest[0], first))
            if function in ("add", "sub", "mul", "div") or function in _DROPS:
                yield first
        case Reduce(kind, indices, body) if kind in _REDUCERS:
            yield Reduce(_REDUCERS[kind], indices, body)
        case Scan(kind, index, until, body, reverse):
            yield Scan(kind, index, until, body, not reverse)


def _expressions(node: Expression) -> Iterator[tuple[str, Expression]]:
    """A name for each mistake in an expression, and the expression with it."""
    for wrong in _at_node(node):
        yield f"{print_expression(node)} -> {print_expression(wrong)}", wrong
    children = node.children
    for place, child in enumerate(children):
        if isinstance(node, Read) and not isinstance(child, Call | Read):
            continue  # plain indices: a shift would leave the tensor
        for name, wrong in _expressions(child):
            yield name, node.rebuild((*children[:place], wrong, *children[place + 1 :]))


def _bodies(body: Body) -> Iterator[tuple[str, Body]]:
    for place, item in enumerate(body):
        before, after = body[:place], body[place + 1 :]
        if isinstance(item, Block):
            for name, wrong in _bodies(item.statements):
                yield name, (*before, Block(item.conditions, wrong), *after)
            continue
        for name, value in _expressions(item.value):
            yield name, (*before, Statement(item.target, value, item.accumulate), *after)


def mutants(op: Op) -> Iterator[tuple[str, Op]]:
    """A name for each planted mistake, and the op that has it."""
    for name, body in _bodies(op.define):
        yield f"define: {name}", replace(op, define=body)
    for name, body in _bodies(op.compute):
        yield f"compute: {name}", replace(op, compute=body)
    for name, body in _bodies(op.adjoint):
        yield f"adjoint: {name}", replace(op, adjoint=body)
    for place, (output, given, partial) in enumerate(op.derivatives):
        for name, wrong in _expressions(partial):
            changed = list(op.derivatives)
            changed[place] = (output, given, wrong)
            yield f"derivative: {name}", replace(op, derivatives=tuple(changed))


def prepare(op: Op) -> list[tuple[Arguments, Any, Arguments | None]]:
    """For each sample and fill: the call, what the reference gives, and the call where smooth."""
    found = []
    for sample in samples_of(op):
        for fill in FILLS:
            arguments = arguments_of(op, sample, fill)
            wanted = expected(op, arguments.tensors, arguments.attributes)
            found.append((arguments, wanted, smooth_arguments(op, sample, fill, float64)))
    return found


def passes(op: Op, calls: Sequence[tuple[Arguments, Any, Arguments | None]]) -> bool:
    """The checks of the statements find nothing wrong with an op in prepared calls."""
    try:
        for arguments, wanted, smooth in calls:
            check_definition(replace(arguments, op=op), wanted)
            if smooth is not None:
                check_stated(replace(smooth, op=op))
    except Exception:  # a crash betrays a mistake as well as a wrong value does
        return False
    return True


def survivors(op: Op, step: int = 1, first: int = 0) -> tuple[int, list[str]]:
    """How many mutants were tried, every `step`-th one, and the names of those not caught."""
    calls = prepare(op)
    count, found = 0, []
    for name, mutant in islice(mutants(op), first, None, step):
        count += 1
        if passes(mutant, calls):
            found.append(name)
    return count, found

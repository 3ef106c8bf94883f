"""Calls of pointwise ops inside expressions, replaced by those ops' own definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..calls.specialize import specialize
from ..errors import RegistryError
from ..language.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Read,
    Statement,
    Word,
    transform,
)
from ..language.op import REQUIRED, AttributeSpec, Block, Input, Op
from ..language.split import split
from ..language.vocabulary import PRIMITIVES

Lookup = Callable[[str], Op]


def inline(op: Op, lookup: Lookup) -> Op:
    """The op with every call of another pointwise op in it replaced by that op's definition.

    Args:
        op: As it was built.
        lookup: Name -> op whose own calls are inlined already; it raises where entries call each
            other in a circle.

    Raises:
        RegistryError: What is called is not a pointwise op with one output.
    """

    def visit(fast: bool) -> Callable[[Expression], Expression]:
        def expand(node: Expression) -> Expression:
            if not isinstance(node, Call) or node.function in PRIMITIVES:
                return node
            return _expanded(op, lookup(node.function), node.arguments, fast)

        return lambda expression: transform(expression, expand)

    define, compute = visit(False), visit(True)
    variants = tuple(inline(variant, lookup) for variant in op.variants)
    slow = _statements(op.define, define, "define")
    fast = _statements(op.compute or op.define, compute, "compute" if op.compute else "define")
    adjoint = _statements(op.adjoint, compute, "adjoint")
    changed = (fast, slow, adjoint, variants)
    derivatives = tuple((o, i, compute(e)) for o, i, e in op.derivatives)
    same = changed == (op.compute or op.define, op.define, op.adjoint, op.variants)
    if same and derivatives == op.derivatives:
        return op
    return split(
        replace(
            op,
            define=slow,
            compute=fast if op.compute or fast != slow else (),
            adjoint=adjoint,
            derivatives=derivatives,
            variants=variants,
        )
    )


def _statements(
    body: tuple[Statement | Block, ...], visit: Callable[[Expression], Expression], key: str
) -> tuple[Statement | Block, ...]:
    """Statements with calls in them expanded; mistakes tell the line under `key` of the entry."""
    found: list[Statement | Block] = []
    for each in body:
        if isinstance(each, Block):
            found.append(Block(each.conditions, _statements(each.statements, visit, key)))
            continue
        try:
            target, value = visit(each.target), visit(each.value)
        except RegistryError as error:
            known = bool(error.path)
            raise error if known else error.located("", max(each.line, 1), "", (key,)) from None
        assert isinstance(target, Read)
        found.append(Statement(target, value, each.accumulate))
    return tuple(found)


def _expanded(caller: Op, callee: Op, arguments: tuple[Expression, ...], fast: bool) -> Expression:
    """The callee's definition with its arguments put in."""
    if (
        callee.form not in ("derived", "primitive")
        or len(callee.outputs) != 1
        or not all(each.type.pointwise for each in (*callee.inputs, *callee.outputs))
    ):
        raise RegistryError(
            f"{callee.name} cannot be called here: only pointwise ops with one output can be "
            "called in expressions",
            entry=caller.name,
        )
    tensors, attributes, words = _bound(caller, callee, arguments)
    plain = specialize(callee, frozenset(tensors), words)
    values: dict[str, Expression] = dict(tensors)

    def substitute(node: Expression) -> Expression:
        if isinstance(node, Read) and node.tensor in values:
            return values[node.tensor]
        if isinstance(node, Attribute):
            return attributes[node.name]
        return node

    for statement in (plain.compute if fast else ()) or plain.define:
        assert isinstance(statement, Statement)
        values[statement.target.tensor] = transform(statement.value, substitute)
    return values[callee.outputs[0].name]


def _bound(
    caller: Op, callee: Op, arguments: tuple[Expression, ...]
) -> tuple[dict[str, Expression], dict[str, Expression], Mapping[str, str]]:
    """Tensor arguments, scalar attributes and choices of a call, by the callee's names."""
    order = [name for name in callee.order if name != "*"]
    if len(arguments) > len(order):
        raise RegistryError(
            f"{callee.name} must have at most {len(order)} arguments, got {len(arguments)}",
            entry=caller.name,
        )
    given = dict(zip(order, arguments))
    tensors: dict[str, Expression] = {}
    attributes: dict[str, Expression] = {}
    words: dict[str, str] = {}
    for each in (*callee.inputs, *callee.attributes):
        value = given.get(each.name)
        if isinstance(each, Input):
            if value is not None:
                tensors[each.name] = value
            elif each.default is None:
                raise RegistryError(f"{callee.name} must have {each.name}", entry=caller.name)
        elif not isinstance(each, AttributeSpec):
            continue
        elif isinstance(value, Word):
            words[each.name] = value.text
        elif value is not None:
            attributes[each.name] = value
        else:
            _default(caller, callee, each, attributes)
    return tensors, attributes, words


def _default(
    caller: Op, callee: Op, spec: AttributeSpec, attributes: dict[str, Expression]
) -> None:
    """Notes the default of an attribute that a call leaves out, if expressions can read it."""
    if spec.default is REQUIRED:
        raise RegistryError(f"{callee.name} must have {spec.name}", entry=caller.name)
    if isinstance(spec.default, bool | int | float):
        attributes[spec.name] = Constant(spec.default)

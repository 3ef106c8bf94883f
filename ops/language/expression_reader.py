"""Expressions of the notation, made from nodes of Python's syntax tree."""

from __future__ import annotations

import ast
import re

from ..errors import RegistryError, nearest
from .expression import (
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Word,
)
from .numerals import Numerals
from .scope import Scope, next_index
from .signature import parse_word
from .syntax import Source
from .vocabulary import BINARY, COMPARE, PRIMITIVES, REDUCERS, SCANS


class ExpressionReader:
    """Turns nodes of a text's syntax tree into expressions.

    Args:
        source: The text.
        scope: What names mean.
        numerals: Holds numbers as kernels compute them, with 64 bits; None where Python computes,
            which has any number.
    """

    def __init__(self, source: Source, scope: Scope, numerals: Numerals | None = None) -> None:
        self.source = source
        self.scope = scope
        self.numerals = numerals
        self.bracketed = set() if scope.strict else source.bracketed_names()

    def expression(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(bool(value) | int(value) | float(value)):
                return self.held(node, Constant(value))
            case ast.Constant(str(text)):
                return Word(text)
            case ast.Name():
                return self.name(node)
            case ast.Subscript(ast.Name(name), indices):
                return self.read(node, name, indices)
            case ast.Subscript(ast.Call(ast.Subscript(ast.Name("argsort"))) as sorting, place):
                return self.order(sorting, place)
            case ast.Call():
                return self.call(node)
        return self.operator(node)

    def operator(self, node: ast.expr) -> Expression:
        match node:
            case ast.UnaryOp(ast.USub(), ast.Constant(int(value))) if not isinstance(value, bool):
                return self.held(node, Constant(-value))
            case ast.UnaryOp(ast.USub(), operand):
                inner = self.expression(operand)
                return (
                    Constant(-inner.value) if isinstance(inner, Constant) else Call("neg", (inner,))
                )
            case ast.UnaryOp(ast.Not(), operand):
                return Call("not", (self.expression(operand),))
            case ast.UnaryOp(ast.Invert(), operand):
                return Call("bitnot", (self.expression(operand),))
            case ast.BinOp(_, sign, _) if type(sign) in BINARY:
                return self.chain(node)
            case ast.BoolOp(sign, values):
                function = "and" if isinstance(sign, ast.And) else "or"
                return self.fold(function, values)
            case ast.Compare(left, [sign], [right]) if type(sign) in COMPARE:
                function = COMPARE[type(sign)]
                return Call(function, (self.expression(left), self.expression(right)))
            case ast.Compare(_, [_, _, *_], _):
                raise self.source.mistake(
                    node, f"write {ast.unparse(node)!r} as two comparisons joined by `and`"
                )
            case ast.IfExp(test, then, otherwise):
                parts = (test, then, otherwise)
                return Call("select", tuple(self.expression(part) for part in parts))
        raise self.source.mistake(node, f"{ast.unparse(node)!r} is not in the expression language")

    def chain(self, node: ast.expr) -> Expression:
        """`a + b - c`, which leans to the left as far as it is long."""
        later: list[tuple[str, ast.expr]] = []
        while isinstance(node, ast.BinOp) and type(node.op) in BINARY:
            later.append((BINARY[type(node.op)], node.right))
            node = node.left
        result = self.expression(node)
        for function, right in reversed(later):
            result = self.held(right, Call(function, (result, self.expression(right))))
        return result

    def fold(self, function: str, values: list[ast.expr]) -> Expression:
        """`a and b and c`, `max(a, b, c)` as calls of two arguments, from the left."""
        result = self.expression(values[0])
        for value in values[1:]:
            result = Call(function, (result, self.expression(value)))
        return result

    def indices(self, node: ast.expr) -> tuple[Expression, ...]:
        parts: list[Expression] = []
        for part in self.source.split_indices(node):
            if isinstance(part, ast.Tuple):
                parts.append(Product(tuple(self.expression(each) for each in part.elts)))
            else:
                parts.append(self.expression(part))
        return tuple(parts)

    def read(self, node: ast.expr, name: str, indices: ast.expr) -> Expression:
        scope = self.scope
        if name not in scope.ranks and scope.strict:
            raise self.source.mistake(
                node, f"{name} is not a tensor of this entry{nearest(name, scope.ranks)}"
            )
        found = self.indices(indices)
        rank = scope.ranks.get(name)
        if rank is not None and rank != len(found):
            raise self.source.mistake(
                node, f"{name} has {rank} core axes, but is read with {len(found)} indices"
            )
        return Read(name, found)

    def call(self, node: ast.Call) -> Expression:
        if node.keywords:
            raise self.source.mistake(node, f"arguments have no names in {ast.unparse(node)!r}")
        match node.func:
            case ast.Subscript(ast.Name(name), indices):
                if len(node.args) != 1:
                    raise self.source.mistake(
                        node, f"{name}[...] must have one expression in its parentheses"
                    )
                return self.reducer(node, name, indices, node.args[0])
            case ast.Name(name):
                return self.function(node, name, node.args)
        raise self.source.mistake(
            node, f"{ast.unparse(node)!r} does not call a function of the language"
        )

    def reducer(self, node: ast.Call, name: str, indices: ast.expr, body: ast.expr) -> Expression:
        if name in REDUCERS:
            names = tuple(self.bound_index(part) for part in self.source.split_indices(indices))
            return Reduce(name, names, self.expression(body))
        if name == "argsort":
            raise self.source.mistake(
                node, "argsort must say which place is meant: `argsort[n1](...)[n]`"
            )
        kind = name.removeprefix("running_")
        if kind == name or kind not in SCANS:
            known = [*REDUCERS, *(f"running_{each}" for each in SCANS)]
            raise self.source.mistake(node, f"{name} is not a reducer{nearest(name, known)}")
        match indices:
            case ast.Compare(left, [ast.LtE() | ast.GtE() as sign], [right]):
                until = self.expression(right)
                if isinstance(until, Index):
                    reverse = isinstance(sign, ast.GtE)
                    return Scan(kind, self.bound_index(left), until, self.expression(body), reverse)
        raise self.source.mistake(
            node, f"{name} must read `{name}[n1 <= n](...)` or `{name}[n1 >= n](...)`"
        )

    def order(self, node: ast.Call, place: ast.expr) -> Expression:
        match node:
            case ast.Call(ast.Subscript(_, index), [body, *falling], []) if len(falling) <= 1:
                parts = [self.expression(each) for each in (body, place, *falling)]
                return Order(self.bound_index(index), *parts)
        raise self.source.mistake(
            node, "argsort must read `argsort[n1](...)[n]` or `argsort[n1](..., descending)[n]`"
        )

    def bound_index(self, node: ast.expr) -> str:
        found = self.expression(node)
        if not isinstance(found, Index):
            raise self.source.mistake(
                node, f"a reducer must run over an index, got {ast.unparse(node)!r}"
            )
        return found.name

    def function(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Expression:
        if name == "cast":
            if len(arguments) != 2:
                raise self.source.mistake(node, "cast must have a value and a dtype word")
            try:
                word = parse_word(ast.unparse(arguments[1]))
            except RegistryError as error:
                raise self.source.mistake(arguments[1], error.message) from None
            return Cast(self.expression(arguments[0]), word)
        if name in ("max", "min") and len(arguments) >= 2:
            return self.fold("maximum" if name == "max" else "minimum", arguments)
        if name in REDUCERS:
            raise self.source.mistake(node, _without_index(name, arguments))
        if name in PRIMITIVES and len(arguments) != PRIMITIVES[name]:
            wanted = PRIMITIVES[name]
            raise self.source.mistake(
                node, f"{name} must have {wanted} arguments, got {len(arguments)}"
            )
        if name not in PRIMITIVES and not self.scope.functions(name):
            raise self.source.mistake(
                node, f"{name} is not a primitive or a pointwise op{nearest(name, PRIMITIVES)}"
            )
        return Call(name, tuple(self.expression(each) for each in arguments))

    def name(self, node: ast.Name) -> Expression:
        try:
            return self.scope.meaning(node.id, self.bracketed)
        except RegistryError as error:
            raise self.source.mistake(node, error.message) from None

    def held(self, node: ast.expr, made: Expression) -> Expression:
        """A number, or an operator applied to numbers, as what computes it can hold it."""
        if self.numerals is None:
            return made
        try:
            return self.numerals.held(made)
        except OverflowError:
            raise self.source.mistake(node, "a number must be less than 1.8e308") from None


def _without_index(name: str, arguments: list[ast.expr]) -> str:
    """What is wrong with `sum(x[n])`, and what is meant: `sum[n1](x[n1])`."""
    message = f"{name} must name the indices that it runs over, in brackets"
    nodes = [node for each in arguments for node in ast.walk(each)]
    reads = [node.slice for node in nodes if isinstance(node, ast.Subscript)]
    found = next((node.id for node in reads if isinstance(node, ast.Name)), "")
    if len(arguments) != 1 or not found:
        return message
    bound = next_index(found, {node.id for node in nodes if isinstance(node, ast.Name)})
    renamed = re.sub(rf"\b{found}\b", bound, ast.unparse(arguments[0]))
    return f"{message}: {name}[{bound}]({renamed})"

"""Statements and expressions of the op notation, read with `ast` from a subset of Python.

Only syntax is decided here, and what a name is: a size in upper case, a tensor, an attribute or an
index. `check.py` says whether an entry makes sense as a whole.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import operator
import re
import textwrap
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import RegistryError
from .expression import (
    Attribute,
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
    Size,
    Statement,
    Word,
)
from .op import Block, Condition
from .signature import parse_type, parse_word
from .vocabulary import BINARY, COMPARE, CONSTANTS, PRIMITIVES, REDUCERS, SCANS

__all__ = ["Scope", "parse_expression", "parse_statements", "parse_type"]


@dataclass(frozen=True)
class Scope:
    """What names mean where a text is read.

    Attributes:
        ranks: Tensor name -> number of its core axes; None where that is not known.
        attributes: Names of attributes.
        sizes: Names of sizes.
        functions: Whether a name is a pointwise op that expressions may call.
        strict: A name that is none of these is an error. Otherwise it is an index where it stands
            in brackets anywhere in the text, and a tensor elsewhere.
    """

    ranks: Mapping[str, int | None] = field(default_factory=dict)
    attributes: Collection[str] = ()
    sizes: Collection[str] = ()
    functions: Callable[[str], bool] = lambda name: False
    strict: bool = True

    def with_tensors(self, ranks: Mapping[str, int | None]) -> Scope:
        """The scope with further tensors in it."""
        return replace(self, ranks={**self.ranks, **ranks})


LENIENT = Scope(functions=lambda name: True, strict=False)


def parse_expression(text: str, scope: Scope | None = None) -> Expression:
    """The expression that `text` denotes.

    Args:
        text: One expression; it may span lines.
        scope: What names mean; None to tell indices from tensors by where they stand.

    Raises:
        RegistryError: It is not in the language, or a name is not known; line and column are those
            in `text`.
    """
    source = f"({text}\n)"
    tree = _parse_python(source, text, offset=1)
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        raise RegistryError(f"this must be one expression, got {text!r}")
    return _Reader(source, scope or LENIENT, tree, offset=1).expression(tree.body[0].value)


def parse_statements(text: str, scope: Scope | None = None) -> tuple[Statement | Block, ...]:
    """The statements that `text` denotes, in order; `if` blocks stay blocks.

    Args:
        text: One statement a line.
        scope: What names mean, targets excluded: those are found in the text.

    Raises:
        RegistryError: It is not in the language, a name is not known, or assigned twice.
    """
    source = textwrap.dedent(text)
    tree = _parse_python(source, text, offset=0)
    scope = scope or LENIENT
    reader = _Reader(source, scope, tree, offset=0)
    ranks: dict[str, int | None] = {}
    for name, rank in reader.targets(tree.body):
        if name not in scope.ranks:  # under two conditions a name may have two ranks
            ranks[name] = rank if ranks.get(name, rank) == rank else None
    reader.scope = scope.with_tensors(ranks)
    return reader.statements(tree.body)


def _parse_python(source: str, text: str, offset: int) -> ast.Module:
    try:
        tree: ast.Module = parse_quietly(source)
        return tree
    except SyntaxError as error:
        words = [word for word in re.findall(r"[a-z]+", text) if keyword.iskeyword(word)]
        allowed = {"if", "else", "and", "or", "not"}
        hint = next((word for word in words if word not in allowed), None)
        what = f"{hint} is a keyword of Python and cannot be a name" if hint else error.msg
        lines = text.split("\n")
        line = error.lineno or 1
        column = (error.offset or 1) - (offset if line == 1 else 0)
        if line > len(lines):  # the bracket that was put around it
            line, column = len(lines), len(lines[-1]) + 1
        shown = lines[line - 1].strip()
        raise RegistryError(f"{what} in {shown!r}", line=line, column=column) from None


def parse_quietly(source: str, mode: str = "exec") -> Any:
    """The syntax tree of Python text; what the compiler warns of is refused later, or meant so.

    Raises:
        SyntaxError: It is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(source, mode=mode)


def nearest(name: str, known: Collection[str]) -> str:
    """`; did you mean x?` for the known name that is most like `name`, or nothing."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def flatten(statements: tuple[Statement | Block, ...]) -> Iterator[Statement]:
    """All statements, those inside of blocks included."""
    for each in statements:
        if isinstance(each, Block):
            yield from flatten(each.statements)
        else:
            yield each


EXACT: dict[str, Callable[[int, int], int]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "pow": operator.pow,
}  # fmt: skip
MOST_BITS = 1 << 12  # of an integer that is computed exactly; a float has fewer


def next_index(name: str, used: Collection[str]) -> str:
    """An index over the same size as `name` that is not used: n1 for n, n2 for n1."""
    stem = name.rstrip("0123456789")
    number = int(name[len(stem) :] or 0) + 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"


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


class _Reader:
    """Turns nodes of Python's syntax tree into expressions."""

    def __init__(self, source: str, scope: Scope, tree: ast.AST, offset: int) -> None:
        self.lines = source.split("\n")
        self.scope = scope
        self.offset = offset
        self.bracketed = set() if scope.strict else _bracketed_names(tree)
        self.numbers: dict[int, tuple[Expression, int]] = {}  # nodes that are integers, by identity
        self.in_kernels = False  # numbers are computed with 64 bits, where Python has any number

    def mistake(self, node: ast.AST, message: str) -> RegistryError:
        """The error that says where in the text a node is wrong."""
        line = getattr(node, "lineno", 1)
        column = getattr(node, "col_offset", 0) + 1 - (self.offset if line == 1 else 0)
        return RegistryError(message, line=line, column=column)

    # statements ---------------------------------------------------------------------------------

    def targets(self, body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
        """Names that statements assign, with the number of their indices."""
        for node in body:
            match node:
                case ast.Assign([target], _) | ast.AugAssign(target, ast.Add(), _):
                    match target:
                        case ast.Name(name):
                            yield name, 0
                        case ast.Subscript(ast.Name(name), indices):
                            yield name, len(self.split_indices(indices))
                case ast.If(_, then, otherwise):
                    yield from self.targets(then)
                    yield from self.targets(otherwise)

    def statements(self, body: list[ast.stmt]) -> tuple[Statement | Block, ...]:
        found: list[Statement | Block] = []
        self.in_kernels = True
        for node in body:
            match node:
                case ast.Assign([target], value):
                    parts = self.target(target), self.expression(value)
                    found.append(Statement(*parts, line=node.lineno))
                case ast.AugAssign(target, ast.Add(), value):
                    parts = self.target(target), self.expression(value)
                    found.append(Statement(*parts, True, node.lineno))
                case ast.If(test, then, otherwise):
                    condition = self.condition(test)
                    found.append(Block((condition,), self.statements(then)))
                    if otherwise:
                        opposite = replace(condition, negated=not condition.negated)
                        found.append(Block((opposite,), self.statements(otherwise)))
                case _:
                    raise self.mistake(
                        node,
                        "a statement must read `target = value`, `target += value` or "
                        f"`if attribute == 'word':`, got {ast.unparse(node)!r}",
                    )
        return tuple(found)

    def condition(self, test: ast.expr) -> Condition:
        match test:
            case ast.Compare(
                ast.Name(name), [ast.Eq() | ast.NotEq() as sign], [ast.Constant(str(word))]
            ):
                if self.scope.strict and name not in self.scope.attributes:
                    hint = nearest(name, self.scope.attributes)
                    raise self.mistake(test, f"{name} must be an attribute{hint}")
                return Condition(name, word, isinstance(sign, ast.NotEq))
        raise self.mistake(
            test, f"a condition must read `attribute == 'word'`, got {ast.unparse(test)!r}"
        )

    def target(self, node: ast.expr) -> Read:
        match node:
            case ast.Name(name):
                return Read(name)
            case ast.Subscript(ast.Name(name), indices):
                return Read(name, self.indices(indices))
        raise self.mistake(
            node, f"a target must be a name or name[indices], got {ast.unparse(node)!r}"
        )

    # expressions --------------------------------------------------------------------------------

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
                raise self.mistake(
                    node, f"write {ast.unparse(node)!r} as two comparisons joined by `and`"
                )
            case ast.IfExp(test, then, otherwise):
                parts = (test, then, otherwise)
                return Call("select", tuple(self.expression(part) for part in parts))
        raise self.mistake(node, f"{ast.unparse(node)!r} is not in the expression language")

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

    def held(self, node: ast.expr, made: Expression) -> Expression:
        """A number, or an operator applied to numbers, as kernels can hold it.

        What 64 bits hold stays as it is written; `10 ** 20` is a floating-point number.
        """
        number = self.exact(made)
        if number is None or not self.in_kernels:
            return made
        self.numbers[id(made)] = (made, number)
        if -(1 << 63) <= number < 1 << 63:
            return made
        try:
            return Constant(float(number))
        except OverflowError:
            raise self.mistake(node, "a number must be less than 1.8e308") from None

    def exact(self, made: Expression) -> int | None:
        """The integer that a number or an operator applied to two of them is; None for others."""
        match made:
            case Constant(int(value)) if not isinstance(value, bool):
                return value
            case Call(function, (left, right)) if function in EXACT:
                a, b = (self.numbers.get(id(each)) for each in (left, right))
                if a is None or b is None or (function == "pow" and b[1] < 0):
                    return None
                if function == "pow" and b[1] * (a[1].bit_length() - 1) > MOST_BITS:
                    return 1 << MOST_BITS
                return EXACT[function](a[1], b[1])
        return None

    def fold(self, function: str, values: list[ast.expr]) -> Expression:
        """`a and b and c`, `max(a, b, c)` as calls of two arguments, from the left."""
        result = self.expression(values[0])
        for value in values[1:]:
            result = Call(function, (result, self.expression(value)))
        return result

    def name(self, node: ast.Name) -> Expression:
        name, scope = node.id, self.scope
        if name in scope.ranks:
            rank = scope.ranks[name]
            if rank:
                raise self.mistake(
                    node, f"{name} has {rank} core axes and must be read with indices"
                )
            return Read(name)
        if name in scope.attributes:
            return Attribute(name)
        if name in CONSTANTS:
            return Constant(CONSTANTS[name])
        if name.isupper():
            if scope.strict and name not in scope.sizes:
                raise self.mistake(node, f"{name} is not a size{nearest(name, scope.sizes)}")
            return Size(name)
        index = Index(name)
        if not scope.strict:
            return index if name in self.bracketed else Read(name)
        if index.size in scope.sizes:
            return index
        known = [*scope.ranks, *scope.attributes, *(size.lower() for size in scope.sizes)]
        if index.size.isupper() and len(index.size) == 1:
            sizes = ", ".join(scope.sizes) or "none"
            raise self.mistake(
                node,
                f"the index {name} has no range: no type, attribute or line of sizes names a size "
                f"{index.size}; the sizes are {sizes}{nearest(name, known)}",
            )
        raise self.mistake(
            node,
            f"{name} is not an input, attribute, target or index; those are {', '.join(known)}"
            f"{nearest(name, known)}",
        )

    def split_indices(self, node: ast.expr) -> list[ast.expr]:
        """The parts of `[...]`; a tuple in parentheses of its own is one part, a product index."""
        if isinstance(node, ast.Tuple) and not self.in_parentheses(node):
            return node.elts
        return [node]

    def in_parentheses(self, node: ast.Tuple) -> bool:
        """Whether a tuple is written `(g, c)`: its first bracket closes at its end."""
        text = ast.get_source_segment("\n".join(self.lines), node) or ""
        depth = 0
        for place, sign in enumerate(text):
            depth += (sign in "([") - (sign in ")]")
            if depth == 0:
                return sign == ")" and place == len(text) - 1 and text[0] == "("
        return False

    def indices(self, node: ast.expr) -> tuple[Expression, ...]:
        parts: list[Expression] = []
        for part in self.split_indices(node):
            if isinstance(part, ast.Tuple):
                parts.append(Product(tuple(self.expression(each) for each in part.elts)))
            else:
                parts.append(self.expression(part))
        return tuple(parts)

    def read(self, node: ast.expr, name: str, indices: ast.expr) -> Expression:
        scope = self.scope
        if name not in scope.ranks and scope.strict:
            raise self.mistake(
                node, f"{name} is not a tensor of this entry{nearest(name, scope.ranks)}"
            )
        found = self.indices(indices)
        rank = scope.ranks.get(name)
        if rank is not None and rank != len(found):
            raise self.mistake(
                node, f"{name} has {rank} core axes, but is read with {len(found)} indices"
            )
        return Read(name, found)

    def call(self, node: ast.Call) -> Expression:
        if node.keywords:
            raise self.mistake(node, f"arguments have no names in {ast.unparse(node)!r}")
        match node.func:
            case ast.Subscript(ast.Name(name), indices):
                if len(node.args) != 1:
                    raise self.mistake(
                        node, f"{name}[...] must have one expression in its parentheses"
                    )
                return self.reducer(node, name, indices, node.args[0])
            case ast.Name(name):
                return self.function(node, name, node.args)
        raise self.mistake(node, f"{ast.unparse(node)!r} does not call a function of the language")

    def reducer(self, node: ast.Call, name: str, indices: ast.expr, body: ast.expr) -> Expression:
        if name in REDUCERS:
            names = tuple(self.bound_index(part) for part in self.split_indices(indices))
            return Reduce(name, names, self.expression(body))
        if name == "argsort":
            raise self.mistake(node, "argsort must say which place is meant: `argsort[n1](...)[n]`")
        kind = name.removeprefix("running_")
        if kind == name or kind not in SCANS:
            known = [*REDUCERS, *(f"running_{each}" for each in SCANS)]
            raise self.mistake(node, f"{name} is not a reducer{nearest(name, known)}")
        match indices:
            case ast.Compare(left, [ast.LtE() | ast.GtE() as sign], [right]):
                until = self.expression(right)
                if isinstance(until, Index):
                    reverse = isinstance(sign, ast.GtE)
                    return Scan(kind, self.bound_index(left), until, self.expression(body), reverse)
        raise self.mistake(
            node, f"{name} must read `{name}[n1 <= n](...)` or `{name}[n1 >= n](...)`"
        )

    def order(self, node: ast.Call, place: ast.expr) -> Expression:
        match node:
            case ast.Call(ast.Subscript(_, index), [body, *falling], []) if len(falling) <= 1:
                parts = [self.expression(each) for each in (body, place, *falling)]
                return Order(self.bound_index(index), *parts)
        raise self.mistake(
            node, "argsort must read `argsort[n1](...)[n]` or `argsort[n1](..., descending)[n]`"
        )

    def bound_index(self, node: ast.expr) -> str:
        found = self.expression(node)
        if not isinstance(found, Index):
            raise self.mistake(node, f"a reducer must run over an index, got {ast.unparse(node)!r}")
        return found.name

    def function(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Expression:
        if name == "cast":
            if len(arguments) != 2:
                raise self.mistake(node, "cast must have a value and a dtype word")
            try:
                word = parse_word(ast.unparse(arguments[1]))
            except RegistryError as error:
                raise self.mistake(arguments[1], error.message) from None
            return Cast(self.expression(arguments[0]), word)
        if name in ("max", "min") and len(arguments) >= 2:
            return self.fold("maximum" if name == "max" else "minimum", arguments)
        if name in REDUCERS:
            raise self.mistake(node, _without_index(name, arguments))
        if name in PRIMITIVES and len(arguments) != PRIMITIVES[name]:
            wanted = PRIMITIVES[name]
            raise self.mistake(node, f"{name} must have {wanted} arguments, got {len(arguments)}")
        if name not in PRIMITIVES and not self.scope.functions(name):
            raise self.mistake(
                node, f"{name} is not a primitive or a pointwise op{nearest(name, PRIMITIVES)}"
            )
        return Call(name, tuple(self.expression(each) for each in arguments))


def _bracketed_names(tree: ast.AST) -> set[str]:
    """Names that stand inside of brackets somewhere, the names that are read there excluded."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            inner = list(ast.walk(node.slice))
            read = {id(each.value) for each in inner if isinstance(each, ast.Subscript)}
            found |= {n.id for n in inner if isinstance(n, ast.Name) and id(n) not in read}
    return found

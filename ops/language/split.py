"""Values that are nested deep, or long and used more than once, as statements of their own.

All code that walks over expressions takes them for small trees. A sum of 300 terms is a deep one,
and a value that stands in another twice, which stands in a third twice, is a very large one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import field, replace

from ..dataclass import dataclass
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
    Statement,
    free_indices,
)
from .hoist import Names, plain
from .op import Block, Op, each_statement

MOST_DEPTH = 32
"""Primitives inside of each other in one statement."""

MOST_NODES = 40
"""Size from which a value that is used more than once is a statement."""

FAILING = ("floordiv", "mod", "trunc_div", "remainder_trunc", "pow")
"""Primitives that report operands, and must not be computed where a condition rules them out."""


def split(op: Op) -> Op:
    """The op, and its variants, with statements that are not nested deep."""
    bodies = (op.define, op.compute, op.adjoint)
    names = Names(_taken(op))
    found = tuple(_split_body(body, names) for body in bodies)
    variants = tuple(split(variant) for variant in op.variants)
    if found == bodies and variants == op.variants:
        return op
    define, compute, adjoint = found
    return replace(op, define=define, compute=compute, adjoint=adjoint, variants=variants)


def _taken(op: Op) -> set[str]:
    """Names that have a meaning in the entry."""
    taken = {each.name for each in (*op.inputs, *op.attributes, *op.outputs)}
    taken |= {f"d{each.name}" for each in (*op.inputs, *op.outputs)}
    bodies = (*op.define, *op.compute, *op.adjoint)
    return taken | {statement.target.tensor for statement in each_statement(bodies)}


def _split_body(body: Iterable[Statement | Block], names: Names) -> tuple[Statement | Block, ...]:
    found: list[Statement | Block] = []
    for each in body:
        if isinstance(each, Block):
            found.append(replace(each, statements=_split_body(each.statements, names)))
        else:
            found += _Splitter(each, names).statements()
    return tuple(found)


@dataclass
class _Part:
    """A node of a statement's value.

    Attributes:
        node: The node, its parts replaced once they have been.
        children: Its parts, in order.
        always: It is computed whatever conditions hold.
        subscript: It says which element is read.
        uses: How many nodes it is a part of.
        depth, size: Of the node, its parts replaced.
        safe: It reports nothing wherever it is computed.
    """

    node: Expression
    children: list[_Part] = field(default_factory=list)
    always: bool = False
    subscript: bool = False
    uses: int = 0
    depth: int = 1
    size: int = 1
    safe: bool = True


class _Splitter:
    """One statement. Nodes are told apart by identity; equal ones are made one before."""

    def __init__(self, statement: Statement, names: Names) -> None:
        self.statement = statement
        self.names = names
        self.parts: dict[int, _Part] = {}
        self.made: list[Statement] = []

    def statements(self) -> list[Statement]:
        """The statement, and before it those of its parts."""
        root = self.part(_shared(self.statement.value))
        root.always = True
        ordered = self.in_order(root)
        for part in ordered:
            self.enter(part)
        for part in reversed(ordered):
            self.rebuild(part, part is root)
        if not self.made:
            return [self.statement]
        return [*self.made, replace(self.statement, value=root.node)]

    def part(self, node: Expression) -> _Part:
        """What is known of a node."""
        return self.parts.setdefault(id(node), _Part(node))

    def in_order(self, root: _Part) -> list[_Part]:
        """All parts, each before its own parts."""
        finished: list[_Part] = []
        seen: set[int] = set()
        stack = [(root, False)]
        while stack:
            part, done = stack.pop()
            if done:
                finished.append(part)
            elif id(part.node) not in seen:
                seen.add(id(part.node))
                part.children = [self.part(child) for child in part.node.children]
                stack.append((part, True))
                stack += [(child, False) for child in reversed(part.children)]
        return finished[::-1]

    def enter(self, part: _Part) -> None:
        """Tells the parts of a node where they stand."""
        first = 1 if isinstance(part.node, Call) and part.node.function in _CHOOSING else None
        for number, child in enumerate(part.children):
            child.uses += 1
            child.always = child.always or (part.always and (first is None or number < first))
            child.subscript = child.subscript or part.subscript or isinstance(part.node, Read)

    def rebuild(self, part: _Part, is_root: bool) -> None:
        """The node over its new parts; a read of a new statement where it is too large."""
        children = tuple(child.node for child in part.children)
        if any(new is not old for new, old in zip(children, part.node.children)):
            part.node = part.node.rebuild(children)
        part.depth = 1 + max((child.depth for child in part.children), default=0)
        part.size = 1 + sum(child.size for child in part.children)
        part.safe = _is_safe(part.node) and all(child.safe for child in part.children)
        large = part.depth > MOST_DEPTH or (part.uses > 1 and part.size > MOST_NODES)
        movable = isinstance(part.node, Call | Cast) and not part.subscript
        if large and movable and not is_root and (part.always or part.safe):
            indices = tuple(Index(name) for name in free_indices(part.node))
            read = Read(self.names.fresh(f"part_of_{self.statement.target.tensor}"), indices)
            self.made.append(Statement(read, part.node, line=self.statement.line))
            part.node, part.depth, part.size, part.safe = read, 1, 1 + len(indices), True


def _shared(expression: Expression) -> Expression:
    """The same expression, in which equal nodes are one object."""
    known: dict[tuple[object, ...], Expression] = {}
    made: dict[int, Expression] = {}
    stack = [expression]
    while stack:
        node = stack[-1]
        waiting = [child for child in node.children if id(child) not in made]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        children = tuple(made[id(child)] for child in node.children)
        key = (type(node), _head(node), *map(id, children))
        if key not in known:
            changed = any(map(operator.is_not, children, node.children))
            known[key] = node.rebuild(children) if changed else node
        made[id(node)] = known[key]
    return made[id(expression)]


def _head(node: Expression) -> object:
    """What a node is apart from its children; 1, 1.0 and True are three numbers."""
    match node:
        case Constant(value):
            return type(value), repr(value)
        case Call(name) | Read(name) | Cast(_, name):
            return name
        case Reduce(kind, indices):
            return kind, indices
        case Scan(kind, index, until, _, reverse):
            return kind, index, until, reverse
        case Order(index):
            return index
        case Product():
            return None
    return node


_CHOOSING = ("select", "and", "or")


def _is_safe(node: Expression) -> bool:
    """The node by itself reports nothing."""
    match node:
        case Call(function):
            return function not in FAILING
        case Read(_, indices):
            return plain(indices) is not None
    return not isinstance(node, Reduce | Scan | Order)

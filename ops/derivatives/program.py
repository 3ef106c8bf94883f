"""What derivatives are taken of: the statements of an op in regular form, and their names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import field

from ..calls.arrange import operands
from ..dataclass import dataclass
from ..language.expression import (
    Call,
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Reduce,
    Scan,
    Statement,
    walk,
)
from ..language.hoist import Names, all_indices, changing, fresh_index, hoist, plain, rename
from ..language.op import Axis, Input, Op, Output, TensorType
from ..language.tidy import inline_guarded, merge_outside, redirected, statement_reads, tidy
from .partials import carries, depends

INVOLUTE = (".adjoint[", ".tangent[")


@dataclass
class Program:
    """An op being derived.

    Attributes:
        op: The op.
        names: Tensor names in use, the derived ones included.
        statements: Its definition, one reduction each. An output that shares its name with a
            derivative of an input stands under a fresh name and is computed again.
        stored: Output -> name in the statements.
        saved: Outputs that the derived op may read instead of computing them again.
        outside: Tensor -> value read beyond its edges, those of new tensors included.
    """

    op: Op
    names: Names
    statements: list[Statement]
    stored: dict[str, str]
    saved: frozenset[str]
    outside: dict[str, Expression] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, TensorType]:
        """Types of inputs, outputs and derived tensors known so far."""
        return {item.name: item.type for item in operands(self.op)}

    @property
    def changing(self) -> set[str]:
        """Tensors that several statements make up: none of them tells the stored value."""
        return changing(self.statements)

    @property
    def kept(self) -> dict[str, str]:
        """Intermediate -> saved output that is a copy of it."""
        found: dict[str, str] = {}
        assigned = {item.target.tensor for item in self.statements} - self.changing
        for item in self.statements:
            copy = item.value
            if (
                isinstance(copy, Read)
                and copy.indices == item.target.indices
                and item.target.tensor in self.saved - self.changing
                and copy.tensor in assigned - self.saved
            ):
                found[copy.tensor] = item.target.tensor
        return found

    @property
    def batched(self) -> bool:
        """Some operand has batch axes."""
        return any(item.type.batched for item in operands(self.op))

    def canonical(self, name: str) -> tuple[Expression, ...]:
        """Plain indices that cover a tensor: those it is assigned at, or those of its type."""
        for statement in self.statements:
            if statement.target.tensor == name and plain(statement.target.indices) is not None:
                return statement.target.indices
        original = {stored: output for output, stored in self.stored.items()}.get(name, name)
        return type_indices(self.types[original].axes)

    def covers(self, name: str, indices: tuple[Expression, ...]) -> bool:
        """Whether plain indices run over all of a tensor."""
        if plain(indices) is None:
            return False
        own = self.canonical(name)
        return len(own) == len(indices) and all(
            _sizes(mine) == _sizes(other) for mine, other in zip(own, indices)
        )

    def differentiable_outputs(self) -> list[Output]:
        """Outputs that have cotangents and tangents."""
        return [
            item
            for item in self.op.outputs
            if item.name not in self.op.nondifferentiable and carries(item.type.word)
        ]

    def activity(self, roots: Collection[str]) -> set[str]:
        """The roots and what depends on them differentiably."""
        active = set(roots)
        for statement in self.statements:
            if depends(statement.value, active):
                active.add(statement.target.tensor)
        return active


class Derivation(ABC):
    """Statements being derived from a program.

    Attributes:
        program: What is derived.
        exact: Use formulas that can be derived again everywhere, though they cost more.
        approximate: A formula was used that cannot.
        statements: What has been derived so far.
    """

    def __init__(self, program: Program, exact: bool) -> None:
        self.program = program
        self.exact = exact
        self.approximate = False
        self.statements: list[Statement] = []

    @abstractmethod
    def run(self) -> list[Statement]:
        """The derived statements, in order."""

    @abstractmethod
    def op_of(self, derived: list[Statement], exact: list[Statement] | None) -> Op:
        """The derived op around the statements; `exact` are those that can be derived again."""

    def local(self, base: str, indices: tuple[Expression, ...], value: Expression) -> Read:
        """A new intermediate tensor with a value."""
        read = Read(self.program.names.fresh(base), indices)
        self.statements.append(Statement(read, value))
        return read

    def others(self, index: str, body: Expression, known: Read) -> tuple[Read, Read]:
        """For `known = prod[index](body)`: the products of the elements before and after each.

        Right with any number of zeros, in linear time.
        """
        place = Index(index)
        where = (*known.indices, place)
        inner = Index(fresh_index(index, all_indices(body, known)))
        shifted = rename(body, {index: inner})
        before = self.local("before", where, Scan("prod", inner.name, place, shifted))
        after = self.local("after", where, Scan("prod", inner.name, place, shifted, reverse=True))
        self.program.outside[before.tensor] = self.program.outside[after.tensor] = Constant(1)
        left = Read(before.tensor, (*known.indices, Call("sub", (place, Constant(1)))))
        right = Read(after.tensor, (*known.indices, Call("add", (place, Constant(1)))))
        return left, right


def source_statements(op: Op) -> tuple[Statement, ...]:
    """The statements to derive: `compute`, else `define`.

    `define` where it finds an index that `compute` does without, for the index says which of
    several ties has the derivative; and for derived ops, whose `define` is smooth everywhere.
    """
    chosen = op.compute or op.define
    if op.compute and (_finds_index(op.define) > _finds_index(op.compute) or is_derived(op)):
        chosen = op.define
    plain_statements = [item for item in chosen if isinstance(item, Statement)]
    assert len(plain_statements) == len(chosen), f"{op.name} is not specialised"
    return tuple(plain_statements)


def is_derived(op: Op) -> bool:
    """The op is an adjoint or a tangent itself."""
    return any(mark in op.name for mark in INVOLUTE)


def _finds_index(statements: tuple[object, ...]) -> int:
    """Number of argmax and argmin in statements."""
    return sum(
        isinstance(node, Reduce) and node.kind in ("argmax", "argmin")
        for statement in statements
        if isinstance(statement, Statement)
        for node in walk(statement.value)
    )


def begin(op: Op, clashing: Collection[str]) -> Program:
    """The program of an op.

    Args:
        op: A specialised or derived op.
        clashing: Names that derived tensors will take.
    """
    statements = source_statements(op)
    used = {item.name for item in operands(op)} | {spec.name for spec in op.attributes}
    used |= set(clashing)
    used |= {statement.target.tensor for statement in statements}
    used |= {size.lower() for size, _ in op.sizes}
    names = Names(used)
    stored = {
        item.name: names.fresh(f"again_{item.name}") if item.name in clashing else item.name
        for item in op.outputs
    }
    renamed = [renamed_tensors(statement, stored) for statement in statements]
    saved = frozenset(name for name, other in stored.items() if name == other)
    outside = {stored.get(name, name): value for name, value in op.outside}
    guarded = inline_guarded(hoist(renamed, names), set(stored.values()))
    return Program(op, names, guarded, stored, saved, outside)


def renamed_tensors(statement: Statement, names: dict[str, str]) -> Statement:
    """The statement with tensors under other names, targets too."""

    def fresh(node: Expression) -> Expression:
        children = tuple(fresh(child) for child in node.children)
        if isinstance(node, Read):
            return Read(names.get(node.tensor, node.tensor), children)
        return node.rebuild(children) if children else node

    target = fresh(statement.target)
    assert isinstance(target, Read)
    return Statement(target, fresh(statement.value), statement.accumulate)


def assembled(
    program: Program,
    derived: list[Statement],
    saved: frozenset[str],
    results: list[str],
    outside: dict[str, Expression],
) -> tuple[Statement, ...]:
    """Forward and derived statements as one small program that reads the saved outputs."""
    again = {name: program.names.fresh(f"again_{name}") for name in program.saved - saved}
    for name, other in again.items():
        if name in outside:
            outside[other] = outside[name]
    forward = [item for item in program.statements if item.target.tensor not in saved]
    kept = {a: b for a, b in program.kept.items() if b in saved and merge_outside(a, b, outside)}
    whole = [redirected(item, kept) for item in (*forward, *derived)]
    return tuple(tidy([renamed_tensors(item, again) for item in whole], results, outside))


def finish(
    program: Program,
    name: str,
    doc: str,
    derived: list[Statement],
    arguments: list[Input],
    outputs: list[Output],
    exact: list[Statement] | None = None,
) -> Op:
    """The derived op: the forward statements that it needs, then its own, made small.

    Args:
        program: The op that was derived.
        name: Name of the derived op.
        doc: A sentence.
        derived: Statements of the derivative.
        arguments: Cotangents or tangents, inputs in addition to those of the op.
        outputs: Results.
        exact: The same as `derived`, differentiable everywhere; None if `derived` is.
    """
    op = program.op
    results = [item.name for item in outputs]
    outside = dict(program.outside)
    body = assembled(program, derived, program.saved, results, outside)
    # a saved output without derivative would end a second derivative that goes through it
    opaque = {
        item.name
        for item in op.outputs
        if item.name in op.nondifferentiable and carries(item.type.word)
    }
    smooth: tuple[Statement, ...] = ()
    if exact is not None or opaque & {r.tensor for item in body for r in statement_reads(item)}:
        chosen = derived if exact is None else exact
        smooth = assembled(program, chosen, program.saved - opaque, results, outside)
    if smooth == body:
        smooth = ()
    read = {part.tensor for item in (*body, *smooth) for part in statement_reads(item)}
    forward_operands = [
        Input(item.name, item.type, meaning=item.meaning)
        for item in operands(op)
        if item.name in read and item.name in {*(i.name for i in op.inputs), *program.saved}
    ]
    assigned = {item.target.tensor for item in (*body, *smooth)}
    outside = {k: v for k, v in outside.items() if k in read or k in assigned}
    return Op(
        name=name,
        doc=doc,
        inputs=(*forward_operands, *arguments),
        attributes=op.attributes,
        outputs=tuple(outputs),
        sizes=op.sizes,
        define=smooth or body,
        compute=body if smooth else (),
        outside=tuple(outside.items()),
    )


def _sizes(index: Expression) -> tuple[str, ...]:
    """Names of the extents of a plain index."""
    if isinstance(index, Product):
        return tuple(size for part in index.parts for size in _sizes(part))
    return (index.size,) if isinstance(index, Index) else ()


def type_indices(axes: tuple[Axis, ...]) -> tuple[Expression, ...]:
    """Plain indices over the axes of a type; 0 along an axis whose extent is a number."""
    used: set[str] = set()
    result: list[Expression] = []
    for axis in axes:
        parts: list[Expression] = []
        for factor in axis.factors:
            if isinstance(factor, int):
                parts.append(Constant(0))
                continue
            base = factor.lower()
            name, number = base, 0
            while name in used:
                number += 1
                name = f"{base}{number}"
            used.add(name)
            parts.append(Index(name))
        result.append(parts[0] if len(parts) == 1 else Product(tuple(parts)))
    return tuple(result)


def prefixed_names(op: Op, prefix: str) -> dict[str, str]:
    """Input or output -> its name with a prefix, made longer where that name is taken."""
    taken = {item.name for item in op.inputs} | {spec.name for spec in op.attributes}
    found: dict[str, str] = {}
    for operand in (*(item.name for item in op.outputs), *(item.name for item in op.inputs)):
        name = f"{prefix}_{operand}"
        while name in taken:
            name += "_"
        taken.add(name)
        found[operand] = name
    return found


def derived_op(derivation: Callable[[bool], Derivation]) -> Op:
    """The op that a derivation gives; statements that can be derived again where that differs.

    Args:
        derivation: Starts the derivation, with exact formulas or not.
    """
    fast = derivation(False)
    derived = fast.run()
    if not fast.approximate:
        return fast.op_of(derived, None)
    slow = derivation(True)
    exact = slow.run()
    fast.program.outside.update(slow.program.outside)
    return fast.op_of(derived, exact)

"""The adjoint of an op: its statements in reverse, every read a sum into a cotangent.

The result is an op in the same language. Costs are those of the forward statements up to a small
factor: reductions are statements of their own, scans stay scans.
"""

from __future__ import annotations

from collections.abc import Collection

from ..calls.arrange import operands
from ..dataclass import dataclass
from ..language.algebra import ONE, ZERO, add, call, div, is_constant, mul, select, total
from ..language.expression import (
    Call,
    Expression,
    Index,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    reads,
)
from ..language.hoist import all_indices, fresh_index, plain, rename
from ..language.op import Input, Op, Output
from .partials import carries, cotangents, scaled
from .program import Derivation, begin, derived_op, finish, prefixed_names
from .scans import scan_cotangents


@dataclass(frozen=True)
class Contribution:
    """What one read adds to the cotangent of its tensor.

    Attributes:
        read: The read.
        value: Cotangent of the value read.
        domain: Names of all indices that the statement and its reduction run over.
    """

    read: Read
    value: Expression
    domain: tuple[str, ...]


def cotangent_names(op: Op) -> dict[str, str]:
    """Input or output -> name of its cotangent: `d_x`.

    An input whose cotangent would have the name of another input (an adjoint derived again) gets a
    longer one, `d_x_`.
    """
    return prefixed_names(op, "d")


def adjoint_of(op: Op, wanted: Collection[str]) -> Op:
    """The op that gives `d_<input>` for the wanted inputs from `d_<output>`. See `derive.py`."""
    return derived_op(lambda exact: Reverse(op, wanted, exact))


class Reverse(Derivation):
    """One derivation: the cotangents known so far and the statements that compute them."""

    def __init__(self, op: Op, wanted: Collection[str], exact: bool) -> None:
        self.op = op
        self.cotangent = cotangent_names(op)
        self.wanted = [
            item.name
            for item in op.inputs
            if item.name in wanted
            and item.name not in op.nondifferentiable
            and carries(item.type.word)
        ]
        clashing = {self.cotangent[item.name] for item in operands(op)}
        super().__init__(begin(op, clashing), exact)
        self.active = self.program.activity(self.wanted)
        self.contributions: dict[str, list[Contribution]] = {}
        self.seeds: dict[str, str | None] = {}

    # -- the whole ---------------------------------------------------------------------------------

    def run(self) -> list[Statement]:
        """The statements of the adjoint, in order."""
        stated = self.stated()
        missing = [name for name in self.wanted if name not in stated]
        self.active = self.program.activity(missing)
        if missing:
            for statement in reversed(self.program.statements):
                self.reverse(statement)
        for name in missing:
            target = self.cotangent[name]
            shared = self.program.batched and not self.program.types[name].batched
            self.gather_into(target, name, shared)
            if not any(item.target.tensor == target for item in self.statements):
                indices = self.program.canonical(name)
                self.statements.append(
                    Statement(Read(target, indices), ZERO, shared or plain(indices) is None)
                )
        return self.statements

    def op_of(self, derived: list[Statement], exact: list[Statement] | None) -> Op:
        """The derived op around the statements."""
        types = self.program.types
        arguments = [
            Input(self.cotangent[item.name], item.type, meaning=f"cotangent of {item.name}")
            for item in self.program.differentiable_outputs()
        ]
        outputs = [
            Output(self.cotangent[name], types[name], meaning=f"cotangent of {name}")
            for name in self.wanted
        ]
        name = f"{self.op.name}.adjoint[{','.join(self.wanted)}]"
        doc = f"Cotangents of the inputs of {self.op.name}."
        return finish(self.program, name, doc, derived, arguments, outputs, exact)

    # -- what an entry states ----------------------------------------------------------------------

    def stated(self) -> set[str]:
        """Emit the stated derivatives and adjoints; the inputs that are done with them."""
        done = self.stated_adjoint() if self.op.adjoint else set()
        pairs = {(output, name): partial for output, name, partial in self.op.derivatives}
        outputs = [item.name for item in self.program.differentiable_outputs()]
        for name in self.wanted:
            if name in done or not outputs or any((o, name) not in pairs for o in outputs):
                continue
            terms = [scaled(Read(self.cotangent[o]), pairs[o, name]) for o in outputs]
            self.statements.append(Statement(Read(self.cotangent[name]), total(terms)))
            done.add(name)
        return done

    def stated_adjoint(self) -> set[str]:
        """Emit the statements of `adjoint:`, `dx` renamed to `d_x`."""
        own = [item.name for item in operands(self.op)]
        renamed = {f"d{name}": self.cotangent[name] for name in own}
        statements = [item for item in self.op.adjoint if isinstance(item, Statement)]
        targets = {self.cotangent[name]: name for name in self.wanted}
        done: set[str] = set()
        for statement in statements:
            target = renamed.get(statement.target.tensor, statement.target.tensor)
            source = next((n for n in own if self.cotangent[n] == target), None)
            indices = tuple(_renamed_reads(part, renamed) for part in statement.target.indices)
            accumulate = statement.accumulate
            if source is not None:
                shared = self.program.batched and not self.program.types[source].batched
                accumulate = accumulate or shared or plain(indices) is None
                if plain(indices) is None:
                    self.program.outside[target] = ZERO
            value = _renamed_reads(statement.value, renamed)
            self.statements.append(Statement(Read(target, indices), value, accumulate))
            if target in targets:
                done.add(targets[target])
        return done

    # -- one statement back ------------------------------------------------------------------------

    def reverse(self, statement: Statement) -> None:
        """Add what a statement sends back to the tensors that it reads."""
        name = statement.target.tensor
        if name not in self.active:
            return
        cotangent = self.seed(name)
        if cotangent is None:
            return
        put = not statement.accumulate and plain(statement.target.indices) is None
        seed = Read(cotangent, statement.target.indices)
        if name in self.program.outside:
            self.program.outside[cotangent] = ZERO
        if not put:
            self.differentiate(statement, seed)
            return
        self.differentiate(statement, self.if_it_stayed(statement, seed))
        self.replace(name, cotangent, statement.target.indices)

    def if_it_stayed(self, statement: Statement, seed: Read) -> Expression:
        """What flows back to a value that was put: nothing if another one replaced it later.

        The places of a tensor say which value came last, counted from 1 in row-major order.
        """
        number: Expression = ZERO
        for name in statement.indices:
            index = Index(name)
            number = add(mul(number, Size(index.size)), index)
        number = add(number, ONE)
        last = self.program.names.fresh(f"last_{statement.target.tensor}")
        places = statement.target.indices
        self.statements.append(
            Statement(Read(last, self.program.canonical(statement.target.tensor)), ZERO)
        )
        self.statements.append(Statement(Read(last, places), number))
        if statement.target.tensor in self.program.outside:
            self.program.outside[last] = ZERO
        return select(call("eq", Read(last, places), number), seed, ZERO)

    def replace(self, name: str, cotangent: str, places: tuple[Expression, ...]) -> None:
        """Notes the cotangent of what was there before a put: 0 at the places that it replaced."""
        rest = self.program.names.fresh(cotangent)
        indices = self.program.canonical(name)
        self.statements.append(Statement(Read(rest, indices), Read(cotangent, indices)))
        self.statements.append(Statement(Read(rest, places), ZERO))
        if name in self.program.outside:
            self.program.outside[rest] = ZERO
        self.seeds[name] = rest

    def seed(self, name: str) -> str | None:
        """Name of the complete cotangent of an assigned tensor; None if it is 0."""
        if name in self.seeds:
            return self.seeds[name]
        output = next((o for o, stored in self.program.stored.items() if stored == name), None)
        given = None
        if output in {item.name for item in self.program.differentiable_outputs()}:
            assert output is not None
            given = self.cotangent[output]
        if given is not None and self.contributions.get(name):
            indices = self.program.canonical(name)
            self.add(Read(name, indices), Read(given, indices), plain(indices) or ())
            given = None
        if given is None and self.contributions.get(name):
            given = self.program.names.fresh(f"d_{name}")
            self.gather_into(given, name, shared=False)
        self.seeds[name] = given
        return given

    def differentiate(self, statement: Statement, seed: Expression) -> None:
        """Contributions of one statement whose target has a cotangent."""
        value, domain = statement.value, statement.indices
        known = statement.target
        match value:
            case Reduce("sum", indices, body):
                self.spread(body, seed, domain + indices)
            case Reduce("max" | "min", indices, body):
                hit = call("eq", body, known)
                count = self.local(
                    "ties", known.indices, Reduce("sum", indices, select(hit, 1.0, 0.0))
                )
                share = div(seed, count)
                for read, flow in cotangents(body, share, self.active):
                    self.add(read, select(hit, flow, ZERO), domain + indices)
            case Reduce("prod", (index,), body):
                left, right = self.others(index, body, known)
                self.spread(body, scaled(scaled(seed, left), right), (*domain, index))
            case Scan():
                assert isinstance(seed, Read), "no scan is put: `hoist` gives it a name"
                for body, flow, more in scan_cotangents(self, statement, value, seed, known):
                    self.spread(body, flow, more)
            case Reduce():
                pass
            case _:
                result = known if statement.target.tensor not in self.program.changing else None
                for read, flow in cotangents(value, seed, self.active, result):
                    self.add(read, flow, domain)

    # -- collecting --------------------------------------------------------------------------------

    def spread(self, body: Expression, seed: Expression, domain: tuple[str, ...]) -> None:
        """Contributions of a scalar expression."""
        for read, flow in cotangents(body, seed, self.active):
            self.add(read, flow, domain)

    def add(self, read: Read, value: Expression, domain: tuple[str, ...]) -> None:
        """Remember a contribution."""
        self.contributions.setdefault(read.tensor, []).append(
            Contribution(read, value, tuple(dict.fromkeys(domain)))
        )

    def gather_into(self, target: str, name: str, shared: bool) -> None:
        """Emit the statements that add up the contributions to a tensor.

        Args:
            target: Name of its cotangent.
            name: The tensor.
            shared: It has no batch axes where others have: add over the batch too.
        """
        given = self.contributions.get(name, [])
        plain_ones = [item for item in given if self.program.covers(name, item.read.indices)]
        others = [item for item in given if not self.program.covers(name, item.read.indices)]
        indices = plain_ones[0].read.indices if plain_ones else self.program.canonical(name)
        values = [_at(item, indices) for item in plain_ones]
        simple = [value for value in values if not isinstance(value, Reduce)]
        values = [value for value in values if isinstance(value, Reduce)]
        if simple:
            values.insert(0, total(simple))
        if others and not values and name not in self.program.types:
            values = [ZERO]  # says how large the intermediate is
        several = shared or len(values) + len(others) > 1
        for value in values:
            self.statements.append(Statement(Read(target, indices), value, several))
        for item in others:
            gathered = any(True for index in item.read.indices for _ in reads(index))
            if gathered or name in self.program.outside or _is_guarded(item.value):
                self.program.outside[target] = ZERO
            self.statements.append(Statement(Read(target, item.read.indices), item.value, True))


def _is_guarded(value: Expression) -> bool:
    """Nothing is added where a condition holds, or where it does not: the place may be beyond the
    edges there, as that of the read in the branch that is not taken."""
    match value:
        case Call("select", (_, then, otherwise)):
            return is_constant(then, 0) or is_constant(otherwise, 0)
    return False


def _renamed_reads(expression: Expression, names: dict[str, str]) -> Expression:
    """The expression with tensors read under other names."""
    children = tuple(_renamed_reads(child, names) for child in expression.children)
    if isinstance(expression, Read):
        return Read(names.get(expression.tensor, expression.tensor), children)
    return expression.rebuild(children) if children else expression


def _at(item: Contribution, indices: tuple[Expression, ...]) -> Expression:
    """A contribution as a value over the given plain indices, summed over all others."""
    own = plain(item.read.indices) or ()
    new = plain(indices) or ()
    used = set(new) | set(own) | all_indices(item.value) | set(item.domain)
    mapping: dict[str, Expression] = {a: Index(b) for a, b in zip(own, new) if a != b}
    for name in all_indices(item.value) | set(item.domain):
        if name not in own and name in new:
            mapping[name] = Index(fresh_index(name, used))
    value = rename(item.value, mapping)
    missing = tuple(name for name in item.domain if name not in own)
    if not missing:
        return value
    renamed = tuple(_name(mapping.get(name, Index(name))) for name in missing)
    if isinstance(value, Reduce) and value.kind == "sum":
        return Reduce("sum", (*renamed, *value.indices), value.body)
    return Reduce("sum", renamed, value)


def _name(index: Expression) -> str:
    assert isinstance(index, Index)
    return index.name

"""The tangent of an op: its statements differentiated one by one, in order."""

from __future__ import annotations

from collections.abc import Collection

from ..language.algebra import ZERO, add, call, div, mul, neg, select
from ..language.expression import Call, Expression, Read, Reduce, Scan, Statement, free_indices
from ..language.hoist import plain
from ..language.op import Input, Op, Output
from .partials import carries, guarded, scaled, tangent
from .program import Derivation, begin, derived_op, finish, prefixed_names
from .scans import scan_tangent


def tangent_names(op: Op) -> dict[str, str]:
    """Input or output -> name of its tangent: `t_x`.

    An input whose tangent would have the name of another input (a tangent derived again) gets a
    longer one, `t_x_`.
    """
    return prefixed_names(op, "t")


def tangent_of(op: Op, active: Collection[str]) -> Op:
    """The op that gives `t_<output>` from `t_<input>` for the active inputs. See `derive.py`."""
    return derived_op(lambda exact: Forward(op, active, exact))


class Forward(Derivation):
    """One derivation: the tangents known so far."""

    def __init__(self, op: Op, active: Collection[str], exact: bool) -> None:
        self.op = op
        self.moving = [
            item.name
            for item in op.inputs
            if item.name in active
            and item.name not in op.nondifferentiable
            and carries(item.type.word)
        ]
        self.result = tangent_names(op)
        super().__init__(begin(op, set(self.result.values())), exact)
        self.active = self.program.activity(self.moving)
        self.tangents = {name: self.result[name] for name in self.moving}

    def run(self) -> list[Statement]:
        """The statements of the tangent, in order."""
        outputs = self.program.differentiable_outputs()
        done = self.stated([item.name for item in outputs])
        for statement in self.program.statements:
            self.forward(statement)
        for item in outputs:
            target = self.result[item.name]
            if item.name not in done and not any(
                s.target.tensor == target for s in self.statements
            ):
                indices = self.program.canonical(self.program.stored[item.name])
                self.statements.append(
                    Statement(Read(target, indices), ZERO, plain(indices) is None)
                )
        return self.statements

    def op_of(self, derived: list[Statement], exact: list[Statement] | None) -> Op:
        """The derived op around the statements."""
        types = self.program.types
        arguments = [
            Input(self.result[name], types[name], meaning=f"tangent of {name}")
            for name in self.moving
        ]
        outputs = [
            Output(self.result[item.name], item.type, meaning=f"tangent of {item.name}")
            for item in self.program.differentiable_outputs()
        ]
        name = f"{self.op.name}.tangent[{','.join(self.moving)}]"
        doc = f"Directional derivatives of {self.op.name}."
        return finish(self.program, name, doc, derived, arguments, outputs, exact)

    def stated(self, outputs: list[str]) -> set[str]:
        """Emit tangents of outputs whose partial derivatives are all stated; their names."""
        pairs = {(output, name): partial for output, name, partial in self.op.derivatives}
        done: set[str] = set()
        for output in outputs:
            if not self.moving or any((output, name) not in pairs for name in self.moving):
                continue
            value: Expression = ZERO
            for name in self.moving:
                value = add(value, scaled(Read(self.result[name]), pairs[output, name]))
            self.statements.append(Statement(Read(self.result[output]), value))
            self.active.discard(self.program.stored[output])
            done.add(output)
        return done

    def name_of(self, tensor: str) -> str:
        """Name of the tangent of a target."""
        if tensor not in self.tangents:
            output = next((o for o, s in self.program.stored.items() if s == tensor), None)
            self.tangents[tensor] = (
                self.result[output] if output else self.program.names.fresh(f"t_{tensor}")
            )
        return self.tangents[tensor]

    def forward(self, statement: Statement) -> None:
        """Emit the tangent of one statement."""
        tensor = statement.target.tensor
        if tensor not in self.active:
            return
        if tensor in self.program.outside:
            self.program.outside[self.name_of(tensor)] = ZERO
        target = Read(self.name_of(tensor), statement.target.indices)
        values = self.moved(statement)
        accumulate = statement.accumulate or len(values) > 1
        self.statements += [Statement(target, value, accumulate) for value in values]

    def push(self, expression: Expression) -> Expression:
        """The tangent of a scalar expression; reads beyond the edges of a tensor do not change."""
        for name, value in list(self.tangents.items()):
            if name in self.program.outside:
                self.program.outside.setdefault(value, ZERO)
        return tangent(expression, self.tangents)

    def moved(self, statement: Statement) -> list[Expression]:
        """The tangent of a statement's value, as terms to add up.

        The tangent of a contraction is one contraction for each factor.
        """
        value = statement.value
        if isinstance(value, Reduce) and value.kind == "sum":
            body = self.push(value.body)
            terms = summands(body) if is_contraction(statement, value) else [body]
            return [Reduce("sum", value.indices, term) for term in terms]
        return [self.moved_whole(statement)]

    def moved_whole(self, statement: Statement) -> Expression:
        """The tangent of a value that is no sum."""
        value = statement.value
        steady = statement.target.tensor not in self.program.changing
        known = statement.target
        match value:
            case Reduce("max" | "min", indices, body):
                hit = call("eq", body, known)
                count = self.local(
                    "ties", known.indices, Reduce("sum", indices, select(hit, 1.0, 0.0))
                )
                return div(Reduce("sum", indices, guarded(hit, self.push(body), ZERO)), count)
            case Reduce("prod", (index,), body):
                left, right = self.others(index, body, known)
                return Reduce("sum", (index,), mul(mul(self.push(body), left), right))
            case Scan():
                return scan_tangent(self, statement, value, known, self.push)
            case Reduce():
                return ZERO
        self.push(ZERO)
        return tangent(value, self.tangents, known if steady else None)


def summands(expression: Expression) -> list[Expression]:
    """The terms of a sum, signs included."""
    match expression:
        case Call("add", (a, b)):
            return summands(a) + summands(b)
        case Call("sub", (a, b)):
            return summands(a) + [neg(term) for term in summands(b)]
    return [expression]


def is_contraction(statement: Statement, value: Reduce) -> bool:
    """A sum of products of which some factor does not depend on all indices: a matrix product."""
    domain = {*statement.indices, *value.indices}
    factors = value.body.arguments if isinstance(value.body, Call) else ()
    return (
        isinstance(value.body, Call)
        and value.body.function == "mul"
        and any(not domain <= set(free_indices(factor)) for factor in factors)
    )

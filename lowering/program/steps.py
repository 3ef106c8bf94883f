"""The steps of a program as they are added: one tensor given, one reduction folded, at a time."""

from __future__ import annotations

from ...ops.language.expression import Call, Expression, Read, Statement, free_indices, walk
from ...ops.language.op import Axis, Op
from .program import (
    BATCH,
    PREFIX,
    Factors,
    Program,
    Step,
    Tensor,
    canonical,
    factors_of,
    literal_size,
)


class StepWriter:
    """Adds steps to the program of an op.

    Attributes:
        program: What there is of it.
        given: Tensors of which every element has a value.
    """

    def __init__(self, op: Op) -> None:
        self.program = Program()
        self.given: set[str] = {output.name for output in op.outputs if op.onto}
        self._reductions: dict[tuple[object, ...], str] = {}
        self._replaced = _replaced(op)
        self._count = 0
        for role, operands in (("input", op.inputs), ("output", op.outputs)):
            for argument in operands:
                axes = tuple(_axis_factors(axis) for axis in argument.type.axes)
                batched = argument.type.batched or argument.type.pointwise
                self.program.tensors[argument.name] = Tensor(argument.name, axes, batched, role)

    def assign(
        self,
        target: str,
        indices: tuple[Expression, ...],
        value: Expression,
        bound: tuple[str, ...] = (),
        form: str = "map",
        kind: str = "",
        reverse: bool = False,
        place: Expression | None = None,
    ) -> dict[str, str]:
        """Adds a step that gives all of a tensor; the result is how its indices were renamed."""
        batched = self.is_batched(value) or target in self._replaced
        batched = batched or (place is not None and self.is_batched(place))
        tensor = self.declare(target, indices, batched and BATCH not in bound)
        free = (PREFIX, *((BATCH,) if tensor.batched else ()), *_names(indices))
        step = Step(target, indices, free, bound, form, kind, value, reverse, place)
        step, names = canonical(step)
        self.program.steps.append(step)
        self.given.add(target)
        return names

    def declare(self, name: str, indices: tuple[Expression, ...], batched: bool) -> Tensor:
        """The tensor of that name; a temporary where it is not known yet."""
        if name not in self.program.tensors:
            axes = tuple(factors_of(index) or () for index in indices)
            self.program.tensors[name] = Tensor(name, axes, batched, "temporary")
        return self.program.tensors[name]

    def fresh(self) -> str:
        """A new name for a temporary."""
        self._count += 1
        return f"t{self._count}%"

    def fold(
        self,
        body: Expression,
        bound: tuple[str, ...],
        kind: str,
        target: str,
        places: tuple[Expression, ...],
    ) -> Expression:
        """Adds a reduction, or finds the one that is there already."""
        probe = Step("", places, _names(places), bound, "reduce", kind, body)
        shape, _ = canonical(probe)
        key = (shape.indices, shape.bound, kind, shape.value)
        if key in self._reductions and not target:
            return Read(self._reductions[key], places)
        name = target or self.fresh()
        self.assign(name, places, body, bound, "reduce", kind)
        self._reductions[key] = name
        return Read(name, places)

    def is_batched(self, expression: Expression) -> bool:
        """Whether the value differs along the batch."""
        for node in walk(expression):
            if isinstance(node, Read) and node.tensor in self.program.tensors:
                if self.program.tensors[node.tensor].batched:
                    return True
            elif isinstance(node, Call) and node.function == "linear":
                return True
        return False


def _axis_factors(axis: Axis) -> Factors:
    """Names of the sizes of an axis."""
    return tuple(f if isinstance(f, str) else literal_size(f) for f in axis.factors)


def _replaced(op: Op) -> set[str]:
    """Targets of which elements are replaced, at places that may differ along the batch."""
    return {
        statement.target.tensor
        for statement in op.compute or op.define
        if isinstance(statement, Statement)
        and not statement.accumulate
        and any(factors_of(index) is None for index in statement.target.indices)
    }


def _names(indices: tuple[Expression, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for index in indices for n in free_indices(index)))

"""The kinds of a program's values, found without running it: what temporaries are stored in."""

from __future__ import annotations

from dataclasses import replace

from ...ops.calls.binding import Binding
from ...ops.dtype import dtype, get_default_dtype
from ...ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Size,
)
from ..ir.kinds import (
    DOUBLE,
    FLOAT,
    INTEGER,
    WEAK_BOOL,
    WEAK_INTEGER,
    Kind,
    call_kinds,
    of_dtype,
    of_number,
    summed,
    unify,
)
from .halving import Halving, Probe
from .program import Program, Step


class Inference:
    """Kinds of expressions and tensors.

    Attributes:
        random: Kind of `uniform`: float64 where the first floating-point output is.
    """

    def __init__(self, program: Program, binding: Binding) -> None:
        self.program = program
        self.binding = binding
        self._tensors: dict[str, Kind] = {}
        # By identity: nodes that are equal, such as 0 and False, may be of different kinds.
        self._expressions: dict[int, tuple[Expression, Kind]] = {}
        self._steps: dict[str, list[Step]] = {}
        for step in program.steps:
            self._steps.setdefault(step.target, []).append(step)
        outputs = [n for n, t in program.tensors.items() if t.role == "output"]
        floats = [d for d in map(binding.dtypes.__getitem__, outputs) if d.is_floating_point]
        wide = floats[0] if floats else get_default_dtype()
        self.random = DOUBLE if wide.name == "float64" else FLOAT

    def named(self, name: str) -> dtype:
        """The dtype behind a word of the entry, a `Dtype` attribute or a dtype's name."""
        return self.binding.dtype_of(name)

    def declare(self, name: str, kind: Kind) -> None:
        """States the kind of a tensor that schedules add."""
        self._tensors[name] = kind

    def tensor(self, name: str) -> Kind:
        """Kind of a tensor's elements."""
        if name not in self._tensors:
            if self.program.tensors[name].role != "temporary":
                self._tensors[name] = of_dtype(self.binding.dtypes[name])
            else:
                kinds = [self.step(step) for step in self._steps[name]]
                kind = kinds[0]
                for other in kinds[1:]:
                    kind = unify(kind, other)
                self._tensors[name] = kind
        return self._tensors[name]

    def step(self, step: Step) -> Kind:
        """Kind of what a step gives."""
        if step.kind in ("argmax", "argmin") or step.form == "order":
            return INTEGER
        kind = self.expression(step.value)
        if step.form == "map" or step.form == "scatter":
            return kind
        if step.kind in ("sum", "prod"):
            return summed(kind)
        if step.kind in ("any", "all"):
            return replace(WEAK_BOOL, weak=False)
        return replace(kind, weak=False)

    def expression(self, node: Expression) -> Kind:
        """Kind of an expression."""
        known = self._expressions.get(id(node))
        if known is None:
            known = self._expressions[id(node)] = (node, self._find(node))
        return known[1]

    def _find(self, node: Expression) -> Kind:
        match node:
            case Constant(value):
                return of_number(value)
            case Size() | Index() | Product():
                return WEAK_INTEGER
            case Attribute(name):
                return of_number(self.binding.attributes[name])
            case Read(tensor):
                return self.tensor(tensor)
            case Cast(_, name):
                return of_dtype(self.named(name))
            case Halving():
                return INTEGER
            case Probe():
                return WEAK_INTEGER
            case Call("select", (_, first, second)):
                return unify(self.expression(first), self.expression(second))
            case Call("uniform" | "uniform2"):
                return self.random
            case Call("random_bits"):
                return INTEGER
            case Call("linear"):
                return WEAK_INTEGER
            case Call(function, arguments):
                kinds = [self.expression(argument) for argument in arguments]
                return call_kinds(function, kinds)[1]
        raise AssertionError(f"{type(node).__name__} has no kind")

"""Scans of few long rows: pieces are summed, the sums scanned, then every piece goes on from there.

Each row is cut into the same pieces twice. What is scanned inside a piece is combined with what all
pieces before it have; the order is fixed, so that results are the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from ...ops.language.expression import Call, Constant, Expression, Index, Read, walk
from ..emit.reduction import Reduction
from ..launch import Launch, Temporary
from ..nest.accesses import PIECE
from ..nest.nest import Nest
from ..program.context import dtype_of
from ..program.layout import Access, Form
from ..program.program import Step
from .nest import SimtNest

LONG_ROW = 1 << 15
"""Elements of a row from which on it is cut."""


def _logaddexp(first: Expression, second: Expression) -> Expression:
    """As reductions have it: infinities of one sign do not become NaN."""
    largest, least = Call("maximum", (first, second)), Call("minimum", (first, second))
    less = Call("exp", (Call("sub", (least, largest)),))
    total = Call("add", (largest, Call("log1p", (less,))))
    infinite = Call("eq", (Call("abs", (largest,)), Constant(math.inf)))
    return Call("select", (infinite, largest, total))


COMBINED: dict[str, tuple[Callable[[Expression, Expression], Expression], float]] = {
    "sum": (lambda first, second: Call("add", (first, second)), 0),
    "prod": (lambda first, second: Call("mul", (first, second)), 1),
    "logaddexp": (_logaddexp, -math.inf),
}
"""What two scans are combined with, and what changes nothing."""


def match(nest: Nest) -> bool:
    """There is one scan, of rows too few to keep all threads busy, each of very many elements."""
    scans = [step for step in nest.steps.values() if step.form == "scan"]
    one = len(scans) == len(nest.inner) == len(nest.inner_variables) == 1
    if not one or nest.partial or PIECE in nest.inner:
        return False
    others = {step.form for step in nest.steps.values() if step is not scans[0]}
    if not others <= {"map"} or scans[0].kind not in COMBINED:
        return False
    rows = nest.total(nest.outer_variables)
    return nest.total(nest.inner_variables) >= LONG_ROW and rows * LONG_ROW < 1 << 23


def build(nest: Nest) -> list[Launch]:
    """The four launches."""
    return _Planner(nest).build()


class _Planner:
    """Plans one scan.

    Attributes:
        scan: The step.
        sums: Name of the sums of pieces; `sums/0` are those of each, `sums/1` those of all before.
        rows: Indices of a row.
    """

    def __init__(self, nest: Nest) -> None:
        self.nest, self.context = nest, nest.context
        self.scan = next(step for step in nest.steps.values() if step.form == "scan")
        self.sums = f"{self.scan.target}~sums"
        (self.along,) = nest.inner
        self.free = tuple(i for i in self.scan.free if i != self.along)
        kept = [k for k, index in enumerate(self.scan.indices) if not self._runs(index)]
        self.indices = tuple(self.scan.indices[k] for k in kept)
        tensor = self.context.program.tensors[self.scan.target]
        axes = tuple(tensor.axes[k] for k in kept)
        inference = self.context.inference
        kind = Reduction(self.scan.kind, inference.expression(self.scan.value)).accumulator
        for name in (self.sums, f"{self.sums}/0", f"{self.sums}/1"):
            self.context.program.tensors[name] = replace(
                tensor, name=name, axes=axes, role="temporary"
            )
            inference.declare(name, kind)
        self.kind = kind

    def _runs(self, index: Expression) -> bool:
        return any(node == Index(self.along) for node in walk(index))

    def build(self) -> list[Launch]:
        """All launches, in order."""
        nest, outer = self.nest, (*self.nest.outer, PIECE)
        summed = self._needed(
            replace(self.scan, target=self.sums, indices=self.indices, free=self.free,
                    form="reduce", reverse=False)
        )  # fmt: skip
        pieces = self._nest(summed, [self.sums], outer, nest.inner, partial=True)
        first = pieces.launch()
        assert pieces.cut is not None
        scanned = self._nest(
            self._piecewise(), nest.roots, outer, nest.inner, partial=True, piece=pieces.cut[1]
        )
        rows = nest.space.elements(self.context.program.tensors[self.sums])
        for part in (0, 1):
            name = f"{self.sums}/{part}"
            room = rows * (pieces.pieces + 1)
            self.context.temporaries[name] = Temporary(name, dtype_of(self.kind), room)
        # Sums of all pieces before one lie at its place; from the far end, one place further on.
        after, before = Form(rows), Form(0)
        if self.scan.reverse:
            after, before = before, after
        edge = Form(rows * pieces.pieces if self.scan.reverse else 0)
        behind = Read(f"{self.sums}/1", self.indices)
        self._move(scanned, behind, before)
        return [self._edge(edge), first, self._totals(pieces.pieces, after), scanned.launch()]

    def _nest(
        self, steps: dict[str, Step], roots: list[str], outer: tuple[str, ...],
        inner: tuple[str, ...], partial: bool = False, pieces: int = 0, piece: int = 0,
    ) -> SimtNest:  # fmt: skip
        return SimtNest(
            self.context, steps, roots, outer, inner, partial=partial, pieces=pieces, piece=piece
        )

    @staticmethod
    def _move(nest: Nest, key: object, by: Form) -> None:
        """Moves an access by a number of elements."""
        access: Access = nest.forms.accesses[key]
        nest.forms.accesses[key] = replace(access, form=access.form.plus(by))

    def _needed(self, last: Step) -> dict[str, Step]:
        """A step in the place of the scan, and the maps that it reads."""
        found: list[str] = []
        stack = [read.tensor for read in last.reads()]
        while stack:
            name = stack.pop()
            if name in self.nest.steps and name not in found:
                found.append(name)
                stack += [read.tensor for read in self.nest.steps[name].reads()]
        return {n: s for n, s in self.nest.steps.items() if n in found} | {last.target: last}

    def _totals(self, pieces: int, by: Form) -> Launch:
        """The launch that scans the sums of pieces."""
        target = f"{self.sums}/1"
        value = Read(f"{self.sums}/0", self.indices)
        step = Step(target, self.indices, (*self.free, PIECE), (PIECE,), "scan", self.scan.kind,
                    value, self.scan.reverse)  # fmt: skip
        nest = self._nest({target: step}, [target], self.nest.outer, (PIECE,), pieces=pieces)
        self._move(nest, ("write", target), by)
        return nest.launch()

    def _edge(self, at: Form) -> Launch:
        """The launch that writes what is before the first piece: nothing."""
        name = f"{self.sums}/1"
        _, nothing = COMBINED[self.scan.kind]
        step = Step(self.sums, self.indices, self.free, (), "map", "", Constant(nothing))
        nest = self._nest({self.sums: step}, [self.sums], self.nest.outer, ())
        key = ("write", self.sums)
        access = nest.forms.accesses[key]
        nest.forms.accesses[key] = replace(access, tensor=name, form=access.form.plus(at))
        nest.names = {name: None}
        return nest.launch()

    def _piecewise(self) -> dict[str, Step]:
        """The steps where a scan begins anew in each piece, and goes on from those before."""
        combine, _ = COMBINED[self.scan.kind]
        own = f"{self.scan.target}~own"
        program = self.context.program
        tensor = program.tensors[self.scan.target]
        program.tensors[own] = replace(tensor, name=own, role="temporary")
        self.context.inference.declare(own, self.kind)
        read = (Read(own, self.scan.indices), Read(f"{self.sums}/1", self.indices))
        steps: dict[str, Step] = {}
        for name, step in self.nest.steps.items():
            if step is self.scan:
                steps[own] = replace(step, target=own)
                step = replace(step, bound=(), form="map", kind="", value=combine(*read),
                               reverse=False)  # fmt: skip
            steps[name] = step
        return steps

"""Split: few rows, each of very many elements.

Every pass becomes a launch of its own over fixed pieces of the rows, and a second one that
combines what the pieces gave, in a fixed order. Pieces depend on sizes alone, so results are the
same for any number of threads.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ...ops.language.expression import Product, Read
from ..launch import Launch, Temporary
from ..program.context import dtype_of
from ..program.program import Step
from .accesses import PIECE
from .fuse import form_passes
from .nest import Nest
from .strip import STRIP_LANES

FEW_UNITS, FEW_OF_SEVERAL_PASSES = 8, 4
"""Units of work that are too few to share out. Passes apart cost more than one unit each: what they
keep for each element goes through memory, across the lines."""

LONG_ROW = 1 << 16
LONGEST_ROW = 1 << 20


def match(nest: Nest) -> bool:
    """There are too few rows to share out, or rows too long for one accumulator."""
    if not nest.inner or any(s.form not in ("map", "reduce") for s in nest.steps.values()):
        return False
    if not any(s.form == "reduce" for s in nest.steps.values()):
        return False
    length = nest.total(nest.inner_variables)
    rows, few = nest.total(nest.outer_variables), FEW_UNITS
    if length > LONGEST_ROW:
        return True
    if nest.lane is not None and nest.lane in nest.outer_variables:
        if length > LONG_ROW:
            return True
        rows = -(-rows // (STRIP_LANES if nest.stripped else 4 * nest.lane_count()))
        few = FEW_UNITS if len(nest.passes) == 1 else FEW_OF_SEVERAL_PASSES
    return rows < few and length * nest.total(nest.outer_variables) >= LONG_ROW


def build(nest: Nest) -> list[Launch]:
    """Two launches for each pass that reduces, one for each that only writes."""
    return _Splitter(nest).build()


class _Splitter:
    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.context = nest.context
        self.inner = set(nest.inner)
        self.launches: list[Launch] = []
        self.in_memory: set[str] = set()

    def build(self) -> list[Launch]:
        """All launches."""
        steps, roots = self.nest.steps, self.nest.roots
        vectors = {n for n, s in steps.items() if self.inner <= set(s.free) and s.form == "map"}
        scalars = [n for n, s in steps.items() if s.form == "map" and n not in vectors]
        passes = form_passes(steps, roots, self.inner)
        late = [n for n in roots if n in scalars]
        last = max((k for k, one in enumerate(passes) if one.folds), default=-1)
        for number, one in enumerate(passes):
            stores = [*one.stores, *(n for n in one.saves if n not in one.stores)]
            for name in one.saves:
                self.keep(name)
            self.walk(list(one.folds), stores, late if number == last else [])
            self.in_memory.update(one.saves)
            if one.folds:
                self.in_memory.update(one.folds)
        if late and last < 0:
            self.run(late, self.nest.outer, ())
        return self.launches

    def keep(self, name: str) -> None:
        """Gives a value that outlives its launch a place in memory."""
        tensor = self.context.program.tensors[name]
        if tensor.role == "temporary" and name not in self.context.temporaries:
            kind = self.context.inference.tensor(name)
            self.context.temporaries[name] = Temporary(
                name, dtype_of(kind), max(1, self.nest.space.elements(tensor))
            )

    def definitions(self, wanted: list[str], given: Collection[str] = ()) -> dict[str, Step]:
        """The wanted steps and the maps they read, as far as those are not in memory or given."""
        found: set[str] = set()
        stack = list(wanted)
        while stack:
            name = stack.pop()
            if name in found:
                continue
            found.add(name)
            for read in self.nest.steps[name].reads():
                name = read.tensor
                if name in self.nest.steps and name not in self.in_memory and name not in given:
                    stack.append(name)
        return {n: s for n, s in self.nest.steps.items() if n in found}

    def run(self, roots: list[str], outer: tuple[str, ...], inner: tuple[str, ...]) -> None:
        """A plain launch that writes the roots."""
        nest = type(self.nest)(self.context, self.definitions(roots), roots, outer, inner)
        self.launches.append(nest.launch())

    def walk(self, folds: list[str], stores: list[str], late: list[str]) -> None:
        """One pass: a launch over pieces, and one that combines them and computes `late`."""
        if not folds:
            self.run(stores, (*self.nest.outer, *self.nest.inner), ())
            return
        for name in folds:
            self.keep(name)
            self.declare(name)
        outer = (*self.nest.outer, PIECE)
        steps = self.definitions([*folds, *stores])
        made = type(self.nest)
        pieces = made(self.context, steps, [*folds, *stores], outer, self.nest.inner, partial=True)
        self.launches.append(pieces.launch())
        for name in folds:
            self.partial_memory(name, pieces.pieces)
        merges = {name: self.merge(name) for name in folds}
        merges |= self.definitions([n for n in late if n not in merges], folds)
        combined = made(
            self.context, merges, [*folds, *late], self.nest.outer, (PIECE,), pieces=pieces.pieces
        )
        self.launches.append(combined.launch())

    def parts(self, name: str) -> list[str]:
        """Names of the partial results of a fold."""
        positional = self.nest.steps[name].kind in ("argmax", "argmin")
        return [f"{name}/{k}" for k in range(2 if positional else 1)]

    def declare(self, name: str) -> None:
        """Makes the partial results of a fold known to the program."""
        tensor = self.context.program.tensors[name]
        for part, kind in zip(self.parts(name), self.nest.reduction(name).components):
            self.context.program.tensors[part] = replace(tensor, name=part, role="temporary")
            self.context.inference.declare(part, kind)

    def partial_memory(self, name: str, pieces: int) -> None:
        """Reserves memory for the partial results of a fold."""
        rows = self.nest.space.elements(self.context.program.tensors[f"{name}/0"])
        for part in self.parts(name):
            kind = self.context.inference.tensor(part)
            self.context.temporaries[part] = Temporary(part, dtype_of(kind), max(1, rows * pieces))

    def merge(self, name: str) -> Step:
        """The step that combines the pieces' results."""
        step = self.nest.steps[name]
        value = Product(tuple(Read(part, step.indices) for part in self.parts(name)))
        return Step(name, step.indices, step.free, (PIECE,), "merge", step.kind, value)

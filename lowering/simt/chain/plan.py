"""Which chains are products around exponentials of rows, and the launch of one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from math import prod

from ....ops.dataclass import dataclass
from ....ops.dtype import float64, int64
from ....ops.expression import Call, Expression, Index, Read, reads
from ...chain.choose import ChainPlanner, Fused
from ...chain.find import Chain, find_chain
from ...chain.shape import ChainShape, Panels
from ...context import Context
from ...contraction.blocks import ceil_div
from ...launch import Grid, Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument
from ...loops import F32
from ...naming import kernel_name
from ...partition import Group
from ...program import BATCH, PREFIX, Step
from ..narrow import are_narrow, narrowed
from .kernel import LANES, SIDE, THREADS, Running, build_running

MOST_COLUMNS = 2 * SIDE
"""Columns of the second product, whose sums stay in registers."""

LEAST_BLOCKS, SHORT_ROW = 66, 512
"""Blocks from which on half of a chip is busy; fewer do not go through long rows, which products of
their own share out better."""


def fuse(context: Context, groups: list[Group]) -> Fused | None:
    """The chain of a program as one launch; None if it has none that pays."""
    chain = find_chain(context.program, groups)
    running = None if chain is None else running_of(chain)
    if chain is None or running is None or context.target.tensor_floats:
        return None
    launch = RunningPlanner(context, chain, running).plan()
    return None if launch is None else Fused(chain.number, chain.members, launch)


def running_of(chain: Chain) -> Running | None:
    """How sums of exponentials go on where the largest element grows; None if they are none.

    The rows must be `top = max[s](x)`, `raw = exp(x - base)` with a `base` that follows from `top`,
    and sums of `raw`, which is what the second product multiplies.
    """
    if len(chain.heads) != 1 or len(chain.along) != 1 or chain.across:
        return None
    folds = [step for step in chain.steps if step.form == "reduce"]
    tops = [step for step in folds if step.kind == "max"]
    raws = [step for step in chain.steps if step.target == chain.along[0].line.tensor]
    if len(tops) != 1 or len(raws) != 1:
        return None
    (top,), (raw,) = tops, raws
    base = _base(raw, top, Read(top.target, (Index(chain.row),)))
    sums = [step for step in folds if step is not top]
    whole = Read(raw.target, (Index(chain.row), Index(chain.column)))
    if base is None or any(step.kind != "sum" or step.value != whole for step in sums):
        return None
    known = {step.target for step in (*folds, raw)}
    others = [step for step in chain.steps if step.target not in known]
    plain = all(chain.column in step.free and not _reads_any(step, known) for step in others)
    return Running(top, raw, base, tuple(sums)) if plain else None


def _base(raw: Step, top: Step, largest: Read) -> Expression | None:
    """What is subtracted in `exp(x - base)`, if it follows from the largest `x` alone."""
    match raw.value:
        case Call("exp", (Call("sub", (x, base)),)) if x == top.value:
            alone = all(read == largest for read in reads(base))
            return base if alone and not any(isinstance(n, Index) for n in _outside(base)) else None
    return None


def _outside(node: Expression) -> list[Expression]:
    """What an expression is made of, but the places of what it reads."""
    if isinstance(node, Read):
        return []
    return [node, *(part for child in node.children for part in _outside(child))]


def _reads_any(step: Step, names: set[str]) -> bool:
    return any(read.tensor in names for read in reads(step.value))


@dataclass(frozen=True)
class _Key:
    """What tells kernels apart."""

    shape: ChainShape
    narrow: bool
    target: str


class RunningPlanner(ChainPlanner):
    """Plans the launch of a chain for blocks of threads."""

    def __init__(self, context: Context, chain: Chain, running: Running) -> None:
        super().__init__(context, chain)
        self.running = running

    def plan(self) -> Launch | None:
        """The launch; None where another schedule is better or the only one."""
        stored = {
            self.context.stored(read.tensor)
            for product in self._products()
            for read in (product.line, product.other)
            if read.tensor != self.running.raw.target
        }
        return super().plan() if stored == {F32} else None  # halves go through tensor cores

    def _is_large(self) -> bool:
        (head,), (tail,), extents = self.chain.heads, self.chain.along, self.space.extents
        column = next(i for i in tail.step.free if i not in (PREFIX, BATCH, self.chain.row))
        if not super()._is_large() or min(extents[head.step.bound[0]], extents[column]) < 1:
            return False
        if extents[column] > MOST_COLUMNS:
            return False
        blocks = prod(self._outer_extents()) * ceil_div(extents[self.chain.row], SIDE)
        return bool(blocks >= LEAST_BLOCKS or extents[self.chain.column] <= SHORT_ROW)

    def _block(self) -> None:
        """How the work is cut: a block of threads has `SIDE` rows."""
        self.lanes = self.height = LANES
        tiles = ceil_div(self.space.extents[self.chain.row], SIDE)
        self.units = prod(self._outer_extents()) * tiles
        self._name("tiles", tiles)
        self._name("units", self.units)

    def _panels(self, read: Read, along: str, step: str) -> Panels:
        """Columns of a product, which are read where they lie."""
        extents = self.extents
        return Panels(self._factor(read, along, step), extents[along], extents[step], 0, 0)

    def _buffers(self, count: int) -> None:
        """None: no element reaches memory."""

    def _finish(self, shape: ChainShape) -> Launch:
        """The launch of a shape."""
        (tail,) = shape.tails
        count = self.space.extents[tail.column]
        shape = replace(shape, name="", vectors=1 if count <= SIDE else MOST_COLUMNS // SIDE)
        narrow = self._is_narrow()
        key = _Key(shape, narrow, self.context.target.name)
        digest = hashlib.sha256(repr(key).encode()).hexdigest()
        named = replace(shape, name=kernel_name(self.context.name, digest))
        grid = Grid(THREADS, dict(shape.slots)["units"], 1)
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        wide = {True: float64, False: int64}
        arguments += [ScalarArgument(n, wide[kind.category == 2]) for n, kind in shape.scalars]
        arguments += [Number(value) for value in self.numbers]
        running = self.running
        kernel = Kernel(
            ("running chain", digest, key.target),
            lambda: narrowed(build_running(named, running), narrow),
            self.context.name, "chain", grid, named.name,
        )  # fmt: skip
        return Launch(kernel, tuple(arguments), grid.blocks(self.numbers))

    def _is_narrow(self) -> bool:
        """Whether all places, and the numbers that they are made of, are small."""
        assert self.forms is not None
        extents = self.space.extents
        reach = [
            abs(access.form.offset) + sum(abs(c) * extents[n] for n, c in access.form.terms)
            for access in self.forms.values()
        ]
        return are_narrow([*self.numbers, *reach])

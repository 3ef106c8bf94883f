"""Which chains around exponentials of rows pay, and their launches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from math import prod

from ....ops.calls.symbols import maximum
from ....ops.dataclass import dataclass
from ....ops.dtype import float64, int64
from ....ops.language.expression import Read
from ...chain.bounds import Bound, find_bound
from ...chain.choose import ChainPlanner, Fused
from ...chain.find import Product, find_chain
from ...chain.shape import ChainShape, Panels
from ...contraction.blocks import ceil_div
from ...emit.shape import AccessShape
from ...ir.loops import BF16, F16, F32, Function
from ...launch import (
    Grid,
    Kernel,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    ScalarArgument,
    Temporary,
)
from ...naming import kernel_name
from ...program.context import Context, dtype_of
from ...program.layout import Access
from ...program.partition import Group
from ...program.program import BATCH, PREFIX
from ..narrow import are_narrow, narrowed
from .block import Block
from .given import GivenWalk
from .matrix import MatrixBlock
from .parts import Part, parts_of
from .running import RunningWalk
from .shape import COLUMNS, DEPTH, LANES, MATRIX_ROWS, SIDE, THREADS, BlockShape
from .threads import ThreadBlock

MOST_COLUMNS = 2 * COLUMNS
"""Columns of the second product, whose sums stay in registers."""

LEAST_BLOCKS, SHORT_ROW = 66, 512
"""Blocks from which on half of a chip is busy; fewer do not go through long rows, which products of
their own share out better."""


def fuse(context: Context, groups: list[Group]) -> Fused | None:
    """The chain of a program as one launch or a few; None if it has none that pays."""
    chain = find_chain(context.program, groups)
    parts = () if chain is None else parts_of(chain)
    if chain is None or not parts or context.target.tensor_floats:
        return None
    planners = [RunningPlanner(context, part) for part in parts]
    launches = [planner.plan() for planner in planners]
    found = tuple(launch for launch in launches if launch is not None)
    if len(found) < len(parts):
        return None
    for planner in planners:
        planner.reserve_kept()
    return Fused(chain.number, chain.members, found)


def build(shape: BlockShape) -> Function:
    """The kernel of a shape."""
    block: Block = ThreadBlock(shape) if shape.element == F32 else MatrixBlock(shape)
    running = shape.running
    return block.function(GivenWalk(block) if running is None else RunningWalk(block, running))


@dataclass(frozen=True)
class _Key:
    """What tells kernels apart."""

    shape: BlockShape
    narrow: bool
    target: str


class RunningPlanner(ChainPlanner):
    """Plans the launch of a part of a chain for blocks of threads."""

    def __init__(self, context: Context, part: Part) -> None:
        super().__init__(context, part.chain)
        self.part = part
        self.kept: tuple[tuple[str, AccessShape], ...] = ()

    def plan(self) -> Launch | None:
        """The launch; None where another schedule is better or the only one."""
        inside = {step.target for step in self.chain.steps}
        stored = {
            self.context.stored(read.tensor)
            for product in self._products()
            for read in (product.line, product.other)
            if read.tensor not in inside
        }
        if len(stored) != 1 or not stored <= {F32, F16, BF16}:
            return None
        (self.element,) = stored
        self.side = SIDE if self.element == F32 else MATRIX_ROWS
        return super().plan()

    def reserve_kept(self) -> None:
        """Reserves memory for values of rows that later parts read."""
        for step in self.part.kept:
            tensor = self.context.program.tensors[step.target]
            dtype = dtype_of(self.context.inference.tensor(step.target))
            elements = maximum(1, self.space.elements(tensor))
            self.context.temporaries[step.target] = Temporary(step.target, dtype, elements)

    def _is_large(self) -> bool:
        chain, extents = self.chain, self.space.extents
        depths = [extents[head.step.bound[0]] for head in chain.heads]
        columns = [extents[self._column(tail)] for tail in chain.along]
        if not super()._is_large() or min(depths + columns) < 1:
            return False
        if any(count > MOST_COLUMNS for count in columns):
            return False
        blocks = prod(self._outer_extents()) * ceil_div(extents[chain.row], self.side)
        return bool(blocks >= LEAST_BLOCKS or extents[chain.column] <= SHORT_ROW)

    def _column(self, tail: Product) -> str:
        """The index of the results' columns."""
        return next(i for i in tail.step.free if i not in (PREFIX, BATCH, self.chain.row))

    def _accesses(self) -> dict[Read, Access] | None:
        """See `ChainPlanner`; beside that how kept values are reached."""
        found = super()._accesses()
        if found is not None:
            for step in self.part.kept:
                access = self.space.access(step.target, step.indices, ())
                found[Read(step.target, step.indices)] = access
        return found

    def _block(self) -> None:
        """How the work is cut: a block of threads has `side` rows."""
        self.lanes = self.height = LANES if self.element == F32 else MatrixBlock.lanes
        tiles = ceil_div(self.space.extents[self.chain.row], self.side)
        self.units = prod(self._outer_extents()) * tiles
        self._name("tiles", tiles)
        self._name("units", self.units)
        self.kept = tuple(
            (step.target, self._access(Read(step.target, step.indices))) for step in self.part.kept
        )

    def _panels(self, read: Read, along: str, step: str) -> Panels:
        """Columns of a product, which are read where they lie."""
        extents = self.extents
        return Panels(self._factor(read, along, step), extents[along], extents[step], 0, 0)

    def _buffers(self, count: int) -> None:
        """None: no element reaches memory."""

    def _bound(self, wanted: Sequence[str]) -> Bound | None:
        """Which elements are ruled out, in terms of rows and columns of the whole chain."""
        row, column = self.chain.row, self.chain.column
        if self.part.turned:
            row, column = column, row
        return find_bound(self.chain.steps, wanted, row, column)

    def _finish(self, shape: ChainShape) -> Launch:
        """The launch of a shape."""
        part, context, tails = self.part, self.context, self.chain.along
        columns = [self.space.extents[self._column(tail)] for tail in tails]
        packs = tuple(1 if count <= COLUMNS else MOST_COLUMNS // COLUMNS for count in columns)
        depths = [self.space.extents[head.step.bound[0]] for head in self.chain.heads]
        resident = tuple(self.element != F32 and depth <= DEPTH for depth in depths)
        elements = tuple(tail.line.tensor for tail in tails)
        shape = replace(shape, name="", vectors=1)
        block = BlockShape(
            shape, part.running, part.turned, self.side, self.element, resident, elements, packs,
            self.kept,
        )  # fmt: skip
        narrow = self._is_narrow()
        key = _Key(block, narrow, context.target.name)
        digest = hashlib.sha256(repr(key).encode()).hexdigest()
        named = replace(block, chain=replace(shape, name=kernel_name(context.name, digest)))
        grid = Grid(THREADS, dict(shape.slots)["units"], 1)
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        wide = {True: float64, False: int64}
        arguments += [ScalarArgument(n, wide[kind.category == 2]) for n, kind in shape.scalars]
        arguments += [Number(value) for value in self.numbers]
        kernel = Kernel(
            ("running chain", digest, key.target),
            lambda: narrowed(build(named), narrow),
            context.name, "chain", grid, named.chain.name,
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

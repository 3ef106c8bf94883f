"""The shape of a nest for blocks of threads -> the function.

    block, thread -> units -> row (outer variables) -> passes -> inner variables

A unit is the row of one thread, the row of a team, or a tile along the lane variable, of which each
thread takes packs of `lanes` elements that lie side by side; packs of neighbouring threads do too.
All threads of a team hold the result of a fold, and the first of them writes it.
"""

from __future__ import annotations

from collections.abc import Callable

from ..emit.call import both
from ..emit.loops import Body
from ..emit.memory import Typed
from ..emit.positions import FAR
from ..emit.reduction import Accumulators, Reduction
from ..emit.shape import AccessShape, Pass
from ..ir.loops import I64, INDEX, Function, Scalar, Value
from ..ir.thread_instructions import WARP
from ..program.program import Step
from .emit_expression import SimtExpressions
from .emit_tile import TurningEmitter
from .narrow import MOST
from .shape import SimtShape
from .team import Team


def emit_simt(shape: SimtShape) -> Function:
    """The kernel of a shape."""
    return SimtEmitter(shape).function()


class SimtEmitter(TurningEmitter):
    """Writes one kernel for blocks of threads."""

    expression_emitter = SimtExpressions
    e: SimtExpressions

    def __init__(self, shape: SimtShape) -> None:
        super().__init__(shape.nest)
        self.simt = shape
        self.b.function.threads = shape.threads
        memory = self.arguments.memory
        self.b.function.constant = frozenset(memory[name].name for name in shape.constant)
        self.b.function.narrow = shape.narrow
        self.e.positions.far = MOST if shape.narrow else FAR
        self.e.reciprocals = {
            self.numbers[slot]: self.b.argument(I64, f"r{slot}") for slot in shape.divisors
        }
        self.at_a_time = shape.at_a_time
        self.team = Team(self.b, shape.threads, shape.team)
        self.held = False  # the elements of the row at hand are in registers
        self.backwards = False  # a row is scanned from its far end
        self.inside: Value | None = None  # whether this thread has an element of its own, in a scan
        self.has_row: Value | None = None  # whether its team has a row, where teams share a warp

    def function(self) -> Function:
        """The finished kernel."""
        b, shape = self.b, self.shape
        self.narrow_scalars()
        first, step, units = b.block_id(), b.grid_dim(), self.numbers[shape.units]
        if shape.block is None:
            teams = b.constant(self.simt.threads // self.simt.team)
            number = self.team.number
            if self.shares_warp:
                number = b.minus(number, self.number_in_warp)
            first, step = b.plus(b.times(first, teams), number), b.times(step, teams)
        with b.loop(first, units, step) as loop:
            unit = loop.index
            if self.shares_warp:
                unit = b.plus(unit, self.number_in_warp)
                self.has_row = b.compare("slt", unit, units)
                unit = b.minimum_index(unit, b.minus(units, b.constant(1)))
            self.scratch_row = unit
            self.e.scopes.append({})
            self.unit(unit)
            self.e.scopes.pop()
        return b.finish()

    @property
    def shares_warp(self) -> bool:
        """Several teams share a warp: they go from row to row together, as all threads of a warp
        take part in exchanges. Those without a row do the last one again, and write nothing."""
        return 1 < self.simt.team < WARP

    @property
    def number_in_warp(self) -> Value:
        """Of this thread's team."""
        b, teams = self.b, WARP // self.simt.team
        return b.add("arith.andi", [self.team.number, b.constant(teams - 1)], INDEX)

    def divided(self, number: Value, divisor: Value) -> tuple[Value, Value]:
        """Quotient and remainder of a number that is not negative."""
        known = divisor in self.e.reciprocals
        return self.e.divided(number, divisor) if known else super().divided(number, divisor)

    # -- rows --------------------------------------------------------------------------------------

    def row(self) -> None:
        """All passes over one row, then its results."""
        if not self.simt.resident:
            super().row()
            return
        e = self.e
        last = self.extents[self.shape.inner[-1]]
        e.bases = [self.place(self.b.constant(0), copy) for copy in range(self.shape.unroll)]
        e.masks = [self.b.mask(self.b.minus(last, base), self.shape.lanes) for base in e.bases]
        self.held = True
        for number, one in enumerate(self.shape.passes):
            self.walk(number, one)
        self.held = False
        e.bases, e.masks, e.copy = [], [], 0
        self.write_rows()

    def walk(self, number: int, one: Pass) -> None:
        """One pass; in rows that are scanned, what earlier ones kept was kept by other threads."""
        scans = any(step.form == "scan" for step in self.e.steps.values())
        if scans and any(before.saves for before in self.shape.passes[:number]):
            self.team.meet()
        super().walk(number, one)

    def finish(
        self, steps: list[Step], reductions: list[Reduction], results: list[Value], width: int
    ) -> None:
        """Binds what is folded for the row, not for one of its elements."""
        e = self.e
        bases, masks = e.bases, e.masks
        if self.held:
            e.bases, e.masks = [], []
        super().finish(steps, reductions, results, width)
        e.bases, e.masks = bases, masks

    def gathered(self, reduction: Reduction, values: list[Value]) -> list[Value]:
        """What the threads of a team have folded, as one."""
        return self.team.combine(reduction, values)

    def write_row(self, target: str, value: Value) -> None:
        """Stores a value of which a row has one; one thread of the team does."""
        if self.simt.team == 1:
            super().write_row(target, value)
            return
        branch = self.b.branch(self.team.is_first())
        with self.b.inside(branch.then):
            self.e.scopes.append({})
            self.write(target, value)
            self.e.scopes.pop()
        with self.b.inside(branch.otherwise):
            pass

    # -- elements ----------------------------------------------------------------------------------

    def over_inner(
        self, variables: list[str], carried: list[Value], body: Body, width: int, reverse: bool
    ) -> list[Value]:
        """The elements of a row: one after the other, or shared out among the team."""
        if self.held:
            return body(carried)
        if self.scans_packs:
            return self.over_packs(variables[0], carried, body, reverse)
        shared = self.simt.team > 1 and self.shape.lane is None
        if not shared or not variables:
            return super().over_inner(variables, carried, body, width, reverse)
        b, e = self.b, self.e
        scans = [step for step in e.steps.values() if step.form == "scan"]
        bounds = {name: self.bounds(name) for name in variables}
        lengths = {name: b.minus(last, first) for name, (first, last) in bounds.items()}
        total = b.constant(1)
        for length in lengths.values():
            total = b.times(total, length)
        first = b.constant(0) if scans else self.team.member
        with b.loop(first, total, self.simt.team, carried) as loop:
            position = loop.index
            if scans:
                position = self.own_position(loop.index, total, reverse)
            for name in reversed(variables[1:]):
                position, digit = self.divided(position, lengths[name])
                e.point[name] = b.plus(bounds[name][0], digit)
            e.point[variables[0]] = b.plus(bounds[variables[0]][0], position)
            e.scopes.append({})
            loop.next = body(loop.carried)
            e.scopes.pop()
        self.inside = None
        return loop.results

    @property
    def scans_packs(self) -> bool:
        """Threads of a team have packs of a row that is scanned."""
        return self.lane_inside and any(s.form == "scan" for s in self.e.steps.values())

    def accumulators(self, reductions: list[Reduction]) -> Accumulators:
        """What a pass carries; a scan carries what is behind it, however much is ahead."""
        if self.scans_packs:
            return Accumulators(tuple(reductions), 0, 1)
        return super().accumulators(reductions)

    def over_packs(
        self, variable: str, carried: list[Value], body: Body, reverse: bool
    ) -> list[Value]:
        """The packs of a row, one for each thread of the team at a time.

        From the far end, packs lie where they would lie from the near one, and are taken in the
        opposite order.
        """
        b, lanes = self.b, self.shape.lanes
        start, stop = self.bounds(variable)
        total = b.minus(stop, start)
        self.backwards = reverse
        width = b.constant(self.simt.team * lanes)
        above = b.plus(total, b.constant(self.simt.team * lanes - 1))
        end = b.times(b.add("arith.divui", [above, width], INDEX), width)
        member = self.team.member
        if reverse:
            member = b.minus(b.constant(self.simt.team - 1), member)
        own = b.times(member, b.constant(lanes))
        with b.loop(b.constant(0), end, self.simt.team * lanes, carried) as loop:
            first = b.minus(b.minus(end, width), loop.index) if reverse else loop.index
            base = b.plus(first, own)
            mask = b.mask(b.minus(total, base), lanes)
            base = b.plus(start, base)
            loop.next = self.in_lanes([base], [mask], body, loop.carried)
        return loop.results

    def scan_pack(self, step: Step, reduction: Reduction, before: list[Value]) -> list[Value]:
        """Accumulators after the packs of the whole team; this thread's own is scanned lane by
        lane, behind what all threads before it have."""
        b, e = self.b, self.e
        x = e.spread(e.as_kind(e.emit(step.value), reduction.accumulator).value)
        assert e.mask is not None
        start = reduction.start(b, 0)
        lanes = list(range(self.shape.lanes))
        sums: dict[int, list[Value]] = {}
        run: list[Value] | None = None
        for lane in reversed(lanes) if self.backwards else lanes:
            own = [b.select(b.extract(e.mask, lane), b.extract(x, lane), start[0])]
            run = own if run is None else reduction.merge(b, run, own)
            sums[lane] = run
        assert run is not None
        earlier, whole = self.team.scan(reduction, run)
        behind = reduction.merge(b, before, earlier)
        results = [reduction.merge(b, behind, sums[lane])[-1] for lane in lanes]
        e.bind(step.target, Typed(b.together(results), reduction.result))
        return reduction.merge(b, before, whole)

    def own_position(self, first: Value, total: Value, reverse: bool) -> Value:
        """This thread's element of those that a team scans together.

        All threads take part; one that has no element computes the last one again.
        """
        b = self.b
        position = b.plus(first, self.team.member)
        self.inside = b.compare("slt", position, total)
        last = b.minus(total, b.constant(1))
        position = b.minimum_index(position, last)
        return b.minus(last, position) if reverse else position

    def fold(self, step: Step, reduction: Reduction, before: list[Value]) -> list[Value]:
        """Accumulators after this element, or after those of the whole team in a scan."""
        if self.scans_packs:
            return self.scan_pack(step, reduction, before)
        if self.inside is None:
            return super().fold(step, reduction, before)
        b, e = self.b, self.e
        x = e.as_kind(e.emit(step.value), reduction.accumulator).value
        position = self.position(reduction, False) if reduction.positional else None
        if step.form != "scan":
            return reduction.update(b, before, x, self.inside, position)
        given = [x] if position is None else [x, position]
        starts = reduction.start(b, 0)
        own = [b.select(self.inside, one, start) for one, start in zip(given, starts)]
        earlier, whole = self.team.scan(reduction, own)
        behind = reduction.merge_later(b, before, earlier)
        found = reduction.merge_later(b, behind, own)
        e.bind(step.target, Typed(found[-1], reduction.result))
        if reduction.positional:
            self.bind_extreme(step, Typed(found[0], reduction.accumulator))
        return reduction.merge_later(b, before, whole)

    def write(self, target: str, value: Value) -> None:
        """Stores a value at its place, if this thread has an element."""
        self.if_inside(lambda: super(SimtEmitter, self).write(target, value))

    def save(self, target: str, value: Value) -> None:
        """Keeps a value of this element for a later pass, likewise."""
        self.if_inside(lambda: super(SimtEmitter, self).save(target, value))

    def if_inside(self, store: Callable[[], None]) -> None:
        """Stores where this thread has an element of its own, and its team a row."""
        if self.inside is None and self.has_row is None:
            store()
            return
        known = [x for x in (self.inside, self.has_row) if x is not None]
        branch = self.b.branch(both(self.b, *known) if len(known) > 1 else known[0])
        with self.b.inside(branch.then):
            self.e.scopes.append({})
            store()
            self.e.scopes.pop()
        with self.b.inside(branch.otherwise):
            pass

    def store(self, value: Value, access: AccessShape, scalar: Scalar) -> None:
        """Stores a scalar or a vector; in a tile that is turned over, lane by lane."""
        if access.tensor not in self.e.origins:
            super().store(value, access, scalar)
            return
        b, memory = self.b, self.arguments.memory[access.tensor]
        base, _ = self.e.address(access, None)
        spread = self.e.spread(b.convert(value, scalar))
        for lane in range(self.shape.lanes):
            b.store(b.extract(spread, lane), memory, b.plus(base, b.constant(lane)))

    def place(self, first: Value, copy: int) -> Value:
        """Where this thread's pack of a copy begins, among those that begin at `first`."""
        b, lanes = self.b, self.shape.lanes
        threads = self.simt.threads if self.simt.team == 1 else self.simt.team
        member = self.team.thread if self.simt.team == 1 else self.team.member
        mine = b.plus(first, b.times(member, b.constant(lanes)))
        return b.plus(mine, b.constant(copy * threads * lanes))

    def over_lanes(
        self, first: Value, last: Value, carried: list[Value], body: Body, carry_one: int = 0
    ) -> list[Value]:
        """Runs the body over this thread's packs of a range of the lane variable."""
        if self.simt.team == 1:
            self.over_tile(first, last, body)
            return carried
        b, shape = self.b, self.shape
        step = self.simt.team * shape.lanes
        width = b.constant(step * shape.unroll)
        count = b.minus(last, first)
        whole = b.times(b.add("arith.divui", [count, width], count.type), width)
        middle = b.plus(first, whole)
        with b.loop(first, middle, width, carried) as loop:
            bases = [self.place(loop.index, k) for k in range(shape.unroll)]
            loop.next = self.in_lanes(bases, [None] * shape.unroll, body, loop.carried)
        head, rest = loop.results[:carry_one], loop.results[carry_one:]
        with b.loop(middle, last, step, head) as tail:
            base = self.place(tail.index, 0)
            mask = b.mask(b.minus(last, base), shape.lanes)
            tail.next = self.in_lanes([base], [mask], body, tail.carried)
        return [*tail.results, *rest]

    def over_tile(self, first: Value, last: Value, body: Body) -> None:
        """The packs of a tile: a whole one without masks, else those that are within."""
        b, shape = self.b, self.shape
        assert shape.block is not None
        copies = range(shape.unroll)
        whole = b.compare("eq", b.minus(last, first), self.numbers[shape.block])
        branch = b.branch(whole)
        with b.inside(branch.then):
            self.in_lanes([self.place(first, k) for k in copies], [None for _ in copies], body, [])
        with b.inside(branch.otherwise):
            step = self.simt.threads * shape.lanes
            with b.loop(first, last, step) as packs:
                self.pack_within(self.place(packs.index, 0), last, body)

    def pack_within(self, base: Value, last: Value, body: Body) -> None:
        """The elements of one pack that are within a range."""
        b, lanes = self.b, self.shape.lanes
        if lanes > 1:
            self.in_lanes([base], [b.mask(b.minus(last, base), lanes)], body, [])
            return
        here = b.branch(b.compare("slt", base, last))
        with b.inside(here.then):
            self.in_lanes([base], [None], body, [])
        with b.inside(here.otherwise):
            pass

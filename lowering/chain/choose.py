"""Which chains pay, and the launch of one: structure apart from numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod

from ...ops.calls.symbols import maximum, minimum
from ...ops.dataclass import dataclass
from ...ops.dtype import float32, float64, int64
from ...ops.language.expression import Attribute, Call, Cast, Expression, Read, Size, reads, walk
from ..contraction.blocks import ceil_div
from ..contraction.epilogue import epilogue_of, is_number
from ..contraction.plan import VECTORS, most_rows
from ..contraction.shape import SUM
from ..emit.shape import AccessShape, FormShape
from ..ir.kinds import STORED, Kind, of_dtype
from ..ir.loops import F32, F64, Scalar
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument, Temporary
from ..naming import kernel_name
from ..program.context import Context
from ..program.gather import integer
from ..program.layout import Access, Form, Space
from ..program.partition import Group
from ..program.program import BATCH, PREFIX, failure
from .bounds import Bound, find_bound
from .find import Chain, Product, find_chain
from .kernel import build_chain
from .passes import PassPlanner
from .shape import ChainShape, Factor, Head, Panels, RowPass, Tail

LEAST = 16  # rows, and elements of a row: fewer do not pay for packing
LEAST_UNITS = 4  # outer positions of a chain that sums over rows: tasks have no other bounds
LEAST_TASK = 1 << 18  # multiply-adds that are worth a task of their own
MOST_TASKS = 16
BLOCK_BYTES = 256 << 10  # of the elements of a block of rows: they stay in the second-level cache
LEAST_TILES = 4  # of a block: sums over rows are read and written once for each
SLACK = 64  # elements: vectors may reach beyond a panel


@dataclass(frozen=True)
class Fused:
    """Groups that are planned together: as one kernel, or as a few.

    Attributes:
        place: Number of the group in whose place it is launched.
        members: Numbers of the groups.
        launches: In order.
    """

    place: int
    members: frozenset[int]
    launches: tuple[Launch, ...]


def fuse(context: Context, groups: list[Group]) -> Fused | None:
    """The chain of a program as one launch; None if it has none that pays."""
    chain = find_chain(context.program, groups)
    if chain is None:
        return None
    launch = ChainPlanner(context, chain).plan()
    return None if launch is None else Fused(chain.number, chain.members, (launch,))


class ChainPlanner:
    """Plans the launch of a chain."""

    def __init__(self, context: Context, chain: Chain) -> None:
        self.context = context
        self.chain = chain
        self.space = Space(context.binding, context.program, context.strides)
        self.numbers: list[int] = []
        self.slots: dict[str, int] = {}
        self.memory: dict[str, None] = {}
        self.work = 0  # elements of scratch memory of a chunk

    def plan(self) -> Launch | None:
        """The launch; None where another schedule is better or the only one."""
        chain, inference = self.chain, self.context.inference
        indices = (i for p in self._products() for i in (*p.step.free, *p.step.bound))
        for index in dict.fromkeys(indices):
            self.space.add(index)
        if not self._is_single() or not self._is_large():
            return None
        self.scalar = inference.step(chain.heads[0].step).scalar
        values = [*(p.step for p in self._products()), *chain.steps]
        kinds = [inference.step(step) for step in values]
        if self.scalar not in (F32, F64) or any(kind.scalar != self.scalar for kind in kinds):
            return None
        self.forms = self._accesses()
        return None if self.forms is None else self._launch()

    def _products(self) -> tuple[Product, ...]:
        return (*self.chain.heads, *self.chain.tails)

    # -- whether it pays ---------------------------------------------------------------------------

    def _is_single(self) -> bool:
        """Every index but the batch's runs over one variable."""
        return all(
            len(names) == 1
            for index, names in self.space.components.items()
            if index not in (PREFIX, BATCH)
        )

    def _is_large(self) -> bool:
        extents, chain = self.space.extents, self.chain
        if min(extents[chain.row], extents[chain.column]) < LEAST:
            return False
        return not chain.across or prod(self._outer_extents()) >= LEAST_UNITS

    def _outer(self) -> tuple[str, ...]:
        names = [n for i in (PREFIX, BATCH) for n in self.space.components.get(i, ())]
        return tuple(n for n in names if self.space.extents[n] != 1)

    def _outer_extents(self) -> list[int]:
        return [self.space.extents[n] for n in self._outer()]

    # -- memory ------------------------------------------------------------------------------------

    def _accesses(self) -> dict[Read, Access] | None:
        """How memory is reached; None where a place is computed at run time, or may fail."""
        inside = {p.step.target for p in self._products()} | {s.target for s in self.chain.steps}
        inside |= {s.target for p in self._products() for s in p.maps}
        found: dict[Read, Access] = {}
        for expression in self._expressions():
            for node in walk(expression):
                if _can_fail(node):
                    return None
            for read in reads(expression):
                if read.tensor not in inside and not is_number(self.context, read):
                    found[read] = self.space.access(read.tensor, read.indices, ())
        for product in self.chain.tails:
            last = product.last
            found[Read(last.target, last.indices)] = self.space.access(
                last.target, last.indices, ()
            )
        if any(access.computed or not access.safe for access in found.values()):
            return None
        return found

    def _expressions(self) -> list[Expression]:
        steps = [*self.chain.steps, *(s for p in self.chain.tails for s in p.maps)]
        return [*(s.value for s in steps), *(p.step.value for p in self._products())]

    # -- numbers -----------------------------------------------------------------------------------

    def _slot(self, value: int) -> int:
        self.numbers.append(value)
        return len(self.numbers) - 1

    def _name(self, name: str, value: int) -> int:
        """The slot of a number of the blocking."""
        self.slots[name] = self._slot(value)
        return self.slots[name]

    def _reserve(self, elements: int) -> int:
        """The slot of the place of a piece of scratch memory."""
        place = self._slot(self.work)
        self.work = self.work + elements + SLACK
        return place

    def _form(self, form: Form, without: Iterable[str] = ()) -> FormShape:
        terms = [(n, c) for n, c in form.terms if n not in without and self.space.extents[n] != 1]
        offset = self._slot(form.offset) if form.offset else None
        return FormShape(offset, tuple((n, None if c == 1 else self._slot(c)) for n, c in terms))

    def _access(self, read: Read) -> AccessShape:
        assert self.forms is not None
        access = self.forms[read]
        self.memory.setdefault(access.tensor)
        return AccessShape(access.tensor, self._form(access.form))

    def _factor(self, read: Read, along: str, step: str) -> Factor:
        assert self.forms is not None
        access = self.forms[read]
        self.memory.setdefault(access.tensor)
        distances = [access.form.coefficient(name) for name in (along, step)]
        return Factor(
            access.tensor,
            self._form(access.form, (along, step)),
            self._slot(distances[0]),
            self._slot(distances[1]),
            unit=distances[0] == 1,
            deep=distances[1] == 1,
        )

    # -- structure ---------------------------------------------------------------------------------

    def _launch(self) -> Launch:
        self._block()
        extents = tuple((n, self._slot(self.space.extents[n])) for n in self._variables())
        self.extents = dict(extents)
        heads = tuple(self._head(number, p) for number, p in enumerate(self.chain.heads))
        wanted = tuple(dict.fromkeys(p.line.tensor for p in self.chain.tails))
        sums = [p.step.target for p in self.chain.heads]
        planner = PassPlanner(self.chain.steps, sums, wanted, self.chain.column)
        passes = planner.plan()
        tails = tuple(self._tail(p, planner.buffers) for p in self.chain.tails)
        self._buffers(planner.count)
        shape = self._shape(extents, heads, tails, passes, planner)
        return self._finish(shape)

    def _variables(self) -> tuple[str, ...]:
        indices = (i for p in self._products() for i in (*p.step.free, *p.step.bound))
        core = dict.fromkeys(i for i in indices if i not in (PREFIX, BATCH))
        return (*self._outer(), *(self.space.components[i][0] for i in core))

    def _block(self) -> None:
        """How the work is cut."""
        lanes = self.context.target.vector_bytes // (8 if self.scalar == F64 else 4)
        self.lanes, self.height = lanes, most_rows(self.context.target)
        extents, chain = self.space.extents, self.chain
        rows, columns = extents[chain.row], extents[chain.column]
        tile = lanes * VECTORS
        # an odd number of tiles: lines fall into different sets of a cache
        self.pitch = ceil_div(columns, 2 * tile) * 2 * tile + tile
        outer = prod(self._outer_extents())
        self.row_tasks = 1
        if not chain.across:
            wanted = maximum(1, ceil_div(LEAST_UNITS, maximum(outer, 1)))
            self.row_tasks = minimum(wanted, ceil_div(rows, LEAST))
        self.task_rows = ceil_div(ceil_div(rows, self.row_tasks), self.height) * self.height
        tiles = 1
        if chain.across:
            line = self.pitch * (8 if self.scalar == F64 else 4) * len(chain.heads)
            tiles = maximum(LEAST_TILES, BLOCK_BYTES // (line * self.height))
            tiles = minimum(tiles, self.task_rows // self.height)
        self.block = tiles * self.height
        self.row_tasks = ceil_div(rows, self.task_rows)
        self.units = outer * self.row_tasks
        work = rows * columns * sum(extents[p.step.bound[0]] for p in chain.heads)
        least = LEAST_TASK // maximum(1, work // self.row_tasks)
        self.grain = maximum(1, least, ceil_div(self.units, MOST_TASKS))
        for name, value in {
            "pitch": self.pitch, "row_tasks": self.row_tasks, "task_rows": self.task_rows,
            "block": self.block, "units": self.units, "grain": self.grain,
        }.items():  # fmt: skip
            self._name(name, value)

    def _panels(self, read: Read, along: str, step: str) -> Panels:
        """Columns of a product, packed."""
        extents, tile = self.space.extents, self.lanes * VECTORS
        pitch = extents[step] + 1
        return Panels(
            self._factor(read, along, step),
            self.extents[along],
            self.extents[step],
            self._slot(pitch),
            self._reserve(ceil_div(extents[along], tile) * tile * pitch),
        )

    def _head(self, number: int, product: Product) -> Head:
        depth = product.step.bound[0]
        return Head(
            product.step.target,
            self._factor(product.line, self.chain.row, depth),
            self._panels(product.other, self.chain.column, depth),
            number,
        )

    def _tail(self, product: Product, buffers: dict[str, int]) -> Tail:
        chain, last = self.chain, product.last
        over = product.step.bound[0]
        row = chain.row if over == chain.column else chain.column
        column = next(i for i in product.step.free if i not in (PREFIX, BATCH, row))
        epilogue = epilogue_of({s.target: s for s in (product.step, *product.maps)}, None)
        results = {s.target for s in chain.steps}
        beside = dict.fromkeys(
            r
            for r in reads(epilogue)
            if r.tensor not in results and r.tensor != SUM and not is_number(self.context, r)
        )
        sums = None
        if over == chain.row:
            tile = self.lanes * VECTORS
            rows = ceil_div(self.space.extents[row], self.height) * self.height
            sums = self._reserve(rows * ceil_div(self.space.extents[column], tile) * tile)
        return Tail(
            buffers[product.line.tensor],
            self._panels(product.other, column, over),
            row,
            column,
            last.target,
            epilogue,
            self._access(Read(last.target, last.indices)),
            tuple((r, self._access(r)) for r in beside),
            sums,
        )

    def _buffers(self, count: int) -> None:
        """Reserves what keeps elements and values of the rows of a block."""
        self._name("buffers", self.work)
        self._name("buffer", self.block * self.pitch)
        self.work = self.work + count * self.block * self.pitch
        self._name("results", self.work)
        self.work = self.work + len(self.chain.steps) * self.block + SLACK
        self._name("work", self.work)

    def _shape(
        self,
        extents: tuple[tuple[str, int], ...],
        heads: tuple[Head, ...],
        tails: tuple[Tail, ...],
        passes: tuple[RowPass, ...],
        planner: PassPlanner,
    ) -> ChainShape:
        chain, context = self.chain, self.context
        steps = {s.target: s for s in chain.steps}
        results = [
            name for name, step in steps.items()
            if chain.column not in step.free and any(_reads(t.epilogue, name) for t in tails)
        ]  # fmt: skip
        beside = dict.fromkeys(
            r for s in chain.steps for r in reads(s.value) if self.forms and r in self.forms
        )
        named = {n for e in self._expressions() for n in walk(e)}
        wanted = tuple(dict.fromkeys(p.line.tensor for p in chain.tails))
        bound = self._bound(wanted)
        across = [t.buffer for t in tails if t.sums is not None]
        kinds = [*steps, *(p.last.target for p in chain.tails)]
        return ChainShape(
            name="",
            scalar=self.scalar,
            lanes=self.lanes,
            vectors=VECTORS,
            height=self.height,
            outer=self._outer(),
            row=chain.row,
            column=chain.column,
            extents=extents,
            heads=heads,
            tails=tails,
            steps=chain.steps,
            passes=passes,
            results=tuple(results),
            bound=bound,
            reads=tuple((r, self._access(r)) for r in beside),
            buffers=planner.count,
            cleared=tuple(dict.fromkeys(across)) if bound else (),
            memory=tuple((n, context.stored(n), context.inference.tensor(n)) for n in self.memory),
            kinds=tuple((name, context.inference.tensor(name)) for name in kinds),
            sizes=tuple(
                (n, self._slot(integer(Size(n), context.binding) or 0))
                for n in sorted({n.name for n in named if isinstance(n, Size)})
            ),
            scalars=tuple(self._scalars(named)),
            words=self._words(named),
            slots=tuple(self.slots.items()),
            numbers=len(self.numbers),
        )

    def _bound(self, wanted: Sequence[str]) -> Bound | None:
        """Which elements are ruled out: folds do not see them, and those `wanted` are 0."""
        return find_bound(self.chain.steps, wanted, self.chain.row, self.chain.column)

    def _scalars(self, named: set[Expression]) -> list[tuple[str, Kind]]:
        """Attributes and number operands."""
        context = self.context
        names = sorted({n.name for n in named if isinstance(n, Attribute)})
        found = [(name, context.inference.expression(Attribute(name))) for name in names]
        operands = {n.tensor for n in named if isinstance(n, Read) and is_number(context, n)}
        return found + [(n, of_dtype(context.binding.dtypes[n])) for n in sorted(operands)]

    def _words(self, named: set[Expression]) -> tuple[tuple[str, Kind, Scalar], ...]:
        words = sorted({n.dtype for n in named if isinstance(n, Cast)})
        dtypes = [(word, self.context.inference.named(word)) for word in words]
        return tuple((word, of_dtype(d), STORED[d.name]) for word, d in dtypes)

    def _finish(self, shape: ChainShape) -> Launch:
        """The launch of a shape."""
        context = self.context
        digest = hashlib.sha256(repr(shape).encode()).hexdigest()
        shape = replace(shape, name=kernel_name(context.name, digest))
        chunks = ceil_div(self.units, self.grain)
        last = self.chain.tails[-1].last.target
        scratch = f"{last}/chain.work"
        dtype = float64 if self.scalar == F64 else float32
        context.temporaries[scratch] = Temporary(scratch, dtype, self.work * chunks)
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        arguments.append(Pointer(scratch))
        wide = {True: float64, False: int64}
        arguments += [ScalarArgument(n, wide[kind.category == 2]) for n, kind in shape.scalars]
        arguments += [Number(value) for value in self.numbers]
        kernel = Kernel(("chain", shape), lambda: build_chain(shape), context.name, "chain")
        return Launch(kernel, tuple(arguments), chunks)


def _reads(expression: Expression, name: str) -> bool:
    return any(read.tensor == name for read in reads(expression))


def _can_fail(node: Expression) -> bool:
    return isinstance(node, Call) and failure(node.function, node.arguments, ()) != 0

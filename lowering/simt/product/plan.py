"""Which groups are sums of products, and the launches of one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ....ops.dtype import float32, float64
from ....ops.language.expression import Read
from ...contraction.choose import find_work
from ...contraction.epilogue import Work
from ...contraction.plan import Planner
from ...contraction.problem import Problem, classes, settled
from ...contraction.roles import Roles, assign_roles
from ...contraction.shape import SUM, FactorShape, layout_of
from ...ir.instructions import bits
from ...ir.loops import BF16, F16, F32, F64, Function, Scalar
from ...launch import Grid, Kernel, Launch, LaunchArgument, Number, Pointer
from ...nest.nest import Nest
from ...program.layout import Form
from ...program.partition import is_contraction
from ..narrow import are_narrow, narrowed
from .group import build_group_product
from .kernel import build_product
from .mapped import build_mapped_product
from .maps import map_dims, tensor_map
from .matrix import build_matrix_product
from .merge import build_merge
from .shape import (
    GROUP_BYTES,
    GROUP_ROWS,
    MATRIX_BYTES,
    PACK,
    PACK_BYTES,
    SIDE,
    ProductShape,
)

LEAST = 8
"""Rows and columns from which on a tile pays; fewer are folded row by row."""

MANY_TILES = 96
"""Tiles of 128 from which on most multiprocessors have one; below, tiles are smaller."""

FEW_TILES, WANTED_BLOCKS = 64, 264
"""Below the first number of tiles the depth is cut, so that there are about two blocks for each
multiprocessor."""

MANY_GROUP_TILES = 132
"""Tiles of 128 by 256 from which on each multiprocessor of a large device has one."""

WIDE_COLUMNS = 256
"""Columns of such a tile. Its factors are copied in boxes where they can be: a tensor map is made
for each call, which only products that take long are worth."""

LEAST_OF_GROUPS = 64
"""Rows, columns and depth from which on a tile of warp groups is not mostly empty."""

LEAST_STEPS = 32
"""Steps of depth in a slice at least."""

Build = Callable[[ProductShape], Function]

DEPTHS = {1: 16, 2: 8}  # of packs: four elements of each factor for each thread


def match(nest: Nest) -> bool:
    """Whether the group is a sum of products and maps of what it gives; kept for `build`."""
    steps = list(nest.steps.values())
    if not steps or nest.partial or not is_contraction(steps[0], nest.context.program):
        return False
    nest.planned = _plan(nest)
    return nest.planned is not None


def build(nest: Nest) -> list[Launch]:
    """The launches that `match` found."""
    assert nest.planned is not None, "match comes first"
    return nest.planned


def _plan(nest: Nest) -> list[Launch] | None:
    found = find_work(nest.context, nest.steps, nest.roots)
    if found is None:
        return None
    work, problem = found
    if work.kind.category != 2:
        return None
    launches: list[Launch] = []
    for part in classes(problem):
        assigned = assign_roles(settled(part), least=1)
        if assigned is None or not _pays(*assigned):
            return None
        launches += ProductPlanner(work, *assigned).plan()
    return launches


def _pays(problem: Problem, roles: Roles) -> bool:
    """Whether there are rows and columns enough, or conditions at which each product would look."""
    guarded = any(factor.guards for factor in problem.factors)
    return guarded or min(problem.total(roles.rows), problem.total(roles.columns)) >= LEAST


class ProductPlanner(Planner):
    """Plans the launch of one problem."""

    def __init__(self, work: Work, problem: Problem, roles: Roles) -> None:
        super().__init__(work, problem, roles)
        self.counts = [
            problem.total(g) for g in (roles.outer, roles.rows, roles.columns, roles.depth)
        ]

    def plan(self) -> list[Launch]:
        """The one launch; two where the depth is cut into slices."""
        shape = self._product_shape()
        make = self._builder(shape)
        slices = self._slices()
        if slices == 1:
            return [self._launch(shape, make, "units")]
        parts = f"{self.prefix}.parts"
        outer, rows, columns, _ = self.counts
        size = outer * rows * columns
        dtype = float64 if shape.scalar == F64 else float32
        self._reserve(parts, dtype, slices * size)
        each = -(-self.values["steps"] // slices)
        self.values |= {"slices": slices, "each": each, "size": size, "outer": outer}
        memory = self._memory([parts, *self._written(shape)])
        merging = replace(
            shape, lanes=1, matrix=None, columns=0, maps=(), memory=memory,
            numbers=tuple(self.values),
        )  # fmt: skip
        merge = self._launch(merging, build_merge, "size")
        self._add_form("C", self._row_major())
        self.values["units"] *= slices
        summing = replace(
            shape,
            result=parts,
            lanes=PACK if shape.matrix is None else 2,
            epilogue=Read(SUM),
            reads=(),
            memory=self._memory([*(f.tensor for f in shape.factors), parts]),
            numbers=tuple(self.values),
            scalars=(),
            words=(),
            kinds=((parts, self.work.kind),),
            sliced=True,
        )
        return [self._launch(summing, make, "units"), merge]

    def _written(self, shape: ProductShape) -> list[str]:
        """Tensors that results are written to, or read from on the way."""
        return [shape.result, *(read.tensor for read in shape.reads)]

    def _row_major(self) -> Form:
        """Places of sums that lie one after the other: outer positions, rows, columns."""
        terms, step = [], 1
        for variable in reversed((*self.roles.outer, *self.roles.rows, *self.roles.columns)):
            terms.append((variable, step))
            step *= self.problem.extents[variable]
        return Form(0, tuple(terms))

    def _slices(self) -> int:
        """Into how many slices the depth is cut: 1 where there are tiles enough for the device."""
        units, steps = self.values["units"], self.values["steps"]
        if not units or units >= FEW_TILES:
            return 1
        return max(1, min(-(-WANTED_BLOCKS // units), steps // LEAST_STEPS))

    def _launch(self, shape: ProductShape, make: Build, units: str) -> Launch:
        """The launch of a kernel of this problem."""
        narrow = self._is_narrow(shape)
        digest = hashlib.sha256(repr((units, shape, narrow)).encode()).hexdigest()[:16]
        named = replace(shape, name=f"{self._name()}_{digest}")
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        arguments += self._scalar_arguments(shape.scalars)
        arguments += [Number(self.values[name]) for name in shape.numbers]
        each = 1 if units == "units" else shape.threads
        grid = Grid(shape.threads, shape.numbers.index(units), each, shared=shape.shared)
        key = ("product", named, self.context.target.name)
        write = partial(make, named)
        kernel = Kernel(
            key, lambda: narrowed(write(), narrow), grid=grid, entry=named.name,
            layout=layout_of(shape.factors),
        )  # fmt: skip
        numbers = [self.values[name] for name in shape.numbers]
        launch = Launch(kernel, tuple(arguments), grid.blocks(numbers))
        if not shape.maps:
            return launch
        plain = self._launch(replace(shape, maps=()), build_group_product, units)
        maps = tuple(tensor_map(shape, number) for number in (0, 1))
        return replace(launch, arguments=maps + launch.arguments, otherwise=plain.kernel)

    def _maps(self, factors: list[FactorShape]) -> tuple[int, ...]:
        """The dims of the tensor maps of both factors; none if one cannot be described so."""
        if not self.context.target.tensor_maps:
            return ()
        dims = [
            map_dims(self.problem, self.roles, number, shape.deep, bits(self._stored(number)))
            for number, shape in enumerate(factors)
        ]
        return tuple(dims) if all(dims) else ()

    def _stored(self, number: int) -> Scalar:
        """Type of a factor's elements in memory."""
        return self.context.stored(self.problem.factors[number].tensor)

    def _is_narrow(self, shape: ProductShape) -> bool:
        """Whether all places, and the numbers that they are made of, are small."""
        values = [self.values[name] for name in shape.numbers]
        _, rows, columns, depth = self.counts
        found = [*values, rows * columns, rows * depth, depth * columns]
        for label in [name.removesuffix(".offset") for name in shape.numbers if ".offset" in name]:
            reach: int = abs(self.values[f"{label}.offset"])
            for group, count in shape.groups:
                for digit in (f"{group}{number}" for number in range(count)):
                    reach += abs(self.values.get(f"{label}.{digit}", 0)) * self.values[digit]
            found.append(reach)
        if shape.sliced or "slices" in self.values:
            found.append(self.values["slices"] * self.values["size"])
        return are_narrow(found)

    def _product_shape(self) -> ProductShape:
        _, rows, columns, total = self.counts
        factors = [self._read_where_it_lies(n, k) for k, n in enumerate("AB")]
        packed = [self._packed(k, factor) for k, factor in enumerate(factors)]
        reads = self._epilogue_reads()
        self._add_form("C", self.problem.result)
        self._add_extents()
        self._add_sizes()
        matrix = self._matrix()
        beside = self.problem.chained(self.problem.result, self.roles.columns)
        beside = beside and all(read.across != "table" for read in reads)
        groups = self._group_columns(matrix) if all(packed) and beside else 0
        side = PACK * SIDE
        large = self._tiles(2 * side, 2 * side) >= MANY_TILES and self.work.kind.scalar == F32
        packs = 2 if large or matrix is not None else 1
        high, wide = (GROUP_ROWS, groups) if groups else (packs * side, packs * side)
        line = GROUP_BYTES if groups else MATRIX_BYTES
        depth = DEPTHS[packs] if matrix is None else line * 8 // bits(matrix)
        maps = self._maps(factors) if groups == WIDE_COLUMNS else ()
        if 3 in maps:
            self.values["outer"] = self.counts[0]
        self.values |= {
            "M": rows, "N": columns, "K": total, "row_tiles": -(-rows // high),
            "column_tiles": -(-columns // wide), "units": self._tiles(high, wide),
            "steps": -(-total // depth),
        }  # fmt: skip
        target, context = self.work.last.target, self.context
        names = [*(f.tensor for f in factors), target, *(r.tensor for r in reads)]
        return ProductShape(
            name=self._name(),
            scalar=self.work.kind.scalar,
            packs=packs,
            depth=depth,
            matrix=matrix,
            columns=groups,
            maps=maps,
            packed=(packed[0], packed[1]),
            factors=(factors[0], factors[1]),
            result=target,
            lanes=1 if not beside else PACK if matrix is None else 2,
            epilogue=self.work.epilogue,
            reads=tuple(reads),
            memory=self._memory(names),
            numbers=tuple(self.values),
            groups=tuple((g, len(v)) for g, v in self.roles.groups().items()),
            scalars=tuple(self._scalars()),
            words=self._words(),
            kinds=((target, context.inference.tensor(target)),),
        )

    def _packed(self, number: int, shape: FactorShape) -> bool:
        """Whether packs of neighbours are neighbours in memory, and guards let all of one through,
        or none."""
        factor, roles, extents = self.problem.factors[number], self.roles, self.problem.extents
        variables = roles.depth if shape.deep else roles.columns if number else roles.rows
        if not variables or any(guard.divisor != 1 for guard in factor.guards):
            return False
        last, form = variables[-1], factor.form
        if any(guard.form.coefficient(last) for guard in factor.guards):
            return False
        pack = PACK_BYTES * 8 // bits(self.context.stored(factor.tensor))
        return form.coefficient(last) == 1 and (len(variables) == 1 or extents[last] % pack == 0)

    def _matrix(self) -> Scalar | None:
        """Type of the factors if tensor cores take it."""
        kinds = {self.context.stored(factor.tensor) for factor in self.problem.factors}
        known = len(kinds) == 1 and kinds <= {F16, BF16}
        if self.work.kind.scalar != F32:
            return None
        if kinds == {F32} and self.context.target.tensor_floats:
            return F32
        return kinds.pop() if known else None

    def _group_columns(self, matrix: Scalar | None) -> int:
        """Columns of a tile of warp groups, where results go to memory by packs; 0 where warp
        groups do not multiply.

        Results that go one by one would take more registers than 128 sums leave. Places along the
        depth are those of one variable, so that no tables are needed for them.
        """
        if not self.context.target.warp_groups or matrix not in (F16, BF16):
            return 0
        if len(self.roles.depth) > 1:
            return 0
        _, rows, columns, total = self.counts
        if min(rows, columns, total) < LEAST_OF_GROUPS:
            return 0
        many = self._tiles(GROUP_ROWS, WIDE_COLUMNS) >= MANY_GROUP_TILES
        return WIDE_COLUMNS if many else WIDE_COLUMNS // 2

    def _tiles(self, high: int, wide: int) -> int:
        outer, rows, columns, _ = self.counts
        return outer * -(-rows // high) * -(-columns // wide)

    @staticmethod
    def _builder(shape: ProductShape) -> Build:
        """What makes the kernel of a shape."""
        if shape.columns:
            return build_mapped_product if shape.maps else build_group_product
        return build_product if shape.matrix is None else build_matrix_product

    def _read_where_it_lies(self, name: str, number: int) -> FactorShape:
        """Structure of a factor that is neither packed nor padded; its numbers are noted."""
        factor = self.problem.factors[number]
        form = factor.form
        if factor.guards:
            shape = self._guarded(name, factor)
        else:
            self._add_form(name, form)
            shape = FactorShape(factor.tensor)
        for guard in factor.guards:
            form = form.plus(guard.form, guard.stride)
        lanes = self.roles.columns if number else self.roles.rows
        unit = self.problem.chained(form, lanes)
        return replace(shape, deep=self._deep(form), unit=unit)

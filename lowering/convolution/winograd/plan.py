"""Numbers, temporaries and launches of one convolution by minimal filtering, or of a gradient."""

from __future__ import annotations

from dataclasses import replace

from ....ops.dtype import float32, int64
from ....ops.language.expression import Read
from ...contraction.choose import plan_packed
from ...contraction.epilogue import Work
from ...contraction.factors import Factor, Guard
from ...contraction.plan import Planner
from ...contraction.problem import Problem
from ...contraction.roles import Roles
from ...contraction.shape import SUM, ContractionShape, FactorShape
from ...ir.kinds import FLOAT
from ...ir.loops import F32
from ...launch import Kernel, Launch, LaunchArgument, Number, Pointer
from ...naming import identifier
from ...program.layout import Form
from ...program.program import Tensor
from .filters import build_filters
from .gradients import build_gradients
from .planes import build_planes, span_of
from .points import SPAN, TILE
from .results import SLACK, build_results
from .shape import TransformShape
from .tiles import Tiles

POINTS = SPAN * SPAN
TASK = 1 << 16  # results, or transformed elements, of a chunk


class TilePlanner(Planner):
    """What convolutions and gradients share: memory of transformed elements, planes, products."""

    def __init__(self, work: Work, tiles: Tiles, roles: Roles) -> None:
        super().__init__(work, tiles.problem, roles)
        self.tiles = tiles
        self.prefix = f"{work.last.target}/winograd"
        self.lanes = self.context.target.vector_bytes // 4
        problem = tiles.problem
        self.filters = problem.total(tiles.filters)
        self.images = problem.total(tiles.images)
        self.channels = tiles.count(tiles.channel)
        self.count = self.images * tiles.lines * tiles.columns
        self.channel_pitch = -(-self.channels // self.lanes) * self.lanes
        self.tile_pitch = -(-self.count // self.lanes) * self.lanes + self.lanes

    def _declare(self, part: str, rows: int, pitch: int) -> None:
        """Memory of transformed elements, known to the program as a tensor without axes."""
        name = f"{self.prefix}.{part}"
        self._reserve(name, float32, POINTS * rows * pitch + self.lanes)
        self.context.program.tensors[name] = Tensor(name, (), False, "temporary")
        self.context.inference.declare(name, FLOAT)

    def _transform_shape(
        self, of: str, group: str, variables: tuple[str, ...], values: dict[str, int]
    ) -> TransformShape:
        for number, variable in enumerate(variables):
            values[f"{group}{number}"] = self.problem.extents[variable]
        name = f"{identifier(self.context.name)}_{of}"
        groups = ((group, len(variables)),)
        return TransformShape(name, of, self.lanes, groups, tuple(values))

    def _numbers(
        self, label: str, form: Form, group: str, variables: tuple[str, ...], lane: str
    ) -> dict[str, int]:
        """Numbers of a form: its offset, what the group's variables and one more add."""
        found = {f"{label}.offset": form.offset, f"{label}.k0": form.coefficient(lane)}
        for number, variable in enumerate(variables):
            found[f"{label}.{group}{number}"] = form.coefficient(variable)
        return found

    def _by_filter(self, label: str, form: Form) -> dict[str, int]:
        """Numbers of a kernel that goes filter by filter, a vector of channels at a time."""
        tiles = self.tiles
        return self._numbers(label, form, "m", tiles.filters, tiles.channel) | {
            f"{label}.down": form.coefficient(tiles.taps[0]),
            f"{label}.along": form.coefficient(tiles.taps[1]),
            "M": self.filters, "K": self.channels,
            "grain": max(1, TASK // (POINTS * self.channel_pitch)),
        }  # fmt: skip

    def _transform_planes(self, of: str, factor: Factor, unit: str, guards: list[Guard]) -> Launch:
        """Planes to points: `planes[point, unit, tile]`; a chunk for each position of the unit."""
        tiles = self.tiles
        down, along = guards
        units = tiles.count(unit)
        part = tiles.columns + 1 + self.lanes
        rows = tiles.lines * TILE + span_of(of) - TILE
        low_row, low_column = down.form.offset, along.form.offset
        values = self._numbers("B", factor.form, "n", tiles.images, unit)
        values |= {
            "N": self.images, "lines": tiles.lines, "columns": tiles.columns,
            "low_row": low_row, "low_column": low_column, "stride": down.stride,
            "first_row": max(0, -low_row), "last_row": min(rows, down.extent - low_row),
            "part": part, "line": TILE * part, "plane": -(-rows * TILE * part // 16) * 16,
            "V.row": self.tile_pitch, "V.point": units * self.tile_pitch,
        }  # fmt: skip
        for number in range(TILE):
            first = -(-max(0, -low_column - number) // TILE)
            last = -(-(along.extent - low_column - number) // TILE)
            values |= {f"first{number}": first, f"last{number}": min(last, tiles.columns + 1)}
        shape = self._transform_shape(of, "n", tiles.images, values)
        self._reserve(f"{self.prefix}.planes", float32, values["plane"] * units)
        return Launch(
            Kernel(("winograd planes", shape), lambda: build_planes(shape)),
            (
                Pointer(factor.tensor),
                Pointer(f"{self.prefix}.{of}"),
                Pointer(f"{self.prefix}.planes"),
                *(Number(values[name]) for name in shape.numbers),
            ),
            units,
        )

    def _transform_images(self) -> Launch:
        """Images to points: `images[point, channel, tile]`."""
        image = self.tiles.problem.factors[1]
        return self._transform_planes("images", image, self.tiles.channel, list(image.guards))

    def _multiply(self, problem: Problem) -> list[Launch]:
        """A product of matrices for each point.

        Both factors are packed, so that sizes choose between two kernels and not between six.
        """
        first, second = (replace(factor, packed=True) for factor in problem.factors)
        problem = replace(problem, factors=(first, second))
        last = replace(self.work.last, target=f"{self.prefix}.products")
        launches = plan_packed(Work(self.context, self.work.kind, last, Read(SUM)), problem)
        assert launches is not None, "a product of matrices can be planned"
        return launches

    def _rows(self, row: str, rows: int, column: str, pitch: int) -> Form:
        """Places of a matrix for each point."""
        return Form(0, (("point", rows * pitch), (row, pitch), (column, 1)))


class ConvolutionPlanner(TilePlanner):
    """Plans a convolution: filters, images, products, results."""

    def __init__(self, work: Work, tiles: Tiles) -> None:
        outer = (*tiles.images, *tiles.filters)
        super().__init__(work, tiles, Roles(outer, (tiles.line,), (tiles.along,), ()))

    def plan(self) -> list[Launch]:
        """The launches."""
        self._declare("filters", self.filters, self.channel_pitch)
        self._declare("images", self.channels, self.tile_pitch)
        self._declare("products", self.filters, self.tile_pitch)
        return [
            self._transform_filters(),
            self._transform_images(),
            *self._products(),
            self._transform_back(),
        ]

    def _transform_filters(self) -> Launch:
        """Filters to points: `filters[point, filter, channel]`."""
        factor = self.tiles.problem.factors[0]
        values = self._by_filter("A", factor.form)
        values |= {"U.row": self.channel_pitch, "U.point": self.filters * self.channel_pitch}
        shape = self._transform_shape("filters", "m", self.tiles.filters, values)
        return Launch(
            Kernel(("winograd filters", shape), lambda: build_filters(shape)),
            (
                Pointer(factor.tensor),
                Pointer(f"{self.prefix}.filters"),
                *(Number(values[name]) for name in shape.numbers),
            ),
            -(-self.filters // values["grain"]),
        )

    def _products(self) -> list[Launch]:
        """`products[point, filter, tile]`."""
        extents = {"point": POINTS, "filter": self.filters, "tile": self.count,
                   "channel": self.channels}  # fmt: skip
        filters = self._rows("filter", self.filters, "channel", self.channel_pitch)
        images = self._rows("channel", self.channels, "tile", self.tile_pitch)
        factors = (
            Factor(f"{self.prefix}.filters", filters),
            Factor(f"{self.prefix}.images", images),
        )
        result = self._rows("filter", self.filters, "tile", self.tile_pitch)
        return self._multiply(
            Problem(extents, factors, result, {}, ("point", "filter", "tile"), ("channel",))
        )

    def _transform_back(self) -> Launch:
        """Products back to results, through the epilogue."""
        tiles, context, work = self.tiles, self.context, self.work
        reads = self._epilogue_reads()
        self._add_form("C", self.problem.result)
        steps = self._tile_steps()
        self._add_form("P", Form(0, steps))
        self._add_extents()
        self._add_sizes()
        lines_out, columns_out = tiles.count(tiles.line), tiles.count(tiles.along)
        units = self.images * self.filters
        grain = max(1, min(units, TASK // (lines_out * columns_out)))
        self.values |= {
            "P.point": self.filters * self.tile_pitch,
            "lines": tiles.lines, "columns": tiles.columns,
            "lines_out": lines_out, "columns_out": columns_out, "units": units, "grain": grain,
            "looked_up": (lines_out + columns_out + 2 * SLACK) * (1 + len(reads)),
        }  # fmt: skip
        target, products = work.last.target, f"{self.prefix}.products"
        shape = ContractionShape(
            name=f"{self._name()}_results",
            scalar=work.kind.scalar,
            lanes=self.lanes,
            vectors=1,
            rows=1,
            factors=(FactorShape(products), FactorShape(products)),
            result=target,
            unit=True,
            valid=(),
            epilogue=work.epilogue,
            reads=tuple(reads),
            memory=self._memory([products, target, *(r.tensor for r in reads)]),
            numbers=tuple(self.values),
            groups=tuple((g, len(v)) for g, v in self.roles.groups().items()),
            scalars=tuple(self._scalars()),
            words=self._words(),
            kinds=((target, context.inference.tensor(target)),),
            blocked=False,
            shared=False,
        )
        chunks = -(-units // grain)
        self._reserve(f"{self.prefix}.table", int64, self.values["looked_up"] * chunks)
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        arguments.append(Pointer(f"{self.prefix}.table"))
        arguments += [Number(self.values[name]) for name in shape.numbers]
        arguments += self._scalar_arguments(shape.scalars)
        kernel = Kernel(("winograd results", shape), lambda: build_results(shape))
        return Launch(kernel, tuple(arguments), chunks)

    def _tile_steps(self) -> tuple[tuple[str, int], ...]:
        """What images and filters add to the place of a plane's products."""
        tiles = self.tiles
        steps: list[tuple[str, int]] = []
        step = tiles.lines * tiles.columns
        for variable in reversed(tiles.images):
            steps.append((variable, step))
            step *= self.problem.extents[variable]
        step = self.tile_pitch
        for variable in reversed(tiles.filters):
            steps.append((variable, step))
            step *= self.problem.extents[variable]
        return tuple(steps)


class GradientPlanner(TilePlanner):
    """Plans the gradient of filters: cotangents, images, products, gradients."""

    def __init__(self, work: Work, tiles: Tiles) -> None:
        super().__init__(work, tiles, Roles())

    def plan(self) -> list[Launch]:
        """The launches."""
        self._declare("cotangents", self.filters, self.tile_pitch)
        self._declare("images", self.channels, self.tile_pitch)
        self._declare("products", self.filters, self.channel_pitch)
        return [
            self._transform_cotangents(),
            self._transform_images(),
            *self._products(),
            self._transform_back(),
        ]

    def _transform_cotangents(self) -> Launch:
        """Cotangents to points: `cotangents[point, filter, tile]`."""
        tiles = self.tiles
        factor = tiles.problem.factors[0]
        unit = tiles.filters[0] if tiles.filters else ""
        stride = factor.form.coefficient(tiles.line)
        lines = Guard(Form(), tiles.count(tiles.line), 1, stride)
        columns = Guard(Form(), tiles.count(tiles.along), 1, 1)
        return self._transform_planes("cotangents", factor, unit, [lines, columns])

    def _products(self) -> list[Launch]:
        """`products[point, filter, channel]`."""
        extents = {"point": POINTS, "filter": self.filters, "tile": self.count,
                   "channel": self.channels}  # fmt: skip
        factors = (
            Factor(
                f"{self.prefix}.cotangents",
                self._rows("filter", self.filters, "tile", self.tile_pitch),
            ),
            Factor(
                f"{self.prefix}.images",
                self._rows("channel", self.channels, "tile", self.tile_pitch),
            ),
        )
        result = self._rows("filter", self.filters, "channel", self.channel_pitch)
        return self._multiply(
            Problem(extents, factors, result, {}, ("point", "filter", "channel"), ("tile",))
        )

    def _transform_back(self) -> Launch:
        """Products to gradients."""
        values = self._by_filter("C", self.problem.result)
        values |= {"P.row": self.channel_pitch, "P.point": self.filters * self.channel_pitch}
        shape = self._transform_shape("gradients", "m", self.tiles.filters, values)
        return Launch(
            Kernel(("winograd gradients", shape), lambda: build_gradients(shape)),
            (
                Pointer(f"{self.prefix}.products"),
                Pointer(self.work.last.target),
                *(Number(values[name]) for name in shape.numbers),
            ),
            -(-self.filters // values["grain"]),
        )


def plan_tiles(work: Work, tiles: Tiles) -> TilePlanner | None:
    """What plans tiles; None for a gradient that is not written as it is."""
    if not tiles.gradient:
        return ConvolutionPlanner(work, tiles)
    plain = work.epilogue == Read(SUM) and work.context.stored(work.last.target) == F32
    return GradientPlanner(work, tiles) if plain else None

"""Structure, numbers and temporaries of one contraction."""

from __future__ import annotations

from ...ops.dtype import float64, int64
from ...ops.language.expression import Attribute, Cast, Read, Size, sizes_in, walk
from ..ir.kinds import STORED, Kind, of_dtype
from ..ir.loops import Scalar
from ..launch import (
    Kernel,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    ScalarArgument,
    Target,
    Temporary,
)
from ..naming import identifier
from ..program.gather import integer
from ..program.layout import Form
from .blocks import Blocks, cut
from .epilogue import Work, is_number
from .factors import Factor
from .kernel import build_contraction, build_packing
from .pad import SLACK, Padded, pad
from .pad_kernel import pad_launch
from .problem import Problem
from .roles import Roles
from .shape import ContractionShape, EpilogueRead, FactorShape, GuardShape, layout_of

ROWS = {"x86-64-v4": 14, "aarch64": 10}
ROWS_ELSEWHERE = 6  # of 16 registers: 12 accumulators, 2 of the columns, 1 of the rows
VECTORS = 2  # vectors of columns in a tile


def most_rows(target: Target) -> int:
    """Rows of a full tile."""
    return ROWS.get(target.name, ROWS_ELSEWHERE)


class Planner:
    """Plans the launches of one problem."""

    def __init__(self, work: Work, problem: Problem, roles: Roles) -> None:
        self.work = work
        self.context = work.context
        self.problem = problem
        self.roles = roles
        self.values: dict[str, int] = {}
        self.launches: list[Launch] = []
        self.forms: list[Form] = []
        self.prefix = f"{work.last.target}/contraction"

    def plan(self) -> list[Launch]:
        """Copies of guarded factors, then the contraction."""
        shapes = [self._factor(name, factor) for name, factor in zip("AB", self.problem.factors)]
        shape, blocks = self._shape(shapes)
        scratch = self.work.scratch
        names = [name for name, _, _ in shape.memory]
        arguments: list[LaunchArgument] = [Pointer(name) for name in names]
        chunks = -(-blocks.units // blocks.grain)
        parts = max(chunks, blocks.row_tasks * blocks.blocks if shape.shared else 0)
        self._reserve(f"{self.prefix}.pack", scratch, self.values["packed"] * chunks)
        self._reserve(f"{self.prefix}.table", int64, self.values["looked_up"] * parts)
        arguments += [Pointer(f"{self.prefix}.pack"), Pointer(f"{self.prefix}.table")]
        if shape.shared:
            self._reserve(f"{self.prefix}.rows", scratch, self.values["rows_packed"])
            arguments.append(Pointer(f"{self.prefix}.rows"))
        arguments += [Number(self.values[name]) for name in shape.numbers]
        arguments += self._scalar_arguments(shape.scalars)
        layout = layout_of(shape.factors)
        kernel = Kernel(("contraction", shape), lambda: build_contraction(shape), layout=layout)
        if shape.shared:
            packing = Kernel(("packing", shape), lambda: build_packing(shape), layout=layout)
            self.launches.append(
                Launch(packing, tuple(arguments), blocks.row_tasks * blocks.blocks)
            )
        return [*self.launches, Launch(kernel, tuple(arguments), chunks)]

    def _scalar_arguments(self, scalars: tuple[tuple[str, Kind], ...]) -> list[LaunchArgument]:
        wide = {True: float64, False: int64}
        return [ScalarArgument(name, wide[kind.category == 2]) for name, kind in scalars]

    def _reserve(self, name: str, dtype: object, elements: int) -> None:
        """A temporary at least so long; the parts of a contraction use theirs in turn."""
        known = self.context.temporaries.get(name)
        longest = max(elements, known.elements if known else 1)
        self.context.temporaries[name] = Temporary(name, dtype, longest)  # type: ignore[arg-type]

    # -- factors -----------------------------------------------------------------------------------

    def _factor(self, name: str, factor: Factor) -> FactorShape:
        """Structure of a factor; its numbers are noted."""
        if factor.guards:
            padded = pad(self.problem, factor, self._last())
            groups = None if padded is None else self._phase_groups(padded)
            if padded is not None and groups is not None:
                return self._padded(name, padded, groups)
            return self._guarded(name, factor)
        self.forms.append(factor.form)
        self._add_form(name, factor.form)
        lanes = self.roles.rows if name == "A" else self.roles.columns
        return FactorShape(
            factor.tensor,
            unit=self.problem.chained(factor.form, lanes),
            deep=self._deep(factor.form),
        )

    def _last(self) -> tuple[str, ...]:
        """Unguarded variables that go last in a copy: lines make runs along them."""
        return (*self.roles.depth, *self.roles.columns)

    def _padded(self, name: str, padded: Padded, groups: list[str]) -> FactorShape:
        scalar = self.work.kind.scalar
        copy = f"{self.prefix}.{name}"
        elements = (padded.lines + padded.slack) * padded.dims[-1].length + SLACK
        self._reserve(copy, self.work.scratch, elements)
        self.launches.append(pad_launch(self.context, padded, scalar, copy))
        self.forms.append(padded.form)
        self._add_form(name, padded.form)
        for number, phase in enumerate(padded.phases):
            label = f"{name}.p{number}"
            self._add_form(label, phase.form)
            self.values |= {f"{label}.step": phase.step, f"{label}.unit": phase.unit,
                            f"{label}.stride": phase.stride}  # fmt: skip
        lanes = self.roles.rows if name == "A" else self.roles.columns
        unit = (
            self.problem.chained(padded.form, lanes) and groups.count("n") + groups.count("m") == 0
        )
        deep = self._deep(padded.form) and "k" not in groups
        return FactorShape(
            copy, (), tuple(groups), unit, deep, direct=unit and name == "B" and self._few()
        )

    def _phase_groups(self, padded: Padded) -> list[str] | None:
        """The group on which each phase depends; None where one depends on several."""
        found = []
        for phase in padded.phases:
            names = {v for v, _ in phase.form.terms if self.problem.extents[v] != 1}
            groups = [g for g, variables in self.roles.groups().items() if names & set(variables)]
            if len(groups) > 1 or groups == ["o"]:
                return None
            found.append(groups[0] if groups else "k")
        return found

    def _guarded(self, name: str, factor: Factor) -> FactorShape:
        form, shapes = factor.form, []
        for number, guard in enumerate(factor.guards):
            label = f"{name}.{number}"
            self._add_form(label, guard.form)
            self.values[f"{label}.extent"] = guard.extent
            if guard.divisor == 1:
                # The address stays affine; only whether it counts must be looked at.
                form = form.plus(guard.form, guard.stride)
            else:
                self.values |= {f"{label}.divisor": guard.divisor, f"{label}.stride": guard.stride}
            shapes.append(GuardShape(guard.divisor != 1))
        self.forms.append(form)
        self._add_form(name, form)
        return FactorShape(factor.tensor, tuple(shapes))

    def _few(self) -> bool:
        """Whether there are so few tiles of rows that packing the columns does not pay."""
        most = most_rows(self.context.target)
        return self.problem.total(self.roles.rows) <= most

    def _deep(self, form: Form) -> bool:
        """Whether all of a run of the depth is consecutive."""
        return self._run_of(form) >= 16

    def _run_of(self, form: Form) -> int:
        length = 1
        for variable in reversed(self.roles.depth):
            if form.coefficient(variable) != length:
                break
            length *= self.problem.extents[variable]
        return length

    def _add_form(self, label: str, form: Form) -> None:
        """Numbers of a form: its offset and its coefficients that are not 0."""
        self.values[f"{label}.offset"] = form.offset
        for group, variables in self.roles.groups().items():
            for number, variable in enumerate(variables):
                coefficient = form.coefficient(variable)
                if coefficient:
                    self.values[f"{label}.{group}{number}"] = coefficient

    # -- structure ---------------------------------------------------------------------------------

    def _shape(self, factors: list[FactorShape]) -> tuple[ContractionShape, Blocks]:
        context, work = self.context, self.work
        scalar = work.kind.scalar
        reads = self._epilogue_reads()
        lanes = work.lanes
        blocks = self._count(factors, lanes * VECTORS)
        self._add_form("C", self.problem.result)
        valid = self._add_extents()
        target = work.last.target
        self._add_sizes()
        shape = ContractionShape(
            name=self._name(),
            scalar=scalar,
            lanes=lanes,
            vectors=VECTORS,
            rows=blocks.rows,
            factors=(factors[0], factors[1]),
            result=target,
            unit=self.problem.chained(self.problem.result, self.roles.columns),
            valid=valid,
            epilogue=work.epilogue,
            reads=tuple(reads),
            memory=self._memory(
                [factors[0].tensor, factors[1].tensor, target, *(r.tensor for r in reads)]
            ),
            numbers=tuple(self.values),
            groups=tuple((g, len(v)) for g, v in self.roles.groups().items()),
            scalars=tuple(self._scalars()),
            words=self._words(),
            kinds=((target, context.inference.tensor(target)),),
            blocked=blocks.blocks > 1,
            shared=blocks.shared,
        )
        return shape, blocks

    def _name(self) -> str:
        """Name of the function."""
        return f"{identifier(self.context.name)}_contraction"

    def _add_sizes(self) -> None:
        """Numbers of the sizes that the epilogue names."""
        for name in sorted(sizes_in(self.work.epilogue)):
            self.values[f"size {name}"] = integer(Size(name), self.context.binding) or 0

    def _words(self) -> tuple[tuple[str, Kind, Scalar], ...]:
        """Dtypes of the epilogue's casts."""
        words = sorted({n.dtype for n in walk(self.work.epilogue) if isinstance(n, Cast)})
        named = [(word, self.context.inference.named(word)) for word in words]
        return tuple((word, of_dtype(d), STORED[d.name]) for word, d in named)

    def _add_extents(self) -> tuple[int, ...]:
        """Numbers of the groups' extents; the columns' variables that run on between lines."""
        valid = []
        for group, variables in self.roles.groups().items():
            for number, variable in enumerate(variables):
                self.values[f"{group}{number}"] = max(1, self.problem.extents[variable])
                if group == "n" and variable in self.problem.valid:
                    self.values[f"n{number}.valid"] = self.problem.valid[variable]
                    valid.append(number)
        return tuple(valid)

    def _memory(self, names: list[str]) -> tuple[tuple[str, Scalar, Kind], ...]:
        context, kind = self.context, self.work.kind
        found: list[tuple[str, Scalar, Kind]] = []
        for name in dict.fromkeys(names):
            if name.startswith(f"{self.prefix}."):
                found.append((name, kind.scalar, kind))
            else:
                found.append((name, context.stored(name), context.inference.tensor(name)))
        return tuple(found)

    def _scalars(self) -> list[tuple[str, Kind]]:
        """Attributes and number operands that the epilogue names."""
        context, epilogue = self.context, self.work.epilogue
        names = sorted({n.name for n in walk(epilogue) if isinstance(n, Attribute)})
        found = [(name, context.inference.expression(Attribute(name))) for name in names]
        numbers = {
            n.tensor for n in walk(epilogue) if isinstance(n, Read) and is_number(context, n)
        }
        return found + [(n, of_dtype(context.binding.dtypes[n])) for n in sorted(numbers)]

    def _epilogue_reads(self) -> list[EpilogueRead]:
        found: list[EpilogueRead] = []
        for read, form in self.problem.reads.items():
            label = f"E{len(found)}"
            self._add_form(label, form)
            along = any(form.coefficient(v) for v in self.roles.columns)
            unit = self.problem.chained(form, self.roles.columns)
            across = "none" if not along else "unit" if unit else "table"
            found.append(EpilogueRead(read, read.tensor, label, across))
        return found

    def _count(self, factors: list[FactorShape], columns: int) -> Blocks:
        """Blocking, and the numbers that follow from it."""
        problem, roles = self.problem, self.roles
        k = problem.total(roles.depth)
        runs = [
            self._run_of(form)
            for form, shape in zip(self.forms, factors)
            if shape.deep and not shape.unit
        ]
        run = min([k, *runs])
        most = most_rows(self.context.target)
        again = not any(problem.factors[0].depends(v) for v in roles.outer)
        blocks = cut(problem, roles, run, most, columns, again)
        own_rows = 0 if blocks.shared else blocks.task_rows
        own_columns = 0 if factors[1].direct else blocks.strip
        kept = (
            blocks.task_rows * blocks.task_columns if blocks.blocks > 1 else blocks.rows * columns
        )
        reads = len(problem.reads)
        lines = [2 + len(f.guards) + reads for f in factors]
        self.values |= {
            "M": problem.total(roles.rows), "N": problem.total(roles.columns), "K": k,
            "row_tasks": blocks.row_tasks, "column_tasks": blocks.column_tasks,
            "task_rows": blocks.task_rows, "task_columns": blocks.task_columns,
            "units": blocks.units, "grain": blocks.grain, "run": run, "block": blocks.block,
            "blocks": blocks.blocks, "strip": blocks.strip,
            "packed": blocks.block * (own_rows + own_columns) + kept + 64,
            "rows_packed": blocks.blocks * blocks.block * blocks.row_tasks * blocks.task_rows,
            "looked_up": (blocks.task_rows + 64) * lines[0] + (blocks.task_columns + 64) * lines[1]
            + blocks.block * sum(lines) + 64,
        }  # fmt: skip
        return blocks

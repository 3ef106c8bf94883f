"""Structure, numbers and temporaries of a product of matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir.loops import BF16, F32, I8, I16, I32, Scalar
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer
from ..program.layout import Form
from .blocks import ceil_div
from .epilogue import Work
from .matrix_blocks import PITCH, Extents, MatrixBlocks, cut_matrix
from .matrix_kernel import build_matrix
from .plan import VECTORS, Planner, most_rows
from .problem import Problem
from .roles import Roles
from .shape import EpilogueRead, MatrixFactor, MatrixShape, layout_of

UNSIGNED = ("avx512vnni", "avxvnni")
"""Features that multiply signed bytes by unsigned ones."""

DOTS: tuple[tuple[int, Scalar, tuple[Scalar, ...], tuple[str, ...]], ...] = (
    (4, I32, (I8,), (*UNSIGNED, "dotprod")),
    (2, I32, (I8, I16), UNSIGNED),
    (2, F32, (BF16,), ("avx512bf16", "bf16")),
)
"""Elements in a word, what they are summed in, what they may be, features that multiply them."""


def plan_matrices(work: Work, problem: Problem, roles: Roles) -> list[Launch] | None:
    """The launch of a contraction whose factors are matrices; None where they are not."""
    if problem.valid or any(factor.guards for factor in problem.factors):
        return None
    joined = join_variables(problem, roles)
    return None if joined is None else MatrixPlanner(work, *joined).plan()


def join_variables(problem: Problem, roles: Roles) -> tuple[Problem, Roles] | None:
    """The problem with at most one variable for rows, columns and depth each; None if it has more.

    Variables are one where every form has for the slow one the coefficient of the fast one times
    its extent. Rows that are left over become outer variables where enough are left.
    """
    extents = dict(problem.extents)
    forms = [f.form for f in problem.factors] + [problem.result, *problem.reads.values()]

    def join(variables: tuple[str, ...]) -> tuple[str, ...]:
        left: list[str] = []
        for variable in variables:
            while left and all(
                f.coefficient(left[-1]) == f.coefficient(variable) * extents[variable]
                for f in forms
            ):
                extents[variable] *= extents.pop(left.pop())
            left.append(variable)
        return tuple(left)

    rows, columns, depth = join(roles.rows), join(roles.columns), join(roles.depth)
    outer = roles.outer
    if len(rows) > 1 and extents[rows[-1]] >= 16:
        outer, rows = (*outer, *rows[:-1]), rows[-1:]
    if max(len(rows), len(columns), len(depth)) > 1:
        return None

    def kept(form: Form) -> Form:
        return Form(form.offset, tuple((v, c) for v, c in form.terms if v in extents))

    first, second = (replace(f, form=kept(f.form)) for f in problem.factors)
    problem = replace(
        problem,
        extents=extents,
        factors=(first, second),
        result=kept(problem.result),
        reads={read: kept(form) for read, form in problem.reads.items()},
    )
    return problem, Roles(outer, rows, columns, depth)


class MatrixPlanner(Planner):
    """Plans the launch of one product."""

    def plan(self) -> list[Launch]:
        """The one launch."""
        shape, blocks = self._matrix_shape()
        arguments: list[LaunchArgument] = [Pointer(name) for name, _, _ in shape.memory]
        chunks = -(-blocks.units // blocks.grain)
        for name, used in (
            ("pack", shape.factors[0].packed),
            ("kept", shape.blocked and not shape.held),
        ):
            if used:
                size = self.values["packed" if name == "pack" else "kept"]
                self._reserve(f"{self.prefix}.{name}", self.work.scratch, size * chunks)
                arguments.append(Pointer(f"{self.prefix}.{name}"))
        arguments += self._scalar_arguments(shape.scalars)
        arguments += [Number(self.values[name]) for name in shape.numbers]
        kernel = Kernel(
            ("contraction", shape),
            lambda: build_matrix(shape),
            features=self._dots()[1],
            layout=layout_of(shape.factors),
        )
        return [Launch(kernel, tuple(arguments), chunks)]

    def _matrix_shape(self) -> tuple[MatrixShape, MatrixBlocks]:
        work, context = self.work, self.context
        rows = most_rows(context.target)
        reads = self._add_forms()
        factors = [self._matrix_factor(number) for number in (0, 1)]
        problem, roles = self.problem, self.roles
        o, m, n, k = (
            problem.total(g) for g in (roles.outer, roles.rows, roles.columns, roles.depth)
        )
        step = self.values.get("B.k0", 0)
        size = Extents(o, m, n, k, rows, work.lanes * VECTORS, work.scratch.itemsize, step)
        must = tuple(self._must_pack(number, f) for number, f in enumerate(factors))
        parts, features = self._dots()
        blocks = cut_matrix(size, (must[0], must[1]), parts)
        factors = [replace(f, packed=p) for f, p in zip(factors, blocks.packed)]
        steps = ceil_div(blocks.block, parts)
        fields = self._fields((factors[0], factors[1]), reads)
        blocked = blocks.block < k
        stored = context.stored(work.last.target)
        held = blocked and bool(fields["unit"]) and stored == work.kind.scalar and not reads
        self.values |= {
            "M": m, "N": n, "K": k, "row_tasks": blocks.row_tasks,
            "column_tasks": blocks.column_tasks, "task_rows": blocks.task_rows,
            "task_columns": blocks.task_columns, "units": blocks.units, "grain": blocks.grain,
            "block": blocks.block, "pitch": steps + PITCH, "strip": blocks.strip,
            "packed": (steps + PITCH) * blocks.task_rows + 64,
            "kept": blocks.task_rows * blocks.task_columns + 64,
        }  # fmt: skip
        shape = MatrixShape(
            **fields,
            rows=rows,
            vectors=VECTORS,
            numbers=tuple(self.values),
            blocked=blocked,
            held=held,
            parts=parts,
            higher=parts == 4 and features[0] in UNSIGNED,
        )
        return shape, blocks

    def _add_forms(self) -> list[EpilogueRead]:
        """Numbers of all addresses and extents; what the epilogue reads."""
        forms = (*(f.form for f in self.problem.factors), self.problem.result)
        for name, form in zip("ABC", forms):
            self._add_form(name, form)
        reads = self._epilogue_reads()
        self._add_extents()
        return reads

    def _fields(
        self, factors: tuple[MatrixFactor, MatrixFactor], reads: list[EpilogueRead]
    ) -> dict[str, Any]:
        """Attributes of a shape that do not depend on how the product is cut."""
        self._add_sizes()
        context, scalar, target = self.context, self.work.kind.scalar, self.work.last.target
        named = [*(f.tensor for f in factors), target, *(r.tensor for r in reads)]
        return {
            "name": self._name(),
            "scalar": scalar,
            "lanes": self.work.lanes,
            "factors": factors,
            "result": target,
            "unit": self.problem.chained(self.problem.result, self.roles.columns),
            "epilogue": self.work.epilogue,
            "reads": tuple(reads),
            "memory": self._memory(named),
            "outer": len(self.roles.outer),
            "scalars": tuple(self._scalars()),
            "words": self._words(),
            "kinds": ((target, context.inference.tensor(target)),),
        }

    def _matrix_factor(self, number: int) -> MatrixFactor:
        factor = self.problem.factors[number]
        lanes = self.roles.columns if number else self.roles.rows
        return MatrixFactor(
            factor.tensor,
            unit=self.problem.chained(factor.form, lanes),
            deep=self.problem.chained(factor.form, self.roles.depth),
            packed=False,
        )

    def _dots(self) -> tuple[int, tuple[str, ...]]:
        """Steps of the depth that go to a word, and the feature of the target that multiplies them.

        Integers of at most 16 bits always go in pairs. Other words are made where the target has
        the feature; those of bf16 only where results are bf16 too, since numbers below the least
        normal one count as zeros.
        """
        total = self.work.kind.scalar
        stored = {self.context.stored(factor.tensor) for factor in self.problem.factors}
        if total == F32:
            stored.add(self.context.stored(self.work.last.target))
        for parts, summed, elements, known in DOTS:
            found = tuple(name for name in known if name in self.context.target.features)
            if found and summed == total and stored <= set(elements):
                return parts, found
        return (2, ()) if total == I32 and stored <= {I8, I16} else (1, ())

    def _must_pack(self, number: int, factor: MatrixFactor) -> bool:
        """It is to be packed, or cannot be read where it lies without converting it again."""
        if self.problem.factors[number].packed:
            return True
        if self.context.stored(factor.tensor) != self.work.kind.scalar:
            return True
        return number == 1 and not factor.unit

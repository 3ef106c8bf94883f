"""Sums of products of two tensors through one packed micro-kernel: matmul, convolutions, their adjoints.

A contraction has four groups of loop variables: *outer* (in both factors and the result), *rows*
(in the first factor and the result), *columns* (in the second factor and the result) and *depth*
(in both factors, summed). Rows, columns and depth are flattened to one index each; where their
elements lie is looked up in tables that a task fills once, so that any number of variables, any
strides and guarded reads (the padding of a convolution, the holes of a transposed one) go through
the same code: an implicit GEMM. Columns run over vector lanes.

Source:
    Goto and van de Geijn 2008, doi:10.1145/1356052.1356053 (packing and blocking).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

from ..ops.dtype import float32, float64, int64
from ..ops.expression import Attribute, Call, Cast, Constant, Expression, Index, Read, Size, walk
from .contraction_kernel import build_contraction
from .contraction_shape import SUM, ContractionShape, EpilogueRead, FactorShape, GuardShape
from .gather import integer
from .kinds import STORED, Kind, of_dtype
from .launch import Kernel, Launch, LaunchArgument, Number, Pointer, ScalarArgument, Temporary
from .layout import Form, Space
from .loops import F32, F64
from .context import Context
from .nest import Nest
from .partition import is_contraction
from .program import Step, is_plain, rewrite_reads

ROWS = {("x86-64-v4", "f32"): 14, ("x86-64-v4", "f64"): 14, ("aarch64", "f32"): 10, ("aarch64", "f64"): 10}
ROWS_ELSEWHERE = 6  # of 16 registers: 12 accumulators, 2 of the columns, 1 of the rows
VECTORS = 2  # vectors of columns in a tile
DEPTH = 384  # of a packed block: a tile's columns fill the first-level cache
BLOCK = 16  # a block's depth is a multiple of it: transposing writes so many steps at once
STRIP = 4  # tiles of columns that are packed together
TASK = 1 << 25  # multiply-adds that are worth a task of their own
MOST_TASKS = 16
LEAST_ROWS = 4  # fewer do not pay for packing


@dataclass(frozen=True)
class Guard:
    """One dim of a guarded read: place `form / divisor`, which must be a whole number within `extent`."""

    form: Form
    extent: int
    divisor: int
    stride: int


@dataclass(frozen=True)
class Factor:
    """How an element of a factor is reached; where a guard fails it is 0."""

    tensor: str
    form: Form
    guards: tuple[Guard, ...] = ()

    def depends(self, variable: str) -> bool:
        """Whether the element differs along a loop variable."""
        return bool(self.form.coefficient(variable)) or any(g.form.coefficient(variable) for g in self.guards)


@dataclass
class Roles:
    """Loop variables by what they do, slow to fast."""

    outer: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    depth: list[str] = field(default_factory=list)


def match(nest: Nest) -> bool:
    """Whether the group begins with a contraction that pays for packing; the launch is kept for `build`."""
    steps = list(nest.steps.values())
    if not steps or not is_contraction(steps[0], nest.context.program) or nest.partial:
        return False
    nest.planned = contract(nest.context, nest.steps, nest.roots)
    return nest.planned is not None


def build(nest: Nest) -> list[Launch]:
    """The launch that `match` found."""
    assert nest.planned is not None, "match comes first"
    return [nest.planned]


def contract(context: Context, steps: dict[str, Step], roots: Sequence[str]) -> Launch | None:
    """The launch of a contraction and the maps that follow it; None where another schedule is better.

    Args:
        context: The call.
        steps: The contraction first, then maps over the same outer space.
        roots: Targets that go to memory; only the last step's can.
    """
    first, last = next(iter(steps.values())), list(steps.values())[-1]
    if list(roots) != [last.target]:
        return None
    kind = context.inference.step(first)
    if kind.scalar not in (F32, F64):
        return None
    space = Space(context.binding, context.program, context.strides)
    for index in (*first.free, *first.bound):
        space.add(index)
    found = _factors(context, space, first)
    if found is None:
        return None
    factors, scale = found
    result = space.access(last.target, last.indices, ())
    if result.computed:
        return None
    free = [v for i in first.free for v in space.components[i] if space.extents[v] > 1]
    depth = [v for i in first.bound for v in space.components[i] if space.extents[v] > 1]
    plan = _assign_roles(space, factors, result.form, free, depth)
    if plan is None:
        return None
    factors, roles = plan
    epilogue = _epilogue(steps, scale)
    return _Planner(context, space, kind, factors, roles, result.form, last, epilogue).launch()


# -- matching ------------------------------------------------------------------------------------------


def _factors(context: Context, space: Space, step: Step) -> tuple[list[Factor], Expression | None] | None:
    """Two factors that are reached by affine forms, and what of the product does not depend on indices."""
    conditions, product = _conditions(step.value)
    reads: list[tuple[Read, list[Expression]]] = []
    scale: Expression | None = None
    for part in _flat(product):
        own, inner = _conditions(part)
        if isinstance(inner, Read) and inner.tensor in context.strides or _is_temporary(context, inner):
            assert isinstance(inner, Read)
            reads.append((inner, own))
        elif not own and not _mentions(part):
            scale = part if scale is None else Call("mul", (scale, part))
        else:
            return None
    if len(reads) != 2:
        return None
    factors = []
    for read, own in reads:
        mine = [c for c in conditions if _guards(c, read)]
        conditions = [c for c in conditions if c not in mine]
        if not all(_guards(c, read) for c in own):
            return None
        factor = _factor(context, space, read, bool(own or mine))
        if factor is None or context.inference.tensor(read.tensor).category != 2:
            return None
        factors.append(factor)
    return None if conditions else (factors, scale)


def _is_temporary(context: Context, node: Expression) -> bool:
    return isinstance(node, Read) and context.program.tensors[node.tensor].role == "temporary"


def _mentions(expression: Expression) -> bool:
    """Whether a value depends on memory or on an index."""
    return any(isinstance(node, (Read, Index)) for node in walk(expression))


def _flat(expression: Expression) -> list[Expression]:
    if isinstance(expression, Call) and expression.function == "mul":
        return [part for argument in expression.arguments for part in _flat(argument)]
    return [expression]


def _conditions(expression: Expression) -> tuple[list[Expression], Expression]:
    """`value if a and b else 0` taken apart."""
    if isinstance(expression, Call) and expression.function == "select":
        condition, value, other = expression.arguments
        if isinstance(other, Constant) and other.value == 0:
            inner, rest = _conditions(value)
            return _conjuncts(condition) + inner, rest
    return [], expression


def _conjuncts(condition: Expression) -> list[Expression]:
    if isinstance(condition, Call) and condition.function == "and":
        return [part for argument in condition.arguments for part in _conjuncts(argument)]
    return [condition]


def _guards(condition: Expression, read: Read) -> bool:
    """Whether a condition only says that an index of the read lies inside, or is a whole number."""
    if not isinstance(condition, Call):
        return False
    match condition:
        case Call("ge", (place, Constant(0))) | Call("lt", (place, Size() | Call())):
            return place in read.indices
        case Call("eq", (Call("mod", arguments), Constant(0))):
            return Call("floordiv", arguments) in read.indices
    return False


def _factor(context: Context, space: Space, read: Read, guarded: bool) -> Factor | None:
    tensor = context.program.tensors[read.tensor]
    access = space.access(read.tensor, read.indices, ())
    if not guarded:
        return None if access.computed else Factor(read.tensor, access.form)
    if tensor.role == "temporary":
        return None
    plain = tuple(i if is_plain(i, a) else Constant(0) for i, a in zip(read.indices, tensor.axes))
    base = space.access(read.tensor, plain, ())
    if base.computed:
        return None
    place, strides = context.binding.places[read.tensor], context.strides[read.tensor]
    reached = base.form
    guards = []
    for axis, dims, index in zip(tensor.axes, place.core, read.indices):
        if is_plain(index, axis):
            continue
        divisor = 1
        if isinstance(index, Call) and index.function == "floordiv":
            found = integer(index.arguments[1], context.binding)
            if not found or found < 0:
                return None
            divisor, index = found, index.arguments[0]
        form = space.value_form(index)
        if form is None or len(dims) != 1:
            return None
        dim = dims[0]
        extent = prod(space.size_dims(axis[0])) if len(axis) == 1 else 0
        if not extent:
            return None
        stride = 0 if dim is None else strides[dim]
        if divisor == 1:
            # The address stays affine; only whether it counts must be looked at.
            reached, stride = reached.plus(form, stride), 0
        guards.append(Guard(form, extent, divisor, stride))
    return Factor(read.tensor, reached, tuple(guards))


# -- roles ---------------------------------------------------------------------------------------------


def _assign_roles(
    space: Space, factors: list[Factor], result: Form, free: list[str], depth: list[str]
) -> tuple[list[Factor], Roles] | None:
    """Factors (rows first) and the roles of all variables; None where packing does not pay."""
    first, second = factors
    only_first = [v for v in free if first.depends(v) and not second.depends(v)]
    only_second = [v for v in free if second.depends(v) and not first.depends(v)]
    if any(not first.depends(v) and not second.depends(v) for v in depth):
        return None
    unit = next((v for v in free if result.coefficient(v) == 1), None)
    size = space.extents
    if unit in only_first or (unit not in only_second and _total(size, only_first) > _total(size, only_second)):
        first, second = second, first
        only_first, only_second = only_second, only_first
    columns = _columns(size, only_second, result)
    roles = Roles([], only_first, columns, depth)
    roles.outer = [v for v in free if v not in only_first and v not in columns]
    roles.rows.sort(key=lambda v: -abs(result.coefficient(v)))
    # Depth in the order of the factor whose elements are gathered least cheaply.
    roles.depth.sort(key=lambda v: -abs(first.form.coefficient(v)))
    rows, wide, deep = (_total(size, group) for group in (roles.rows, columns, depth))
    if min(rows, wide) < LEAST_ROWS or deep < 2:
        return None
    return [first, second], roles


def _total(extents: dict[str, int], variables: Sequence[str]) -> int:
    return prod(extents[v] for v in variables)


def _columns(extents: dict[str, int], candidates: list[str], result: Form) -> list[str]:
    """Variables whose elements follow each other in the result, slow to fast."""
    left = sorted(candidates, key=lambda v: abs(result.coefficient(v)))
    if not left or result.coefficient(left[0]) != 1:
        return sorted(candidates, key=lambda v: -abs(result.coefficient(v)))
    chain = [left.pop(0)]
    while left and result.coefficient(left[0]) == result.coefficient(chain[0]) * extents[chain[0]]:
        chain.insert(0, left.pop(0))
    return chain


def _epilogue(steps: dict[str, Step], scale: Expression | None) -> Expression:
    """What is written, in terms of a read of the contraction's own target."""
    names = list(steps)
    values: dict[str, Expression] = {}

    def visit(read: Read) -> Expression:
        return values.get(read.tensor, read)

    own: Expression = Read(SUM)
    values[names[0]] = own if scale is None else Call("mul", (own, scale))
    for name in names[1:]:
        values[name] = rewrite_reads(steps[name].value, visit)
    return values[names[-1]]


# -- planning ------------------------------------------------------------------------------------------


class _Planner:
    """Numbers, temporaries and structure of one contraction."""

    def __init__(
        self,
        context: Context,
        space: Space,
        kind: Kind,
        factors: list[Factor],
        roles: Roles,
        result: Form,
        last: Step,
        epilogue: Expression,
    ) -> None:
        self.context = context
        self.space = space
        self.kind = kind
        self.factors = factors
        self.roles = roles
        self.result = result
        self.last = last
        self.epilogue = epilogue
        self.groups = {"o": roles.outer, "m": roles.rows, "n": roles.columns, "k": roles.depth}
        self.values: dict[str, int] = {}

    def launch(self) -> Launch | None:
        """The launch; None where the epilogue reads what cannot be reached."""
        reads = self._epilogue_reads()
        if reads is None:
            return None
        shape = self._shape(reads)
        context = self.context
        names = [name for name, _, _ in shape.memory]
        scratch = float64 if self.kind.scalar == F64 else float32
        arguments: list[LaunchArgument] = [Pointer(name) for name in names]
        prefix = f"{self.last.target}/contraction"
        lengths = {"pack": self.values["packed"], "table": self.values["looked_up"]}
        for name, dtype in (("pack", scratch), ("table", int64)):
            elements = lengths[name] * self.values["tasks"]
            context.temporaries[f"{prefix}.{name}"] = Temporary(f"{prefix}.{name}", dtype, elements)
            arguments.append(Pointer(f"{prefix}.{name}"))
        arguments += [Number(self.values[name]) for name in shape.numbers]
        wide = {True: float64, False: int64}
        arguments += [ScalarArgument(name, wide[kind.category == 2]) for name, kind in shape.scalars]
        kernel = Kernel(("contraction", shape), lambda: build_contraction(shape))
        return Launch(kernel, tuple(arguments), self.values["tasks"])

    # -- structure -----------------------------------------------------------------------------------

    def _shape(self, reads: list[EpilogueRead]) -> ContractionShape:
        context, target = self.context, self.context.target
        scalar = self.kind.scalar
        lanes = target.vector_bytes // (8 if scalar == F64 else 4)
        rows = ROWS.get((target.name, scalar.name), ROWS_ELSEWHERE)
        self._count(rows, lanes * VECTORS)
        for group, variables in self.groups.items():
            for number, variable in enumerate(variables):
                self.values[f"{group}{number}"] = self.space.extents[variable]
        shapes = [self._factor_shape(name, factor) for name, factor in zip("AB", self.factors)]
        self._add_form("C", self.result, "omn")
        tensors = [self.factors[0].tensor, self.factors[1].tensor, self.last.target]
        memory = tuple(dict.fromkeys([*tensors, *(r.tensor for r in reads)]))
        sizes = sorted({n.name for n in walk(self.epilogue) if isinstance(n, Size)})
        for name in sizes:
            value = integer(Size(name), context.binding)
            self.values[f"size {name}"] = 0 if value is None else value
        attributes = sorted({n.name for n in walk(self.epilogue) if isinstance(n, Attribute)})
        scalars = [(name, context.inference.expression(Attribute(name))) for name in attributes]
        scalars += [(n, of_dtype(context.binding.dtypes[n])) for n in self._number_operands()]
        words = sorted({n.dtype for n in walk(self.epilogue) if isinstance(n, Cast)})
        return ContractionShape(
            name=_function_name(context.name),
            scalar=scalar,
            lanes=lanes,
            vectors=VECTORS,
            rows=rows,
            factors=(shapes[0], shapes[1]),
            result=self.last.target,
            unit=self._is_unit(),
            epilogue=self.epilogue,
            reads=tuple(reads),
            memory=tuple((n, context.stored(n), context.inference.tensor(n)) for n in memory),
            numbers=tuple(self.values),
            groups=tuple((g, len(v)) for g, v in self.groups.items()),
            scalars=tuple(scalars),
            words=tuple((w, of_dtype(d), STORED[d.name]) for w, d in ((w, context.inference.named(w)) for w in words)),
            kinds=((self.last.target, context.inference.tensor(self.last.target)),),
            blocked=self.values["K"] > self.values["block"],
        )

    def _number_operands(self) -> list[str]:
        found = []
        for node in walk(self.epilogue):
            if isinstance(node, Read) and node.tensor in self.context.program.tensors:
                role = self.context.program.tensors[node.tensor].role
                if role == "input" and node.tensor not in self.context.strides:
                    found.append(node.tensor)
        return sorted(set(found))

    def _is_unit(self) -> bool:
        """Neighbouring columns are neighbours in the result."""
        return self._chain(self.result, self.roles.columns)

    def _chain(self, form: Form, variables: list[str]) -> bool:
        """Whether the flattened variables walk over consecutive elements."""
        step = 1
        for variable in reversed(variables):
            if form.coefficient(variable) != step:
                return False
            step *= self.space.extents[variable]
        return True

    def _factor_shape(self, name: str, factor: Factor) -> FactorShape:
        group = "okm" if name == "A" else "okn"
        self._add_form(name, factor.form, group)
        guards = []
        for number, guard in enumerate(factor.guards):
            label = f"{name}.{number}"
            self._add_form(label, guard.form, group)
            self.values[f"{label}.extent"] = guard.extent
            if guard.divisor != 1:
                self.values |= {f"{label}.divisor": guard.divisor, f"{label}.stride": guard.stride}
            guards.append(GuardShape(guard.divisor != 1))
        lanes = self.roles.rows if name == "A" else self.roles.columns
        unit = not guards and self._chain(factor.form, lanes)
        deep = not guards and self._chain(factor.form, self.roles.depth)
        return FactorShape(factor.tensor, tuple(guards), unit, deep)

    def _add_form(self, label: str, form: Form, groups: str) -> None:
        """Numbers of a form: its offset and its coefficients that are not 0."""
        self.values[f"{label}.offset"] = form.offset
        for group in groups:
            for number, variable in enumerate(self.groups[group]):
                coefficient = form.coefficient(variable)
                if coefficient:
                    self.values[f"{label}.{group}{number}"] = coefficient

    def _epilogue_reads(self) -> list[EpilogueRead] | None:
        found: dict[Read, EpilogueRead] = {}
        for node in _outside_reads(self.epilogue):
            if isinstance(node, Index):
                return None
            if not isinstance(node, Read) or node in found or node.tensor == SUM:
                continue
            tensor = self.context.program.tensors[node.tensor]
            if tensor.role == "input" and node.tensor not in self.context.strides:
                continue
            access = self.space.access(node.tensor, node.indices, ())
            if access.computed or not access.safe:
                return None
            label = f"E{len(found)}"
            self._add_form(label, access.form, "omn")
            columns = [v for v in self.roles.columns if access.form.coefficient(v)]
            across = "none" if not columns else "unit" if self._chain(access.form, self.roles.columns) else "table"
            found[node] = EpilogueRead(node, node.tensor, label, across)
        return list(found.values())

    # -- blocking ------------------------------------------------------------------------------------

    def _count(self, rows: int, columns: int) -> None:
        """Cuts the work into tasks; what they are depends on sizes only."""
        size = self.space.extents
        m, n, k, o = (_total(size, self.groups[g]) for g in "mnko")
        wanted = max(1, min(MOST_TASKS, m * n * k // TASK))
        row_tasks = column_tasks = 1
        while row_tasks * column_tasks < wanted:
            task_rows, task_columns = -(-m // row_tasks), -(-n // column_tasks)
            if task_rows >= task_columns and task_rows >= 4 * rows:
                row_tasks *= 2
            elif task_columns >= 2 * columns:
                column_tasks *= 2
            else:
                break
        task_rows = -(-(-(-m // row_tasks)) // rows) * rows
        task_columns = -(-(-(-n // column_tasks)) // columns) * columns
        row_tasks, column_tasks = -(-m // task_rows), -(-n // task_columns)
        total = o * row_tasks * column_tasks
        # Outer positions share a task where they are many and small.
        grain = max(1, -(-total // max(MOST_TASKS, 1)))
        block = min(-(-k // BLOCK) * BLOCK, DEPTH)
        strip = min(columns * STRIP, task_columns)
        guards = [len(f.guards) for f in self.factors]
        epilogues = sum(1 for node in walk(self.epilogue) if isinstance(node, Read))
        lines = 2 + guards[0] + epilogues, 2 + guards[1] + epilogues, 2 + sum(guards)
        self.values |= {
            "M": m, "N": n, "K": k, "row_tasks": row_tasks, "column_tasks": column_tasks,
            "task_rows": task_rows, "task_columns": task_columns, "units": total, "grain": grain,
            "tasks": -(-total // grain), "block": block, "strip": strip,
            "packed": block * (task_rows + strip) + 64 + (task_rows * task_columns if k > block else 0),
            "looked_up": (task_rows + 64) * lines[0] + (task_columns + 64) * lines[1] + block * lines[2] + 64,
        }  # fmt: skip


def _outside_reads(expression: Expression) -> Iterator[Expression]:
    """The nodes of an expression but for those inside the indices of reads."""
    yield expression
    if not isinstance(expression, Read):
        for child in expression.children:
            yield from _outside_reads(child)


def _function_name(name: str) -> str:
    text = "".join(c if c.isalnum() else "_" for c in name)
    return f"{text}_contraction"

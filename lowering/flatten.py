"""Statements -> steps: reductions hoisted, reads beyond edges guarded, `+=` collected.

`y[n] = e[n] / sum[n1](e[n1])` becomes `t = sum[n](e[n])` and `y[n] = e[n] / t`; equal reductions
are computed once. Short intermediate values are put in the place where they are read.
"""

from __future__ import annotations

import operator

from ..ops.algebra import call, operand
from ..ops.binding import Binding
from ..ops.dtype import bfloat16, float16
from ..ops.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    free_indices,
    reads,
    walk,
)
from ..ops.hoist import fresh_index
from ..ops.op import Axis, Op
from .chosen import spread
from .gather import Contribution, affine, integer, invert
from .halving import Probe, search
from .inline import drop_unread, inline
from .program import (
    BATCH,
    PREFIX,
    Factors,
    Program,
    Step,
    Tensor,
    canonical,
    conjunction,
    factors_of,
    is_plain,
    literal_size,
    substitute,
)
from .wrap import wrapped


def flatten(op: Op, binding: Binding) -> Program:
    """The program of a specialised or derived op.

    Sizes enter only where a scatter is turned into a gather: which index is solved for, and
    whether its coefficient is one.
    """
    flattener = _Flattener(op, binding)
    for statement in op.compute or op.define:
        assert isinstance(statement, Statement), f"{op.name}: specialize before lowering"
        flattener.statement(statement)
    flattener.flush_all()
    program = flattener.program
    inline(program)
    drop_unread(program)
    return program


def axis_factors(axis: Axis) -> Factors:
    """Names of the sizes of an axis."""
    return tuple(f if isinstance(f, str) else literal_size(f) for f in axis.factors)


class _Flattener:
    def __init__(self, op: Op, binding: Binding) -> None:
        self.op = op
        self.binding = binding
        self.program = Program()
        self.outside = dict(op.outside)
        self.pending: dict[str, list[Contribution]] = {}
        self.known: dict[tuple[object, ...], str] = {}
        self.origin: dict[str, str] = {}
        # Tensors of which every element has a value.
        self.given: set[str] = {output.name for output in op.outputs if op.onto}
        self.replaced = _replaced(op)
        self.count = self.searches = 0
        for role, operands in (("input", op.inputs), ("output", op.outputs)):
            for argument in operands:
                axes = tuple(axis_factors(axis) for axis in argument.type.axes)
                batched = argument.type.batched or argument.type.pointwise
                self.program.tensors[argument.name] = Tensor(argument.name, axes, batched, role)

    # -- statements --------------------------------------------------------------------------------

    def statement(self, statement: Statement) -> None:
        """Adds one statement's steps."""
        target = statement.target.tensor
        for read in (*reads(statement.value), *_index_reads(statement)):
            if read.tensor in self.pending and read.tensor != target:
                self.flush(read.tensor)
        indices = tuple(self.hoist(index) for index in statement.target.indices)
        value = wrapped(statement.value, self.is_whole)
        if statement.accumulate:
            bound: tuple[str, ...] = ()
            if isinstance(value, Reduce) and value.kind == "sum":
                bound, value = value.indices, value.body
            self.pending.setdefault(target, []).append(
                Contribution(indices, self.hoist(value), bound)
            )
            return
        if any(factors_of(index) is None for index in indices):
            self.put(target, indices, self.hoist(value))
            return
        if isinstance(value, Reduce) and value.kind != "partition_point":
            self.reduction(value, target, indices)
        elif isinstance(value, Scan):
            self.scan(value, target, indices)
        elif isinstance(value, Order):
            self.order(value, target, indices)
        else:
            self.assign(target, indices, self.hoist(value))

    def is_whole(self, node: Expression) -> bool:
        """A read of an integer operand, or an integer attribute."""
        if isinstance(node, Attribute):
            return any(s.name == node.name and s.kind == "int" for s in self.op.attributes)
        kind = self.binding.dtypes.get(node.tensor) if isinstance(node, Read) else None
        return kind is not None and kind.kind == "int"

    def assign(
        self,
        target: str,
        indices: tuple[Expression, ...],
        value: Expression,
        bound: tuple[str, ...] = (),
        form: str = "map",
        kind: str = "",
        reverse: bool = False,
        place: Expression | None = None,
    ) -> dict[str, str]:
        """Adds a step that gives all of a tensor; the result is how its indices were renamed."""
        batched = self.is_batched(value) or target in self.replaced
        batched = batched or (place is not None and self.is_batched(place))
        tensor = self.declare(target, indices, batched and BATCH not in bound)
        free = (PREFIX, *((BATCH,) if tensor.batched else ()), *_names(indices))
        step = Step(target, indices, free, bound, form, kind, value, reverse, place)
        step, names = canonical(step)
        self.program.steps.append(step)
        self.given.add(target)
        return names

    def declare(self, name: str, indices: tuple[Expression, ...], batched: bool) -> Tensor:
        """The tensor of that name; a temporary where it is not known yet."""
        if name not in self.program.tensors:
            axes = tuple(factors_of(index) or () for index in indices)
            self.program.tensors[name] = Tensor(name, axes, batched, "temporary")
        return self.program.tensors[name]

    def fresh(self) -> str:
        """A new name for a temporary."""
        self.count += 1
        return f"t{self.count}%"

    # -- expressions -------------------------------------------------------------------------------

    def hoist(self, expression: Expression) -> Expression:
        """The expression with its reductions and scans computed by steps of their own."""
        if isinstance(expression, Reduce):
            is_search = expression.kind == "partition_point"
            return self.search(expression) if is_search else self.reduction(expression)
        if isinstance(expression, Scan):
            return self.scan(expression)
        if isinstance(expression, Order):
            return self.order(expression)
        children = tuple([self.hoist(child) for child in expression.children])
        if any(map(operator.is_not, children, expression.children)):
            expression = expression.rebuild(children)
        if isinstance(expression, Read):
            return self.guarded(expression)
        return expression

    def reduction(
        self, node: Reduce, target: str = "", indices: tuple[Expression, ...] = ()
    ) -> Expression:
        """A read of the reduction's result."""
        body = self.hoist(node.body)
        free = tuple(i for i in free_indices(body) if i not in node.indices)
        places = indices or tuple(Index(i) for i in free)
        return self.fold(body, node.indices, node.kind, target, places)

    def fold(
        self,
        body: Expression,
        bound: tuple[str, ...],
        kind: str,
        target: str,
        places: tuple[Expression, ...],
    ) -> Expression:
        """Adds a reduction, or finds the one that is there already."""
        probe = Step("", places, _names(places), bound, "reduce", kind, body)
        shape, _ = canonical(probe)
        key = (shape.indices, shape.bound, kind, shape.value)
        if key in self.known and not target:
            return Read(self.known[key], places)
        name = target or self.fresh()
        self.assign(name, places, body, bound, "reduce", kind)
        self.known[key] = name
        return Read(name, places)

    def search(self, node: Reduce) -> Expression:
        """The search, which is part of the value that it stands in."""
        (index,) = node.indices
        self.searches += 1
        probe = Probe(Index(index).size, self.searches)
        return search(probe, substitute(self.hoist(node.body), {index: probe}))

    def scan(
        self, node: Scan, target: str = "", indices: tuple[Expression, ...] = ()
    ) -> Expression:
        """A read of the scan's running value."""
        body = substitute(self.hoist(node.body), {node.index: node.until})
        free = tuple(i for i in free_indices(body) if i != node.until.name)
        places = indices or (*(Index(i) for i in free), node.until)
        name = target or self.fresh()
        self.assign(name, places, body, (node.until.name,), "scan", node.kind, node.reverse)
        return Read(name, places)

    def order(
        self, node: Order, target: str = "", indices: tuple[Expression, ...] = ()
    ) -> Expression:
        """A read of the indices that stand at the wanted places of an order.

        The first places are written in order; a place for each row is looked for alone; where
        places are anything else, all of the order is written and read at them.
        """
        value = self.plain_read(self.hoist(node.body), node.index)
        place = self.hoist(node.place)
        rows = tuple(i for i in free_indices(value) if i != node.index)
        more = tuple(i for i in free_indices(place) if i not in rows)
        first = isinstance(place, Index) and more == (place.name,)
        if more and not first:
            other = Index(fresh_index(node.index, {node.index, *rows, *more}))
            whole = self.order(Order(node.index, value, other, node.falling))
            assert isinstance(whole, Read)
            found = Read(whole.tensor, (*whole.indices[:-1], place))
            if target:
                self.assign(target, indices, found)
            return found
        places: tuple[Expression, ...] = (*map(Index, rows), *map(Index, more))
        name = target or self.fresh()
        if target and (set(indices) != set(places) or (first and indices[-1] != place)):
            name = self.fresh()
        elif target:
            places = indices
        kind = "first" if first else "one"
        falling = bool(integer(node.falling, self.binding))
        self.assign(name, places, value, (node.index,), "order", kind, falling, place)
        found = Read(name, places)
        if target and name != target:
            self.assign(target, indices, found)
        return found

    def plain_read(self, body: Expression, last: str) -> Read:
        """A read of the body's values at plain indices, from memory of their own if need be."""
        if isinstance(body, Read):
            axes = self.program.tensors[body.tensor].axes
            names = {index.name for index in body.indices if isinstance(index, Index)}
            if last in names and len(names) == len(axes) and all(map(is_plain, body.indices, axes)):
                return body
        others = (name for name in free_indices(body) if name != last)
        places = (*map(Index, others), Index(last))
        name = self.fresh()
        self.assign(name, places, body)
        return Read(name, places)

    def guarded(self, read: Read) -> Expression:
        """The read, or the value beyond the edges where the entry states one."""
        if read.tensor not in self.outside:
            return read
        tensor = self.program.tensors[read.tensor]
        conditions: list[Expression] = []
        for index, axis in zip(read.indices, tensor.axes):
            if not is_plain(index, axis):
                conditions += within(index, extent_of(axis))
        if not conditions:
            return read
        return call("select", conjunction(conditions), read, self.outside[read.tensor])

    def is_batched(self, expression: Expression) -> bool:
        """Whether the value differs along the batch."""
        for node in walk(expression):
            if isinstance(node, Read) and node.tensor in self.program.tensors:
                if self.program.tensors[node.tensor].batched:
                    return True
            elif isinstance(node, Call) and node.function == "linear":
                return True
        return False

    # -- accumulation ------------------------------------------------------------------------------

    def flush_all(self) -> None:
        """Adds the steps of every sum that is still open."""
        for target in list(self.pending):
            self.flush(target)

    def flush(self, target: str) -> None:
        """Adds the steps that give a target of `+=`: gathers where maps invert, else scatters."""
        contributions = self.pending.pop(target)
        axes = self.target_axes(target, contributions)
        batched = any(self.is_batched(p) for c in contributions for p in (c.value, *c.indices))
        if target in self.program.tensors:
            batched = self.program.tensors[target].batched
        if len(contributions) == 1 and self.spread(target, axes, contributions[0], batched):
            return
        places = _places(axes)
        gathered: list[tuple[Expression, tuple[str, ...]]] = []
        scattered: list[Contribution] = []
        for contribution in contributions:
            inverted = invert(contribution, places, axes, self.binding)
            if inverted is None:
                scattered.append(contribution)
                continue
            value, bound = inverted
            if self.is_batched(value) and not batched:
                bound = (BATCH, *bound)
            gathered.append((value, bound))
        if not scattered:
            self.gathered(target, places, gathered)
            return
        accumulator = target if self.is_exact(target) else self.fresh()
        self.origin[accumulator] = target
        self.declare(accumulator, places, batched)
        self.gathered(accumulator, places, gathered)
        for contribution in scattered:
            self.scattered(accumulator, contribution, "add")
        if accumulator != target:
            self.assign(target, places, Read(accumulator, places))

    def spread(
        self, target: str, axes: tuple[Factors, ...], contribution: Contribution, batched: bool
    ) -> bool:
        """Adds a map where a scatter gives every element; see `chosen.py`."""
        found = spread(contribution, axes, self.program, self.binding)
        if found is None or self.is_batched(found.value) != batched:
            return False
        self.declare(target, _places(axes), batched)
        self.assign(target, found.places, found.value)
        return True

    def is_exact(self, name: str) -> bool:
        """The tensor's memory holds sums as they are accumulated."""
        if name in self.program.tensors and self.program.tensors[name].role == "output":
            return self.binding.dtypes[name] not in (float16, bfloat16)
        return True

    def gathered(
        self,
        target: str,
        places: tuple[Expression, ...],
        parts: list[tuple[Expression, tuple[str, ...]]],
    ) -> None:
        """Adds the step that sums what was inverted."""
        if len(parts) == 1 and parts[0][1]:
            self.fold(parts[0][0], parts[0][1], "sum", target, places)
            return
        total: Expression | None = None
        for value, bound in parts:
            term = self.fold(value, bound, "sum", "", places) if bound else value
            total = term if total is None else call("add", total, term)
        self.assign(target, places, operand(0.0) if total is None else total)

    def scattered(self, target: str, contribution: Contribution, kind: str) -> None:
        """Adds a step that adds to or replaces elements at computed places."""
        tensor = self.program.tensors[target]
        spread = self.beyond(target, contribution, kind)
        if kind == "put" and spread.value is not contribution.value:
            kind = "put_inside"
        contribution = spread
        parts = (*contribution.indices, contribution.value)
        names = tuple(dict.fromkeys(n for p in parts for n in free_indices(p)))
        free = tuple(
            n
            for n in names
            if any(_is_lone(i, n, contribution.indices) for i in contribution.indices)
        )
        bound = tuple(n for n in names if n not in free)
        if not tensor.batched and any(self.is_batched(p) for p in parts):
            bound = (BATCH, *bound)
        batch = (PREFIX, *((BATCH,) if tensor.batched else ()))
        step = Step(
            target, contribution.indices, (*batch, *free), bound, "scatter", kind,
            contribution.value,
        )  # fmt: skip
        self.program.steps.append(canonical(step)[0])

    def beyond(self, target: str, contribution: Contribution, kind: str) -> Contribution:
        """The contribution, with what lies beyond the target's edges turned into nothing.

        A zero that is added under a condition is not added (`emit_nest.scatter`), so that an affine
        place may stay as it is; other places are looked at while the kernel runs.
        """
        stated = self.origin.get(target, target) in self.outside
        inside: list[Expression] = []
        indices: list[Expression] = []
        for index, axis in zip(contribution.indices, self.program.tensors[target].axes):
            spread = kind == "add" and affine(index) is not None
            if is_plain(index, axis) or not (stated or spread):
                indices.append(index)
                continue
            here = conjunction(within(index, extent_of(axis)))
            inside.append(here)
            indices.append(index if spread else call("select", here, index, Constant(0)))
        value = contribution.value
        if inside:
            value = call("select", conjunction(inside), value, Constant(0))
        return Contribution(tuple(indices), value, contribution.bound)

    def put(self, target: str, indices: tuple[Expression, ...], value: Expression) -> None:
        """Adds a step that replaces elements of what earlier statements gave, or else of zeros."""
        contribution = Contribution(indices, value, ())
        if target in self.pending:
            self.flush(target)
        if target not in self.given:
            places = _places(self.target_axes(target, [contribution]))
            self.assign(target, places, operand(0.0))
        self.scattered(target, contribution, "put")

    def target_axes(self, target: str, contributions: list[Contribution]) -> tuple[Factors, ...]:
        """Axes of a target; those of a temporary are found where plain indices stand."""
        if target in self.program.tensors:
            return self.program.tensors[target].axes
        found: list[Factors | None] = [None] * len(contributions[0].indices)
        places = [c.indices for c in contributions]
        for statement in self.op.compute or self.op.define:
            assert isinstance(statement, Statement)
            found_reads = (statement.target, *reads(statement.value))
            places += [read.indices for read in found_reads if read.tensor == target]
        for indices in places:
            for axis, index in enumerate(indices):
                found[axis] = found[axis] or factors_of(index)
        assert all(f is not None for f in found), f"{self.op.name}: axes of {target} are not known"
        return tuple(f for f in found if f is not None)


def _replaced(op: Op) -> set[str]:
    """Targets of which elements are replaced, at places that may differ along the batch."""
    return {
        statement.target.tensor
        for statement in op.compute or op.define
        if isinstance(statement, Statement)
        and not statement.accumulate
        and any(factors_of(index) is None for index in statement.target.indices)
    }


def _index_reads(statement: Statement) -> list[Read]:
    return [read for index in statement.target.indices for read in reads(index)]


def _names(indices: tuple[Expression, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for index in indices for n in free_indices(index)))


def _is_lone(index: Expression, name: str, indices: tuple[Expression, ...]) -> bool:
    """The target place is that plain index, which stands in no other place."""
    if index != Index(name):
        return False
    return sum(name in free_indices(other) for other in indices) == 1


def _places(axes: tuple[Factors, ...]) -> tuple[Expression, ...]:
    """New plain indices over the axes."""
    taken: dict[str, int] = {}

    def fresh(size: str) -> Expression:
        count = taken.get(size, 0)
        taken[size] = count + 1
        return Index(size.lower() + (str(count) if count else ""))

    places: list[Expression] = []
    for axis in axes:
        parts = tuple(fresh(size) for size in axis)
        places.append(parts[0] if len(parts) == 1 else Product(parts))
    return tuple(places)


def extent_of(axis: Factors) -> Expression:
    """The extent of an axis as an expression."""
    result: Expression = Size(axis[0])
    for factor in axis[1:]:
        result = call("mul", result, Size(factor))
    return result


def within(index: Expression, extent: Expression) -> list[Expression]:
    """Conditions for an index to lie inside."""
    return [call("ge", index, Constant(0)), call("lt", index, extent)]

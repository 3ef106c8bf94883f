"""Statements -> steps: reductions hoisted, reads beyond edges guarded, `+=` collected.

`y[n] = e[n] / sum[n1](e[n1])` becomes `t = sum[n](e[n])` and `y[n] = e[n] / t`; equal reductions
are computed once. Short intermediate values are put in the place where they are read.
"""

from __future__ import annotations

import operator

from ...ops.calls.binding import Binding
from ...ops.language.algebra import call
from ...ops.language.expression import (
    Attribute,
    Expression,
    Index,
    Order,
    Read,
    Reduce,
    Scan,
    Statement,
    free_indices,
    reads,
)
from ...ops.language.hoist import fresh_index
from ...ops.language.op import Op
from .accumulation import Accumulation
from .corrected import correct_squares
from .gather import Contribution, integer
from .halving import Probe, search
from .inline import drop_unread, inline
from .program import Program, conjunction, extent_of, factors_of, is_plain, substitute, within
from .steps import StepWriter
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
    flattener.sums.flush_all()
    program = flattener.program
    inline(program)
    drop_unread(program)
    correct_squares(program)
    return program


class _Flattener:
    def __init__(self, op: Op, binding: Binding) -> None:
        self.op = op
        self.binding = binding
        self.steps = StepWriter(op)
        self.program = self.steps.program
        self.sums = Accumulation(op, binding, self.steps)
        self.outside = dict(op.outside)
        self.searches = 0

    # -- statements --------------------------------------------------------------------------------

    def statement(self, statement: Statement) -> None:
        """Adds one statement's steps."""
        target = statement.target.tensor
        for read in (*reads(statement.value), *_index_reads(statement)):
            if read.tensor in self.sums.pending and read.tensor != target:
                self.sums.flush(read.tensor)
        indices = tuple(self.hoist(index) for index in statement.target.indices)
        value = wrapped(statement.value, self.is_whole)
        if statement.accumulate:
            bound: tuple[str, ...] = ()
            if isinstance(value, Reduce) and value.kind == "sum":
                bound, value = value.indices, value.body
            self.sums.add(target, Contribution(indices, self.hoist(value), bound))
            return
        if any(factors_of(index) is None for index in indices):
            self.sums.put(target, indices, self.hoist(value))
            return
        if isinstance(value, Reduce) and value.kind != "partition_point":
            self.reduction(value, target, indices)
        elif isinstance(value, Scan):
            self.scan(value, target, indices)
        elif isinstance(value, Order):
            self.order(value, target, indices)
        else:
            self.steps.assign(target, indices, self.hoist(value))

    def is_whole(self, node: Expression) -> bool:
        """A read of an integer operand, or an integer attribute."""
        if isinstance(node, Attribute):
            return any(s.name == node.name and s.kind == "int" for s in self.op.attributes)
        kind = self.binding.dtypes.get(node.tensor) if isinstance(node, Read) else None
        return kind is not None and kind.kind == "int"

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
        return self.steps.fold(body, node.indices, node.kind, target, places)

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
        name = target or self.steps.fresh()
        self.steps.assign(name, places, body, (node.until.name,), "scan", node.kind, node.reverse)
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
                self.steps.assign(target, indices, found)
            return found
        places: tuple[Expression, ...] = (*map(Index, rows), *map(Index, more))
        name = target or self.steps.fresh()
        if target and (set(indices) != set(places) or (first and indices[-1] != place)):
            name = self.steps.fresh()
        elif target:
            places = indices
        kind = "first" if first else "one"
        falling = bool(integer(node.falling, self.binding))
        self.steps.assign(name, places, value, (node.index,), "order", kind, falling, place)
        found = Read(name, places)
        if target and name != target:
            self.steps.assign(target, indices, found)
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
        name = self.steps.fresh()
        self.steps.assign(name, places, body)
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


def _index_reads(statement: Statement) -> list[Read]:
    return [read for index in statement.target.indices for read in reads(index)]

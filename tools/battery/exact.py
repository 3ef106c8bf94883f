"""Definitions evaluated element by element with 50 digits: slow, and independent of NumPy.

What `interpret` does over whole grids is done here for one element at a time, on `Bounded` numbers.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mpmath
import numpy as np

from ...ops.calls.arrange import arranged, extent, restored
from ...ops.calls.binding import Binding
from ...ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
)
from ...ops.language.op import Block, Op
from .bounds import (
    TESTS,
    Bounded,
    NotMeasuredError,
    apply,
    extreme,
    logarithm_of_sum,
    of,
    product,
    total,
)  # fmt: skip

MOST_POINTS = 8000  # elements and terms of one statement: some 20 us each


class Evaluation:
    """One call, statement by statement.

    Args:
        op: Specialised.
        binding: Its call, solved.
        arrays: Operands by name: arrays and numbers.
        roundoff: u of the dtype in which errors are measured.
    """

    def __init__(
        self, op: Op, binding: Binding, arrays: Mapping[str, Any], roundoff: float
    ) -> None:
        self.op = op
        self.binding = binding
        self.roundoff = mpmath.mpf(roundoff)
        self.outside = dict(op.outside)
        self.tensors: dict[str, Any] = {}
        self.axes = {each.name: each.type.axes for each in (*op.inputs, *op.outputs)}
        for item in op.inputs:
            value = arrays.get(item.name)
            if value is not None and item.name in binding.places:
                array = np.asarray(value)
                self.tensors[item.name] = arranged(
                    array, item.type, binding.places[item.name], binding
                )

    def results(self, body: tuple[Statement | Block, ...]) -> dict[str, Any]:
        """Arrays of numbers for each output, in the user's order of dims.

        Raises:
            NotMeasuredError: It would take too long, or a function has no counterpart.
        """
        for statement in body:
            if not isinstance(statement, Statement):
                raise NotMeasuredError("conditions are left")
            self.execute(statement)
        return {
            item.name: restored(
                self.tensors[item.name], item.type, self.binding.places[item.name], item.name,
                self.binding,
            )
            for item in self.op.outputs
        }  # fmt: skip

    def execute(self, statement: Statement) -> None:
        """Puts the values of one statement in place."""
        names, target = statement.indices, statement.target
        batch = self.binding.batch
        extents = [self.size(name) for name in names]
        inner = [self.size(name) for name in _bound(statement.value)]
        points = int(np.prod([*batch, *extents, *inner], dtype=np.int64))
        if points > MOST_POINTS:
            raise NotMeasuredError(f"of at most {MOST_POINTS} terms")
        values: dict[tuple[int, ...], list[Any]] = {}
        for position in itertools.product(*map(range, batch)):
            for places in itertools.product(*map(range, extents)):
                around = dict(zip(names, places))
                core = tuple(
                    self.place(target.tensor, i, x, position, around)
                    for i, x in enumerate(target.indices)
                )
                found = values.setdefault((*position, *core), [])
                found.append(self.value(statement.value, position, around))
        plain = all(isinstance(each, Index | Product) for each in target.indices)
        shape = self.shape(target, values) if statement.accumulate or not plain else None
        self.store(statement, values, shape)

    def shape(self, target: Read, values: Mapping[tuple[int, ...], object]) -> tuple[int, ...]:
        """Extents of a target that not every element of is written."""
        axes = self.axes.get(target.tensor)
        old = self.tensors.get(target.tensor)
        if old is not None:
            return tuple(np.shape(old))
        if axes is None:
            raise NotMeasuredError("of values that are not scattered")
        return (*self.binding.batch, *(extent(each, self.binding) for each in axes))

    def store(
        self,
        statement: Statement,
        values: Mapping[tuple[int, ...], list[Any]],
        shape: tuple[int, ...] | None,
    ) -> None:
        """Puts values at their places: the sum of those that meet, or the last one."""
        name = statement.target.tensor
        if shape is None:
            rank = len(next(iter(values), ()))
            shape = tuple(max(place[i] for place in values) + 1 for i in range(rank))
        array = np.empty(shape, object)
        old = self.tensors.get(name)
        array[...] = Bounded(mpmath.mpf(0)) if old is None else old
        for place, found in values.items():
            if any(not 0 <= i < n for i, n in zip(place, shape)):
                continue  # `outside` drops it
            if statement.accumulate:
                before = [] if old is None else [array[place]]
                array[place] = total([of(_number(each)) for each in (*before, *found)])
            else:
                array[place] = found[-1]
        self.tensors[name] = array

    def size(self, index: str) -> int:
        """Extent of an index."""
        return self.binding.sizes[Index(index).size]

    def value(self, node: Expression, at: tuple[int, ...], around: dict[str, int]) -> Any:
        """An expression at a position of the batch, for values of indices: a `Bounded`, or an
        integer or truth value as Python has it."""
        match node:
            case Constant(value):
                return value
            case Size(name):
                return self.binding.sizes[name]
            case Index(name):
                return around[name]
            case Attribute(name):
                given: Any = self.binding.attributes[name]
                return mpmath.nan if given is None else given
            case Read():
                return self.read(node, at, around)
            case Cast(body, _):
                return self.value(body, at, around)
            case Reduce(kind, indices, body):
                return self.fold(
                    kind, [self.value(body, at, each) for each in self.around(indices, around)]
                )
            case Scan(kind, index, until, body, reverse):
                last = around[until.name]
                span = range(last, self.size(index)) if reverse else range(last + 1)
                return self.fold(kind, [self.value(body, at, {**around, index: i}) for i in span])
            case Call(function, arguments):
                return self.call(function, arguments, at, around)
        raise NotMeasuredError(f"{type(node).__name__} has no value")

    def around(self, indices: tuple[str, ...], around: dict[str, int]) -> Iterator[dict[str, int]]:
        """Values of indices with those of a reduction."""
        for places in itertools.product(*(range(self.size(name)) for name in indices)):
            yield {**around, **dict(zip(indices, places))}

    def fold(self, kind: str, values: list[Any]) -> Any:
        """A reduction of values."""
        if kind in ("any", "all"):
            return any(values) if kind == "any" else all(values)
        if kind == "partition_point":
            return bisect_left(values, True, key=lambda holds: not _plain(holds))
        if kind in ("argmax", "argmin"):
            choose = max if kind == "argmax" else min
            return choose(range(len(values)), key=lambda i: _plain(values[i]))
        if values and all(isinstance(each, int) for each in values):
            return _FOLDS[kind](values)
        numbers = [of(each) for each in values]
        if kind == "sum":
            return total(numbers)
        if kind == "logaddexp":
            return logarithm_of_sum(numbers, self.roundoff)
        return product(numbers, self.roundoff) if kind == "prod" else extreme(kind, numbers)

    def call(
        self,
        function: str,
        arguments: tuple[Expression, ...],
        at: tuple[int, ...],
        around: dict[str, int],
    ) -> Any:
        """A primitive; `select`, `and` and `or` look at a branch only where it counts."""
        if function in ("select", "and", "or"):
            first = self.value(arguments[0], at, around)
            truth = bool(_plain(first))
            if function == "select":
                return self.value(arguments[1 if truth else 2], at, around)
            if truth == (function == "or"):
                return truth
            return bool(_plain(self.value(arguments[1], at, around)))
        values = [self.value(each, at, around) for each in arguments]
        if function in TESTS:
            return TESTS[function](*map(_plain, values))
        whole = _WHOLE.get(function)
        if whole is not None and all(isinstance(each, int) for each in values):
            return whole(*values)
        return apply(function, [of(each) for each in values], self.roundoff)

    def read(self, node: Read, at: tuple[int, ...], around: dict[str, int]) -> Any:
        """An element of a tensor; what is given for outside of it."""
        array = self.tensors[node.tensor]
        rank = len(self.binding.batch)
        place = tuple(min(i, n - 1) for i, n in zip(at, array.shape[:rank]))
        core = tuple(self.place(node.tensor, i, x, at, around) for i, x in enumerate(node.indices))
        if any(not 0 <= i < n for i, n in zip(core, array.shape[rank:])):
            return self.value(self.outside[node.tensor], at, around)
        return _number(array[(*place, *core)])

    def place(
        self,
        tensor: str,
        number: int,
        index: Expression,
        at: tuple[int, ...],
        around: dict[str, int],
    ) -> int:
        """The integer of one index; that of a product axis is flattened."""
        if not isinstance(index, Product):
            return int(_plain(self.value(index, at, around)))
        flat = 0
        for position, part in enumerate(index.parts):
            if isinstance(part, Index):
                length = self.size(part.name)
            else:
                factor = self.axes[tensor][number].factors[position]
                length = factor if isinstance(factor, int) else self.binding.sizes[factor]
            flat = flat * length + int(_plain(self.value(part, at, around)))
        return flat


def _number(found: Any) -> Any:
    """An element of an operand, which is exact, or of what was computed."""
    if isinstance(found, np.bool_ | np.integer):
        return found.item()
    return Bounded(mpmath.mpf(float(found))) if isinstance(found, float | np.floating) else found


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Bounded) else value


def _bound(node: Expression) -> list[str]:
    """Indices of reductions and scans in an expression."""
    found: list[str] = []
    match node:
        case Reduce(_, indices, body):
            found += [*indices, *_bound(body)]
        case Scan(_, index, _, body):
            found += [index, *_bound(body)]
        case Cast(body, _):
            found += _bound(body)
        case Call(_, arguments):
            for each in arguments:
                found += [name for name in _bound(each) if name not in found]
    return found


_FOLDS: dict[str, Callable[..., Any]] = {"sum": sum, "prod": math.prod, "max": max, "min": min}

_WHOLE: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "neg": lambda a: -a, "abs": abs, "maximum": max, "minimum": min,
    "floordiv": lambda a, b: a // b, "mod": lambda a, b: a % b,
    "trunc_div": lambda a, b: int(mpmath.mpf(a) / b),
}  # fmt: skip
"""Primitives that give integers for integers."""

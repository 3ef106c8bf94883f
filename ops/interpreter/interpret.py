"""The meaning of a definition, executed with NumPy: slow, plain, and the oracle of last resort.

A statement is evaluated over the grid of its indices: one array axis for each batch axis of the
call, then one for each index, of extent 1 where a value does not depend on it. It is also the
kernel of `backends/interpreter`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..calls.arrange import arranged, extent, restored
from ..calls.binding import Binding
from ..dtype import numpy_dtype
from ..language.expression import Expression, Order, Reduce, Scan, Statement, walk
from ..language.hoist import plain_names
from ..language.op import Op, TensorType
from .evaluate import Array, category
from .grid import Grid


def interpret(
    op: Op,
    binding: Binding,
    arrays: Mapping[str, Any],
    exact: bool = False,
    fast: bool = True,
) -> dict[str, Array]:
    """The outputs of a specialised op, in the user's order of dims.

    Args:
        op: An op with statements: specialised, or a derived adjoint or tangent.
        binding: The call, solved.
        arrays: Operand name -> array (or number) in the user's order of dims. An output given here
            keeps the elements that no statement writes.
        exact: Compute floats in float64 and leave them so; else in the op's dtypes.
        fast: Sums of products go through einsum; off, they are added up plainly.

    Raises:
        IndexRangeError: A gathered index is outside of its tensor.
        BackendError: A grid would have more than 2**28 elements.
    """
    run = Interpretation(op, binding, exact, fast)
    for item in (*op.inputs, *op.outputs):
        if item.name in arrays and item.name in binding.places:
            run.enter(item.name, item.type, np.asarray(arrays[item.name]))
    for statement in op.compute or op.define:
        assert isinstance(statement, Statement), f"{op.name} is not specialised"
        run.execute(statement)
    return {item.name: run.leave(item.name, item.type) for item in op.outputs}


class Interpretation(Grid):
    """One call being evaluated, statement by statement."""

    def enter(self, name: str, kind: TensorType, array: Array) -> None:
        """Take an operand: converted to the dtype that the definition sees, arranged."""
        seen = self.binding.dtypes.get(name)
        if seen is not None:
            array = array.astype(numpy_dtype(seen), copy=False)
            array = array.astype(self.precision.of(seen), copy=False)
        self.tensors[name] = arranged(array, kind, self.binding.places[name], self.binding)

    def leave(self, name: str, kind: TensorType) -> Array:
        """An output in the user's order and, unless exact, rounded to its dtype."""
        place = self.binding.places[name]
        if name not in self.tensors:  # only accumulated into, and nothing came
            self.tensors[name] = np.zeros(self.shape_of(name, (), ()), self.precision.default)
        array = restored(self.tensors[name], kind, place, name, self.binding)
        wanted = self.binding.dtypes[name]
        return self.converted(array, wanted, stored=not self.exact)

    def execute(self, statement: Statement) -> None:
        """Evaluate one statement and put its values in place."""
        names = dict.fromkeys(statement.indices)
        for node in walk(statement.value):
            if isinstance(node, Reduce):
                names.update(dict.fromkeys(node.indices))
            elif isinstance(node, Scan):
                names.update(dict.fromkeys((node.index, node.until.name)))
            elif isinstance(node, Order):
                names.setdefault(node.index)
        self.order = tuple(names)
        self.mask = None
        value = self.evaluate(statement.value)
        array = value.array
        if value.weak and category(array) == 2:
            array = array.astype(self.precision_of(statement.target.tensor))
        array = self.spread(array, statement)
        if statement.accumulate:
            self.accumulate(statement, array)
        else:
            self.assign(statement, array)

    def precision_of(self, name: str) -> Any:
        """What a value that is nothing but a number is computed in: the dtype it is stored in."""
        kind = self.binding.dtypes.get(name)
        if kind is None or kind.kind not in ("float", "complex"):
            return self.precision.default
        return self.precision.of(kind)

    def spread(self, array: Array, statement: Statement) -> Array:
        """The value with its axes: batch, then the indices of the statement at full extent.

        Axes of indices that only reductions inside the value use have extent 1 and go.
        """
        nb = len(self.batch)
        array = array.reshape((1,) * (nb + len(self.order) - array.ndim) + array.shape)
        outer = statement.indices
        keep = [nb + self.order.index(name) for name in outer]
        drop = tuple(nb + i for i, name in enumerate(self.order) if name not in outer)
        array = array.transpose([*range(nb), *keep, *drop]).reshape(
            array.shape[:nb] + tuple(array.shape[axis] for axis in keep)
        )
        shape = array.shape[:nb] + tuple(self.size(name) for name in outer)
        self.check(shape)
        self.order = outer
        return np.broadcast_to(array, shape)

    def assign(self, statement: Statement, array: Array) -> None:
        """`=`: the axes of the value, in the order of the target's indices."""
        nb = len(self.batch)
        parts = [plain_names(index) for index in statement.target.indices]
        if not all(parts):
            self.put(statement, array)
            return
        names = [name for part in parts for name in part]
        extra = set(self.order) - set(names)
        assert not extra, f"{self.op.name}: {statement.target.tensor} = ... leaves {extra} open"
        array = array.transpose([*range(nb), *(nb + self.order.index(n) for n in names)])
        core = [math.prod(self.size(name) for name in part) for part in parts]
        self.tensors[statement.target.tensor] = array.reshape(array.shape[:nb] + tuple(core))

    def put(self, statement: Statement, array: Array) -> None:
        """`=` at computed indices: replaces elements, the last one in row-major order stays."""
        name, nb = statement.target.tensor, len(self.batch)
        shape = self.shape_of(name, statement.target.indices, self.order)
        old = self.tensors.get(name)
        if old is None:
            total = np.zeros(shape, array.dtype)
        else:  # zeros and ones that were written as integers may meet floats
            wider = array.dtype if category(array) > category(old) else old.dtype
            total = np.broadcast_to(old, shape).astype(wider)
        places, valid = self.places(statement.target, shape[nb:])
        if name not in self.outside:
            self.refuse(statement.target, valid)
        array = np.broadcast_to(
            array, np.broadcast_shapes(shape[:nb] + (1,) * len(self.order), array.shape)
        )
        batch = [self.grid(i, n if shape[i] != 1 else 1) for i, n in enumerate(array.shape[:nb])]
        full = np.broadcast_shapes(array.shape, valid.shape)
        hit = np.broadcast_to(valid, full)
        where = tuple(np.broadcast_to(place, full)[hit] for place in [*batch, *places])
        total[where] = np.broadcast_to(array, full)[hit]
        self.tensors[name] = total

    def accumulate(self, statement: Statement, array: Array) -> None:
        """`+=`: what meets at one element is added; out of range it is dropped or refused."""
        name, nb = statement.target.tensor, len(self.batch)
        shape = self.shape_of(name, statement.target.indices, self.order)
        if category(array) < 2:
            array = array.astype(np.int64)
        old = self.tensors.get(name)
        if old is None:
            total = np.zeros(shape, array.dtype)
        else:
            total = np.broadcast_to(old, shape).astype(np.result_type(old.dtype, array.dtype))
        array = np.broadcast_to(array, self.batch + array.shape[nb:])
        shared = tuple(i for i in range(nb) if shape[i] == 1 and self.batch[i] != 1)
        places, valid = self.places(statement.target, shape[nb:])
        if name not in self.outside:
            self.refuse(statement.target, valid)
        if shared and all(place.shape[i] == 1 for place in [*places, valid] for i in shared):
            array = array.sum(axis=shared, keepdims=True)
        batch = [self.grid(i, n if shape[i] != 1 else 1) for i, n in enumerate(array.shape[:nb])]
        full = np.broadcast_shapes(array.shape, valid.shape)
        hit = np.broadcast_to(valid, full)
        where = tuple(np.broadcast_to(place, full)[hit] for place in [*batch, *places])
        if where:
            np.add.at(total, where, np.broadcast_to(array, full)[hit])
        else:
            total = total + array
        self.tensors[name] = total

    def shape_of(
        self, name: str, indices: tuple[Expression, ...], order: tuple[str, ...]
    ) -> tuple[int, ...]:
        """Shape of a target of `+=`, batch axes first; without batch only the prefix axes."""
        kind = self.types.get(name)
        if kind is not None:
            core = tuple(extent(axis, self.binding) for axis in kind.axes)
            if kind.batched:
                return self.batch + core
            prefix = self.binding.prefix
            return self.batch[:prefix] + (1,) * (len(self.batch) - prefix) + core
        if name in self.tensors:
            return (*self.batch, *self.tensors[name].shape[len(self.batch) :])
        return self.batch + tuple(
            math.prod(self.size(part) for part in plain_names(index)) for index in indices
        )

"""Expressions over the grid of a statement: how the interpreter evaluates them with NumPy.

The grid has one array axis for each batch axis of the call, then one for each index of the
statement, of extent 1 where a value does not depend on it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..calls.arrange import extent, operands
from ..calls.binding import Binding
from ..dtype import dtype, get_default_dtype, numpy_dtype
from ..errors import BackendError, IndexRangeError
from ..language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
)
from ..language.hoist import plain_names
from ..language.op import Axis, Op
from ..language.primitives import DRAWS
from . import philox
from .evaluate import Array, Precision, Value, apply, category, order, reduce, scan, together

LARGEST_GRID = 2**28


class Grid:
    """A call and the tensors known so far; evaluates expressions over the grid of `order`.

    Attributes:
        tensors: Name -> array, batch axes first, one axis for each core axis.
        order: Names of the indices of the current grid.
        mask: Where the value of the current branch is wanted; None for everywhere.
    """

    def __init__(self, op: Op, binding: Binding, exact: bool, fast: bool) -> None:
        self.op = op
        self.binding = binding
        self.exact = exact
        self.fast = fast
        self.precision = Precision(exact)
        self.batch = binding.batch
        self.tensors: dict[str, Array] = {}
        self.outside = dict(op.outside)
        self.types = {item.name: item.type for item in operands(op)}
        self.order: tuple[str, ...] = ()
        self.mask: Array | None = None  # where the value of the current branch is wanted

    def converted(self, array: Array, wanted: dtype, stored: bool = False) -> Array:
        """The array as `wanted`: rounded to it, and held in its compute dtype unless `stored`."""
        target = numpy_dtype(wanted)
        if self.exact and wanted.kind in ("float", "complex"):
            return array.astype(self.precision.of(wanted), copy=False)
        if wanted.kind in ("int", "float") and array.dtype.kind == "c":
            array = array.real  # as in C: the imaginary part is dropped
        with np.errstate(all="ignore"):
            array = array != 0 if wanted.kind == "bool" else array.astype(target, copy=False)
        return array if stored else array.astype(self.precision.of(wanted), copy=False)

    def size(self, index: str) -> int:
        """Extent of an index."""
        return self.binding.sizes[Index(index).size]

    def grid(self, axis: int, length: int) -> Array:
        """0, 1, 2, ... along one axis of the current grid."""
        shape = [1] * (len(self.batch) + len(self.order))
        shape[axis] = length
        return np.arange(length, dtype=np.int64).reshape(shape)

    def axis(self, index: str) -> int:
        """Axis of an index in the current grid."""
        return len(self.batch) + self.order.index(index)

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse a grid that would not fit.

        Raises:
            BackendError: It has more than 2**28 elements.
        """
        if math.prod(shape) > LARGEST_GRID:
            raise BackendError(
                f"{self.op.name}: the interpreter evaluates grids of at most 2**28 elements, "
                f"got one of shape {shape}"
            )

    def evaluate(self, node: Expression) -> Value:
        """Value of an expression over the current grid."""
        match node:
            case Constant(value):
                return Value(self.point(value), weak=True)
            case Size(name):
                return Value(self.point(self.binding.sizes[name]), weak=True)
            case Attribute(name):
                return Value(self.point(self.attribute(name)), weak=True)
            case Index(name):
                return Value(self.grid(self.axis(name), self.size(name)), weak=True)
            case Read():
                return self.read(node)
            case Call():
                return self.call(node)
            case Reduce(kind, indices, body):
                return self.reduction(kind, indices, body)
            case Scan():
                return self.running(node)
            case Order():
                return self.ordered(node)
            case Cast(body, name):
                array = self.evaluate(body).array
                return Value(self.converted(array, self.binding.dtype_of(name)))
        raise AssertionError(f"{self.op.name}: {type(node).__name__} has no value")

    def attribute(self, name: str) -> object:
        """Value of an attribute; None is NaN for a float and 0 for an integer."""
        value = self.binding.attributes[name]
        if value is not None:
            return value
        kind = next((spec.kind for spec in self.op.attributes if spec.name == name), "int")
        return math.nan if kind == "float" else 0

    def point(self, value: object) -> Array:
        """A number as an array of one element on the grid."""
        shape = (1,) * (len(self.batch) + len(self.order))
        return np.asarray(value).reshape(shape)

    def call(self, node: Call) -> Value:
        """A primitive; `select`, `and` and `or` look at a branch only where it counts."""
        match node.function:
            case "linear":
                linear = np.arange(math.prod(self.batch), dtype=np.int64)
                return Value(linear.reshape(self.batch + (1,) * len(self.order)))
            case function if function in DRAWS:
                return self.random(node)
            case "select":
                condition = self.truth(node.arguments[0])
                first = self.under(condition, node.arguments[1])
                second = self.under(~condition, node.arguments[2])
                (a, b), weak = together((first, second), self.precision)
                self.check(np.broadcast_shapes(condition.shape, a.shape, b.shape))
                return Value(np.where(condition, a, b), weak)
            case "and" | "or":
                left = self.truth(node.arguments[0])
                wanted = left if node.function == "and" else ~left
                right = self.under(wanted, node.arguments[1]).array != 0
                return Value(left & right if node.function == "and" else left | right)
        values = [self.evaluate(argument) for argument in node.arguments]
        self.check(np.broadcast_shapes(*(value.array.shape for value in values)))
        return apply(node.function, values, self.precision)

    def truth(self, node: Expression) -> Array:
        """A condition as truth values."""
        return np.asarray(self.evaluate(node).array != 0)

    def under(self, condition: Array, node: Expression) -> Value:
        """Value of a branch; elsewhere it may be anything and no index in it is checked."""
        before = self.mask
        self.mask = condition if before is None else before & condition
        value = self.evaluate(node)
        self.mask = before
        return value

    def random(self, node: Call) -> Value:
        """Random numbers as wide as the first float output."""
        seed = node.arguments[0]
        if isinstance(seed, Attribute):
            key = self.binding.attributes[seed.name]
        else:
            key = int(self.evaluate(seed).array.reshape(-1)[0])
        element = self.evaluate(node.arguments[1]).array
        if node.function == "random_bits":
            return Value(philox.random_bits(key, element))
        dtypes = [self.binding.dtypes[item.name] for item in self.op.outputs]
        wide = next((kind for kind in dtypes if kind.is_floating_point), get_default_dtype())
        draw = philox.uniform64 if wide.itemsize == 8 else philox.uniform32
        drawn = draw(key, element, second=node.function == "uniform2")
        return Value(drawn.astype(self.precision.of(wide)))

    def reduction(self, kind: str, indices: tuple[str, ...], body: Expression) -> Value:
        """A reduction over indices, whose axes stay with extent 1."""
        if kind == "sum" and self.fast:
            quick = self.sum_of_products(indices, body)
            if quick is not None:
                return quick
        value = self.evaluate(body)
        axes = tuple(self.axis(name) for name in indices)
        shape = list(value.array.shape)
        for name, axis in zip(indices, axes):
            shape[axis] = self.size(name)
        self.check(tuple(shape))
        array = np.broadcast_to(value.array, shape)
        if value.weak and category(array) == 2:
            array = array.astype(self.precision.default)
        return Value(reduce(kind, array, axes))

    def sum_of_products(self, indices: tuple[str, ...], body: Expression) -> Value | None:
        """The sum of a product of at least two factors by einsum; None if it is no such sum."""
        nodes = factors(body)
        if len(nodes) < 2:
            return None
        values = [self.evaluate(node) for node in nodes]
        arrays, weak = together(values, self.precision)
        if weak or category(arrays[0]) != 2:
            return None
        summed = {self.axis(name) for name in indices}
        if any(all(array.shape[axis] == 1 for array in arrays) for axis in summed):
            return None  # a factor of the extent would be missing
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        operands: list[Any] = []
        for array in arrays:
            axes = [axis for axis, length in enumerate(array.shape) if length != 1]
            operands += [array.reshape([array.shape[axis] for axis in axes]), axes]
        used = [axis for axis, length in enumerate(shape) if length != 1]
        if len(used) > 50:
            return None
        result = [axis for axis in used if axis not in summed]
        with np.errstate(all="ignore"):
            array = np.einsum(*operands, result, optimize=len(arrays) < 4)
        final = [1 if axis in summed else length for axis, length in enumerate(shape)]
        return Value(np.asarray(array).reshape(final))

    def running(self, node: Scan) -> Value:
        """A scan: the axis of the running index becomes that of the index it runs up to."""
        value = self.evaluate(node.body)
        axis, until = self.axis(node.index), self.axis(node.until.name)
        shape = list(value.array.shape)
        shape[axis] = self.size(node.index)
        array = np.broadcast_to(value.array, shape)
        if value.weak and category(array) == 2:
            array = array.astype(self.precision.default)
        result = scan(node.kind, array, axis, node.reverse)
        if result.shape[until] == 1:
            return Value(np.swapaxes(result, axis, until))
        diagonal = np.diagonal(result, axis1=axis, axis2=until)  # the body looks at `until` too
        return Value(np.moveaxis(diagonal[..., np.newaxis], (-2, -1), (until, axis)))

    def ordered(self, node: Order) -> Value:
        """The indices that stand at places of the order; that of the index stays with extent 1.

        Of nothing any place is 0: the read that it is for is an error, if it counts.

        Raises:
            IndexRangeError: There is no such place.
        """
        values, axis = self.evaluate(node.body).array, self.axis(node.index)
        length = self.size(node.index)
        values = np.broadcast_to(values, self._with(values.shape, axis, length))
        falling = bool(self.evaluate(node.falling).array.any())
        places = self.evaluate(node.place).array.astype(np.int64)
        if not length:
            return Value(np.zeros(places.shape, np.int64))
        wrong = (places < 0) | (places >= length)
        if self.mask is not None:
            wrong = wrong & self.mask
        if wrong.any():
            seen = int(np.broadcast_to(places, wrong.shape)[wrong].flat[0])
            raise IndexRangeError(
                f"{self.op.name}: a place in the order of {node.index} must be in [0, {length}), "
                f"got {seen}"
            )
        if isinstance(node.place, Index) and values.shape[self.axis(node.place.name)] == 1:
            first = order(values, axis, falling).take(range(self.size(node.place.name)), axis)
            return Value(np.swapaxes(first, axis, self.axis(node.place.name)))
        shape = np.broadcast_shapes(self._with(values.shape, axis, 1), places.shape)
        self.check(self._with(shape, axis, length))
        found = np.broadcast_to(order(values, axis, falling), self._with(shape, axis, length))
        return Value(np.take_along_axis(found, np.broadcast_to(places, shape) % length, axis))

    @staticmethod
    def _with(shape: tuple[int, ...], axis: int, extent: int) -> tuple[int, ...]:
        """A shape with another extent along an axis."""
        return (*shape[:axis], extent, *shape[axis + 1 :])

    def read(self, node: Read) -> Value:
        """Elements of a tensor at the places that its indices give."""
        array, nb = self.tensors[node.tensor], len(self.batch)
        plain = [plain_names(index) for index in node.indices]
        names = [name for part in plain for name in part]
        if all(plain) and len(set(names)) == len(names):
            core = [self.size(name) for name in names]
            if math.prod(core) == math.prod(array.shape[nb:]) and all(
                math.prod(self.size(name) for name in part) == length
                for part, length in zip(plain, array.shape[nb:])
            ):
                return Value(self.plain_read(array, names, core))
        return self.general_read(node, array)

    def plain_read(self, array: Array, names: list[str], core: list[int]) -> Array:
        """A read at plain indices: axes in another order."""
        nb = len(self.batch)
        array = array.reshape(array.shape[:nb] + tuple(core))
        positions = sorted(range(len(names)), key=lambda i: self.order.index(names[i]))
        array = array.transpose([*range(nb), *(nb + i for i in positions)])
        shape = list(array.shape[:nb]) + [1] * len(self.order)
        for name, length in zip(names, core):
            shape[self.axis(name)] = length
        return array.reshape(shape)

    def general_read(self, node: Read, array: Array) -> Value:
        """A read at computed indices; beyond the edges the `outside` value, or an error."""
        nb = len(self.batch)
        places, valid = self.places(node, array.shape[nb:])
        if node.tensor not in self.outside:
            self.refuse(node, valid)
        self.check(np.broadcast_shapes(array.shape[:nb] + (1,) * len(self.order), valid.shape))
        safe = [np.where(valid, place, 0) for place in places]
        if 0 in array.shape[nb:]:
            array = np.zeros(array.shape[:nb] + (1,) * (array.ndim - nb), array.dtype)
        if all(length == 1 for place in safe for length in place.shape[:nb]):
            core = np.broadcast_arrays(*(place.reshape(place.shape[nb:]) for place in safe))
            result = array[(slice(None),) * nb + tuple(core)]
        else:
            batch = [self.grid(i, n) for i, n in enumerate(array.shape[:nb])]
            result = array[tuple(np.broadcast_arrays(*batch, *safe))]
        if node.tensor in self.outside and not valid.all():
            beyond = self.evaluate(self.outside[node.tensor])
            (inner, outer), _ = together((Value(result), beyond), self.precision)
            result = np.where(valid, inner, outer)
        return Value(result)

    def places(self, node: Read, extents: tuple[int, ...]) -> tuple[list[Array], Array]:
        """The integer index along each axis over the grid, and where all of them are in range."""
        kind = self.types.get(node.tensor)
        places = []
        valid = np.ones((1,) * (len(self.batch) + len(self.order)), bool)
        for number, (index, length) in enumerate(zip(node.indices, extents)):
            place = self.place(index, kind.axes[number] if kind else None)
            valid = valid & (place >= 0) & (place < length)
            places.append(place)
        return places, valid

    def place(self, index: Expression, axis: Axis | None) -> Array:
        """The integers of one index; those of a product axis are flattened."""
        if not isinstance(index, Product):
            return self.evaluate(index).array.astype(np.int64)
        flat = self.evaluate(index.parts[0]).array.astype(np.int64)
        for number, part in enumerate(index.parts[1:], 1):
            if isinstance(part, Index):
                length = self.size(part.name)
            else:
                assert axis is not None, f"{self.op.name}: the extent of a product axis is open"
                factor = axis.factors[number]
                length = factor if isinstance(factor, int) else self.binding.sizes[factor]
            flat = flat * length + self.evaluate(part).array.astype(np.int64)
        return flat

    def refuse(self, node: Read, valid: Array) -> None:
        """Report an index out of range where it counts.

        Raises:
            IndexRangeError: There is one.
        """
        bad = ~valid if self.mask is None else ~valid & self.mask
        if not bad.any():
            return
        kind = self.types.get(node.tensor)
        for number, index in enumerate(node.indices):
            length = (
                extent(kind.axes[number], self.binding)
                if kind
                else self.tensors[node.tensor].shape[len(self.batch) + number]
            )
            place = self.place(index, kind.axes[number] if kind else None)
            wrong = np.broadcast_to((place < 0) | (place >= length), bad.shape) & bad
            if wrong.any():
                seen = int(np.broadcast_to(place, bad.shape)[wrong].flat[0])
                raise IndexRangeError(
                    f"{self.op.name}: an index into axis {number} of {node.tensor} must be in "
                    f"[0, {length}), got {seen}"
                )


def factors(node: Expression) -> list[Expression]:
    """The factors of a product, in reading order."""
    if isinstance(node, Call) and node.function == "mul":
        return [factor for argument in node.arguments for factor in factors(argument)]
    return [node]

"""Where elements lie: affine forms over loop variables, and how every tensor of a nest is reached.

A logical index (`n`, `@` for the batch) is made of one loop variable for each dim that it covers.
An address, a linear position or an index used as a value is a `Form`: an offset and a coefficient
for each variable. The values of a form are arguments of a kernel; only their classes (absent, one,
anything) shape its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from math import prod

from ...ops.calls.binding import Binding, Place
from ...ops.calls.symbols import maximum
from ...ops.dataclass import dataclass
from ...ops.errors import NumberOverflowError
from ...ops.language.expression import Call, Constant, Expression, Index, Size, has_attribute
from .gather import affine, integer
from .halving import Probe
from .program import (
    BATCH,
    PREFIX,
    Factors,
    Program,
    Tensor,
    factors_of,
    is_literal,
    is_plain,
    size_extent,
)

LONGEST_STEP = 1 << 31  # that an attribute gives an index: places then fit 64 bits, in bytes too


@dataclass(frozen=True)
class Form:
    """`offset + sum(coefficient * variable)`, in elements or as a plain integer."""

    offset: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    def coefficient(self, variable: str) -> int:
        """The variable's coefficient, 0 where it does not occur."""
        return dict(self.terms).get(variable, 0)

    def plus(self, other: Form, factor: int = 1) -> Form:
        """`self + factor * other`."""
        terms = dict(self.terms)
        for name, value in other.terms:
            terms[name] = terms.get(name, 0) + factor * value
        kept = tuple((n, v) for n, v in terms.items() if v)
        return Form(self.offset + factor * other.offset, kept)

    def span(self, extents: Mapping[str, int]) -> tuple[int, int]:
        """Least and greatest value where the variables run below their extents."""
        ends = [c * max(extents[v] - 1, 0) for v, c in self.terms]
        least, most = sum(min(e, 0) for e in ends), sum(max(e, 0) for e in ends)
        return self.offset + least, self.offset + most


@dataclass(frozen=True)
class Computed:
    """A place along one axis that is computed while the kernel runs.

    Attributes:
        index: Its expression.
        extent: Of the axis; a place outside is an error.
        dims: Divisor, modulus and stride of each dim of the axis: element
            `place // divisor % modulus * stride`.
    """

    index: Expression
    extent: int
    dims: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Access:
    """How an element of a tensor is reached.

    Attributes:
        tensor: Its name.
        form: Affine part of the address.
        computed: Places that are computed.
        safe: It is within the tensor wherever the loops run.
    """

    tensor: str
    form: Form
    computed: tuple[Computed, ...]
    safe: bool


@dataclass
class Space:
    """The loop variables of a nest, and the memory it sees.

    Attributes:
        binding: The call.
        program: Tensors by name.
        strides: Of operands in memory, in the user's dims.
        components: Logical index -> its variables, slow to fast.
        extents: Variable -> extent.
    """

    binding: Binding
    program: Program
    strides: Mapping[str, tuple[int, ...]]
    components: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extents: dict[str, int] = field(default_factory=dict)

    def dims_of(self, index: str) -> tuple[int, ...]:
        """Extents of the dims that a logical index covers."""
        if index == PREFIX:
            return self.binding.batch[: self.binding.prefix]
        if index == BATCH:
            return self.binding.batch[self.binding.prefix :]
        return self.size_dims(Index(index).size)

    def size_dims(self, size: str) -> tuple[int, ...]:
        """Extents of the dims that a size is made of."""
        dims = tuple(self.binding.groups.get(size, ()))
        return dims if len(dims) > 1 else (size_extent(size, self.binding.sizes),)

    def add(self, index: str) -> None:
        """Makes the variables of a logical index."""
        dims = self.dims_of(index)
        names = tuple(f"{index}.{k}" if len(dims) > 1 else index for k in range(len(dims)))
        self.components[index] = names
        self.extents.update(zip(names, dims))

    def linear(self, index: str) -> Form:
        """The position along a logical index."""
        return self.row_major((index,))

    def row_major(self, indices: tuple[str, ...]) -> Form:
        """The position in the flattened space of several logical indices, slow to fast."""
        terms: list[tuple[str, int]] = []
        step = 1
        for index in reversed(indices):
            for name in reversed(self.components[index]):
                terms.append((name, step))
                step *= self.extents[name]
        return Form(0, tuple((n, c) for n, c in reversed(terms)))

    def total(self, indices: tuple[str, ...]) -> int:
        """Number of positions of several logical indices."""
        result = 1
        for index in indices:
            for extent in self.dims_of(index):
                result *= extent
        return result

    # -- integers ----------------------------------------------------------------------------------

    def value_form(self, expression: Expression) -> Form | None:
        """An integer expression over indices as a form; None if it is not affine.

        Raises:
            OverflowError: An attribute makes steps so long that places would not fit 64 bits.
        """
        found = affine(expression)
        if found is None:
            return None
        terms, rest = found
        offset = integer(rest, self.binding)
        if offset is None:
            return None
        form = Form(offset)
        for name, coefficient in terms.items():
            factor = integer(coefficient, self.binding)
            if factor is None or name not in self.components:
                return None
            stated = has_attribute(coefficient)
            if stated and not -LONGEST_STEP < factor < LONGEST_STEP:
                raise NumberOverflowError(
                    f"an index must go on in steps below {LONGEST_STEP}, but the attributes of the "
                    f"call make them {factor}"
                )
            form = form.plus(self.linear(name), factor)
        return form

    # -- memory ------------------------------------------------------------------------------------

    def access(self, name: str, indices: tuple[Expression, ...], batch: tuple[str, ...]) -> Access:
        """How the element at `indices` (and at the current batch position) is reached.

        Args:
            name: Operand or temporary.
            indices: One for each core axis.
            batch: The batch indices in whose scope the access stands.
        """
        tensor = self.program.tensors[name]
        if tensor.role == "temporary":
            return self._temporary_access(tensor, indices)
        place, strides = self.binding.places[name], self.strides[name]
        form = self._batch_form(place, strides)
        computed: list[Computed] = []
        safe = True
        for axis, dims, index in zip(tensor.axes, place.core, indices):
            safe = safe and is_inside(index, axis)
            steps = tuple(0 if d is None else strides[d] for d in dims)
            form = self._along(form, index, axis, steps, computed)
        return Access(name, form, tuple(computed), safe)

    def _batch_form(self, place: Place, strides: tuple[int, ...]) -> Form:
        terms: list[tuple[str, int]] = []
        names = (*self.components.get(PREFIX, ()), *self.components.get(BATCH, ()))
        for name, dim in zip(names, place.batch):
            if dim is not None and strides[dim]:
                terms.append((name, strides[dim]))
        return Form(0, tuple(terms))

    def _along(
        self,
        form: Form,
        index: Expression,
        axis: Factors,
        steps: tuple[int, ...],
        computed: list[Computed],
    ) -> Form:
        """The form with one axis added whose dims have the strides `steps`."""
        if not steps:
            return form
        dims = self._axis_dims(axis, len(steps))
        # Along an empty dim there is no element: nothing may be read before the loop over it.
        steps = tuple(step if n else 1 for n, step in zip(dims, steps))
        if len(steps) > 1:
            if isinstance(index, Index) and self.dims_of(index.name) == dims:
                names = self.components[index.name]
                terms = tuple((n, s) for n, s in zip(names, steps) if s)
                return form.plus(Form(0, terms))
            flat = _flat_step(dims, steps)
            if flat is None:
                computed.append(Computed(index, prod(dims), _split(dims, steps)))
                return form
            steps = (flat,)
        value = self.value_form(index)
        if value is None:
            computed.append(Computed(index, prod(dims), ((1, 0, steps[0]),)))
            return form
        return form.plus(value, steps[0])

    def _axis_dims(self, axis: Factors, count: int) -> tuple[int, ...]:
        if len(axis) == 1:
            dims = self.size_dims(axis[0])
            if len(dims) == count:
                return dims
        return (prod(size_extent(f, self.binding.sizes) for f in axis),)

    def _temporary_access(self, tensor: Tensor, indices: tuple[Expression, ...]) -> Access:
        step = 1
        form = Form()
        computed: list[Computed] = []
        safe = True
        for axis, index in reversed(list(zip(tensor.axes, indices))):
            safe = safe and is_inside(index, axis)
            extent = prod(size_extent(f, self.binding.sizes) for f in axis)
            form = self._along_flat(form, index, extent, step, computed)
            step *= extent
        batch = (PREFIX, BATCH) if tensor.batched else (PREFIX,)
        names = [n for i in batch for n in self.components.get(i, ())]
        for name in reversed(names):
            form = form.plus(Form(0, ((name, step),)))
            step *= self.extents[name]
        return Access(tensor.name, form, tuple(computed), safe)

    def _along_flat(
        self, form: Form, index: Expression, extent: int, step: int, computed: list[Computed]
    ) -> Form:
        value = self.value_form(index)
        if value is None:
            computed.append(Computed(index, extent, ((1, 0, step),)))
            return form
        return form.plus(value, step)

    def elements(self, tensor: Tensor) -> int:
        """Number of elements of a temporary."""
        result = 1
        for axis in tensor.axes:
            result *= prod(size_extent(f, self.binding.sizes) for f in axis)
        for extent in self.dims_of(PREFIX):
            result *= extent
        if tensor.batched:
            for extent in self.dims_of(BATCH):
                result *= extent
        return result


def is_inside(index: Expression, axis: Factors) -> bool:
    """Whether an index is within its axis whatever the sizes are."""
    if isinstance(index, Constant) and all(is_literal(size) for size in axis):
        return 0 <= index.value < prod(size_extent(size, {}) for size in axis)
    match index:
        case Call("sub", (Call("sub", (Size(whole), Constant(1))), Index(_) as back)):
            return axis == (whole,) == factors_of(back)  # backwards
    return is_plain(index, axis) or isinstance(index, Probe)


def _flat_step(dims: tuple[int, ...], steps: tuple[int, ...]) -> int | None:
    """The one stride of dims that lie as a single one would; None if they do not."""
    for k in range(len(dims) - 1):
        if steps[k] != steps[k + 1] * dims[k + 1]:
            return None
    return steps[-1]


def _split(dims: tuple[int, ...], steps: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    parts: list[tuple[int, int, int]] = []
    divisor = 1
    for dim, step in zip(reversed(dims), reversed(steps)):
        parts.append((divisor, dim, step))
        divisor *= maximum(1, dim)  # a kernel may divide where it reads nothing
    return tuple(reversed(parts))

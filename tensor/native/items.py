"""`tensor[index]` for integers, slices, None and Ellipsis: a view at a place worked out here.

The shape and strides of the result depend on the tensor's layout, the kinds of the parts, and the
lengths and steps of slices; under these it is looked up. Where it begins depends on the integers
and the starts as well: that is arithmetic, so that `x[i]` is one row of the table for all `i`.
"""

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    Struct,
    address,
    cast,
    entry,
    native,
    stack,
)  # fmt: skip
from ...backends.native.python import (
    ELLIPSIS,
    LONG,
    NONE,
    SLICE,
    TUPLE,
    Object,
    PyErr_Clear,
    PyErr_Occurred,
    PyLong_AsLongLong,
    PySlice_AdjustIndices,
    PySlice_Unpack,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .calls import ERROR, NOTHING, called
from .history import NEVER, leads_somewhere
from .launching import view_at
from .objects import STATE, TensorObject
from .plans import MOST_VALUES, Plan
from .switches import flags_here
from .tables import insert, look_up
from .words import is_plain

MOST_PARTS = 16
ONE_PLACE, RUN, NEW_DIM, REST = 1, 2, 3, 4  # words for the kinds of parts


class Geometry(Struct):
    """Extents and strides of a layout.

    Attributes:
        layout: The layout.
        rank: How many dims.
        count: How many elements.
        kind: How they are read, see `elements.py`; 0 if Python must.
        width: Bytes of an element.
        extents, strides: Of each dim, in elements.
    """

    layout: Address
    rank: Int
    count: Int
    kind: Int
    width: Int
    extents: Array[Int]
    strides: Array[Int]


class SliceObject(Object):
    """Python's slice."""

    start: Address
    stop: Address
    step: Address


class Part(Struct):
    """What a walk over the parts of an index has found so far.

    Attributes:
        dim: The next dim of the tensor.
        count: Words so far.
        offset: Elements from the tensor's first one.
    """

    dim: Int
    count: Int
    offset: Int


@native
def geometry_of(layout: Address) -> Geometry:
    """Extents and strides of a layout; 0 if Python has not told them."""
    words = stack(Int, 1)
    words[0] = layout
    return cast(Geometry, look_up(STATE.geometries, words, 1))


@native
def take_place(part: Part, shape: Geometry, value: Address) -> Int:
    """One place of a dim; whether the index is in range."""
    if part.dim >= shape.rank:
        return 0
    place = PyLong_AsLongLong(value)
    if place == -1 and PyErr_Occurred() != 0:
        PyErr_Clear()
        return 0
    extent = shape.extents[part.dim]
    if place < 0:
        place += extent
    if place < 0 or place >= extent:
        return 0
    part.offset += place * shape.strides[part.dim]
    part.dim += 1
    return 1


@native
def is_bound(value: Address) -> Int:
    """Whether a bound of a slice is nothing, or an integer whose value needs no call of Python."""
    return 1 if value == NONE or cast(Object, value).type == LONG else 0


@native
def take_run(part: Part, shape: Geometry, value: Address, words: Array[Int]) -> Int:
    """A run of places of a dim; whether it is one that makes a view."""
    if part.dim >= shape.rank:
        return 0
    given = cast(SliceObject, value)  # `__index__` could change the tensor: Python's to handle
    if is_bound(given.start) == 0 or is_bound(given.stop) == 0 or is_bound(given.step) == 0:
        return 0
    bounds = stack(Int, 3)
    if PySlice_Unpack(value, address(bounds), address(bounds) + 8, address(bounds) + 16) != 0:
        PyErr_Clear()
        return 0
    step = bounds[2]
    if step < 1:
        return 0
    extent = shape.extents[part.dim]
    length = PySlice_AdjustIndices(extent, address(bounds), address(bounds) + 8, step)
    if length == 0:  # where an empty run begins is a matter of convention: Python knows it
        return 0
    part.offset += bounds[0] * shape.strides[part.dim]
    part.dim += 1
    words[part.count] = length
    words[part.count + 1] = step
    part.count += 2
    return 1


@native
def take_part(part: Part, shape: Geometry, value: Address, words: Array[Int], skipped: Int) -> Int:
    """Adds a part of an index; whether it is one that makes a view."""
    kind = cast(Object, value).type
    at = part.count
    part.count = at + 1
    if kind == LONG:
        words[at] = ONE_PLACE
        return take_place(part, shape, value)
    if kind == SLICE:
        words[at] = RUN
        return take_run(part, shape, value, words)
    if value == NONE:
        words[at] = NEW_DIM
        return 1
    if value == ELLIPSIS:
        words[at] = REST
        part.dim += skipped
        return 1
    return 0


@native
def is_dim(value: Address) -> Int:
    """Whether a part of an index stands for a dim of the tensor."""
    return 0 if value in (NONE, ELLIPSIS) else 1


@native
def describe_item(part: Part, tensor: TensorObject, index: Address, words: Array[Int]) -> Int:
    """The words of an index, and where the view begins; whether it is one that makes a view."""
    shape = geometry_of(tensor.layout)
    if not shape:
        return 0
    words[0] = tensor.layout
    part.dim = 0
    part.count = 1
    part.offset = 0
    if cast(Object, index).type != TUPLE:
        return take_part(part, shape, index, words, shape.rank)
    count = PyTuple_Size(index)
    if count > MOST_PARTS:
        return 0
    dims = 0
    for number in range(count):
        dims += is_dim(PyTuple_GetItem(index, number))
    for number in range(count):
        value = PyTuple_GetItem(index, number)
        if take_part(part, shape, value, words, shape.rank - dims) == 0:
            return 0
    return 1


@native
def recorded_item(tensor: Address, index: Address) -> Address:
    """`tensor[index]` with its history, for one integer or slice; `NOTHING`, or `ERROR`."""
    values = stack(Address, MOST_VALUES)
    values[0] = tensor
    values[1] = STATE.zero
    kind = cast(Object, index).type
    if kind == LONG and STATE.select:
        values[2] = index
        return called(STATE.select, 0, values)
    if kind == SLICE and STATE.slice:
        part = cast(SliceObject, index)
        values[2] = part.start
        values[3] = part.stop
        values[4] = STATE.one if part.step == NONE else part.step
        return called(STATE.slice, 0, values)
    return NOTHING


@native
def item(tensor: TensorObject, index: Address) -> Address:
    """`tensor[index]`, `NOTHING`, or `ERROR`."""
    if is_plain(tensor.type) == 0 or STATE.active != 0 or tensor.layout == 0:
        return NOTHING
    flags = flags_here()
    if not flags:
        return ERROR
    if flags.grad != 0 and leads_somewhere(tensor) != NEVER:
        return recorded_item(address(tensor), index)
    words = stack(Int, 64)
    memory = stack(Int, 3)
    part = cast(Part, address(memory))
    if describe_item(part, tensor, index, words) == 0:
        return NOTHING
    plan = cast(Plan, look_up(STATE.items, words, part.count))
    if not plan:
        return NOTHING
    made = view_at(plan.layouts[0], tensor, tensor.offset + part.offset, plan.width)
    return address(made) if made else ERROR


@entry
def learn_item(tensor: TensorObject, index: Address, plan: Plan, offset: Int) -> Int:
    """Puts a view under the words of an index; whether it begins where it should.

    Args:
        offset: Elements from the tensor's first one to the view's.
    """
    words = stack(Int, 64)
    memory = stack(Int, 3)
    part = cast(Part, address(memory))
    if is_plain(tensor.type) == 0 or describe_item(part, tensor, index, words) == 0:
        return 0
    if part.offset != offset:
        return 0
    return 1 if insert(STATE.items, words, part.count, address(plan)) == 0 else 0

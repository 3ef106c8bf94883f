"""Elements as Python's numbers: `item`, `float(x)`, `tolist`; and nested lists as new tensors.

Python tells the geometry of a layout when it is first asked for (`solved.py`). Lists are walked
twice, once for their shape and what their numbers are, once to write these down. Whatever is not
made of lists, tuples, floats, integers and truth values alone is left to Python.
"""

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Byte,
    Int,
    Int32,
    Real,
    Single,
    Struct,
    address,
    cast,
    entry,
    native,
    native_apart,
    stack,
)  # fmt: skip
from ...backends.native.memory import class_of
from ...backends.native.python import (
    BOOL,
    FALSE,
    FLOAT,
    LIST,
    LONG,
    TRUE,
    TUPLE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyErr_Occurred,
    PyFloat_AsDouble,
    PyFloat_FromDouble,
    PyList_GetItem,
    PyList_New,
    PyList_SetItem,
    PyLong_AsLongLong,
    PyLong_FromDouble,
    PyLong_FromLongLong,
    PyObject_Vectorcall,
)  # fmt: skip
from .calls import ERROR, NOTHING
from .functions import COUNT_MASK, FunctionObject
from .items import Geometry, geometry_of
from .launching import DONE, FAILED, new_storage, new_tensor
from .objects import STATE, TensorObject
from .plans import MOST_WORDS
from .switches import flags_here
from .tables import look_up
from .words import count_parts, is_plain, part_of

UNREAD, TRUTHS, WHOLE, WHOLE32, BYTES, SINGLES, DOUBLES = 0, 1, 2, 3, 4, 5, 6  # `Geometry.kind`
MOST_NESTED = 8  # dims of a list that native code walks


class Nest(Struct):
    """What a walk over nested lists has found.

    Attributes:
        rank: How many dims.
        kind: What the numbers are: `TRUTHS`, `WHOLE` or `DOUBLES`.
        extents: Of each dim.
    """

    rank: Int
    kind: Int
    extents: Array[Int]


@native
def real_at(kind: Int, at: Int) -> Real:
    """A floating-point element."""
    if kind == SINGLES:
        return cast(Array[Single], at)[0]
    return cast(Array[Real], at)[0]


@native
def whole_at(kind: Int, at: Int) -> Int:
    """An element that is an integer, or a truth value."""
    if kind == WHOLE:
        return cast(Array[Int], at)[0]
    if kind == WHOLE32:
        return cast(Array[Int32], at)[0]
    return cast(Array[Byte], at)[0]


@native
def number_at(kind: Int, at: Int) -> Address:
    """An element as a Python number, a new reference; 0 with an exception."""
    if kind >= SINGLES:
        return PyFloat_FromDouble(real_at(kind, at))
    if kind == TRUTHS:
        found = TRUE if whole_at(kind, at) != 0 else FALSE
        Py_IncRef(found)
        return found
    return PyLong_FromLongLong(whole_at(kind, at))


@native_apart
def lists_of(shape: Geometry, dim: Int) -> Address:
    """Nested lists for the dims from `dim` on, the innermost without items; 0 with an exception."""
    made = PyList_New(shape.extents[dim])
    if made == 0 or dim + 1 == shape.rank:
        return made
    for place in range(shape.extents[dim]):
        inner = lists_of(shape, dim + 1)
        if inner == 0:
            Py_DecRef(made)
            return 0
        PyList_SetItem(made, place, inner)
    return made


@native_apart
def put_items(shape: Geometry, made: Address, dim: Int, at: Int) -> Int:
    """Puts the elements from a place on into nested lists: `DONE`, or `FAILED`."""
    step = shape.strides[dim] * shape.width
    for place in range(shape.extents[dim]):
        if dim + 1 < shape.rank:
            if put_items(shape, PyList_GetItem(made, place), dim + 1, at + place * step) != DONE:
                return FAILED
        else:
            value = number_at(shape.kind, at + place * step)
            if value == 0:
                return FAILED
            PyList_SetItem(made, place, value)
    return DONE


@native
def listed(shape: Geometry, tensor: TensorObject) -> Address:
    """The elements of a tensor as nested lists; `NOTHING`, or `ERROR`.

    The lists are made first: that may run the garbage collector, and with it anybody's code, which
    may give the tensor other memory. Numbers are no matter of the collector.
    """
    if shape.rank == 0:
        number = number_at(shape.kind, tensor.data)
        return number if number != 0 else ERROR
    layout = tensor.layout
    memory = tensor.storage.address
    made = lists_of(shape, 0)
    if made == 0:
        return ERROR
    if tensor.layout != layout or tensor.storage.address != memory:
        Py_DecRef(made)
        return NOTHING
    if put_items(shape, made, 0, tensor.data) != DONE:
        Py_DecRef(made)
        return ERROR
    return made


@native
def readable(arguments: Array[Address], flagged: Int, names: Address) -> Geometry:
    """The geometry of a plain tensor that is the only argument; 0 for Python to answer."""
    nobody = cast(Geometry, 0)
    if flagged & COUNT_MASK != 1 or names != 0 or STATE.active != 0:
        return nobody
    tensor = cast(TensorObject, arguments[0])
    if is_plain(tensor.type) == 0 or tensor.layout == 0:
        return nobody
    shape = geometry_of(tensor.layout)
    if not shape or shape.kind == UNREAD:
        return nobody
    return shape


@native
def single(arguments: Array[Address], flagged: Int, names: Address) -> Geometry:
    """`readable` for a tensor of one element."""
    shape = readable(arguments, flagged, names)
    return shape if shape and shape.count == 1 else cast(Geometry, 0)


@entry
def call_tolist(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `tolist`."""
    shape = readable(arguments, flagged, names)
    found = listed(shape, cast(TensorObject, arguments[0])) if shape else NOTHING
    if found == NOTHING:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return 0 if found == ERROR else found


@entry
def call_number(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `item`."""
    shape = single(arguments, flagged, names)
    if not shape:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return number_at(shape.kind, cast(TensorObject, arguments[0]).data)


@entry
def call_float(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `__float__`."""
    shape = single(arguments, flagged, names)
    if not shape or shape.kind < SINGLES:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return number_at(shape.kind, cast(TensorObject, arguments[0]).data)


@entry
def call_int(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `__int__`: fractions are cut off, and NaN is an error."""
    shape = single(arguments, flagged, names)
    if not shape:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    data = cast(TensorObject, arguments[0]).data
    if shape.kind >= SINGLES:
        return PyLong_FromDouble(real_at(shape.kind, data))
    return PyLong_FromLongLong(whole_at(shape.kind, data))


@entry
def call_bool(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `__bool__`."""
    shape = single(arguments, flagged, names)
    if not shape:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    data = cast(TensorObject, arguments[0]).data
    holds = 0
    if shape.kind >= SINGLES:
        holds = 1 if real_at(shape.kind, data) != 0.0 else 0
    else:
        holds = 1 if whole_at(shape.kind, data) != 0 else 0
    found = TRUE if holds != 0 else FALSE
    Py_IncRef(found)
    return found


# nested lists


@native
def is_list(value: Address) -> Int:
    """Whether a value is a list or a tuple, and of no class derived from these."""
    return 1 if cast(Object, value).type in (LIST, TUPLE) else 0


@native
def measure(nest: Nest, value: Address) -> Int:
    """Finds the extents that first items tell; whether there are items, and not too many dims."""
    nest.rank = 0
    nest.kind = UNREAD
    while is_list(value) != 0:
        if nest.rank == MOST_NESTED:
            return 0
        count = count_parts(value)
        if count == 0:
            return 0
        nest.extents[nest.rank] = count
        nest.rank += 1
        value = part_of(value, 0)
    return 1


@native
def kind_of(value: Address) -> Int:
    """What a number is; `UNREAD` if it is none that native code knows."""
    kind = cast(Object, value).type
    if kind == FLOAT:
        return DOUBLES
    if kind == LONG:
        return WHOLE
    return TRUTHS if kind == BOOL else UNREAD


@native_apart
def survey(nest: Nest, value: Address, dim: Int) -> Int:
    """Whether a value has the shape of the first items; notes the widest kind of its numbers."""
    if dim == nest.rank:
        kind = kind_of(value)
        if kind > nest.kind:
            nest.kind = kind
        return 0 if kind == UNREAD else 1
    if is_list(value) == 0 or count_parts(value) != nest.extents[dim]:
        return 0
    for place in range(nest.extents[dim]):
        if survey(nest, part_of(value, place), dim + 1) == 0:
            return 0
    return 1


@native
def write_number(kind: Int, at: Int, value: Address) -> Int:
    """Writes a number as an element; whether it is one that fits."""
    given = kind_of(value)
    if given == UNREAD or (given > kind and kind < SINGLES):
        return 0
    if kind == TRUTHS:
        cast(Array[Byte], at)[0] = 1 if value == TRUE else 0
        return 1
    if given != DOUBLES:
        number = PyLong_AsLongLong(value)
        if number == -1 and PyErr_Occurred() != 0:
            return 0
        if kind == WHOLE:
            cast(Array[Int], at)[0] = number
            return 1
    if kind == SINGLES:
        cast(Array[Single], at)[0] = PyFloat_AsDouble(value)
    else:
        cast(Array[Real], at)[0] = PyFloat_AsDouble(value)
    return 1


@native_apart
def write_items(shape: Geometry, value: Address, dim: Int, at: Int) -> Int:
    """Writes nested lists as elements from a place on; whether all of them fit.

    They are asked again what they are: since `survey` memory was taken, which may run the garbage
    collector, and with it anybody's code.
    """
    if dim == shape.rank:
        return write_number(shape.kind, at, value)
    if is_list(value) == 0 or count_parts(value) != shape.extents[dim]:
        return 0
    step = shape.strides[dim] * shape.width
    for place in range(shape.extents[dim]):
        if write_items(shape, part_of(value, place), dim + 1, at + place * step) == 0:
            return 0
    return 1


@native
def filled(shape: Geometry, value: Address) -> Address:
    """A new tensor of a geometry with the numbers of nested lists; `NOTHING`, or `ERROR`."""
    size = shape.count * shape.width
    storage = new_storage(class_of(STATE.pool, size), size)
    if not storage:
        return ERROR
    made = new_tensor(shape.layout, storage, 0, storage.address)
    if not made:
        return ERROR
    if write_items(shape, value, 0, made.data) == 0:
        PyErr_Clear()  # a number is too large: Python says so
        Py_DecRef(address(made))
        return NOTHING
    return address(made)


@native
def from_lists(value: Address) -> Address:
    """A new tensor with the numbers of nested lists, `NOTHING`, or `ERROR`."""
    flags = flags_here()
    if not flags:
        return ERROR
    if flags.elsewhere != 0:
        return NOTHING
    memory = stack(Int, 3)
    extents = stack(Int, MOST_NESTED)
    nest = cast(Nest, address(memory))
    nest.extents = extents
    if measure(nest, value) == 0 or survey(nest, value, 0) == 0:
        return NOTHING
    words = stack(Int, MOST_WORDS)
    words[0] = STATE.epoch
    words[1] = nest.kind
    words[2] = nest.rank
    for dim in range(nest.rank):
        words[3 + dim] = extents[dim]
    shape = cast(Geometry, look_up(STATE.shapes, words, 3 + nest.rank))
    if not shape:
        return NOTHING
    return filled(shape, value)


@entry
def call_tensor(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `tensor`."""
    if flagged & COUNT_MASK == 1 and names == 0 and STATE.active == 0:
        found = from_lists(arguments[0])
        if found == ERROR:
            return 0
        if found != NOTHING:
            return found
    return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)

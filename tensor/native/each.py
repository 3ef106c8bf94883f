"""One op on many rows of operands, in place, and counts that go up: what optimizers are made of.

`call_each(key, rows, attributes, places)` and `count_up(counts, layout)`: see
`tensor/calls/each.py`.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    Real,
    Single,
    address,
    cast,
    entry,
    external,
    native,
    stack,
)  # fmt: skip
from ...backends.native.python import (
    LIST,
    NONE,
    TUPLE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyErr_Occurred,
    PyList_GetItem,
    PyList_Size,
    PyLong_AsLongLong,
    PyObject_Vectorcall,
    PyTuple_GetItem,
    PyTuple_New,
    PyTuple_SetItem,
    PyTuple_Size,
)  # fmt: skip
from .calls import written
from .doors import record_of, unpack
from .functions import COUNT_MASK, FunctionObject
from .launching import DONE, FAILED, NOT_MINE
from .objects import STATE, Record, TensorObject
from .plans import INTO_TARGETS, MOST_VALUES
from .words import is_plain


@external
def PyFloat_FromDouble(value: Real) -> Address: ...  # noqa: N802


@native
def serve_row(record: Record, row: Address, attributes: Address, places: Address) -> Int:
    """Writes the results of an op on one row into the operands at some places."""
    values = stack(Address, MOST_VALUES)
    targets = stack(Address, MOST_VALUES)
    if unpack(record, row, attributes, values) == 0:
        return NOT_MINE
    count = PyTuple_Size(places)
    if count > MOST_VALUES:
        return NOT_MINE
    for number in range(count):
        place = PyLong_AsLongLong(PyTuple_GetItem(places, number))
        if place < 0 or place >= record.operands:
            if PyErr_Occurred() != 0:
                PyErr_Clear()
            return NOT_MINE
        targets[number] = values[place]
    return written(record, INTO_TARGETS, values, targets, count)


@native
def row_in_python(function: FunctionObject, arguments: Array[Address], row: Address) -> Int:
    """Leaves one row to Python."""
    rows = PyTuple_New(1)
    if rows == 0:
        return FAILED
    Py_IncRef(row)
    PyTuple_SetItem(rows, 0, row)
    given = stack(Address, 4)
    given[0] = arguments[0]
    given[1] = rows
    given[2] = arguments[2]
    given[3] = arguments[3]
    answer = PyObject_Vectorcall(function.wrapped, address(given), 4, 0)
    Py_DecRef(rows)
    if answer == 0:
        return FAILED
    Py_DecRef(answer)
    return DONE


@entry
def call_each(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `call_each`; rows that are not served go to Python one by one."""
    rows = arguments[1]
    if names != 0 or (flagged & COUNT_MASK) != 4 or cast(Object, rows).type != LIST:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    record = record_of(arguments[0])
    places = arguments[3]
    number = 0
    while number < PyList_Size(rows):  # Python code, or another thread, may make it shorter
        row = PyList_GetItem(rows, number)
        Py_IncRef(row)
        found = NOT_MINE
        if record and cast(Object, places).type == TUPLE:
            found = serve_row(record, row, arguments[2], places)
        if found == NOT_MINE:
            found = row_in_python(function, arguments, row)
            record = record_of(arguments[0])  # the first call of an op makes it
        Py_DecRef(row)
        if found != DONE:
            return 0
        number += 1
    Py_IncRef(NONE)
    return NONE


@native
def is_count(value: Address, layout: Address) -> Int:
    """Whether a value is a plain tensor of a layout without history."""
    if is_plain(cast(Object, value).type) == 0:
        return 0
    x = cast(TensorObject, value)
    return 1 if x.layout == layout and not x.requires and address(x.node) == NONE else 0


@entry
def count_up(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `count_up`, for counts in single precision."""
    counts = arguments[0]
    served = 1
    count = flagged & COUNT_MASK
    if names != 0 or count != 2 or STATE.active != 0 or cast(Object, counts).type != LIST:
        served = 0
    else:
        for number in range(PyList_Size(counts)):
            if is_count(PyList_GetItem(counts, number), arguments[1]) == 0:
                served = 0
    if served == 0:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    size = PyList_Size(counts)
    found = PyTuple_New(size)
    if found == 0:
        return 0
    for number in range(size):
        x = cast(TensorObject, PyList_GetItem(counts, number))
        numbers = cast(Array[Single], x.data)
        numbers[0] = numbers[0] + 1.0
        x.storage.version += 1
        value = PyFloat_FromDouble(numbers[0])
        if value == 0:
            Py_DecRef(found)
            return 0
        PyTuple_SetItem(found, number, value)
    return found

"""The doors of dispatch, through which Python code calls ops by name:

`call(key, operands, attributes=(), prefix=0, out=None, known=None, ...)`,
`inplace(key, operands, attributes=())` and `write(key, target, operands, attributes=())`.
"""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, address, cast, entry, native, stack
from ...backends.native.python import (
    NONE,
    TUPLE,
    Object,
    Py_IncRef,
    PyObject_Vectorcall,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .calls import ERROR, NOTHING, called, written
from .functions import COUNT_MASK, FunctionObject, write_into
from .launching import DONE, NOT_MINE
from .objects import STATE, Record
from .plans import INTO_FIRST, INTO_TARGETS, MOST_VALUES
from .tables import look_up


@native
def record_of(key: Address) -> Record:
    """The record of an op by the object that it is called by; 0 if there is none."""
    words = stack(Address, 1)
    words[0] = key
    return cast(Record, look_up(STATE.records, cast(Array[Int], address(words)), 1))


@native
def unpack(record: Record, operands: Address, attributes: Address, values: Array[Address]) -> Int:
    """Puts the items of two tuples at the places of an op's values; whether they are that many."""
    if cast(Object, operands).type != TUPLE or PyTuple_Size(operands) != record.operands:
        return 0
    if attributes == 0:
        if record.attributes != 0:
            return 0
    elif cast(Object, attributes).type != TUPLE or PyTuple_Size(attributes) != record.attributes:
        return 0
    for number in range(record.operands):
        values[number] = PyTuple_GetItem(operands, number)
    for number in range(record.attributes):
        values[record.operands + number] = PyTuple_GetItem(attributes, number)
    return 1


@native
def call_into(record: Record, values: Array[Address], out: Address) -> Address:
    """`out`, after the results of a call were written into it; `NOTHING`, or `ERROR`."""
    targets = stack(Address, MOST_VALUES)
    count = 1
    targets[0] = out
    if cast(Object, out).type == TUPLE:
        count = PyTuple_Size(out)
        if count > MOST_VALUES:
            return NOTHING
        for number in range(count):
            targets[number] = PyTuple_GetItem(out, number)
    found = written(record, INTO_TARGETS, values, targets, count)
    if found == DONE:
        Py_IncRef(out)
        return out
    return NOTHING if found == NOT_MINE else ERROR


@native
def options_of(
    function: FunctionObject, arguments: Array[Address], count: Int, names: Address,
    out: Array[Address],
) -> Int:  # fmt: skip
    """Reads `out` and `known` among keyword arguments; whether there are no others.

    Args:
        out: Gets `out` and `known`, 0 where they are not given.
    """
    out[0] = 0
    out[1] = 0
    if names == 0:
        return 1
    for number in range(PyTuple_Size(names)):
        value = arguments[count + number]
        name = PyTuple_GetItem(names, number)
        if name == function.names[0]:
            out[0] = value if value != NONE else 0
        elif name == function.names[1]:
            out[1] = value if value != NONE else 0
        else:
            return 0
    return 1


@native
def serve_door(
    function: FunctionObject, arguments: Array[Address], count: Int, names: Address
) -> Address:
    """The result of a call through a door, `NOTHING`, or `ERROR`."""
    options = stack(Address, 2)
    first = 1 if function.form == INTO_TARGETS else 0  # `write` has the target in front
    if count < 2 + first or count > 3 + first:
        return NOTHING
    if options_of(function, arguments, count, names, options) == 0:
        return NOTHING
    record = record_of(arguments[0])
    if not record:
        return NOTHING
    values = stack(Address, MOST_VALUES)
    attributes = 0
    if count == 3 + first:
        attributes = arguments[2 + first]
    if unpack(record, arguments[1 + first], attributes, values) == 0:
        return NOTHING
    if function.form == INTO_TARGETS:
        return write_into(record, values, arguments[1])
    if function.form == INTO_FIRST:
        return write_into(record, values, values[0])
    if options[0] != 0:
        return call_into(record, values, options[0])
    return called(record, options[1], values)


@entry
def call_door(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of a door of dispatch."""
    found = serve_door(function, arguments, flagged & COUNT_MASK, names)
    if found == ERROR:
        return 0
    if found == NOTHING:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return found

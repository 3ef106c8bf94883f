"""Functions that Python calls: arguments bound to an op's values, served, or left to Python.

A `FunctionObject` stands in front of the Python function of an op. CPython calls it by vectorcall;
used as a method it binds without a bound-method object.
"""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, address, cast, entry, native, stack
from ...backends.native.python import (
    LIST,
    NONE,
    TUPLE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyMethod_New,
    PyObject_Vectorcall,
    PyTuple_GetItem,
    PyTuple_New,
    PyTuple_SetItem,
    PyTuple_Size,
)  # fmt: skip
from .calls import ERROR, NOTHING, called, written
from .launching import DONE, NOT_MINE
from .objects import STATE, Record, Table
from .plans import INTO_FIRST, MOST_VALUES

COUNT_MASK = 9223372036854775807  # a vectorcall's count without the flag of its highest bit
OMITTED = 0  # instead of a value: the argument was not given and has no default


class FunctionObject(Object):
    """A function of an op.

    Attributes:
        vectorcall: How CPython calls it.
        wrapped: The Python function, called for whatever is not served.
        name, qualified_name: Those of the Python function.
        record: The op; 0 until it has first been solved.
        form: `PLAIN` or `INTO_FIRST`.
        parameters, positional: How many it has, and how many of them may be given by place.
        names: The interned name of each.
        places: For each parameter the number of the value that it is.
        defaults: For each value what it is if not given; 0 if it must be.
        gather: The last parameter takes all further arguments, as a tuple.
        results: Class of named results, or 0.
        recipes: Of a composite: words of its calls -> what it does; 0 where it is none.
        teacher: Of a composite: the Python function that writes down what it does.
    """

    vectorcall: Address
    wrapped: Address
    name: Address
    qualified_name: Address
    record: Record
    form: Int
    parameters: Int
    positional: Int
    names: Array[Address]
    places: Array[Int]
    defaults: Array[Address]
    gather: Int
    results: Address
    recipes: Table
    teacher: Address


@native
def place_of_name(function: FunctionObject, name: Address) -> Int:
    """The number of the parameter of a name; -1 if there is none, or the name is not interned."""
    for number in range(function.parameters):
        if function.names[number] == name:
            return number
    return -1


@native
def bind(
    function: FunctionObject, arguments: Array[Address], count: Int, names: Address,
    values: Array[Address],
) -> Int:  # fmt: skip
    """Puts arguments at the places of an op's values; whether they fit."""
    record = function.record
    total = record.operands + record.attributes
    for number in range(total):
        values[number] = OMITTED
    if count > function.positional:
        return 0
    places = function.places
    for number in range(count):
        values[places[number]] = arguments[number]
    if names != 0:
        for number in range(PyTuple_Size(names)):
            parameter = place_of_name(function, PyTuple_GetItem(names, number))
            if parameter < 0 or values[places[parameter]] != OMITTED:
                return 0
            values[places[parameter]] = arguments[count + number]
    defaults = function.defaults
    for number in range(total):
        if values[number] == OMITTED:
            values[number] = defaults[number]
            if values[number] == OMITTED:
                return 0
    return 1


@native
def handle(function: FunctionObject, values: Array[Address]) -> Address:
    """The result of a function on an op's values, `NOTHING`, or `ERROR`."""
    if function.form != INTO_FIRST:
        return called(function.record, 0, values)
    return write_into(function.record, values, values[0])


@native
def write_into(record: Record, values: Array[Address], target: Address) -> Address:
    """The target, after the result of a call was written into it; `NOTHING`, or `ERROR`."""
    targets = stack(Address, 1)
    targets[0] = target
    found = written(record, INTO_FIRST, values, targets, 1)
    if found == DONE:
        Py_IncRef(target)
        return target
    return NOTHING if found == NOT_MINE else ERROR


@native
def serve_function(
    function: FunctionObject, arguments: Array[Address], count: Int, names: Address
) -> Address:
    """The result of a function, `NOTHING`, or `ERROR`."""
    values = stack(Address, MOST_VALUES)
    if function.gather == 0:
        if bind(function, arguments, count, names, values) == 0:
            return NOTHING
        return handle(function, values)
    gathered = gather(function, arguments, count, names)
    if gathered == 0:
        return NOTHING
    values[0] = arguments[0]
    values[1] = gathered
    found = handle(function, values)
    Py_DecRef(gathered)
    return found


@native
def gather(
    function: FunctionObject, arguments: Array[Address], count: Int, names: Address
) -> Address:
    """All arguments after the first as a tuple, which is a new reference; 0 to ask Python."""
    if names != 0 or count < 2:
        return 0
    first = arguments[1]
    kind = cast(Object, first).type
    if count == 2 and (kind in (TUPLE, LIST) or kind == STATE.size_type):
        Py_IncRef(first)
        return first
    found = PyTuple_New(count - 1)
    if found == 0:
        PyErr_Clear()
        return 0
    for number in range(count - 1):
        Py_IncRef(arguments[number + 1])
        PyTuple_SetItem(found, number, arguments[number + 1])
    return found


@entry
def call_function(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of a function."""
    found = NOTHING
    if function.record:
        found = serve_function(function, arguments, flagged & COUNT_MASK, names)
        if found == ERROR:
            return 0
    if found == NOTHING:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    if function.results != 0:
        return renamed(function.results, found)
    return found


@native
def renamed(kind: Address, values: Address) -> Address:
    """Several results under their names; takes the reference to the tuple."""
    arguments = stack(Address, 1)
    arguments[0] = values
    found = PyObject_Vectorcall(kind, address(arguments), 1, 0)
    Py_DecRef(values)
    return found


@entry
def get_function(function: Address, instance: Address, owner: Address) -> Address:
    """The function bound to an object, as methods are."""
    if instance == 0 or instance == NONE:
        Py_IncRef(function)
        return function
    return PyMethod_New(function, instance)

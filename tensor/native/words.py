"""What a call looks like to the look-up: a list of words."""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, Real, bits, cast, native
from ...backends.native.python import (
    BOOL,
    FLOAT,
    LIST,
    LONG,
    NONE,
    TRUE,
    TUPLE,
    UNICODE,
    Object,
    PyErr_Clear,
    PyErr_Occurred,
    PyFloat_AsDouble,
    PyList_GetItem,
    PyList_Size,
    PyLong_AsLongLong,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .objects import STATE, Record, TensorObject
from .plans import MOST_PARTS, MOST_WORDS

# Words that stand for types and values; layouts and other addresses are multiples of 8 above them.
(
    ABSENT, FLOATING, INTEGRAL, LOGICAL, YES, NO, WHOLE, FRACTION, SEVERAL, TEXT, KIND, STANDARD,
) = range(1, 13)  # fmt: skip
NOT_SERVED = -1
ROOM = MOST_WORDS - 8


@native
def is_plain(kind: Address) -> Int:
    """Whether a type is that of tensors without behaviour of their own."""
    for place in range(STATE.plains):
        if STATE.plain[place] == kind:
            return 1
    return 0


@native
def describe_operand(words: Array[Int], count: Int, value: Address) -> Int:
    """Adds a tensor, a list of tensors, a number or nothing; the new count, or `NOT_SERVED`."""
    kind = cast(Object, value).type
    if is_plain(kind) != 0:
        words[count] = cast(TensorObject, value).layout
        return count + 1
    if kind in (TUPLE, LIST):
        return describe_parts(words, count, value)
    return describe_type(words, count, value)


@native
def part_of(parts: Address, number: Int) -> Address:
    """An item of a tuple or a list."""
    if cast(Object, parts).type == LIST:
        return PyList_GetItem(parts, number)
    return PyTuple_GetItem(parts, number)


@native
def count_parts(parts: Address) -> Int:
    """How many items a tuple or a list has."""
    return PyList_Size(parts) if cast(Object, parts).type == LIST else PyTuple_Size(parts)


@native
def describe_parts(words: Array[Int], count: Int, parts: Address) -> Int:
    """Adds a list of tensors; the new count, or `NOT_SERVED`."""
    size = count_parts(parts)
    if size > MOST_PARTS or count + size > ROOM:
        return NOT_SERVED
    words[count] = SEVERAL
    words[count + 1] = size
    for number in range(size):
        part = part_of(parts, number)
        if is_plain(cast(Object, part).type) == 0:
            return NOT_SERVED
        words[count + 2 + number] = cast(TensorObject, part).layout
    return count + 2 + size


@native
def describe_type(words: Array[Int], count: Int, value: Address) -> Int:
    """Adds the type of a number whose value does not matter; the new count, or `NOT_SERVED`."""
    kind = cast(Object, value).type
    if value == NONE:
        words[count] = ABSENT
    elif kind == FLOAT:
        words[count] = FLOATING
    elif kind == LONG:
        words[count] = INTEGRAL
    elif kind == BOOL:
        words[count] = LOGICAL
    else:
        return NOT_SERVED
    return count + 1


@native
def describe_default(
    words: Array[Int], count: Int, value: Address, default: Real, whole: Int
) -> Int:
    """As `describe_type`, but a number that is the default is told from others: an op whose numbers
    have their defaults is solved without them. A fraction is not the default if that is whole."""
    kind = cast(Object, value).type
    may_be = 1 if kind == LONG or (kind == FLOAT and whole == 0) else 0
    if may_be != 0 and PyFloat_AsDouble(value) == default:
        words[count] = STANDARD
        return count + 1
    if PyErr_Occurred() != 0:
        PyErr_Clear()
        return NOT_SERVED
    if kind == BOOL:
        return NOT_SERVED
    return describe_type(words, count, value)


@native
def describe_value(words: Array[Int], count: Int, value: Address) -> Int:
    """Adds an attribute by its value; the new count, or `NOT_SERVED`."""
    if count > ROOM:
        return NOT_SERVED
    kind = cast(Object, value).type
    if value == NONE:
        words[count] = ABSENT
        return count + 1
    if kind == LONG:
        number = PyLong_AsLongLong(value)
        if number == -1 and PyErr_Occurred() != 0:
            PyErr_Clear()
            return NOT_SERVED
        words[count] = WHOLE
        words[count + 1] = number
        return count + 2
    if kind == BOOL:
        words[count] = YES if value == TRUE else NO
        return count + 1
    if kind == FLOAT:
        words[count] = FRACTION
        words[count + 1] = bits(PyFloat_AsDouble(value))
        return count + 2
    if kind in (UNICODE, STATE.kind_type):
        words[count] = TEXT if kind == UNICODE else KIND
        words[count + 1] = value
        return count + 2
    return describe_sequence(words, count, value, kind)


@native
def describe_sequence(words: Array[Int], count: Int, value: Address, kind: Address) -> Int:
    """Adds a tuple, a shape or a list, item by item; the new count, or `NOT_SERVED`."""
    listed = 1 if kind == LIST else 0
    if listed == 0 and kind != TUPLE and kind != STATE.size_type:
        return NOT_SERVED
    size = PyList_Size(value) if listed != 0 else PyTuple_Size(value)
    words[count] = SEVERAL
    words[count + 1] = size
    count += 2
    for place in range(size):
        item = PyList_GetItem(value, place) if listed != 0 else PyTuple_GetItem(value, place)
        count = describe_value(words, count, item)
        if count < 0:
            return NOT_SERVED
    return count


@native
def describe(
    words: Array[Int], record: Record, form: Int, known: Address, values: Array[Address]
) -> Int:
    """The words of a call; how many there are, or `NOT_SERVED`."""
    words[0] = form
    words[1] = known
    count = 2
    for place in range(record.operands):
        count = describe_operand(words, count, values[place])
        if count < 0:
            return NOT_SERVED
    by_type = record.by_type
    for number in range(record.attributes):
        value = values[record.operands + number]
        if (by_type >> number) & 1 != 0:
            if record.folds != 0:
                whole = (record.whole >> number) & 1
                count = describe_default(words, count, value, record.defaults[number], whole)
            else:
                count = describe_type(words, count, value)
        else:
            count = describe_value(words, count, value)
        if count < 0:
            return NOT_SERVED
    return count

"""Composites repeated: what a Python function over ops did once is done again without it.

A composite (`roll`, `pad`, `dropout`, `zeros`) is Python that calls ops and nothing else. Which ops
it calls, on what, follows from the words of its call: layouts of tensors, values of everything
else, what is switched on. `tensor/calls/repeating.py` writes these calls down as a `Recipe`; here
they are made again. Each step is a call like any other: served if its op was solved, else by
Python.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    Int32,
    Struct,
    address,
    cast,
    data,
    entry,
    external,
    native,
    stack,
)  # fmt: skip
from ...backends.native.memory import class_of
from ...backends.native.python import (
    LONG,
    NONE,
    SLICE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyErr_Occurred,
    PyLong_FromLongLong,
    PyObject_Vectorcall,
    PyTuple_GetItem,
    PyTuple_New,
    PyTuple_SetItem,
    PyTuple_Size,
)  # fmt: skip
from .arguments import Walk, describe_call
from .calls import ERROR, NOTHING, release, serve, written
from .doors import record_of
from .functions import COUNT_MASK, FunctionObject, renamed
from .items import item
from .launching import DONE, FAILED, NOT_MINE, hold_none, new_storage, new_tensor
from .objects import STATE, Counter, Record, TensorObject
from .plans import INTO_FIRST, MOST_VALUES, MOST_WORDS
from .tables import empty, insert, look_up
from .words import is_plain

LEARN = -2  # instead of a result: Python is to write down what it does
SEEN, HOPELESS = 1, 2  # instead of a recipe: called once; cannot be repeated
MOST_SEEN = 8192  # rows of a function; beyond it they start anew
MOST_ROOM = 64  # tensors, constants, draws and results of a recipe
ONE, NONE_AT_ALL = -1, -2  # how many results
FRESH = 0  # instead of a key: a step that makes a tensor whose elements are undefined
LISTED = -1  # instead of a key: a step that makes a tuple of its operands, for an op to join


@external
def PyErr_ExceptionMatches(kind: Address) -> Int32: ...  # noqa: N802


EXCEPTION = data("PyExc_Exception")


class Step(Struct):
    """One call of an op.

    Attributes:
        key: The object that the op is called by, `FRESH` or `LISTED`.
        operands, attributes: How many of each.
        sources: The place of each in the recipe's room.
        target: The place of the tensor that it writes into, or -1. Such a step is the last one:
            nothing is to be done twice if a step cannot be made.
        known: The layout that its result is to have, or 0; `wanted` is a tuple of it, or empty.
        outputs: How many results; `layouts` are theirs, `size` are the bytes of the first.
    """

    key: Address
    operands: Int
    attributes: Int
    sources: Array[Int]
    target: Int
    known: Address
    wanted: Address
    outputs: Int
    layouts: Array[Address]
    size: Int


class Recipe(Struct):
    """What a composite does. Its room holds the tensors among the arguments, constants, the seed
    and the offset of each draw, and the results of the steps, in this order.

    Attributes:
        owner: The Python object that keeps everything here alive.
        tensors: How many tensors the arguments have.
        constants, constant: How many constants there are, and where.
        draws, elements: How often random numbers are drawn, and how far each draw goes.
        steps, step: The calls.
        results: How many results, at `sources`; `ONE` for one that is no tuple, or `NONE_AT_ALL`.
        kind: The class of named results, or 0.
    """

    owner: Address
    tensors: Int
    constants: Int
    constant: Array[Address]
    draws: Int
    elements: Array[Int]
    steps: Int
    step: Array[Step]
    results: Int
    sources: Array[Int]
    kind: Address


@native
def beyond(room: Array[Address], count: Int) -> Array[Address]:
    """What comes after the first items of an array."""
    return cast(Array[Address], address(room) + count * 8)


@native
def draw(counter: Counter, elements: Int, room: Array[Address]) -> Int:
    """Puts seed and offset of a draw into a room and moves the counter on."""
    if counter.position < 0:  # beyond 63 bits: Python knows such numbers
        return NOT_MINE
    seed = PyLong_FromLongLong(counter.seed)
    if seed == 0:
        return FAILED
    offset = PyLong_FromLongLong(counter.position)
    if offset == 0:
        Py_DecRef(seed)
        return FAILED
    room[0] = seed
    room[1] = offset
    counter.position += elements
    return DONE


@native
def packed_values(step: Step, room: Array[Address], first: Int, count: Int) -> Address:
    """Some of a step's values as a tuple, a new reference; 0 with an exception."""
    found = PyTuple_New(count)
    if found != 0:
        for number in range(count):
            value = room[step.sources[first + number]]
            Py_IncRef(value)
            PyTuple_SetItem(found, number, value)
    return found


@native
def unpacked(found: Address, count: Int, results: Array[Address]) -> Int:
    """Takes the reference to what Python gave apart: `DONE`, or `NOT_MINE` if there is another
    number of results."""
    if count == 1:
        results[0] = found
        return DONE
    if PyTuple_Size(found) != count:
        PyErr_Clear()
        Py_DecRef(found)
        return NOT_MINE
    for number in range(count):
        results[number] = PyTuple_GetItem(found, number)
        Py_IncRef(results[number])
    Py_DecRef(found)
    return DONE


@native
def step_in_python(step: Step, room: Array[Address], results: Array[Address]) -> Int:
    """A step made by Python's dispatch: `DONE`, `NOT_MINE`, or `FAILED` with an exception."""
    arguments = stack(Address, 4)
    arguments[0] = step.key
    arguments[1] = packed_values(step, room, 0, step.operands)
    if arguments[1] == 0:
        return FAILED
    arguments[2] = packed_values(step, room, step.operands, step.attributes)
    if arguments[2] == 0:
        Py_DecRef(arguments[1])
        return FAILED
    arguments[3] = step.wanted
    found = PyObject_Vectorcall(STATE.call_op, address(arguments), 4, 0)
    Py_DecRef(arguments[1])
    Py_DecRef(arguments[2])
    if found == 0:
        return FAILED
    return unpacked(found, step.outputs, results)


@native
def make_fresh(step: Step, results: Array[Address]) -> Int:
    """A tensor whose elements are undefined: `DONE`, or `FAILED` with an exception."""
    number = class_of(STATE.pool, step.size)
    storage = new_storage(number, step.size)
    if not storage:
        return FAILED
    results[0] = address(new_tensor(step.layouts[0], storage, 0, storage.address))
    return DONE if results[0] != 0 else FAILED


@native
def make_step(step: Step, room: Array[Address], results: Array[Address]) -> Int:
    """The results of a step, as new references: `DONE`, `NOT_MINE`, or `FAILED`."""
    if step.key == FRESH:
        return make_fresh(step, results)
    if step.key == LISTED:
        results[0] = packed_values(step, room, 0, step.operands)
        return DONE if results[0] != 0 else FAILED
    found = NOT_MINE
    record = record_of(step.key)
    if record and record.operands == step.operands and record.attributes == step.attributes:
        values = stack(Address, MOST_VALUES)
        for number in range(step.operands + step.attributes):
            values[number] = room[step.sources[number]]
        if step.target >= 0:
            return write_step(step, record, values, room)
        found = serve(record, step.known, values, results)
    if step.target >= 0:
        return NOT_MINE
    if found == NOT_MINE:
        found = step_in_python(step, room, results)
    if found != DONE:
        return found
    for number in range(step.outputs):
        made = results[number]
        other = is_plain(cast(Object, made).type) == 0
        if other or cast(TensorObject, made).layout != step.layouts[number]:
            release(results, step.outputs)
            return NOT_MINE
    return DONE


@native
def write_step(step: Step, record: Record, values: Array[Address], room: Array[Address]) -> Int:
    """Writes the result of a call into a tensor: `DONE`, `NOT_MINE`, or `FAILED`."""
    targets = stack(Address, 1)
    targets[0] = room[step.target]
    return written(record, INTO_FIRST, values, targets, 1)


@native
def run_steps(recipe: Recipe, room: Array[Address]) -> Int:
    """Makes the steps of a recipe; how many references of the room are to be let go, as minus one
    minus their number if a step was not made (with or without an exception)."""
    at = recipe.tensors
    for number in range(recipe.constants):
        room[at + number] = recipe.constant[number]
        Py_IncRef(room[at + number])
    at += recipe.constants
    for number in range(recipe.draws):
        if draw(STATE.counter, recipe.elements[number], beyond(room, at)) != DONE:
            return -1 - at
        at += 2
    for number in range(recipe.steps):
        step = recipe.step[number]
        if make_step(step, room, beyond(room, at)) != DONE:
            return -1 - at
        at += step.outputs
    return at


@native
def result_of(recipe: Recipe, room: Array[Address]) -> Address:
    """The result of a recipe that was made, as a new reference, or `ERROR`."""
    if recipe.results == NONE_AT_ALL:
        hold_none(1)
        return NONE
    if recipe.results == ONE:
        found = room[recipe.sources[0]]
        Py_IncRef(found)
        return found
    results = PyTuple_New(recipe.results)
    if results == 0:
        return ERROR
    for number in range(recipe.results):
        value = room[recipe.sources[number]]
        Py_IncRef(value)
        PyTuple_SetItem(results, number, value)
    if recipe.kind != 0:
        results = renamed(recipe.kind, results)
    return results if results != 0 else ERROR


@native
def follow(recipe: Recipe, room: Array[Address]) -> Address:
    """The result of a recipe; `NOTHING` where Python must do it all again: it says why."""
    before = STATE.counter.position
    owner = recipe.owner
    Py_IncRef(owner)  # the table may let go of it while other threads run
    for number in range(recipe.tensors):
        Py_IncRef(room[number])
    reached = run_steps(recipe, room)
    found = NOTHING
    if reached >= 0:
        found = result_of(recipe, room)
    else:
        reached = -1 - reached
        STATE.counter.position = before
        if PyErr_Occurred() != 0:
            if PyErr_ExceptionMatches(cast(Array[Address], EXCEPTION)[0]) != 0:
                PyErr_Clear()
            else:
                found = ERROR
    release(room, reached)
    Py_DecRef(owner)
    return found


@native
def repeat(
    function: FunctionObject, arguments: Array[Address], count: Int, names: Address
) -> Address:
    """The result of a composite, `NOTHING`, `LEARN`, or `ERROR`."""
    words = stack(Int, MOST_WORDS)
    room = stack(Address, MOST_ROOM)
    memory = stack(Int, 4)
    walk = cast(Walk, address(memory))
    walk.words = words
    walk.room = room
    if describe_call(walk, arguments, count, names) == 0:
        return ERROR if PyErr_Occurred() != 0 else NOTHING
    table = function.recipes
    found = look_up(table, words, walk.count)
    if found == HOPELESS:
        return NOTHING
    if found == SEEN:
        return LEARN
    if found == 0:
        if table.count >= MOST_SEEN:
            empty(table)
        if insert(table, words, walk.count, SEEN) < 0:
            empty(table)  # there is no memory: what was noted is not worth any
        return NOTHING
    return follow(cast(Recipe, found), room)


@entry
def call_item(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `__getitem__`: views are found by their place, all else is a composite."""
    if flagged & COUNT_MASK == 2 and names == 0:
        found = item(cast(TensorObject, arguments[0]), arguments[1])
        if found == ERROR:
            return 0
        if found != NOTHING:
            return found
        kind = cast(Object, arguments[1]).type
        if kind in (LONG, SLICE):  # each place would be a row of its own
            return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return call_composite(function, arguments, flagged, names)


@entry
def call_repeated(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of a composite."""
    return call_composite(function, arguments, flagged, names)


@native
def call_composite(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The result of a composite; 0 with an exception."""
    if STATE.active == 0 and function.recipes:
        found = repeat(function, arguments, flagged & COUNT_MASK, names)
        if found == ERROR:
            return 0
        if found == LEARN:
            return PyObject_Vectorcall(function.teacher, address(arguments), flagged, names)
        if found != NOTHING:
            return found
    return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)


@entry
def learn_recipe(function: FunctionObject, given: Address, names: Address, recipe: Address) -> Int:
    """Puts a recipe, or `HOPELESS`, under the words of a call; whether it is there now.

    Args:
        given: Tuple of the arguments, those with names last.
        names: Tuple of these names.
    """
    words = stack(Int, MOST_WORDS)
    room = stack(Address, MOST_ROOM)
    arguments = stack(Address, MOST_ROOM)
    memory = stack(Int, 4)
    walk = cast(Walk, address(memory))
    walk.words = words
    walk.room = room
    total = PyTuple_Size(given)
    if total > MOST_ROOM:
        return 0
    for number in range(total):
        arguments[number] = PyTuple_GetItem(given, number)
    if describe_call(walk, arguments, total - PyTuple_Size(names), names) == 0:
        PyErr_Clear()
        return 0
    return 1 if insert(function.recipes, words, walk.count, recipe) >= 0 else 0

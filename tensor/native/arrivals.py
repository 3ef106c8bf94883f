"""Gradients that arrive at nodes, added up, and handed on to what made a node's operands."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    address,
    cast,
    external,
    native,
    place_of,
)  # fmt: skip
from ...backends.native.python import (
    NONE,
    Py_DecRef,
    Py_IncRef,
    PyList_GetItem,
    PyList_New,
    PyList_SetItem,
    PyLong_AsLongLong,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .graph import Run, push_ready
from .history import replace
from .launching import DONE, FAILED
from .objects import NodeObject


@external
def PyNumber_Add(a: Address, b: Address) -> Address: ...  # noqa: N802


@native
def clear_reference(field: Address) -> None:
    """Writes None into a field."""
    Py_IncRef(NONE)
    replace(field, NONE)


@native
def added(before: Address, gradient: Address) -> Address:
    """The sum of two gradients, whose references it takes; 0 with an exception."""
    total = PyNumber_Add(before, gradient)
    Py_DecRef(before)
    Py_DecRef(gradient)
    return total


@native
def deliver(node: NodeObject, number: Int, gradient: Address) -> Int:
    """Adds a gradient, whose reference it takes, to what has arrived at an output of a node."""
    outputs = PyTuple_Size(node.layouts)
    if outputs == 1:
        if node.arrived == NONE:
            replace(place_of(node.arrived), gradient)
            return DONE
        before = node.arrived
        node.arrived = NONE
        Py_IncRef(NONE)
        total = added(before, gradient)
        if total == 0:
            return FAILED
        replace(place_of(node.arrived), total)
        return DONE
    if node.arrived == NONE:
        fresh = empty_list(outputs)
        if fresh == 0:
            Py_DecRef(gradient)
            return FAILED
        replace(place_of(node.arrived), fresh)
    present = PyList_GetItem(node.arrived, number)
    if present != NONE:
        Py_IncRef(present)
        gradient = added(present, gradient)
        if gradient == 0:
            return FAILED
    PyList_SetItem(node.arrived, number, gradient)
    return DONE


@native
def empty_list(size: Int) -> Address:
    """A list of None; 0 with an exception."""
    made = PyList_New(size)
    if made != 0:
        for place in range(size):
            Py_IncRef(NONE)
            PyList_SetItem(made, place, NONE)
    return made


@native
def hand_on_along(run: Run, edge: Address, gradient: Address) -> Int:
    """Delivers a gradient, whose reference it takes (0: none), to the end of an edge."""
    following = cast(NodeObject, PyTuple_GetItem(edge, 0))
    if address(following) == NONE or (run.captures != 0 and following.wanted == 0):
        if gradient != 0:
            Py_DecRef(gradient)
        return DONE
    if gradient != 0:
        number = PyLong_AsLongLong(PyTuple_GetItem(edge, 1))
        if deliver(following, number, gradient) != DONE:
            return FAILED
    following.waiting -= 1
    return push_ready(run, following) if following.waiting == 0 else DONE


@native
def hand_on(run: Run, node: NodeObject, results: Array[Address], count: Int) -> Int:
    """Delivers the gradients of a node's operands, whose references it takes (0: none)."""
    state = DONE
    for place in range(count):
        if state == DONE:
            state = hand_on_along(run, PyTuple_GetItem(node.edges, place), results[place])
        elif results[place] != 0:
            Py_DecRef(results[place])
    return state


@native
def hand_on_tuple(run: Run, node: NodeObject, found: Address) -> Int:
    """Delivers the gradients in a tuple; where it is shorter than the edges, the first ones."""
    count = PyTuple_Size(node.edges)
    given = PyTuple_Size(found)
    state = DONE
    for place in range(count if count < given else given):
        gradient = PyTuple_GetItem(found, place)
        if gradient == NONE:
            gradient = 0
        else:
            Py_IncRef(gradient)
        state = hand_on_along(run, PyTuple_GetItem(node.edges, place), gradient)
        if state != DONE:
            break
    return state

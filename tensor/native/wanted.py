"""A backward for some gradients only: which nodes must run for them, and where they are caught."""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, address, cast, native
from ...backends.native.python import (
    FALSE,
    NONE,
    TRUE,
    Py_IncRef,
    PyErr_NoMemory,
    PyList_GetItem,
    PyList_SetItem,
    PyLong_AsLongLong,
    PyTuple_GetItem,
    PyTuple_New,
    PyTuple_SetItem,
    PyTuple_Size,
)  # fmt: skip
from .graph import Run, pop_ready, push_ready
from .launching import DONE, FAILED
from .objects import NodeObject
from .tables import malloc

RUNS, CAUGHT, STARTED = 1, 2, 4
"""What is wanted of a node: it runs, its gradients are returned, it is known to be ready."""


@native
def order(run: Run) -> Int:
    """Puts the nodes of a run in order, the oldest first, leaves last: `DONE`, or `FAILED`."""
    for number in range(run.count):
        if push_ready(run, run.nodes[number]) != DONE:
            return FAILED
    for number in range(run.count):
        run.nodes[run.count - 1 - number] = pop_ready(run)
    return DONE


@native
def note_captures(run: Run) -> Int:
    """Marks the nodes whose gradients are asked for: `DONE`, or `FAILED` with an exception."""
    count = PyTuple_Size(run.captures)
    memory = malloc(count * 8 + 8)
    if memory == 0:
        PyErr_NoMemory()
        return FAILED
    run.following = cast(Array[Int], memory)
    for number in range(count):
        place = count - 1 - number
        node = cast(NodeObject, PyTuple_GetItem(PyTuple_GetItem(run.captures, place), 0))
        run.following[place] = -1
        if node.run == run.number:
            run.following[place] = node.capture
            node.capture = place
            node.wanted |= CAUGHT
    return DONE


@native
def note_ends(run: Run, ends: Address) -> None:
    """Marks the leaves of a tuple, which are to take their gradients over."""
    for place in range(PyTuple_Size(ends)):
        node = cast(NodeObject, PyTuple_GetItem(ends, place))
        if node.run == run.number:
            node.wanted |= RUNS


@native
def choose(run: Run, ends: Address) -> Int:
    """Finds which nodes must run, and how many of their edges lead to each: `DONE`, or `FAILED`."""
    if note_captures(run) != DONE or order(run) != DONE:
        return FAILED
    note_ends(run, ends)
    for number in range(run.count):  # an edge leads to an older node, or to a leaf
        node = run.nodes[number]
        node.waiting = 0
        for place in range(PyTuple_Size(node.edges)):
            following = end_of(node, place)
            if address(following) != NONE and following.wanted != 0:
                node.wanted |= RUNS
    for number in range(run.count):
        node = run.nodes[number]
        if node.wanted & RUNS != 0:
            for place in range(PyTuple_Size(node.edges)):
                following = end_of(node, place)
                if address(following) != NONE and following.wanted != 0:
                    following.waiting += 1
    return DONE


@native
def end_of(node: NodeObject, place: Int) -> NodeObject:
    """The node that an edge leads to, or None."""
    return cast(NodeObject, PyTuple_GetItem(PyTuple_GetItem(node.edges, place), 0))


@native
def catch(run: Run, node: NodeObject) -> None:
    """Puts what has arrived at a node among the gradients that were asked for."""
    place = node.capture
    while place >= 0:
        gradient = node.arrived
        if gradient != NONE and PyTuple_Size(node.layouts) != 1:
            pair = PyTuple_GetItem(run.captures, place)
            gradient = PyList_GetItem(gradient, PyLong_AsLongLong(PyTuple_GetItem(pair, 1)))
        Py_IncRef(gradient)
        PyList_SetItem(run.found, place, gradient)
        place = run.following[place]


@native
def wanted_edges(run: Run, node: NodeObject) -> Address:
    """Which gradients of its operands a node is to give, as a tuple or None: a new reference; 0
    with an exception."""
    if run.captures == 0:
        Py_IncRef(NONE)
        return NONE
    count = PyTuple_Size(node.edges)
    found = PyTuple_New(count)
    if found != 0:
        for place in range(count):
            following = end_of(node, place)
            truth = FALSE
            if address(following) != NONE and following.wanted != 0:
                truth = TRUE
            Py_IncRef(truth)
            PyTuple_SetItem(found, place, truth)
    return found

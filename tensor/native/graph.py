"""One pass over a graph: the nodes that are to run, and which of them can run next."""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, Struct, address, cast, native
from ...backends.native.python import (
    NONE,
    Py_IncRef,
    PyErr_NoMemory,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from ...backends.native.slabs import realloc
from .launching import DONE, FAILED
from .objects import NodeObject


class Run(Struct):
    """One pass over a graph.

    Attributes:
        number: Which one, since the process began.
        keep: What nodes hold is kept for another backward.
        nodes, count, capacity: All nodes, in the order in which they were found.
        ready, waiting, room: A heap of those that can run, the youngest on top.
        captures: Tuple of (node, output number) whose gradients are asked for; 0 if the leaves take
            theirs over, and all nodes run.
        following: For each of these the next one at the same node, or -1.
        found: The list that the gradients are put into.
    """

    number: Int
    keep: Int
    nodes: Array[NodeObject]
    count: Int
    capacity: Int
    ready: Array[NodeObject]
    waiting: Int
    room: Int
    captures: Address
    following: Array[Int]
    found: Address


@native
def add_node(run: Run, node: NodeObject) -> Int:
    """Notes a node that was found for the first time: `DONE`, or `FAILED` with an exception."""
    if run.count == run.capacity:
        capacity = run.capacity * 2 + 64
        moved = realloc(address(run.nodes), capacity * 8)
        if moved == 0:
            PyErr_NoMemory()
            return FAILED
        run.nodes = cast(Array[NodeObject], moved)
        run.capacity = capacity
    node.run = run.number
    node.waiting = 0
    node.wanted = 0
    node.capture = -1
    Py_IncRef(address(node))
    run.nodes[run.count] = node
    run.count += 1
    return DONE


@native
def discover(run: Run, roots: Address) -> Int:
    """Finds what is to run, and how many edges lead to each node: `DONE`, or `FAILED`.

    Args:
        roots: Tuple of (node, output number).
    """
    for place in range(PyTuple_Size(roots)):
        root = cast(NodeObject, PyTuple_GetItem(PyTuple_GetItem(roots, place), 0))
        if root.run != run.number and add_node(run, root) != DONE:
            return FAILED
    number = 0
    while number < run.count:
        edges = run.nodes[number].edges
        for place in range(PyTuple_Size(edges)):
            following = cast(NodeObject, PyTuple_GetItem(PyTuple_GetItem(edges, place), 0))
            if address(following) != NONE:
                if following.run != run.number and add_node(run, following) != DONE:
                    return FAILED
                following.waiting += 1
        number += 1
    return DONE


# the heap of what is ready


@native
def push_ready(run: Run, node: NodeObject) -> Int:
    """Adds a node to the heap: `DONE`, or `FAILED` with an exception."""
    if run.waiting == run.room:
        room = run.room * 2 + 64
        moved = realloc(address(run.ready), room * 8)
        if moved == 0:
            PyErr_NoMemory()
            return FAILED
        run.ready = cast(Array[NodeObject], moved)
        run.room = room
    heap = run.ready
    at = run.waiting
    run.waiting = at + 1
    while at > 0:
        parent = (at - 1) >> 1
        if heap[parent].sequence >= node.sequence:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = node
    return DONE


@native
def pop_ready(run: Run) -> NodeObject:
    """Takes the youngest node off the heap."""
    heap = run.ready
    top = heap[0]
    run.waiting -= 1
    count = run.waiting
    last = heap[count]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= count:
            break
        if child + 1 < count and heap[child + 1].sequence > heap[child].sequence:
            child += 1
        if last.sequence >= heap[child].sequence:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = last
    return top

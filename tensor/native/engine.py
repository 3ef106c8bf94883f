"""The backward of a graph: nodes run from the result back to the leaves, each once, at any depth.

The order is that of `autograd/engine.py`: a node is ready when all that leads to it has run, and of
what is ready the youngest goes first. Nodes with hooks, and those whose backward native code does
not know, run in Python.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    Int32,
    address,
    cast,
    entry,
    external,
    native,
    place_of,
    stack,
)  # fmt: skip
from ...backends.native.python import (
    FALSE,
    NONE,
    TRUE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyList_SetItem,
    PyLong_AsLongLong,
    PyObject_Vectorcall,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .arrivals import clear_reference, deliver, empty_list, hand_on, hand_on_tuple
from .calls import serve
from .graph import Run, discover, pop_ready, push_ready
from .history import replace
from .launching import DONE, FAILED, NOT_MINE
from .objects import LEAF, OP, STATE, NodeObject, TensorObject
from .parts import is_alone, release_all, run_held, run_parts, run_view
from .plans import MOST_VALUES, Backward, Plan
from .switches import flags_here
from .tables import free, look_up
from .wanted import CAUGHT, RUNS, STARTED, catch, choose, wanted_edges
from .words import is_plain

SERVED, LEFT = 1, 0  # what `run_backward` tells Python, beside `FAILED`


@external
def PyNumber_InPlaceAdd(a: Address, b: Address) -> Address: ...  # noqa: N802
@external
def PyErr_CheckSignals() -> Int32: ...  # noqa: N802
@external
def PySequence_Tuple(values: Address) -> Address: ...  # noqa: N802


@native
def is_bare(node: NodeObject) -> Int:
    """Whether nobody has registered a hook on a node, or noted anything, such as its stream."""
    if node.pre_hooks != NONE or node.hooks != NONE:
        return 0
    if node.tensor_hooks != NONE or node.retained != NONE or node.metadata != NONE:
        return 0
    return 1


@native
def unchanged(kept: Address, versions: Address, place: Int) -> Int:
    """Whether a kept value is as it was when it was kept."""
    value = PyTuple_GetItem(kept, place)
    if is_plain(cast(Object, value).type) == 0:
        return 1 if cast(Object, value).type != STATE.packed_type else 0
    version = PyLong_AsLongLong(PyTuple_GetItem(versions, place))
    return 1 if cast(TensorObject, value).storage.version == version else 0


@native
def fitted(gradient: Address, layout: Address) -> Address:
    """A gradient, whose reference it takes, with the layout of its operand; 0 with an exception."""
    if cast(TensorObject, gradient).layout == layout:
        return gradient
    arguments = stack(Address, 2)
    arguments[0] = gradient
    arguments[1] = layout
    found = PyObject_Vectorcall(STATE.fit, address(arguments), 2, 0)
    Py_DecRef(gradient)
    return found


@native
def run_adjoint(node: NodeObject, how: Backward, results: Array[Address]) -> Int:
    """The gradients of an op's operands, by its adjoint."""
    values = stack(Address, MOST_VALUES)
    for number in range(how.operands):
        read = how.reads[number]
        if read < 0:
            values[number] = node.arrived
        else:
            if unchanged(node.kept, node.versions, read) == 0:
                return NOT_MINE
            values[number] = PyTuple_GetItem(node.kept, read)
    for number in range(how.attributes):
        values[how.operands + number] = PyTuple_GetItem(node.attributes, how.takes[number])
    found = stack(Address, MOST_VALUES)
    kept = node.kept
    Py_IncRef(kept)  # another thread's backward may free it meanwhile
    state = serve(how.adjoint, node.binding, values, found)
    Py_DecRef(kept)
    if state != DONE:
        return state
    for number in range(how.results):
        place = how.gives[number]
        gradient = found[number]
        if state == DONE:
            gradient = fitted(gradient, PyTuple_GetItem(node.layouts_in, place))
            if gradient == 0:
                state = FAILED
            results[place] = gradient
        else:
            Py_DecRef(gradient)
    if state != DONE:
        release_all(results, how.edges)
    return state


@native
def run_op(node: NodeObject, results: Array[Address]) -> Int:
    """The gradients of an op's operands, if native code knows how: `DONE`, `NOT_MINE`, `FAILED`."""
    how = cast(Backward, node.backward)
    if node.form != OP or not how or is_bare(node) == 0 or node.kept == NONE:
        return NOT_MINE
    if PyTuple_Size(node.layouts) != 1:
        return NOT_MINE
    count = PyTuple_Size(node.edges)
    if count > MOST_VALUES:
        return NOT_MINE
    for place in range(count):
        results[place] = 0
    if node.arrived == NONE:
        return DONE
    if how.listed != 0:
        return run_parts(node, how, results)
    if not how.adjoint:
        return run_view(node, how, results)
    return run_adjoint(node, how, results)


@native
def run_leaf(node: NodeObject) -> Int:
    """Adds what arrived to the leaf's gradient, if that needs no Python."""
    if is_bare(node) == 0 or node.accumulate_hooks != NONE or node.arrived == NONE:
        return NOT_MINE
    leaf = node.variable
    gradient = cast(TensorObject, node.arrived)
    if address(leaf.grad) != NONE:
        present = leaf.grad
        if present.layout != gradient.layout or gradient.type != STATE.tensor_type:
            return NOT_MINE
        Py_IncRef(address(present))  # other threads may take it off the leaf meanwhile
        same = PyNumber_InPlaceAdd(address(present), address(gradient))
        Py_DecRef(address(present))
        if same == 0:
            return FAILED
        Py_DecRef(same)
        clear_reference(place_of(node.arrived))
        return DONE
    return take_gradient(node, leaf, gradient)


@native
def take_gradient(node: NodeObject, leaf: TensorObject, gradient: TensorObject) -> Int:
    """Gives a leaf its first gradient: what arrived, if nobody else has it, or a copy."""
    if gradient.type != STATE.tensor_type:
        return NOT_MINE
    words = stack(Int, 2)
    words[0] = gradient.layout
    if is_alone(gradient) != 0 and gradient.layout == leaf.layout:
        if look_up(STATE.taken, words, 1) == 0:
            return NOT_MINE
        leaf.grad = gradient
        node.arrived = NONE
        return DONE
    words[1] = leaf.layout
    plan = cast(Plan, look_up(STATE.taken, words, 2))
    if not plan:
        return NOT_MINE
    results = stack(Address, 1)
    state = run_held(plan, address(gradient), results)
    if state != DONE:
        return state
    replace(place_of(leaf.grad), results[0])
    clear_reference(place_of(node.arrived))
    return DONE


@native
def run_in_python(run: Run, node: NodeObject) -> Int:
    """Runs a node in Python, its hooks included, and delivers what it gives."""
    gradients = node.arrived
    if gradients == NONE or PyTuple_Size(node.layouts) == 1:
        outputs = PyTuple_Size(node.layouts)
        gradients = empty_list(outputs)
        if gradients == 0:
            return FAILED
        if node.arrived != NONE:
            PyList_SetItem(gradients, 0, node.arrived)
            node.arrived = NONE
            Py_IncRef(NONE)
    else:
        node.arrived = NONE
        Py_IncRef(NONE)
    arguments = stack(Address, 4)
    arguments[0] = address(node)
    arguments[1] = gradients
    arguments[2] = TRUE if run.keep != 0 else FALSE
    arguments[3] = wanted_edges(run, node)
    if arguments[3] == 0:
        Py_DecRef(gradients)
        return FAILED
    answer = PyObject_Vectorcall(STATE.run_node, address(arguments), 4, 0)
    Py_DecRef(arguments[3])
    Py_DecRef(gradients)
    if answer == 0:
        return FAILED
    found = PySequence_Tuple(answer)
    Py_DecRef(answer)
    if found == 0:
        return FAILED
    state = hand_on_tuple(run, node, found)
    Py_DecRef(found)
    return state


@native
def run_one(run: Run, node: NodeObject) -> Int:
    """Runs a node, natively if that is possible."""
    results = stack(Address, MOST_VALUES)
    state = NOT_MINE
    if node.form == LEAF:
        state = run_leaf(node)
        if state != NOT_MINE:
            return state
        return run_in_python(run, node)
    state = run_op(node, results)
    if state == NOT_MINE:
        return run_in_python(run, node)
    if state == FAILED:
        return FAILED
    clear_reference(place_of(node.arrived))
    if run.keep == 0 and node.kept != NONE and PyTuple_Size(node.kept) > 0:
        clear_reference(place_of(node.kept))
    return hand_on(run, node, results, PyTuple_Size(node.edges))


@native
def finish(run: Run) -> None:
    """Lets go of everything that a run holds."""
    for number in range(run.count):
        node = run.nodes[number]
        if node.arrived != NONE:
            clear_reference(place_of(node.arrived))
        Py_DecRef(address(node))
    free(address(run.nodes))
    free(address(run.ready))
    free(address(run.following))


@native
def start(run: Run, roots: Address, gradients: Address) -> Int:
    """Delivers the gradients that a run begins with: `DONE`, or `FAILED` with an exception."""
    count = PyTuple_Size(roots)
    for place in range(count):
        pair = PyTuple_GetItem(roots, place)
        gradient = PyTuple_GetItem(gradients, place)
        if gradient != NONE:
            Py_IncRef(gradient)
            number = PyLong_AsLongLong(PyTuple_GetItem(pair, 1))
            if deliver(cast(NodeObject, PyTuple_GetItem(pair, 0)), number, gradient) != DONE:
                return FAILED
    for place in range(count):
        root = cast(NodeObject, PyTuple_GetItem(PyTuple_GetItem(roots, place), 0))
        if root.waiting == 0 and root.wanted & STARTED == 0:
            root.wanted |= STARTED
            if push_ready(run, root) != DONE:
                return FAILED
    return DONE


@native
def run_next(run: Run) -> Int:
    """Runs the youngest node that is ready, if it is to run."""
    node = pop_ready(run)
    if run.captures != 0:
        if node.wanted & CAUGHT != 0:
            catch(run, node)
        if node.wanted & RUNS == 0:
            return DONE
    return run_one(run, node)


@native
def execute(run: Run, roots: Address, gradients: Address, ends: Address) -> Int:
    """Runs the graph behind some nodes: `DONE`, or `FAILED` with an exception."""
    if discover(run, roots) != DONE:
        return FAILED
    if run.captures != 0 and choose(run, ends) != DONE:
        return FAILED
    if start(run, roots, gradients) != DONE:
        return FAILED
    while run.waiting > 0:
        if PyErr_CheckSignals() != 0:
            return FAILED
        if run_next(run) != DONE:
            return FAILED
    return DONE


@entry
def run_backward(
    roots: Address, gradients: Address, keep: Int, captures: Address, ends: Address, found: Address
) -> Int:
    """Runs the graph behind outputs of nodes backward, into the leaves or for some gradients.

    Args:
        roots: Tuple of (node, output number).
        gradients: Tuple of the gradients, or None, that arrive there.
        keep: What nodes hold is kept for another backward.
        captures: Tuple of (node, output number) whose gradients are asked for; None: all leaves
            take theirs over.
        ends: Tuple of the leaves that take theirs over beside that.
        found: A list of as many items as `captures` has, which the gradients are put into.

    Returns:
        `SERVED`, `LEFT` if another backward is under way, or `FAILED` with an exception.
    """
    if STATE.running != 0 or STATE.active != 0:
        return LEFT
    flags = flags_here()
    if not flags:
        return FAILED
    memory = stack(Int, 11)
    run = cast(Run, address(memory))
    STATE.runs += 1
    run.number = STATE.runs
    run.keep = keep
    run.nodes = cast(Array[NodeObject], 0)
    run.count = 0
    run.capacity = 0
    run.ready = cast(Array[NodeObject], 0)
    run.waiting = 0
    run.room = 0
    run.captures = captures if captures != NONE else 0
    run.following = cast(Array[Int], 0)
    run.found = found
    recording = flags.grad
    flags.grad = 0
    STATE.running = 1
    state = execute(run, roots, gradients, ends)
    finish(run)
    STATE.running = 0
    flags.grad = recording
    return SERVED if state == DONE else FAILED

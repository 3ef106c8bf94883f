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
    PyLong_AsLongLong,
    PyObject_Vectorcall,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .arrivals import PyList_SetItem, clear_reference, deliver, empty_list, hand_on, hand_on_tuple
from .calls import serve
from .graph import Run, discover, pop_ready, push_ready
from .launching import DONE, FAILED, NOT_MINE, memset, new_result, view_of
from .objects import LEAF, OP, STATE, NodeObject, TensorObject
from .plans import MOST_VALUES, MOST_WORDS, PART, Backward, Plan
from .switches import flags_here
from .tables import free, look_up
from .words import describe_value, is_plain

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
def is_alone(gradient: TensorObject) -> Int:
    """Whether nobody else has a gradient or its memory."""
    if gradient.type != STATE.tensor_type or address(gradient.base) != NONE:
        return 0
    storage = cast(Object, address(gradient.storage))
    return 1 if gradient.reference_count == 1 and storage.reference_count == 1 else 0


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
    state = serve(how.adjoint, node.binding, values, found)
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
        for place in range(how.edges):
            if results[place] != 0:
                Py_DecRef(results[place])
            results[place] = 0
    return state


@native
def run_view(node: NodeObject, how: Backward, results: Array[Address]) -> Int:
    """The gradient of a view's operand, where it is a view of the gradient."""
    words = stack(Int, MOST_WORDS)
    gradient = cast(TensorObject, node.arrived)
    if is_plain(gradient.type) == 0:
        return NOT_MINE
    words[0] = how.rule
    words[1] = PyTuple_GetItem(node.layouts_in, 0)
    words[2] = gradient.layout
    count = describe_value(words, 3, node.attributes)
    if count < 0:
        return NOT_MINE
    plan = cast(Plan, look_up(STATE.views, words, count))
    if not plan:
        return run_part(node, how, results)
    results[0] = address(view_of(plan, gradient))
    return DONE if results[0] != 0 else FAILED


@native
def add_to_part(plan: Plan, whole: TensorObject, gradient: Address) -> Int:
    """Adds a gradient to the part of another one that a plan describes."""
    part = view_of(plan, whole)
    if not part:
        return FAILED
    same = PyNumber_InPlaceAdd(address(part), gradient)
    Py_DecRef(address(part))
    if same == 0:
        return FAILED
    Py_DecRef(same)
    return DONE


@native
def run_part(node: NodeObject, how: Backward, results: Array[Address]) -> Int:
    """The gradient of a view's operand that has other elements too: it is added to what has arrived
    for the operand, if only this run has that, else to zeros."""
    words = stack(Int, MOST_WORDS)
    words[0] = PART
    words[1] = how.rule
    words[2] = PyTuple_GetItem(node.layouts_in, 0)
    count = describe_value(words, 3, node.attributes)
    if count < 0:
        return NOT_MINE
    plan = cast(Plan, look_up(STATE.views, words, count))
    if not plan:
        return NOT_MINE
    following = cast(NodeObject, PyTuple_GetItem(PyTuple_GetItem(node.edges, 0), 0))
    if address(following) != NONE and PyTuple_Size(following.layouts) == 1:
        whole = cast(TensorObject, following.arrived)
        if address(whole) != NONE and is_alone(whole) != 0 and whole.layout == plan.layouts[1]:
            return add_to_part(plan, whole, node.arrived)
    made = new_result(plan, 1)
    if not made:
        return FAILED
    memset(made.data, 0, plan.sizes[1])
    if add_to_part(plan, made, node.arrived) != DONE:
        Py_DecRef(address(made))
        return FAILED
    results[0] = address(made)
    return DONE


@native
def run_op(node: NodeObject, results: Array[Address]) -> Int:
    """The gradients of an op's operands, if native code knows how: `DONE`, `NOT_MINE`, `FAILED`."""
    how = cast(Backward, node.backward)
    if node.form != OP or not how or is_bare(node) == 0 or node.kept == NONE:
        return NOT_MINE
    if PyTuple_Size(node.layouts) != 1:
        return NOT_MINE
    for place in range(how.edges):
        results[place] = 0
    if node.arrived == NONE:
        return DONE
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
        same = PyNumber_InPlaceAdd(address(present), address(gradient))
        if same == 0:
            return FAILED
        Py_DecRef(same)
        clear_reference(place_of(node.arrived))
        return DONE
    words = stack(Int, 1)
    words[0] = gradient.layout
    if look_up(STATE.taken, words, 1) == 0 or gradient.layout != leaf.layout:
        return NOT_MINE
    if is_alone(gradient) == 0:
        return NOT_MINE
    leaf.grad = gradient  # nobody else has it: the leaf takes it over
    node.arrived = NONE
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
    arguments = stack(Address, 3)
    arguments[0] = address(node)
    arguments[1] = gradients
    arguments[2] = TRUE if run.keep != 0 else FALSE
    answer = PyObject_Vectorcall(STATE.run_node, address(arguments), 3, 0)
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
    if run.keep == 0 and PyTuple_Size(node.kept) > 0:
        clear_reference(place_of(node.kept))
    how = cast(Backward, node.backward)
    return hand_on(run, node, results, how.edges)


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


@native
def execute(run: Run, root: NodeObject, number: Int, gradient: Address) -> Int:
    """Runs the graph behind a node: `DONE`, or `FAILED` with an exception."""
    if discover(run, root) != DONE:
        return FAILED
    Py_IncRef(gradient)
    if deliver(root, number, gradient) != DONE or push_ready(run, root) != DONE:
        return FAILED
    while run.waiting > 0:
        if PyErr_CheckSignals() != 0:
            return FAILED
        if run_one(run, pop_ready(run)) != DONE:
            return FAILED
    return DONE


@entry
def run_backward(root: NodeObject, number: Int, gradient: Address, keep: Int) -> Int:
    """Runs the graph behind an output of a node backward, into the leaves.

    Returns:
        `SERVED`, `LEFT` if another backward is under way, or `FAILED` with an exception.
    """
    if STATE.running != 0 or STATE.active != 0:
        return LEFT
    flags = flags_here()
    if not flags:
        return FAILED
    memory = stack(Int, 8)
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
    recording = flags.grad
    flags.grad = 0
    STATE.running = 1
    state = execute(run, root, number, gradient)
    finish(run)
    STATE.running = 0
    flags.grad = recording
    return SERVED if state == DONE else FAILED

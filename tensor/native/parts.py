"""Gradients of views and of joined tensors: views of what arrived, or parts of a new tensor."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, address, cast, external, native, stack
from ...backends.native.python import (
    NONE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .calls import run_plain
from .launching import DONE, FAILED, NOT_MINE, memset, new_result, view_of
from .objects import STATE, NodeObject, TensorObject
from .plans import MOST_WORDS, PART, Backward, Plan
from .tables import look_up
from .words import describe_value, is_plain


@external
def PyNumber_InPlaceAdd(a: Address, b: Address) -> Address: ...  # noqa: N802


@native
def is_alone(gradient: TensorObject) -> Int:
    """Whether nobody else has a gradient or its memory."""
    if gradient.type != STATE.tensor_type or address(gradient.base) != NONE:
        return 0
    storage = cast(Object, address(gradient.storage))
    return 1 if gradient.reference_count == 1 and storage.reference_count == 1 else 0


@native
def describe_view(words: Array[Int], filled: Int, node: NodeObject, how: Backward) -> Int:
    """How many words tell which gradient of a view is asked for; -1 if none can.

    Args:
        filled: Words before those of the attributes: the first three are written here.
    """
    gradient = cast(TensorObject, node.arrived)
    if is_plain(gradient.type) == 0:
        return -1
    words[0] = how.rule
    words[1] = PyTuple_GetItem(node.layouts_in, 0)
    words[2] = gradient.layout
    return describe_value(words, filled, node.attributes)


@native
def run_view(node: NodeObject, how: Backward, results: Array[Address]) -> Int:
    """The gradient of a view's operand: a view of what arrived, or zeros that take it in."""
    words = stack(Int, MOST_WORDS)
    count = describe_view(words, 3, node, how)
    if count < 0:
        return NOT_MINE
    plan = cast(Plan, look_up(STATE.views, words, count))
    return run_held(plan, node.arrived, results) if plan else run_part(node, how, results)


@native
def run_held(plan: Plan, value: Address, results: Array[Address]) -> Int:
    """Runs a plan on one tensor, which the table may let go of while other threads run."""
    values = stack(Address, 1)
    values[0] = value
    owner = plan.owner
    Py_IncRef(owner)
    found = run_plain(plan, values, results)
    Py_DecRef(owner)
    return found


@native
def run_parts(node: NodeObject, how: Backward, results: Array[Address]) -> Int:
    """The gradients of the items of a list, each a view of the gradient of what they were joined
    to."""
    words = stack(Int, MOST_WORDS)
    count = describe_view(words, 4, node, how)
    if count < 0:
        return NOT_MINE
    view = stack(Address, 1)
    state = DONE
    for place in range(PyTuple_Size(node.edges)):
        words[3] = place
        leads = PyTuple_GetItem(PyTuple_GetItem(node.edges, place), 0) != NONE
        if leads and state == DONE:
            plan = cast(Plan, look_up(STATE.views, words, count))
            state = run_held(plan, node.arrived, view) if plan else NOT_MINE
            if state == DONE:
                results[place] = view[0]
    if state != DONE:
        release_all(results, PyTuple_Size(node.edges))
    return state


@native
def release_all(results: Array[Address], count: Int) -> None:
    """Lets go of the gradients that are there."""
    for place in range(count):
        if results[place] != 0:
            Py_DecRef(results[place])
        results[place] = 0


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
    owner = plan.owner  # the table may let go of it meanwhile
    Py_IncRef(owner)
    state = put_part(plan, node, results)
    Py_DecRef(owner)
    return state


@native
def put_part(plan: Plan, node: NodeObject, results: Array[Address]) -> Int:
    """Adds what arrived to its part of the operand's gradient, or of a new one."""
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

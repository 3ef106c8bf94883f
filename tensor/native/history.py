"""Recording a call on the tape: its node, the edges to what made its operands, what it keeps."""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, address, cast, native, place_of
from ...backends.native.python import (
    NONE,
    Py_DecRef,
    Py_IncRef,
    PyLong_FromLongLong,
    PyTuple_GetItem,
    PyTuple_New,
    PyTuple_SetItem,
    PyWeakref_GetObject,
    PyWeakref_NewRef,
)  # fmt: skip
from .launching import DONE, FAILED, PyType_GenericAlloc, hold_none, new_tensor
from .objects import (
    LEAF,
    LEAF_SEQUENCE,
    MOST_ZEROS,
    NODE_OBJECTS,
    OP,
    STATE,
    NodeObject,
    TensorObject,
)
from .plans import History, Plan

NEVER, ALWAYS, ASK = 0, 1, 2


@native
def leads_somewhere(x: TensorObject) -> Int:
    """Whether gradients flow to a tensor; `ASK` for a view whose history must be made anew."""
    base = x.base
    node = x.node
    if address(base) != NONE and address(base.node) != NONE:
        own = -1
        if address(node) != NONE:
            own = node.sequence
        if base.rewritten > own:
            return ASK
    if address(node) != NONE or x.requires:
        return ALWAYS
    return NEVER


@native
def new_node(kind: Address) -> NodeObject:
    """A node with all its fields empty and a number of its own; 0 with an exception."""
    made = cast(NodeObject, PyType_GenericAlloc(kind, 0))
    if not made:
        return made
    STATE.sequence += 1
    made.sequence = STATE.sequence
    fields = cast(Array[Address], place_of(made.arrived))
    for place in range(NODE_OBJECTS):
        fields[place] = NONE
    hold_none(NODE_OBJECTS)
    return made


@native
def leaf_node(leaf: TensorObject) -> NodeObject:
    """The node at which the gradient of a leaf arrives, as a new reference; 0 to ask Python."""
    if leaf.accumulator != NONE:
        found = PyWeakref_GetObject(leaf.accumulator)
        if found != NONE:
            Py_IncRef(found)
            return cast(NodeObject, found)
    if leaf.leaf_hooks != NONE or leaf.accumulate_hooks != NONE:
        return cast(NodeObject, 0)
    made = new_node(STATE.leaf_type)
    if not made:
        return made
    layouts = PyTuple_New(1)
    reference = PyWeakref_NewRef(address(made), 0)
    if layouts == 0 or reference == 0:
        Py_DecRef(layouts if layouts != 0 else reference)
        Py_DecRef(address(made))
        return cast(NodeObject, 0)
    Py_IncRef(leaf.layout)
    PyTuple_SetItem(layouts, 0, leaf.layout)
    made.sequence += LEAF_SEQUENCE
    made.form = LEAF
    put(place_of(made.edges), STATE.empty)
    replace(place_of(made.layouts), layouts)
    put(place_of(made.variable), address(leaf))
    replace(place_of(leaf.accumulator), reference)
    return made


@native
def edge_to(x: TensorObject) -> Address:
    """The edge of an operand: a new tuple; 0 to ask Python."""
    node = x.node
    number = 0
    if address(node) != NONE:
        Py_IncRef(address(node))
        number = x.output_number
    elif x.requires:
        node = leaf_node(x)
        if not node:
            return 0
    else:
        Py_IncRef(STATE.no_edge)
        return STATE.no_edge
    pair = PyTuple_New(2)
    if pair == 0:
        Py_DecRef(address(node))
        return 0
    PyTuple_SetItem(pair, 0, address(node))
    return with_number(pair, 1, number)


@native
def with_number(values: Address, place: Int, number: Int) -> Address:
    """A new tuple, after an integer was put into it; 0 with an exception, and the tuple is gone."""
    made = PyLong_FromLongLong(number)
    if made == 0:
        Py_DecRef(values)
        return 0
    PyTuple_SetItem(values, place, made)
    return values


@native
def mask_of(plan: Plan, values: Array[Address]) -> Int:
    """Bits of the operands to which gradients flow; -1 to ask Python."""
    mask = 0
    present = plan.present
    for place in range(plan.operands):
        if (present >> place) & 1 != 0:
            leads = leads_somewhere(cast(TensorObject, values[place]))
            if leads == ASK:
                return -1
            mask = mask | (leads << place)
    return mask


@native
def history_for(plan: Plan, mask: Int) -> History:
    """How a call is recorded whose operands of a mask need it; 0 if Python has not said yet."""
    for number in range(plan.histories):
        if plan.history[number].mask == mask:
            return plan.history[number]
    return cast(History, 0)


@native
def edges_of(history: History, values: Array[Address]) -> Address:
    """The edges of a call's operands: a new tuple; 0 to ask Python."""
    edges = PyTuple_New(history.operands)
    if edges == 0:
        return 0
    for number in range(history.operands):
        place = history.places[number]
        edge = 0
        if place < 0:  # a number
            edge = STATE.no_edge
            Py_IncRef(edge)
        else:
            edge = edge_to(cast(TensorObject, values[place]))
            if edge == 0:
                Py_DecRef(edges)
                return 0
        PyTuple_SetItem(edges, number, edge)
    return edges


@native
def keeps_untracked(history: History, values: Array[Address]) -> Int:
    """Whether a backward would read an operand that was made in inference mode."""
    for number in range(history.kept):
        place = history.keeps[number]
        is_tensor = place >= 0 and (history.tensors >> place) & 1 != 0
        if is_tensor and cast(TensorObject, values[place]).storage.version < 0:
            return 1
    return 0


@native
def alias_of(x: TensorObject) -> TensorObject:
    """The same elements in a tensor of their own, without history."""
    Py_IncRef(address(x.storage))
    return new_tensor(x.layout, x.storage, x.offset, x.data)


@native
def keep(
    node: NodeObject, history: History, values: Array[Address], results: Array[Address]
) -> Int:
    """Puts on the node what its backward reads; results as aliases, so that none holds itself."""
    count = history.kept
    kept = PyTuple_New(count)
    if kept == 0:
        return FAILED
    written = 0
    for number in range(count):
        place = history.keeps[number]
        value = 0
        if place < 0:
            alias = alias_of(cast(TensorObject, results[-1 - place]))
            if not alias:
                Py_DecRef(kept)
                return FAILED
            value = address(alias)
            written = written | alias.storage.version
        else:
            value = values[place]
            Py_IncRef(value)
            if (history.tensors >> place) & 1 != 0:
                written = written | cast(TensorObject, value).storage.version
        PyTuple_SetItem(kept, number, value)
    replace(place_of(node.kept), kept)
    if written == 0 and count <= MOST_ZEROS:
        Py_IncRef(STATE.zeros[count])
        replace(place_of(node.versions), STATE.zeros[count])
        return DONE
    versions = versions_of(history, kept)
    if versions == 0:
        return FAILED
    replace(place_of(node.versions), versions)
    return DONE


@native
def versions_of(history: History, kept: Address) -> Address:
    """How often the storage of each kept value was written to: a new tuple; 0 with an exception."""
    versions = PyTuple_New(history.kept)
    for number in range(history.kept):
        if versions == 0:
            return 0
        place = history.keeps[number]
        version = 0
        if place < 0 or (history.tensors >> place) & 1 != 0:
            version = cast(TensorObject, PyTuple_GetItem(kept, number)).storage.version
        versions = with_number(versions, number, version)
    return versions


@native
def attributes_of(history: History, values: Array[Address]) -> Address:
    """The tuple of a call's attributes as the specialised op has them, as a new reference."""
    if history.attributes != 0:
        Py_IncRef(history.attributes)
        return history.attributes
    found = PyTuple_New(history.varying)
    if found != 0:
        for number in range(history.varying):
            value = values[history.varies[number]]
            Py_IncRef(value)
            PyTuple_SetItem(found, number, value)
    return found


@native
def replace(field: Address, value: Address) -> None:
    """Writes a reference, which it takes, into a field, and lets go of what was there."""
    there = cast(Array[Address], field)
    before = there[0]
    there[0] = value
    Py_DecRef(before)


@native
def put(field: Address, value: Address) -> None:
    """Writes a reference, which is kept by the caller too, into a field."""
    Py_IncRef(value)
    replace(field, value)


@native
def record(
    plan: Plan, history: History, edges: Address, values: Array[Address], results: Array[Address]
) -> Int:
    """Gives the results of a call their history; takes the reference to the edges.

    Returns:
        `DONE`, or `FAILED` with an exception.
    """
    node = new_node(history.node_type)
    if not node:
        Py_DecRef(edges)
        return FAILED
    node.form = OP
    node.backward = history.backward
    replace(place_of(node.edges), edges)
    put(place_of(node.rule), history.rule)
    put(place_of(node.layouts), history.layouts)
    put(place_of(node.layouts_in), history.layouts_in)
    put(place_of(node.binding), history.binding)
    attributes = attributes_of(history, values)
    if attributes == 0:
        Py_DecRef(address(node))
        return FAILED
    replace(place_of(node.attributes), attributes)
    if history.view != 0:
        node.place = cast(TensorObject, values[0]).offset
    if keep(node, history, values, results) == FAILED:
        Py_DecRef(address(node))
        return FAILED
    for number in range(plan.outputs):
        if (history.differentiable >> number) & 1 != 0:
            result = cast(TensorObject, results[number])
            put(place_of(result.node), address(node))
            result.output_number = number
    Py_DecRef(address(node))
    return DONE

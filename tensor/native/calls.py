"""One call: looked up, run, recorded. What was never solved, or needs Python, is not served."""

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    address,
    cast,
    native,
    native_apart,
    place_of,
    stack,
)
from ...backends.native.python import (
    NONE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Occurred,
    PyLong_FromLongLong,
    PyTuple_New,
    PyTuple_SetItem,
)  # fmt: skip
from .gpu import is_on_main, lane_of, new_gpu_result, queue_kernels
from .history import edges_of, history_for, keeps_untracked, leads_somewhere, mask_of, put, record
from .launching import DONE, FAILED, NOT_MINE, memcpy, new_result, run_kernels, view_of
from .objects import STATE, Flags, Record, TensorObject
from .plans import (
    INTO_FIRST,
    MOST_ADDRESSES,
    MOST_VALUES,
    MOST_WORDS,
    PLAIN,
    VIEW,
    History,
    Plan,
)  # fmt: skip
from .switches import flags_here
from .tables import look_up
from .words import describe, is_plain, part_of

NOTHING = 0  # instead of a result: the call is not served, and there is no exception
MOST_COPIED = 1 << 20  # bytes; Python copies more, with all workers
ERROR = -1  # instead of a result: there is an exception


@native
def find_plan(record_of: Record, form: Int, known: Address, values: Array[Address]) -> Plan:
    """The plan of a call; 0 if it was never solved."""
    words = stack(Int, MOST_WORDS)
    count = describe(words, record_of, form, known, values)
    if count < 0:
        return cast(Plan, 0)
    return cast(Plan, look_up(record_of.table, words, count))


@native
def run_plain(plan: Plan, values: Array[Address], results: Array[Address]) -> Int:
    """Runs a plan into new tensors, or makes the view that it describes; no history."""
    if plan.form == VIEW:
        results[0] = address(view_of(plan, cast(TensorObject, values[0])))
        return DONE if results[0] != 0 else FAILED
    if plan.gpu:
        return run_on_gpu(plan, values, results)
    addresses = stack(Int, MOST_ADDRESSES)
    for number in range(plan.operands):
        if (plan.present >> number) & 1 != 0:
            addresses[number] = cast(TensorObject, values[number]).data
    for number in range(plan.outputs):
        made = new_result(plan, number)
        if not made:
            release(results, number)
            return FAILED
        results[number] = address(made)
        addresses[plan.operands + number] = made.data
    found = run_kernels(plan, values, addresses)
    if found != DONE:
        release(results, plan.outputs)
    return found


@native_apart
def run_on_gpu(plan: Plan, values: Array[Address], results: Array[Address]) -> Int:
    """As `run_plain` for kernels on a GPU: when it returns they are queued."""
    lane = lane_of(plan)
    if not lane:
        return NOT_MINE
    addresses = stack(Int, MOST_ADDRESSES)
    for number in range(plan.operands):
        if (plan.present >> number) & 1 != 0:
            addresses[number] = cast(TensorObject, values[number]).data
    for number in range(plan.outputs):
        made = new_gpu_result(plan, lane, number)
        if not made:
            release(results, number)
            return FAILED if PyErr_Occurred() != 0 else NOT_MINE
        results[number] = address(made)
        addresses[plan.operands + number] = made.data
    found = queue_kernels(plan, lane, values, addresses)
    if found != DONE:
        release(results, plan.outputs)
    return found


@native
def release(values: Array[Address], count: Int) -> None:
    """Lets go of references."""
    for number in range(count):
        Py_DecRef(values[number])


@native
def serve(
    record_of: Record, known: Address, values: Array[Address], results: Array[Address]
) -> Int:
    """The results of a call with their history, as new references.

    Returns:
        `DONE`, `NOT_MINE`, or `FAILED` with an exception.
    """
    if STATE.active != 0:
        return NOT_MINE
    flags = flags_here()
    if not flags:
        return FAILED
    form = PLAIN + (flags.autocast & record_of.autocast)
    plan = find_plan(record_of, form, known, values)
    if not plan:
        if not record_of.counter:
            return NOT_MINE
        return serve_counted(record_of, known, values, results)
    owner = plan.owner
    Py_IncRef(owner)  # the table may let go of the plan while other threads run
    if plan.parts != 0:
        found = serve_parts(plan, record_of, flags, values, results)
    else:
        found = serve_plan(plan, flags, values, results)
    Py_DecRef(owner)
    return found


@native
def serve_counted(
    record_of: Record, known: Address, values: Array[Address], results: Array[Address]
) -> Int:
    """As `serve` for a call whose last attribute is to be counted."""
    last = record_of.operands + record_of.attributes - 1
    if values[last] != NONE:
        return NOT_MINE
    plan = find_plan(record_of.counter, PLAIN, 0, values)
    if not plan:
        return NOT_MINE
    if plan.gpu:  # Python waits for it
        return NOT_MINE
    owner = plan.owner
    Py_IncRef(owner)
    found = run_plain(plan, values, results)
    Py_DecRef(owner)
    if found != DONE:
        return found
    elements = cast(Array[Int], cast(TensorObject, results[0]).data)
    number = PyLong_FromLongLong(elements[0])
    release(results, 1)
    if number == 0:
        return FAILED
    values[last] = number
    found = serve(record_of, known, values, results)
    values[last] = NONE
    Py_DecRef(number)
    return found


@native
def serve_parts(
    plan: Plan, record_of: Record, flags: Flags, values: Array[Address], results: Array[Address]
) -> Int:
    """As `serve_plan` for a call whose one operand is a list of tensors."""
    spread = stack(Address, MOST_VALUES)
    parts = plan.parts
    for number in range(parts):
        spread[number] = part_of(values[0], number)
        Py_IncRef(spread[number])  # other threads may change the list while kernels run
    for number in range(record_of.attributes):
        spread[parts + number] = values[1 + number]
    found = serve_plan(plan, flags, spread, results)
    release(spread, parts)
    return found


@native
def serve_plan(plan: Plan, flags: Flags, values: Array[Address], results: Array[Address]) -> Int:
    """Runs a plan and records the call, if an operand needs that."""
    history = cast(History, 0)
    edges = 0
    if flags.grad != 0:
        mask = mask_of(plan, values)
        if mask != 0:
            if mask < 0 or flags.hooks != 0:
                return NOT_MINE
            history = history_for(plan, mask)
            if not history or keeps_untracked(history, values) != 0:
                return NOT_MINE
            if plan.gpu and is_on_main(plan) == 0:
                return NOT_MINE
            edges = edges_of(history, values)
            if edges == 0:
                return FAILED if PyErr_Occurred() != 0 else NOT_MINE
    found = run_plain(plan, values, results)
    if edges != 0:
        if found != DONE:
            Py_DecRef(edges)
        elif record(plan, history, edges, values, results) != DONE:
            release(results, plan.outputs)
            return FAILED
    return found


@native
def packed(count: Int, results: Array[Address]) -> Address:
    """The result of a call, or the tuple of its results; takes the references."""
    if count == 1:
        return results[0]
    found = PyTuple_New(count)
    if found == 0:
        release(results, count)
        return ERROR
    for number in range(count):
        PyTuple_SetItem(found, number, results[number])
    return found


@native
def called(record_of: Record, known: Address, values: Array[Address]) -> Address:
    """The result of a call as a new reference, `NOTHING`, or `ERROR`."""
    results = stack(Address, MOST_VALUES)
    results[1] = 0
    found = serve(record_of, known, values, results)
    if found == NOT_MINE:
        return NOTHING
    if found == FAILED:
        return ERROR
    return packed(record_of.outputs, results)


@native
def apart(plan: Plan, target: TensorObject, values: Array[Address]) -> Int:
    """Whether no kernel of a plan reads an element of a tensor after writing it."""
    storage = address(target.storage)
    for number in range(plan.operands):
        if (plan.present >> number) & 1 != 0:
            x = cast(TensorObject, values[number])
            if address(x) != address(target) and address(x.storage) == storage:
                return 0
    return 1


@native
def mask_into(plan: Plan, target: TensorObject, values: Array[Address]) -> Int:
    """Bits of the operands to which gradients flow in a call that writes into a tensor; -1 to ask
    Python: about a view of what has a history, or a tensor that is overwritten with its own."""
    base = target.base
    leads = leads_somewhere(target)
    if address(base) != NONE and (leads != 0 or base.requires or address(base.node) != NONE):
        return -1
    mask = mask_of(plan, values)
    if leads != 0 and (address(target.node) == NONE or values[0] != address(target)):
        return -1
    if mask != 0 and address(base) != NONE:
        return -1
    return mask


@native
def reads_before(history: History, target: TensorObject, values: Array[Address]) -> Int:
    """Whether the backward of a call that writes into a tensor reads what that held before."""
    for number in range(history.kept):
        place = history.keeps[number]
        if place >= 0 and values[place] == address(target):
            return 1
    return 0


@native
def before_of(plan: Plan, target: TensorObject) -> TensorObject:
    """A copy of a tensor without gaps, with its history; 0 with an exception."""
    made = new_result(plan, 0)
    if made:
        memcpy(made.data, target.data, plan.sizes[0])
        put(place_of(made.node), address(target.node))
        made.output_number = target.output_number
    return made


@native
def written(
    record_of: Record, form: Int, values: Array[Address], targets: Array[Address], count: Int
) -> Int:
    """Runs a call into tensors: `DONE`, `NOT_MINE` or `FAILED`.

    Args:
        values: Operands and attributes, then the targets.
        count: How many targets there are.
    """
    if STATE.active != 0:
        return NOT_MINE
    flags = flags_here()
    if not flags:
        return FAILED
    for number in range(count):
        if is_plain(cast(Object, targets[number]).type) == 0:
            return NOT_MINE
    words = stack(Int, MOST_WORDS)
    size = describe(words, record_of, form, 0, values)
    if size < 0 or size + 2 * count > MOST_WORDS - 8:
        return NOT_MINE
    for number in range(count):
        words[size + 2 * number] = cast(TensorObject, targets[number]).layout
        words[size + 2 * number + 1] = place_among(targets[number], values, record_of.operands)
    plan = cast(Plan, look_up(record_of.table, words, size + 2 * count))
    if not plan:
        return NOT_MINE
    mask = 0
    for number in range(count):
        target = cast(TensorObject, targets[number])
        if apart(plan, target, values) == 0:
            return NOT_MINE
        if target.storage.version < 0 and flags.inference == 0:
            return NOT_MINE
        if flags.grad != 0:
            mask = mask | mask_into(plan, target, values)
    if mask == 0:
        return write_plain(plan, values, targets, count)
    if mask < 0 or form != INTO_FIRST or flags.hooks != 0:  # what `out=` names is not recorded
        return NOT_MINE
    return write_recorded(plan, mask, values, targets)


@native
def write_plain(plan: Plan, values: Array[Address], targets: Array[Address], count: Int) -> Int:
    """Runs a plan into tensors."""
    addresses = stack(Int, MOST_ADDRESSES)
    for number in range(count):
        addresses[plan.operands + number] = cast(TensorObject, targets[number]).data
    for number in range(plan.operands):
        if (plan.present >> number) & 1 != 0:
            addresses[number] = cast(TensorObject, values[number]).data
    if plan.gpu:
        found = queue_into(plan, values, addresses)
    else:
        found = run_kernels(plan, values, addresses)
    if found == DONE:
        for number in range(count):
            cast(TensorObject, targets[number]).storage.version += 1
    return found


@native_apart
def queue_into(plan: Plan, values: Array[Address], addresses: Array[Int]) -> Int:
    """Queues a plan of a GPU whose operands and results lie at some addresses."""
    lane = lane_of(plan)
    return queue_kernels(plan, lane, values, addresses) if lane else NOT_MINE


@native
def write_recorded(plan: Plan, mask: Int, values: Array[Address], targets: Array[Address]) -> Int:
    """Runs a plan into a tensor, which has the history of the call from then on."""
    target = cast(TensorObject, targets[0])
    history = history_for(plan, mask)
    if not history or keeps_untracked(history, values) != 0:
        return NOT_MINE
    copies = reads_before(history, target, values)
    if copies != 0 and (plan.gpu or plan.dense == 0 or plan.sizes[0] > MOST_COPIED):
        return NOT_MINE
    if plan.gpu and is_on_main(plan) == 0:
        return NOT_MINE
    edges = edges_of(history, values)
    if edges == 0:
        return FAILED if PyErr_Occurred() != 0 else NOT_MINE
    if copies == 0:
        return write_with(plan, history, edges, values, targets)
    before = before_of(plan, target)
    if not before:
        Py_DecRef(edges)
        return FAILED
    for number in range(plan.operands):
        if values[number] == address(target):
            values[number] = address(before)
    found = write_with(plan, history, edges, values, targets)
    Py_DecRef(address(before))
    return found


@native
def write_with(
    plan: Plan, history: History, edges: Address, values: Array[Address], targets: Array[Address]
) -> Int:
    """Runs a plan into a tensor and records that; takes the reference to the edges."""
    target = cast(TensorObject, targets[0])
    owner = plan.owner
    Py_IncRef(owner)
    found = write_plain(plan, values, targets, 1)
    if found != DONE:
        Py_DecRef(edges)
    else:
        found = record(plan, history, edges, values, targets)
        if found == DONE:  # older views of it have an old history
            target.rewritten = target.node.sequence
    Py_DecRef(owner)
    return found


@native
def place_among(value: Address, values: Array[Address], count: Int) -> Int:
    """The number of the first of some values that is this object; -1 if none is."""
    for number in range(count):
        if values[number] == value:
            return number
    return -1

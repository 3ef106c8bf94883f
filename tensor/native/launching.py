"""Running a plan: results from the pool, slots filled in, kernels called."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.language import (
    Address,
    Array,
    Int,
    Single,
    address,
    cast,
    external,
    invoke,
    native,
    single_bits,
    stack,
)  # fmt: skip
from ...backends.native.language import bits as bits_of
from ...backends.native.memory import give, take
from ...backends.native.python import (
    NONE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyErr_Occurred,
    PyEval_RestoreThread,
    PyEval_SaveThread,
    PyFloat_AsDouble,
    PyLong_AsLongLong,
)  # fmt: skip
from .objects import STATE, UNTRACKED, NodeObject, StorageObject, TensorObject
from .plans import (
    MOST_SLOTS,
    POINTER,
    REAL,
    ROUNDED,
    SINGLE,
    STATUS,
    STATUS_WORDS,
    TRUTH,
    Launch,
    Plan,
)  # fmt: skip
from .switches import flags_here

DONE, NOT_MINE, FAILED = 0, 1, 2


@external
def PyType_GenericAlloc(kind: Address, items: Int) -> Address: ...  # noqa: N802
@external
def PyObject_IsTrue(value: Address) -> Int: ...  # noqa: N802
@external
def memcpy(to: Address, source: Address, size: Int) -> Address: ...
@external
def memset(memory: Address, value: Int, size: Int) -> Address: ...


@native
def hold_none(count: Int) -> None:
    """Counts references to None, which from CPython 3.12 on has no count."""
    if STATE.immortal == 0:
        cast(Object, NONE).reference_count += count


@native
def storage_over(
    memory: Address, size: Int, kind: Int, buffer: Address, device: Address
) -> StorageObject:
    """A storage over memory that is there; 0 with an exception.

    Args:
        kind: What becomes of the memory at its end, see `StorageObject.block`.
        buffer: What owns the memory; the storage takes the reference to it, unless it fails.
    """
    flags = flags_here()
    if not flags:
        return cast(StorageObject, 0)
    made = cast(StorageObject, PyType_GenericAlloc(STATE.storage_type, 0))
    if not made:
        return made
    made.address = memory
    made.size = size
    made.version = UNTRACKED if flags.inference != 0 else 0
    made.block = kind
    made.buffer = buffer
    made.device = device
    Py_IncRef(device)
    return made


@native
def new_storage(number: Int, size: Int) -> StorageObject:
    """A storage with a block of a size class; 0 with an exception if there is no memory."""
    block = take(STATE.pool, number, size)
    if block == 0:
        return cast(StorageObject, 0)
    made = storage_over(block, size, number, NONE, STATE.device)
    if made:
        hold_none(1)
    else:
        give(STATE.pool, number, block)
    return made


@native
def new_tensor(layout: Address, storage: StorageObject, offset: Int, data: Address) -> TensorObject:
    """A tensor over a storage, whose reference it takes even if it fails (0, with an exception)."""
    Py_IncRef(layout)  # first: the garbage collector may run now, and with it anybody's code
    made = cast(TensorObject, PyType_GenericAlloc(STATE.tensor_type, 0))
    if not made:
        Py_DecRef(layout)
        Py_DecRef(address(storage))
        return made
    made.data = data
    made.offset = offset
    made.rewritten = -1
    made.layout = layout
    made.storage = storage
    made.node = cast(NodeObject, NONE)
    made.grad = cast(TensorObject, NONE)
    made.base = cast(TensorObject, NONE)
    made.accumulator = NONE
    made.leaf_hooks = NONE
    made.accumulate_hooks = NONE
    hold_none(6)
    return made


@native
def new_result(plan: Plan, number: Int) -> TensorObject:
    """A tensor for a result of a plan, its elements undefined."""
    storage = new_storage(plan.classes[number], plan.sizes[number])
    if not storage:
        return cast(TensorObject, 0)
    return new_tensor(plan.layouts[number], storage, 0, storage.address)


@native
def view_of(plan: Plan, source: TensorObject) -> TensorObject:
    """The view that a plan describes, without history."""
    return view_at(plan.layouts[0], source, source.offset + plan.offset, plan.width)


@native
def view_at(layout: Address, source: TensorObject, offset: Int, width: Int) -> TensorObject:
    """A view of a tensor's memory, without history.

    Args:
        offset: Of its first element in the storage, in elements.
        width: Bytes of an element.
    """
    storage = source.storage
    Py_IncRef(address(storage))
    made = new_tensor(layout, storage, offset, storage.address + offset * width)
    if made:
        base = source if address(source.base) == NONE else source.base
        Py_IncRef(address(base))
        Py_DecRef(NONE)
        made.base = base
    return made


@native
def fill_slot(slots: Array[Int], place: Int, kind: Int, value: Address) -> Int:
    """Writes a number into a slot; `NOT_MINE` if the slot cannot hold it as it is."""
    if kind in (SINGLE, REAL, ROUNDED):
        number = PyFloat_AsDouble(value)
        if number == -1.0 and PyErr_Occurred() != 0:
            PyErr_Clear()
            return NOT_MINE
        if kind == ROUNDED:  # a double that single precision holds
            single = stack(Single, 1)
            single[0] = number
            number = single[0]
        slots[place] = single_bits(number) if kind == SINGLE else bits_of(number)
        return DONE
    if kind == TRUTH:
        slots[place] = 1 if PyObject_IsTrue(value) != 0 else 0
        return DONE
    whole = PyLong_AsLongLong(value)
    if whole == -1 and PyErr_Occurred() != 0:
        PyErr_Clear()
        return NOT_MINE
    slots[place] = whole
    return DONE


@native
def fill_slots(
    launch: Launch, slots: Array[Int], values: Array[Address], addresses: Array[Int], status: Int
) -> Int:
    """The arguments of a kernel for one call."""
    memcpy(address(slots), address(launch.template), launch.count * 8)
    sources = launch.sources
    for number in range(launch.varying):
        place = sources[number * 3]
        kind = sources[number * 3 + 1]
        source = sources[number * 3 + 2]
        if kind == POINTER:
            slots[place] += addresses[source]
        elif kind == STATUS:
            slots[place] = status
        elif fill_slot(slots, place, kind, values[source]) != DONE:
            return NOT_MINE
    return DONE


@native
def run_steps(plan: Plan, values: Array[Address], addresses: Array[Int]) -> Int:
    """Runs the kernels of a plan whose memory is at hand; `NOT_MINE` where one complains."""
    slots = stack(Int, MOST_SLOTS)
    status = stack(Int, STATUS_WORDS)
    status[0] = 0
    for number in range(plan.zeroed):
        memset(addresses[plan.zeroes[number * 2]], 0, plan.zeroes[number * 2 + 1])
    for number in range(plan.launches):
        launch = plan.steps[number]
        if fill_slots(launch, slots, values, addresses, address(status)) != DONE:
            return NOT_MINE
        thread = 0
        if plan.busy != 0:
            thread = PyEval_SaveThread()
        if launch.chunks == 1:
            invoke(launch.kernel, address(slots), 0)
        else:
            invoke(STATE.parallel, launch.kernel, address(slots), launch.chunks)
        if plan.busy != 0:
            PyEval_RestoreThread(thread)
        if status[0] != 0:
            return NOT_MINE
    return DONE


@native
def run_kernels(plan: Plan, values: Array[Address], addresses: Array[Int]) -> Int:
    """Runs a plan.

    Args:
        values: Operands and attributes of the call.
        addresses: Where operands and results lie; scratch memory is added.
    """
    first = plan.operands + plan.outputs
    for number in range(plan.temporaries):
        size = plan.temporary_sizes[number]
        block = take(STATE.pool, plan.temporary_classes[number], size)
        if block == 0:
            for before in range(number):
                give(STATE.pool, plan.temporary_classes[before], addresses[first + before])
            return FAILED
        addresses[first + number] = block
    Py_IncRef(plan.owner)  # the table may let go of it while other threads run
    found = run_steps(plan, values, addresses)
    for number in range(plan.temporaries):
        give(STATE.pool, plan.temporary_classes[number], addresses[first + number])
    Py_DecRef(plan.owner)
    return found

"""Streams of GPUs as native code sees them: memory that is kept ready, and launches.

A `Lane` is a stream. Blocks of memory that came back wait in Python lists, one for each stream and
size, which Python's allocator works on as well; native code takes blocks off them and puts them
back. What it cannot do at once (no block is ready, a graph is captured, another stream used the
block) is left to Python. The driver is called through its C functions, with the interpreter lock
given up, since a launch waits where the queue of the device is full.

Everything else here runs while the interpreter lock is held.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import Annotated

from .account import Account, change_count, note, note_block
from .compiled import bundled
from .language import (
    Address,
    Array,
    Int,
    Int32,
    Struct,
    address,
    cast,
    entry,
    external,
    invoke,
    native,
    native_apart,
    stack,
)  # fmt: skip
from .python import (
    Object,
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyEval_RestoreThread,
    PyEval_SaveThread,
    PyList_GetItem,
    PyList_Size,
    PyLong_FromLongLong,
    PyObject_Vectorcall,
)  # fmt: skip

MOST_GPUS = 16  # GPUs of a higher number are served by Python
MOST_SIZES = 1024  # of blocks, in 512 bytes, that have a number; others are served by Python
REMEMBERED = 16  # launches of a stream whose names are kept, a power of two
MOST_RECORDS = 256  # of a stream; when all are taken they are looked at
RECORD_BYTES = 32
BUFFER_POINTER, BUFFER_SIZE, END = 1, 2, 0  # CU_LAUNCH_PARAM_*
STATUS_BITS = 0xFFFFFFFF  # C's int, returned in a register of 64 bits


class Gpu(Struct):
    """A GPU.

    Attributes:
        serial: Number of its context in this process, which is never used again.
        context: What the driver calls it; 0 before native code may serve calls.
        lost: Nothing is given back to the driver any more.
        captured: Captures under way: memory is Python's business then.
        set_context, launch: Addresses of cuCtxSetCurrent and cuLaunchKernel; 0 of a driver that
            has no C functions.
        activate: Python callable that makes the context the thread's for such a driver.
        queue_kernel: Python callable `queue_kernel(kernel, blocks, threads, shared, stream,
            parameters, name)` that launches for such a driver.
        refuse: Python callable `refuse(status, name, stream)` that raises what a launch's status
            says.
        note: Python callable `note(address, bytes, stream)` of a driver that wants to know what is
            given out; else 0.
        give: Python callable `give(block)` for blocks that are not simply kept ready.
        account: What was given out.
    """

    serial: Int
    context: Int
    lost: Int
    captured: Int
    set_context: Address
    launch: Address
    activate: Address
    queue_kernel: Address
    refuse: Address
    note: Address
    give: Address
    account: Account


class Lane(Struct):
    """A stream of a GPU.

    Attributes:
        gpu: The GPU.
        handle: What the driver calls the stream.
        launched: How much was launched in it so far.
        recent: Names of what was launched last, in turn: texts that live as long as the process.
        records: Where kernels write down what went wrong; 0 where Python must see to it.
        taken: Python list of who has taken a record, in order.
        ready: For each size of blocks the Python list of those that wait; 0 if there is none yet.
    """

    gpu: Gpu
    handle: Int
    launched: Int
    recent: Annotated[Array[Address], 16]
    records: Address
    taken: Address
    ready: Annotated[Array[Address], 1024]


class Here(Struct):
    """What a thread is at.

    Attributes:
        active: Number of the context that the driver knows as this thread's; 0 for none.
        lanes: Its current stream on each GPU; 0 where none was asked for.
    """

    active: Int
    lanes: Annotated[Array[Lane], 16]


class BlockObject(Object):
    """A block of a GPU's memory; `runtime/blocks.py` makes a Python type of it.

    Attributes:
        address, size: Of its bytes.
        requested: Bytes that were asked for.
        small: It comes from a small segment.
        special: It is not simply kept ready when it comes back: other streams used it, or graphs
            have it to themselves.
        ready: The Python list that it waits in.
        gpu: Where it lies.
    """

    address: Address
    size: Int
    requested: Int
    small: Int
    special: Int
    ready: Address
    gpu: Gpu


@external
def PyList_Append(values: Address, value: Address) -> Int32: ...  # noqa: N802
@external
def PyList_SetSlice(values: Address, start: Int, end: Int, items: Address) -> Int32: ...  # noqa: N802
@external
def PyErr_Fetch(kind: Address, value: Address, trace: Address) -> None: ...  # noqa: N802
@external
def PyErr_Restore(kind: Address, value: Address, trace: Address) -> None: ...  # noqa: N802


@native
def activate_in_python(gpu: Gpu) -> Int:
    """Makes a context the thread's by a driver in Python; whether that is so."""
    answer = PyObject_Vectorcall(gpu.activate, 0, 0, 0)
    if answer == 0:
        PyErr_Clear()
        return 0
    Py_DecRef(answer)
    return 1


@native
def is_ready(here: Here, gpu: Gpu) -> Int:
    """Whether calls on a GPU are native code's now; makes its context the thread's."""
    if gpu.lost != 0 or gpu.captured != 0 or gpu.context == 0:
        return 0
    if here.active != gpu.serial:
        if gpu.launch == 0:
            return activate_in_python(gpu)
        if invoke(gpu.set_context, gpu.context) & STATUS_BITS != 0:
            return 0  # Python meets the same error, and tells it
        here.active = gpu.serial
    return 1


# memory


@entry
def count_given(block: BlockObject) -> None:
    """Counts a block that is given out."""
    note(block.gpu.account, block.small, 1, 1, block.size, block.requested)


@entry
def count_back(block: BlockObject) -> None:
    """Counts a block that came back and is done with."""
    note(block.gpu.account, block.small, -1, -1, block.size, block.requested)


@native
def tell(function: Address, first: Int, second: Int, third: Int, count: Int) -> Int:
    """Calls a Python function with integers; whether it raised nothing."""
    arguments = stack(Address, 3)
    arguments[0] = PyLong_FromLongLong(first)
    arguments[1] = PyLong_FromLongLong(second)
    arguments[2] = PyLong_FromLongLong(third)
    answer = PyObject_Vectorcall(function, address(arguments), count, 0)
    for number in range(3):
        Py_DecRef(arguments[number])
    if answer == 0:
        return 0
    Py_DecRef(answer)
    return 1


@native
def take_block(lane: Lane, size_number: Int, requested: Int) -> BlockObject:
    """A block that waits, as a reference; 0 if none does, or with an exception."""
    ready = lane.ready[size_number]
    if ready == 0:
        return cast(BlockObject, 0)
    last = PyList_Size(ready) - 1
    if last < 0:
        return cast(BlockObject, 0)
    found = PyList_GetItem(ready, last)
    Py_IncRef(found)
    PyList_SetSlice(ready, last, last + 1, 0)
    block = cast(BlockObject, found)
    block.requested = requested
    gpu = lane.gpu
    count_given(block)
    if gpu.note != 0:
        asked = requested if requested > 0 else 1
        if tell(gpu.note, block.address, asked, lane.handle, 3) == 0:
            give_block(block)
            return cast(BlockObject, 0)
    return block


@native_apart
def give_block(block: BlockObject) -> None:
    """Takes a block back, and the reference to it; at any time, an exception may be under way."""
    gpu = block.gpu
    if gpu.lost != 0:
        Py_DecRef(address(block))
        return
    if block.special != 0 or gpu.note != 0:
        give_in_python(gpu, block)
        return
    count_back(block)
    if PyList_Append(block.ready, address(block)) != 0:
        PyErr_Clear()  # the block is lost, nothing else
    Py_DecRef(address(block))


@native
def give_in_python(gpu: Gpu, block: BlockObject) -> None:
    """As `give_block`, by Python's allocator, whose exceptions nobody could take."""
    before = stack(Address, 3)
    at = address(before)
    PyErr_Fetch(at, at + 8, at + 16)
    arguments = stack(Address, 1)
    arguments[0] = address(block)
    answer = PyObject_Vectorcall(gpu.give, address(arguments), 1, 0)
    if answer == 0:
        PyErr_Clear()
    else:
        Py_DecRef(answer)
    Py_DecRef(address(block))
    PyErr_Restore(before[0], before[1], before[2])


# the driver


@native
def refuse(lane: Lane, status: Int, name: Address) -> None:
    """Raises what the driver's status of a launch says."""
    arguments = stack(Address, 3)
    arguments[0] = PyLong_FromLongLong(status)
    arguments[1] = name
    arguments[2] = PyLong_FromLongLong(lane.handle)
    answer = PyObject_Vectorcall(lane.gpu.refuse, address(arguments), 3, 0)
    if answer != 0:  # never: it raises
        Py_DecRef(answer)
    Py_DecRef(arguments[0])
    Py_DecRef(arguments[2])


@native
def queue_in_python(
    lane: Lane, kernel: Address, name: Address, blocks: Int, threads: Int, shared: Int,
    parameters: Address,
) -> Int:  # fmt: skip
    """Queues a kernel by a driver in Python; -1 with an exception. There is no C function in
    between, whose status an interrupt would leave undefined."""
    arguments = stack(Address, 7)
    arguments[0] = PyLong_FromLongLong(kernel)
    arguments[1] = PyLong_FromLongLong(blocks)
    arguments[2] = PyLong_FromLongLong(threads)
    arguments[3] = PyLong_FromLongLong(shared)
    arguments[4] = PyLong_FromLongLong(lane.handle)
    arguments[5] = PyLong_FromLongLong(parameters)
    arguments[6] = name
    answer = PyObject_Vectorcall(lane.gpu.queue_kernel, address(arguments), 7, 0)
    for number in range(6):
        Py_DecRef(arguments[number])
    if answer == 0:
        return -1
    Py_DecRef(answer)
    return 0


@native
def call_driver(
    lane: Lane, kernel: Address, blocks: Int, threads: Int, shared: Int, parameters: Address
) -> Int:
    """Queues a kernel by the driver's C function, whose status comes back; the interpreter lock is
    given up meanwhile."""
    thread = PyEval_SaveThread()
    answer = invoke(
        lane.gpu.launch, kernel, blocks, 1, 1, threads, 1, 1, shared, lane.handle, 0, parameters
    )
    PyEval_RestoreThread(thread)
    return answer & STATUS_BITS


@native
def launch_kernel(
    lane: Lane, kernel: Address, name: Address, blocks: Int, threads: Int, shared: Int,
    slots: Array[Int], count: Int,
) -> Int:  # fmt: skip
    """Queues a kernel; the driver copies its parameters.

    Args:
        kernel: What the driver calls the function.
        name: Of it, a Python text.
        shared: Bytes of shared memory of a block, beside what the kernel brings.
        slots: Its parameters, eight bytes each, and how many there are.

    Returns:
        0, else the driver's status or -1, with an exception.
    """
    size = stack(Int, 1)
    size[0] = count * 8
    table = stack(Int, 5)
    table[0] = BUFFER_POINTER
    table[1] = address(slots)
    table[2] = BUFFER_SIZE
    table[3] = address(size)
    table[4] = END
    if lane.gpu.launch == 0:
        status = queue_in_python(lane, kernel, name, blocks, threads, shared, address(table))
    else:
        status = call_driver(lane, kernel, blocks, threads, shared, address(table))
        if status != 0:
            refuse(lane, status, name)
    if status != 0:
        return status
    lane.recent[lane.launched & (REMEMBERED - 1)] = name
    lane.launched += 1
    return 0


@native
def take_record(lane: Lane, label: Address) -> Address:
    """Where a launch writes down what goes wrong; 0 where Python must see to it.

    Args:
        label: What a list of who has taken a record holds of it.
    """
    if lane.records == 0:
        return 0
    place = PyList_Size(lane.taken)
    if place >= MOST_RECORDS or PyList_Append(lane.taken, label) != 0:
        PyErr_Clear()
        return 0
    return lane.records + place * RECORD_BYTES


OBJECT = bundled("accounts of devices", (note_block, change_count, count_given, count_back))
"""What Python's allocator calls, with and without native entry points."""

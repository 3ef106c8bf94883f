"""Running a plan on a GPU: results from blocks that wait, kernels queued on the thread's stream.

What needs Python is left to it before anything was queued: no block waits, a graph is captured, the
driver needs to be asked for memory.
"""

from __future__ import annotations

from ...backends.native.lanes import (
    BlockObject,
    Here,
    Lane,
    give_block,
    is_ready,
    launch_kernel,
    take_block,
    take_record,
)  # fmt: skip
from ...backends.native.language import (
    Address,
    Array,
    Int,
    address,
    cast,
    native,
    native_apart,
    stack,
)
from ...backends.native.python import (
    Py_DecRef,
    Py_IncRef,
    PyErr_Clear,
    PyErr_Occurred,
    PyLong_AsLongLong,
    PyObject_Vectorcall,
)  # fmt: skip
from .launching import (
    DONE,
    FAILED,
    NOT_MINE,
    fill_slots,
    new_tensor,
    storage_over,
)  # fmt: skip
from .objects import GPU_BLOCK, STATE, StorageObject, TensorObject
from .plans import MOST_ADDRESSES, MOST_SLOTS, STATUS, Launch, Plan
from .switches import flags_here


@native
def lane_of(plan: Plan) -> Lane:
    """The stream that a plan is queued on; 0 to ask Python."""
    flags = flags_here()
    if not flags:
        PyErr_Clear()
        return cast(Lane, 0)
    if address(flags.here) == 0:
        answer = PyObject_Vectorcall(STATE.find_here, 0, 0, 0)
        if answer == 0:
            PyErr_Clear()
            return cast(Lane, 0)
        flags.here = cast(Here, PyLong_AsLongLong(answer))
        Py_DecRef(answer)
    here = flags.here
    lane = here.lanes[plan.gpu_number]
    if not lane or address(lane.gpu) != address(plan.gpu) or is_ready(here, plan.gpu) == 0:
        return cast(Lane, 0)
    return lane


@native
def new_gpu_storage(plan: Plan, lane: Lane, number: Int) -> StorageObject:
    """A storage for a result of a plan; 0 if no block waits, or with an exception."""
    size = plan.sizes[number]
    block = take_block(lane, plan.classes[number], size)
    if not block:
        return cast(StorageObject, 0)
    made = storage_over(block.address, size, GPU_BLOCK, address(block), plan.device)
    if not made:
        give_block(block)
    return made


@native
def new_gpu_result(plan: Plan, lane: Lane, number: Int) -> TensorObject:
    """A tensor for a result of a plan; 0 if no block waits, or with an exception."""
    storage = new_gpu_storage(plan, lane, number)
    if not storage:
        return cast(TensorObject, 0)
    return new_tensor(plan.layouts[number], storage, 0, storage.address)


@native
def give_scratch(blocks: Array[Address], count: Int) -> None:
    """Gives scratch memory back: what gets it next in this stream comes after its use."""
    for number in range(count):
        give_block(cast(BlockObject, blocks[number]))


@native
def takes_record(launch: Launch) -> Int:
    """Whether a kernel may write down what goes wrong."""
    for number in range(launch.varying):
        if launch.sources[number * 3 + 1] == STATUS:
            return 1
    return 0


@native
def record_for(plan: Plan, lane: Lane) -> Int:
    """Where the kernels of a plan write down what goes wrong; -1 where Python must see to it."""
    for number in range(plan.launches):
        if takes_record(plan.steps[number]) != 0:
            found = take_record(lane, plan.label)
            return found if found != 0 else -1
    return 0


@native
def queue_steps(
    plan: Plan, lane: Lane, values: Array[Address], addresses: Array[Int], status: Int
) -> Int:
    """Queues the kernels of a plan whose memory is at hand."""
    slots = stack(Int, MOST_SLOTS)
    for number in range(plan.launches):
        launch = plan.steps[number]
        if fill_slots(launch, slots, values, addresses, status) != DONE:
            return NOT_MINE
        refused = launch_kernel(
            lane,
            launch.kernel,
            launch.name,
            launch.chunks,
            launch.threads,
            launch.shared,
            slots,
            launch.count,
        )
        if refused != 0:
            return FAILED
    return DONE


@native
def take_scratch(plan: Plan, lane: Lane, blocks: Array[Address], addresses: Array[Int]) -> Int:
    """Takes the scratch memory of a plan."""
    first = plan.operands + plan.outputs
    for number in range(plan.temporaries):
        block = take_block(lane, plan.temporary_classes[number], plan.temporary_sizes[number])
        if not block:
            give_scratch(blocks, number)
            return FAILED if PyErr_Occurred() != 0 else NOT_MINE
        blocks[number] = address(block)
        addresses[first + number] = block.address
    return DONE


@native
def queue_kernels(plan: Plan, lane: Lane, values: Array[Address], addresses: Array[Int]) -> Int:
    """Queues a plan.

    Args:
        values: Operands and attributes of the call.
        addresses: Where operands and results lie; scratch memory is added.
    """
    blocks = stack(Address, MOST_ADDRESSES)
    found = take_scratch(plan, lane, blocks, addresses)
    if found != DONE:
        return found
    Py_IncRef(plan.owner)  # the table may let go of it while other threads run
    status = record_for(plan, lane)
    found = NOT_MINE if status < 0 else queue_steps(plan, lane, values, addresses, status)
    give_scratch(blocks, plan.temporaries)
    Py_DecRef(plan.owner)
    return found


@native_apart
def is_on_main(plan: Plan) -> Int:
    """Whether a plan is queued on the default stream: what is recorded elsewhere is noted down."""
    lane = lane_of(plan)
    return 1 if lane and lane.handle == 0 else 0

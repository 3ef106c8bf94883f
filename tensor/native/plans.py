"""Solved calls as structs: what to run, what to return, how to record it.

A call is looked up by words: its form, the binding it belongs to, and what its values are (layouts
of tensors, types of numbers, values of attributes). Python solves a call the first time
(`solved.py` writes these structs); from then on native code serves it.
"""

from __future__ import annotations

from typing import Annotated

from ...backends.native.lanes import Gpu
from ...backends.native.language import Address, Array, Int, Struct
from .objects import Record

# forms of calls
PLAIN, INTO_FIRST, INTO_TARGETS = 0, 1, 2
# forms of plans
KERNEL, VIEW = 0, 1
# the first word of a part of a gradient, where other views have an address
PART = 1
# what fills a slot of a launch
POINTER, SINGLE, REAL, INTEGER, TRUTH, STATUS, ROUNDED = range(7)

MOST_VALUES = 40  # operands, attributes and targets of a call
MOST_PARTS = 32  # tensors of an operand that is a list
MOST_WORDS = 96
MOST_ADDRESSES = 48  # operands, results and temporaries of a plan
MOST_SLOTS = 128
STATUS_WORDS = 8


class Launch(Struct):
    """One kernel: its argument slots, and which of them differ from call to call.

    Attributes:
        kernel: Address of the function; what the driver calls it, on a GPU.
        name: On a GPU: Python text for errors.
        threads: On a GPU: of a block.
        shared: On a GPU: bytes of shared memory that a launch gives a block.
        chunks: How many chunks, or blocks, there are.
        count: Slots of its arguments.
        template: The slots, where they are the same in each call; what is added to an address.
        varying: How many differ.
        sources: For each of those its place, what fills it, and the number of the value.
    """

    kernel: Address
    chunks: Int
    count: Int
    template: Array[Int]
    varying: Int
    sources: Array[Int]
    name: Address
    threads: Int
    shared: Int


class Plan(Struct):
    """A call, solved.

    Attributes:
        owner: The Python object that keeps everything here alive.
        gpu: Where it runs; 0 for the CPU.
        gpu_number: Of that device; `device` is the object that tensors on it have, `label` what a
            list of who has taken a record holds of a call.
        form: `KERNEL` or `VIEW`.
        busy: It takes long enough to let other Python threads run meanwhile.
        operands: Operands of the call.
        present: Bit i says that operand i is a tensor.
        parts: The one operand is a list of so many tensors, which count as operands; else 0.
        outputs: Results; their `layouts`, `sizes` in bytes, and the `classes` of those: the pool's,
            or numbers of sizes of a GPU's blocks.
        dense: The elements of the first result fill its memory without gaps.
        temporaries: Scratch blocks; `temporary_classes` are their size classes, `temporary_sizes`
            their bytes.
        zeroed: Pairs of what must be filled with zero bytes first: number of the address, bytes.
        launches: Kernels, in order, at `steps`.
        offset, width: Of a view: elements from the operand's first one to its own; bytes of one.
            What it is a part of may be a second result.
        histories: Ways to record it, at `history`, by the operands that need it.
    """

    owner: Address
    form: Int
    busy: Int
    operands: Int
    present: Int
    parts: Int
    outputs: Int
    layouts: Array[Address]
    sizes: Array[Int]
    classes: Array[Int]
    dense: Int
    temporaries: Int
    gpu: Gpu
    temporary_sizes: Array[Int]
    temporary_classes: Array[Int]
    zeroed: Int
    zeroes: Array[Int]
    launches: Int
    steps: Array[Launch]
    offset: Int
    width: Int
    histories: Int
    history: Annotated[Array[History], 4]
    gpu_number: Int
    device: Address
    label: Address


class History(Struct):
    """How a call is recorded whose operands of `mask` lead to something that requires grad.

    Attributes:
        mask: Bits over the operands.
        node_type: Class of the node.
        rule, layouts, layouts_in, binding: What its fields hold.
        operands, places: How many edges it has, and of which values of the call.
        kept, keeps: How many values it keeps: number of a value, or -1 minus that of a result.
        attributes: A tuple if they are the same in each call, else 0.
        varying, varies: Which values of the call they are otherwise.
        differentiable: Bits over the results that get a history.
        tensors: Bits over the values of the call that are tensors.
        view: The result is a view.
        backward: A `Backward`, or 0.
    """

    mask: Int
    node_type: Address
    rule: Address
    layouts: Address
    layouts_in: Address
    binding: Address
    operands: Int
    places: Array[Int]
    kept: Int
    keeps: Array[Int]
    attributes: Address
    varying: Int
    varies: Array[Int]
    differentiable: Int
    tensors: Int
    view: Int
    backward: Address


class Backward(Struct):
    """How the backward of an op goes that has a derived adjoint, or of a view.

    Attributes:
        adjoint: The adjoint; 0 for a view.
        rule: The rule, for the look-up of views.
        operands, reads: What the adjoint takes: number of a kept value, or -1 minus that of a
            gradient that arrived.
        attributes, takes: Which attributes of the node it takes.
        results, gives: The operands whose gradients it gives.
        edges: Operands of the op.
    """

    adjoint: Record
    rule: Address
    operands: Int
    reads: Array[Int]
    attributes: Int
    takes: Array[Int]
    results: Int
    gives: Array[Int]
    edges: Int

"""The objects that native code reads and makes, as structs: the one place that says where a field
lies. `tensor/base.py`, `tensor/storage.py` and `autograd/node.py` make Python types of them."""

from __future__ import annotations

from typing import Annotated

from ...backends.native.lanes import Here
from ...backends.native.language import (
    Address,
    Array,
    Bool,
    Int,
    Real,
    Struct,
    variable,
)  # fmt: skip
from ...backends.native.python import Object
from ...backends.native.slabs import Pool


class TensorObject(Object):
    """A tensor. Python sees each field under its name with an underscore in front.

    Attributes:
        data: Address of the first element, storage offset included.
        offset: Storage offset in elements.
        output_number: Which output of `node` this is.
        rewritten: For the base of views: the youngest node that wrote to it; -1 for none.
        requires: Takes part in differentiation, as a leaf.
        layout, storage: Their objects.
        node: The node of the tape that made it, or 0.
        grad, base: The gradient; the tensor that this is a view of.
        accumulator: Weak reference to the node at which the gradient of this leaf arrives.
        leaf_hooks, accumulate_hooks: Tables of hooks on a leaf.
    """

    data: Address
    offset: Int
    output_number: Int
    rewritten: Int
    requires: Bool
    layout: Address
    storage: StorageObject
    node: NodeObject
    grad: TensorObject
    base: TensorObject
    accumulator: Address
    leaf_hooks: Address
    accumulate_hooks: Address


class StorageObject(Object):
    """Memory that tensors share.

    Attributes:
        address, size: Of its bytes.
        version: How often a tensor of this storage was written in place, counted from `UNTRACKED`
            for what was made in inference mode.
        block: Size class of the pool's block that it owns; `GPU_BLOCK` if it owns a GPU's, which is
            `buffer`; -1 if it owns none.
        buffer: The object that owns the memory, or 0.
        device: Where the memory lies.
        weak_references: CPython's list of them.
    """

    address: Address
    size: Int
    version: Int
    block: Int
    buffer: Address
    device: Address
    weak_references: Address


UNTRACKED = -(1 << 62)  # the version of a storage that no backward may read


class NodeObject(Object):
    """A node of the tape.

    Attributes:
        sequence: Number in order of creation.
        form: What the engine knows of it: `PYTHON`, `OP` or `LEAF`.
        run, waiting: In a backward: its number, and edges through which something is to come.
        wanted, capture: In a backward for some gradients: what is wanted of it, see `wanted.py`,
            and the first of the gradients that are those of its outputs, -1 for none.
        arrived: In a backward: the gradient, or the list of gradients, that has arrived.
        edges: Tuple of (node, output number).
        layouts, layouts_in: Tuples of the layouts of results and operands.
        pre_hooks, hooks, tensor_hooks, retained: Tables, or 0.
        metadata: A dict, or 0.
        rule, kept, versions, attributes, level, binding: Of an op applied.
        prefix, place: Of an op applied.
        backward: How native code runs its backward (a `Backward`); 0 if Python must.
        variable: The leaf, of a node at the end of the graph.
        accumulate_hooks: Hooks of that leaf.
        weak_references: CPython's list of them.
    """

    sequence: Int
    form: Int
    run: Int
    waiting: Int
    wanted: Int
    capture: Int
    prefix: Int
    place: Int
    backward: Address
    arrived: Address
    edges: Address
    layouts: Address
    layouts_in: Address
    pre_hooks: Address
    hooks: Address
    tensor_hooks: Address
    retained: Address
    metadata: Address
    rule: Address
    kept: Address
    versions: Address
    attributes: Address
    level: Address
    binding: Address
    variable: TensorObject
    accumulate_hooks: Address
    weak_references: Address


GPU_BLOCK = -2  # instead of a size class: the storage owns a block of a GPU
PYTHON, OP, LEAF = 0, 1, 2  # forms of nodes
NODE_OBJECTS = 17  # references of a node, from `arrived` on, before the list of weak references
MOST_ZEROS = 8
LEAF_SEQUENCE = 1 << 62  # leaves come first among what is ready


class Flags(Struct):
    """What is switched on in one thread.

    Attributes:
        grad: Calls are recorded on the tape.
        inference: Results can never be recorded.
        hooks: Hooks on saved tensors are active.
        autocast: What autocast converts to, as a number; 0 where it is off.
        elsewhere: The default device is not the CPU.
        here: What the thread is at on GPUs; 0 if it was not asked for.
    """

    grad: Int
    inference: Int
    hooks: Int
    autocast: Int
    elsewhere: Int
    here: Here


class Counter(Struct):
    """Where a generator of random numbers stands.

    Attributes:
        seed: Its seed, as 64 bits with a sign.
        position: How many draws were taken; below zero from 2**63 on.
    """

    seed: Int
    position: Int


class State(Struct):
    """What native code knows of the process.

    Attributes:
        thread: The interpreter's number of the thread whose flags `flags` are.
        flags: Of that thread.
        active: How many reasons there are to leave all calls to Python: open transforms, anomaly
            mode.
        running: A backward is under way.
        sequence: Nodes made so far.
        runs: Backwards begun so far.
        pool: Where memory comes from.
        parallel: C function that runs the chunks of a kernel on all workers.
        find_flags: Python callable that gives the address of the calling thread's flags.
        tensor_type, storage_type: `Tensor`, and the type of storages.
        plain: Types whose objects are plain tensors: `Tensor`, `Parameter`.
        plains: How many there are.
        device: The object for the CPU.
        kind_type, size_type: The types of dtypes and of shapes.
        records: Table of ops by the address of their key.
        packed_type: What hooks make of saved tensors.
        views: Table of views whose gradient is a view of the gradient.
        taken: Table of layouts whose gradients a leaf can take over as they are.
        geometries: Table of extents and strides of layouts.
        shapes: Table of those of the tensors that nested lists make.
        items: Table of views by index.
        select, slice: The ops behind an index, once they have been solved.
        zero, one: Python's numbers.
        run_node: Python callable `run_node(node, gradients, keep)` that runs a node.
        fit: Python callable `fit(gradient, layout)`.
        leaf_type: The node at the end of the graph.
        empty: The empty tuple.
        no_edge: The edge of what needs no gradient.
        zeros: For each length up to `MOST_ZEROS` a tuple of zeros.
        immortal: None has no reference count (CPython 3.12 and later).
        epoch: How often a setting changed on which the ops of a composite depend.
        call_op: Python callable `call_again(key, operands, attributes, layouts)`.
        counter: Of the default generator.
        find_here: Python callable that gives the address of what the calling thread is at on GPUs.
        capsule_name: C text of the name of a capsule that nobody took yet.
        release: Python callable that releases what such a capsule points to.
    """

    thread: Int
    flags: Flags
    active: Int
    running: Int
    sequence: Int
    runs: Int
    pool: Pool
    parallel: Address
    find_flags: Address
    tensor_type: Address
    storage_type: Address
    plain: Annotated[Array[Address], 8]
    plains: Int
    device: Address
    kind_type: Address
    size_type: Address
    records: Table
    leaf_type: Address
    packed_type: Address
    views: Table
    taken: Table
    geometries: Table
    shapes: Table
    items: Table
    select: Record
    slice: Record
    zero: Address
    one: Address
    run_node: Address
    fit: Address
    empty: Address
    no_edge: Address
    zeros: Annotated[Array[Address], 9]
    immortal: Int
    epoch: Int
    call_op: Address
    counter: Counter
    find_here: Address
    capsule_name: Address
    release: Address


class Table(Struct):
    """A hash table from lists of words to addresses, open addressing, never more than half full.

    Attributes:
        count, capacity: Rows in use and rows there are, a power of two.
        rows: For each row its hash (0: free), the address, how many words, and where they are.
    """

    count: Int
    capacity: Int
    rows: Array[Int]


class Record(Struct):
    """An op as native code knows it.

    Attributes:
        key: The name or the `Op` object by which it is called.
        operands, attributes, outputs: How many of each a call has.
        by_type: Bit i says that only the type of attribute i matters, its value goes to the kernel.
        folds: It is solved without its numbers where all of them are their defaults.
        defaults: For each attribute its default, if that is a number.
        whole: Bit i says that the default of attribute i is an integer.
        autocast: All bits, if the entry has a rule for autocast: its plans are looked up by
            what is switched on, too; else 0.
        counter: The op that counts the last attribute where a call has None for it; 0 without.
        table: Words of a call -> plan.
    """

    key: Address
    operands: Int
    attributes: Int
    outputs: Int
    by_type: Int
    folds: Int
    defaults: Array[Real]
    whole: Int
    autocast: Int
    counter: Record
    table: Table


STATE = variable("state", State)

"""What Python hands to native code: solved calls, and storages made for it."""

from __future__ import annotations

from ...backends.native.lanes import BlockObject, give_block
from ...backends.native.language import Address, Int, address, cast, entry, stack
from ...backends.native.memory import class_of, give
from ...backends.native.python import (
    Py_DecRef,
    PyObject_ClearWeakRefs,
    PyObject_Free,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from ...backends.native.slabs import grown
from .calls import place_among
from .history import alias_of
from .launching import new_storage, new_tensor
from .objects import GPU_BLOCK, STATE, Record, StorageObject, TensorObject
from .plans import MOST_VALUES, MOST_WORDS, Plan
from .tables import insert, look_up
from .words import describe

LEARNED, KNOWN, REFUSED = 1, 0, -1


@entry
def learn(
    record: Record, form: Int, known: Address, values: Address, targets: Address, plan: Plan
) -> Int:
    """Puts a plan under the words of a call: `LEARNED`, `KNOWN`, or `REFUSED`.

    Args:
        values: Tuple of the operands and the attributes.
        targets: Tuple of the tensors that the call writes into; empty if it makes new ones.
    """
    count = PyTuple_Size(values)
    if count != record.operands + record.attributes or count > MOST_VALUES:
        return REFUSED
    items = stack(Address, MOST_VALUES)
    for number in range(count):
        items[number] = PyTuple_GetItem(values, number)
    words = stack(Int, MOST_WORDS)
    size = describe(words, record, form, known, items)
    extra = PyTuple_Size(targets)
    if size < 0 or size + 2 * extra > MOST_WORDS - 8:
        return REFUSED
    for number in range(extra):
        target = PyTuple_GetItem(targets, number)
        words[size] = cast(TensorObject, target).layout
        words[size + 1] = place_among(target, items, record.operands)
        size += 2
    if look_up(record.table, words, size) != 0:
        return KNOWN
    return LEARNED if insert(record.table, words, size, address(plan)) >= 0 else REFUSED


@entry
def make_storage(size: Int) -> Address:
    """A storage with a block of at least `size` bytes; 0 with an exception."""
    number = class_of(STATE.pool, size)
    if number < 0:
        return grown(STATE.pool, number, size)  # which raises: nothing is so large
    return address(new_storage(number, size))


@entry
def make_tensor(layout: Address, size: Int) -> Address:
    """A tensor of a layout with memory of its own, its elements undefined; 0 with an exception."""
    storage = cast(StorageObject, make_storage(size))
    if not storage:
        return 0
    return address(new_tensor(layout, storage, 0, storage.address))


@entry
def make_alias(x: TensorObject) -> Address:
    """The same elements in a tensor of their own, without history; 0 with an exception."""
    return address(alias_of(x))


@entry
def free_storage(storage: StorageObject) -> None:
    """The end of a storage: its block goes back to where it came from."""
    kind = storage.type
    if storage.weak_references != 0:
        PyObject_ClearWeakRefs(address(storage))
    if storage.block >= 0:
        give(STATE.pool, storage.block, storage.address)
    if storage.block == GPU_BLOCK:
        give_block(cast(BlockObject, storage.buffer))
    elif storage.buffer != 0:
        Py_DecRef(storage.buffer)
    if storage.device != 0:
        Py_DecRef(storage.device)
    PyObject_Free(address(storage))
    Py_DecRef(kind)

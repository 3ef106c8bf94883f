"""The same elements without history: `detach` and `data`."""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, address, cast, entry, native
from ...backends.native.python import (
    NONE,
    Object,
    Py_DecRef,
    Py_IncRef,
    PyObject_Vectorcall,
)  # fmt: skip
from .functions import COUNT_MASK, FunctionObject
from .history import alias_of
from .launching import new_tensor, storage_over
from .objects import STATE, UNTRACKED, TensorObject
from .words import is_plain


@native
def is_alone(arguments: Array[Address], flagged: Int, names: Address) -> Int:
    """Whether a call has one argument, a plain tensor, and no transform is open."""
    if STATE.active != 0 or flagged & COUNT_MASK != 1 or names != 0:
        return 0
    return is_plain(cast(Object, arguments[0]).type)


@native
def data_of(x: TensorObject) -> TensorObject:
    """The same elements without history, over a storage that counts writes on its own."""
    storage = x.storage
    owner = address(storage) if storage.block != -1 else storage.buffer
    if owner == 0:
        owner = NONE
    Py_IncRef(owner)
    made = storage_over(storage.address, storage.size, -1, owner, storage.device)
    if not made:
        Py_DecRef(owner)
        return cast(TensorObject, 0)
    made.version = UNTRACKED if storage.version < 0 else 0
    return new_tensor(x.layout, made, x.offset, x.data)


@entry
def call_detach(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of `detach`."""
    if is_alone(arguments, flagged, names) == 0:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return address(alias_of(cast(TensorObject, arguments[0])))


@entry
def call_data(
    function: FunctionObject, arguments: Array[Address], flagged: Int, names: Address
) -> Address:
    """The vectorcall of what reads `data`."""
    if is_alone(arguments, flagged, names) == 0:
        return PyObject_Vectorcall(function.wrapped, address(arguments), flagged, names)
    return address(data_of(cast(TensorObject, arguments[0])))

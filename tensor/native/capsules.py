"""The end of a capsule of DLPack that nobody took: an exception may be under way."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from ...backends.native.lanes import PyErr_Fetch, PyErr_Restore
from ...backends.native.language import Address, Int32, address, entry, external, stack
from ...backends.native.python import (
    Py_DecRef,
    PyErr_Clear,
    PyLong_FromLongLong,
    PyObject_Vectorcall,
)  # fmt: skip
from .objects import STATE


@external
def PyCapsule_IsValid(capsule: Address, name: Address) -> Int32: ...  # noqa: N802
@external
def PyCapsule_GetPointer(capsule: Address, name: Address) -> Address: ...  # noqa: N802


@entry
def end_capsule(capsule: Address) -> None:
    """The destructor of capsules: what a fresh one points to is released by Python."""
    name = STATE.capsule_name
    if PyCapsule_IsValid(capsule, name) == 0:
        return
    before = stack(Address, 3)
    at = address(before)
    PyErr_Fetch(at, at + 8, at + 16)
    arguments = stack(Address, 1)
    arguments[0] = PyLong_FromLongLong(PyCapsule_GetPointer(capsule, name))
    answer = PyObject_Vectorcall(STATE.release, address(arguments), 1, 0)
    if answer == 0:
        PyErr_Clear()
    else:
        Py_DecRef(answer)
    Py_DecRef(arguments[0])
    PyErr_Restore(before[0], before[1], before[2])

"""What is switched on in a thread, as native code finds it."""

from __future__ import annotations

from ...backends.native.language import cast, native
from ...backends.native.python import (
    Py_DecRef,
    PyLong_AsLongLong,
    PyObject_Vectorcall,
    PyThreadState_Get,
    PyThreadState_GetID,
)
from .objects import STATE, Flags


@native
def flags_here() -> Flags:
    """What is switched on in the calling thread; 0 with an exception."""
    number = PyThreadState_GetID(PyThreadState_Get())
    if number != STATE.thread:
        answer = PyObject_Vectorcall(STATE.find_flags, 0, 0, 0)
        if answer == 0:
            return cast(Flags, 0)
        STATE.flags = cast(Flags, PyLong_AsLongLong(answer))
        STATE.thread = number
        Py_DecRef(answer)
    return STATE.flags

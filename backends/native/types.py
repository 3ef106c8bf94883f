"""Python types whose objects are structs of native code, made with `PyType_FromSpec`.

Members need no compiled code. For the garbage collector, traversal and clearing are CPython's own
(`subtype_traverse`, `subtype_clear`), taken from an ordinary class: they visit every member that
holds a reference.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

from .language import Struct
from .lasting import keep_forever

# Py_T_OBJECT_EX, Py_T_LONGLONG, Py_T_BOOL and Py_T_PYSSIZET
REFERENCE, NUMBER, TRUTH, SIZE = 16, 17, 14, 19
READ_ONLY = 1
DEALLOC, CLEAR, TRAVERSE, MEMBERS, CALL, DESCR_GET = 52, 51, 71, 72, 50, 54  # slots
_DEFAULT, _BASETYPE, _HAVE_GC = 1 << 18, 1 << 10, 1 << 14
METHOD, VECTORCALL = 1 << 17, 1 << 11


class _Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("pointer", ctypes.c_void_p)]


class _Spec(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(_Slot)),
    ]


class _Member(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("offset", ctypes.c_ssize_t),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


class _Ordinary:
    """A class whose collector functions are CPython's."""


def make_type(
    name: str,
    struct: type[Struct],
    members: Mapping[str, tuple[str, int]],
    slots: Mapping[int, int] = {},
    flags: int = 0,
    collected: bool = True,
) -> type[Any]:
    """A Python type over a struct.

    Args:
        name: With its module.
        struct: What an object is.
        members: Python's name -> (field, how it is read).
        slots: Number of a slot -> address of its function.
        flags: Besides those that every type has.
        collected: The garbage collector looks at its objects.
    """
    api = ctypes.pythonapi
    api.PyType_GetSlot.restype = ctypes.c_void_p
    api.PyType_GetSlot.argtypes = [ctypes.py_object, ctypes.c_int]
    api.PyType_FromSpec.restype = ctypes.py_object
    api.PyType_FromSpec.argtypes = [ctypes.c_void_p]
    rows = [
        _Member(public.encode(), kind, struct.FIELDS[field].offset, _flags(public), None)
        for public, (field, kind) in members.items()
    ]
    table = (_Member * (len(rows) + 1))(*rows, _Member())
    given = {MEMBERS: ctypes.addressof(table), **slots}
    if collected:
        given |= {slot: api.PyType_GetSlot(_Ordinary, slot) for slot in (TRAVERSE, CLEAR)}
        flags |= _HAVE_GC
    pairs = [_Slot(slot, pointer) for slot, pointer in given.items()]
    array = (_Slot * (len(pairs) + 1))(*pairs, _Slot(0, None))
    spec = _Spec(name.encode(), struct.SIZE, 0, flags | _DEFAULT | _BASETYPE, array)
    made: type[Any] = api.PyType_FromSpec(ctypes.addressof(spec))
    keep_forever((table, array, spec))
    return made


def _flags(public: str) -> int:
    """Members with CPython's own names are read-only: the interpreter relies on them."""
    return READ_ONLY if public.startswith("__") else 0

"""The C-layout base type of `Tensor`: one struct, known to Python and to generated native code.

The type is made with `PyType_FromSpec`; its members need no compiled code. Traversal and clearing
for the garbage collector are CPython's own (`subtype_traverse`, `subtype_clear`), taken from an
ordinary class: they visit every member of kind `OBJECT`.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

OBJECT, INTEGER = 16, 17  # Py_T_OBJECT_EX, Py_T_LONGLONG
HEAD = 16  # bytes of PyObject: reference count and type

# Member and kind, in order; each takes eight bytes.
FIELDS: tuple[tuple[str, int], ...] = (
    ("_data", INTEGER),  # address of the first element, storage offset included
    ("_offset", INTEGER),  # storage offset in elements
    ("_output_number", INTEGER),  # which output of `_node` this is
    ("_layout", OBJECT),
    ("_storage", OBJECT),
    ("_node", OBJECT),  # the node of the tape that made it, or None
    ("_grad", OBJECT),
    ("_base", OBJECT),  # the tensor this is a view of, or None
    ("_requires", OBJECT),  # True or False: takes part in differentiation
)
OFFSETS = {name: HEAD + 8 * place for place, (name, _) in enumerate(FIELDS)}
SIZE = HEAD + 8 * len(FIELDS)

_TP_CLEAR, _TP_TRAVERSE, _TP_MEMBERS = 51, 71, 72
_DEFAULT, _BASETYPE, _HAVE_GC = 1 << 18, 1 << 10, 1 << 14


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


def _make() -> tuple[type[Any], tuple[object, ...]]:
    """The type, and what must live as long as it does."""
    api = ctypes.pythonapi
    api.PyType_GetSlot.restype = ctypes.c_void_p
    api.PyType_GetSlot.argtypes = [ctypes.py_object, ctypes.c_int]
    api.PyType_FromSpec.restype = ctypes.py_object
    api.PyType_FromSpec.argtypes = [ctypes.c_void_p]
    members = (_Member * (len(FIELDS) + 1))(
        *(_Member(name.encode(), kind, OFFSETS[name], 0, None) for name, kind in FIELDS), _Member()
    )
    slots = (_Slot * 4)(
        _Slot(_TP_MEMBERS, ctypes.addressof(members)),
        _Slot(_TP_TRAVERSE, api.PyType_GetSlot(_Ordinary, _TP_TRAVERSE)),
        _Slot(_TP_CLEAR, api.PyType_GetSlot(_Ordinary, _TP_CLEAR)),
        _Slot(0, None),
    )
    flags = _DEFAULT | _BASETYPE | _HAVE_GC
    spec = _Spec(b"tensorsmith.TensorBase", SIZE, 0, flags, slots)
    made = api.PyType_FromSpec(ctypes.addressof(spec))
    return made, (members, slots, spec)


if TYPE_CHECKING:
    from .layout import Layout
    from .storage import Storage

    class TensorBase:
        """The struct behind a tensor; see `FIELDS`."""

        _data: int
        _offset: int
        _output_number: int
        _layout: Layout
        _storage: Storage
        _node: Any
        _grad: Any
        _base: Any
        _requires: bool

        def __getattr__(self, name: str) -> Any: ...

else:
    TensorBase, _alive = _make()

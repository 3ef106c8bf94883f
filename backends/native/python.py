"""The functions and objects of CPython that native code uses: the stable part of its C interface.

References are as CPython documents them: `PyTuple_GetItem` and `PyWeakref_GetObject` lend,
`PyTuple_SetItem` takes, the others give a new one.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from .language import Address, Int, Int32, Real, Struct, data, external


class Object(Struct):
    """The head of every Python object."""

    reference_count: Int
    type: Address


LONG = data("PyLong_Type")
FLOAT = data("PyFloat_Type")
BOOL = data("PyBool_Type")
TUPLE = data("PyTuple_Type")
LIST = data("PyList_Type")
UNICODE = data("PyUnicode_Type")
SLICE = data("PySlice_Type")
NONE = data("_Py_NoneStruct")
TRUE = data("_Py_TrueStruct")
FALSE = data("_Py_FalseStruct")
ELLIPSIS = data("_Py_EllipsisObject")


@external
def Py_IncRef(value: Address) -> None: ...  # noqa: N802
@external
def Py_DecRef(value: Address) -> None: ...  # noqa: N802
@external
def PyLong_AsLongLong(value: Address) -> Int: ...  # noqa: N802
@external
def PyLong_FromLongLong(value: Int) -> Address: ...  # noqa: N802
@external
def PyFloat_AsDouble(value: Address) -> Real: ...  # noqa: N802
@external
def PyErr_Occurred() -> Address: ...  # noqa: N802
@external
def PyErr_NoMemory() -> Address: ...  # noqa: N802
@external
def PyErr_Clear() -> None: ...  # noqa: N802
@external
def PyTuple_New(size: Int) -> Address: ...  # noqa: N802
@external
def PyTuple_Size(values: Address) -> Int: ...  # noqa: N802
@external
def PyTuple_GetItem(values: Address, place: Int) -> Address: ...  # noqa: N802
@external
def PyTuple_SetItem(values: Address, place: Int, value: Address) -> Int32: ...  # noqa: N802
@external
def PyList_Size(values: Address) -> Int: ...  # noqa: N802
@external
def PyList_GetItem(values: Address, place: Int) -> Address: ...  # noqa: N802
@external
def PyList_New(size: Int) -> Address: ...  # noqa: N802
@external
def PyList_SetItem(values: Address, place: Int, value: Address) -> Int32: ...  # noqa: N802
@external
def PyFloat_FromDouble(value: Real) -> Address: ...  # noqa: N802
@external
def PyLong_FromDouble(value: Real) -> Address: ...  # noqa: N802
@external
def PyObject_Vectorcall(  # noqa: N802
    function: Address, arguments: Address, count: Int, names: Address
) -> Address: ...
@external
def PyVectorcall_Call(function: Address, arguments: Address, options: Address) -> Address: ...  # noqa: N802
@external
def PyMethod_New(function: Address, instance: Address) -> Address: ...  # noqa: N802
@external
def PyThreadState_Get() -> Address: ...  # noqa: N802
@external
def PyThreadState_GetID(state: Address) -> Int: ...  # noqa: N802
@external
def PyEval_SaveThread() -> Address: ...  # noqa: N802
@external
def PyEval_RestoreThread(state: Address) -> None: ...  # noqa: N802
@external
def PyWeakref_GetObject(reference: Address) -> Address: ...  # noqa: N802
@external
def PyWeakref_NewRef(value: Address, callback: Address) -> Address: ...  # noqa: N802
@external
def PySlice_Unpack(value: Address, start: Address, stop: Address, step: Address) -> Int32: ...  # noqa: N802
@external
def PySlice_AdjustIndices(length: Int, start: Address, stop: Address, step: Int) -> Int: ...  # noqa: N802
@external
def PyObject_ClearWeakRefs(value: Address) -> None: ...  # noqa: N802
@external
def PyObject_Free(memory: Address) -> None: ...  # noqa: N802

"""The C-layout base: members, memory, collection, subclasses."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref

import tensorsmith as ts
from tensorsmith.tensor.native.objects import TensorObject

OFFSETS = {name: field.offset for name, field in TensorObject.FIELDS.items()}


def test_members_lie_where_native_code_reads_them() -> None:
    x = ts.arange(6.0).reshape(2, 3)[1]
    word = ctypes.c_int64.from_address(id(x) + OFFSETS["data"]).value
    assert word == x.data_ptr() == x.untyped_storage().data_ptr() + 12
    assert ctypes.c_int64.from_address(id(x) + OFFSETS["offset"]).value == 3
    assert ctypes.c_int64.from_address(id(x) + OFFSETS["layout"]).value == id(x._layout)


def test_cycles_through_members_are_collected() -> None:
    class Node:
        pass

    x = ts.ones(2)
    node = Node()
    node.tensor = x  # type: ignore[attr-defined]
    x._node = node
    seen = weakref.ref(x)
    del x, node
    gc.collect()
    assert seen() is None


def test_tensors_do_not_leak_references() -> None:
    layout = ts.ones(2)._layout
    before = sys.getrefcount(layout)
    for _ in range(100):
        ts.ones(2)
    assert sys.getrefcount(layout) - before < 10


def test_attributes_and_subclasses_work() -> None:
    class Mine(ts.Tensor):
        pass

    x = ts.ones(2)
    x.note = "kept"
    assert x.note == "kept"
    y = x.as_subclass(Mine)
    assert type(y) is Mine and y.data_ptr() == x.data_ptr()
    assert repr(y) == "Mine([1., 1.])"

"""Memory shared with NumPy, buffers and DLPack."""

from __future__ import annotations

import array
import gc
import weakref
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts


def test_numpy_shares_memory_both_ways() -> None:
    x = ts.arange(6.0).reshape(2, 3).t()
    n = x.numpy()
    n[0, 1] = 9
    assert x[0, 1].item() == 9 and n.strides == (4, 12)
    base = np.arange(4)
    t = ts.from_numpy(base[::2])
    t[1] = -1
    assert base.tolist() == [0, 1, -1, 3]


def test_an_array_keeps_the_memory_of_its_tensor() -> None:
    n = ts.arange(1000.0).numpy()
    gc.collect()
    ts.zeros(1000)
    assert n[999] == 999


def test_a_tensor_keeps_the_array_it_shows() -> None:
    class Array(np.ndarray[Any, Any]):
        pass

    base = np.ones(3).view(Array)
    seen = weakref.ref(base)
    t = ts.from_numpy(base)
    del base
    gc.collect()
    assert seen() is not None and t.tolist() == [1, 1, 1]
    del t
    gc.collect()
    assert seen() is None


def test_what_numpy_cannot_share_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        ts.from_numpy(np.arange(3)[::-1])
    with pytest.raises(TypeError, match="expected np"):
        ts.from_numpy([1])
    with pytest.raises(TypeError):
        ts.from_numpy(np.array(["a"]))
    with pytest.raises(RuntimeError, match="requires grad"):
        ts.ones(1, requires_grad=True).numpy()
    frozen = np.ones(2)
    frozen.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        ts.from_numpy(frozen)


def test_numpy_functions_take_tensors_and_arrays_add_to_them() -> None:
    x = ts.tensor([1.0, 4.0])
    assert np.sqrt(np.asarray(x)).tolist() == [1, 2]
    assert (x + np.ones(2, np.float32)).tolist() == [2, 5]
    assert isinstance(np.ones(2, np.float32) + x, ts.Tensor)


def test_buffers_are_read_as_any_dtype() -> None:
    source = array.array("i", [1, 2, 3])
    t = ts.frombuffer(source, dtype=ts.int32, offset=4)
    t[0] = 7
    assert source.tolist() == [1, 7, 3]
    with pytest.raises(ValueError, match="multiple of element size"):
        ts.frombuffer(bytearray(5), dtype=ts.int32)


def test_dlpack_goes_both_ways_and_once() -> None:
    t = ts.arange(6).reshape(2, 3)
    n = np.from_dlpack(t)
    t[0, 0] = 5
    assert n[0, 0] == 5
    capsule = ts.to_dlpack(t)
    back = ts.from_dlpack(capsule)
    back[1, 2] = -1
    assert t[1, 2].item() == -1
    with pytest.raises(TypeError, match="only once"):
        ts.from_dlpack(capsule)
    del n, back, capsule
    gc.collect()
    assert ts.from_dlpack(np.arange(3.0)).tolist() == [0, 1, 2]
    with pytest.raises(BufferError):
        ts.to_dlpack(ts.ones(1, requires_grad=True))


def test_a_capsule_that_nobody_takes_gives_its_memory_back() -> None:
    t = ts.ones(3)
    seen = weakref.ref(t._storage)
    capsule = ts.to_dlpack(t)
    del t
    gc.collect()
    assert seen() is not None
    del capsule
    gc.collect()
    assert seen() is None

"""Masked accesses to narrow elements touch what the mask says and nothing else."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np
import pytest
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES, Machine
from tensorsmith.backends.cpu.run import make_runner
from tensorsmith.lowering.ir.loops import I8, I16, Function, Scalar
from tensorsmith.lowering.launch import Kernel, Launch, Number, Pointer, Schedule

from tests.backends.build import instruction, pointwise, runnable_machines

KINDS = [(I8, np.int8), (I16, np.int16)]


def doubled(scalar: Scalar) -> Function:
    """A kernel that adds each element to itself, 16 lanes at a time."""
    add = instruction("arith.addi")
    return pointwise(lambda b, x: add(b, x, x), [scalar], scalar, 16)


def at_the_end_of_a_page(count: int, kind: Any) -> tuple[mmap.mmap, np.ndarray[Any, Any]]:
    """Elements behind which memory may be neither read nor written."""
    memory = mmap.mmap(-1, 2 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    protect = ctypes.CDLL(None).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    assert protect(base + mmap.PAGESIZE, mmap.PAGESIZE, 0) == 0
    start = mmap.PAGESIZE - count * np.dtype(kind).itemsize
    return memory, np.frombuffer(memory, kind, count, start)


@pytest.mark.parametrize("machine", runnable_machines(), ids=lambda m: m.target.name)
@pytest.mark.parametrize(("scalar", "kind"), KINDS, ids=["i8", "i16"])
def test_a_tail_touches_no_memory_behind_its_end(
    machine: Machine, scalar: Scalar, kind: Any
) -> None:
    kernel = Kernel(("doubled", scalar.name), lambda: doubled(scalar))
    for count in (1, 7, 15, 16, 17, 31):
        (_, x), (_, result) = (at_the_end_of_a_page(count, kind) for _ in range(2))
        x[:] = np.arange(count)
        launch = Launch(kernel, (Pointer("x0"), Pointer("result"), Number(count), Number(count)), 1)
        make_runner("doubled", Schedule((launch,)), machine)([x.ctypes.data, result.ctypes.data])
        assert (result == 2 * np.arange(count)).all()


@pytest.mark.parametrize(
    ("name", "calls"), [("x86-64-v2", 1), ("x86-64-v3", 1), ("x86-64-v4", 0), ("aarch64", 1)]
)
def test_machines_without_narrow_masks_call_a_function(name: str, calls: int) -> None:
    text = emit(doubled(I8), MACHINES[name])
    assert text.count("call <16 x i8> @masked_load.v16i8") == calls
    assert text.count("call void @masked_store.v16i8") == calls
    assert ("@llvm.masked" in text) == (not calls)

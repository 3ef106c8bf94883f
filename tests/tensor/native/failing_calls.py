"""A program of calls in which each allocation fails once; run by `test_allocation.py` with
`failing.c` in front of the C library and Python's objects allocated by it.

Each failure must be a MemoryError, or have no effect at all; nothing is left behind by it, and the
same call gives the right result afterwards.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any

import tensorsmith as ts
from tensorsmith.tensor.calls.dispatch import call
from tensorsmith.tensor.calls.overloads import choose
from tensorsmith.tensor.native.runtime import STATE

REPEATED = 6  # how often each failure is repeated, to tell a leak from a table that grows
library: Any = ctypes.PyDLL(None)
library.fail_after.argtypes, library.fail_after.restype = (ctypes.c_long,), None
library.has_failed.restype = library.allocations.restype = ctypes.c_long

ts.set_num_threads(1)
x, y = ts.rand(6, 6), ts.rand(6, 6)
w = ts.rand(6, 6, requires_grad=True)
leaves = [ts.rand(3, requires_grad=True) for _ in range(10)]
often_written = ts.rand(6, 6)
for _ in range(300):
    often_written.add_(0.0)  # beyond the integers that Python has ready
target = ts.empty(6, 6)
whole = ts.arange(36).reshape(6, 6)
LARGEST, *_ = choose("max", (x, 1), {})


def backward(make: Callable[[], Any], leaf: Any = w) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A graph that is made before, and a call that gives the gradient of a leaf in it."""
    made = []

    def prepare() -> None:
        leaf.grad = None
        made[:] = [make()]

    def call() -> Any:
        made[0].backward()
        return leaf.grad

    return prepare, call


def chain() -> Any:
    z = w
    for _ in range(66):  # more than the engine has room for at first
        z = z * 1.5
    return z.sum()


def many() -> Any:
    for leaf in leaves:
        leaf.grad = None
    return ts.cat([leaf * leaf for leaf in leaves]).sum()


def in_place() -> Any:
    target.copy_(x)
    return target.add_(y)


def recorded_in_place() -> Any:
    z = w * 2
    return z.mul_(x)


def plain(call: Callable[[], Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A call that needs nothing made before."""
    return lambda: None, call


NATIVE = {
    "forward": plain(lambda: x + y),
    "a kernel of several": plain(lambda: ts.nn.functional.layer_norm(x, (6,))),
    "two results": plain(lambda: call(LARGEST, (x,), (1, False))[0]),
    "view": plain(lambda: x[1:3]),
    "integer": plain(lambda: x[2]),
    "recorded view": plain(lambda: w[1:3]),
    "recorded": plain(lambda: w * x),
    "recorded with versions": plain(lambda: w * often_written),
    "list": plain(lambda: ts.cat([x, y])),
    "several dtypes": plain(lambda: x + whole),
    "numbers in lists": plain(lambda: ts.tensor(x.tolist())),
    "recorded list": plain(lambda: ts.cat([w, w])),
    "in place": plain(in_place),
    "recorded in place": plain(recorded_in_place),
    "out": plain(lambda: ts.add(x, y, out=target)),
    "backward": backward(lambda: (w @ x).softmax(1).sum()),
    "backward in place": backward(lambda: recorded_in_place().sum()),
    "backward of a chain": backward(chain),
    "backward of a slice": backward(lambda: w[1:3].sum()),
}
# In part Python runs these, and CPython itself leaks when it cannot make a closure or a generator.
IN_PYTHON = {
    "stacked": plain(lambda: ts.stack([w, x])),
    "backward of a list": backward(lambda: ts.cat([w, w * 2]).sum()),
    "backward of many": backward(many, leaves[7]),
}


def check(name: str, prepare: Callable[[], Any], made: Callable[[], Any]) -> int:
    """Fails each allocation of a call; how many it makes."""
    for _ in range(4):
        prepare()
        expected = made().tolist()
    number = 0
    while True:
        before = 0
        for turn in range(REPEATED):
            if turn == REPEATED // 2:
                gc.collect()
                before = library.allocations()
            prepare()
            found, error = None, False
            library.fail_after(number)
            try:
                found = made()
            except MemoryError:
                error = True
            failed = library.has_failed()
            assert error or found.tolist() == expected, (name, number, "a wrong result")
            del found
            assert STATE.running == 0 and STATE.active == 0, (name, number)
            prepare()
            assert made().tolist() == expected, (name, number, "a wrong result afterwards")
        gc.collect()
        grown = library.allocations() - before
        assert name in IN_PYTHON or grown < REPEATED // 2, (name, number, f"{grown} are left")
        if not failed:
            return number
        number += 1


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    for name, (prepare, made) in {**NATIVE, **IN_PYTHON}.items():
        print(name, check(name, prepare, made), flush=True)

"""Runners pack arguments, own temporaries, zero memory, and turn a status into an error."""

from __future__ import annotations

import ctypes
import threading

import numpy as np
import pytest
from tensorsmith.backends.arguments import Memory
from tensorsmith.backends.cpu import kernels
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.machine import detect_machine
from tensorsmith.backends.cpu.run import GeneralRunner, SimpleRunner, make_runner
from tensorsmith.lowering.ir.builder import Builder
from tensorsmith.lowering.ir.loops import F32, F64, I64, INDEX, Function, Memref, Scalar
from tensorsmith.lowering.launch import (
    Kernel,
    Launch,
    Number,
    Pointer,
    ScalarArgument,
    Schedule,
    Status,
    Temporary,
)  # fmt: skip
from tensorsmith.ops import dtype
from tensorsmith.ops.errors import BackendError, IndexRangeError

MACHINE = detect_machine()


def scale(scalar: Scalar) -> Function:
    """result[0] = x[0] * factor."""
    b = Builder("scale")
    x, result = b.argument(Memref(scalar), "x"), b.argument(Memref(scalar), "result")
    factor = b.argument(scalar, "factor")
    zero = b.constant(0)
    b.store(b.times(b.load(x, zero), factor), result, zero)
    return b.finish()


def copy(status: bool = False) -> Function:
    """target[i] = source[i] + target[i] for i < n; reports n if that is what it is for."""
    b = Builder("copy")
    words = b.argument(Memref(I64), "status") if status else None
    source, target = b.argument(Memref(F64), "source"), b.argument(Memref(F64), "target")
    n = b.argument(INDEX, "n")
    with b.loop(b.constant(0), n) as loop:
        total = b.plus(b.load(source, loop.index), b.load(target, loop.index))
        b.store(total, target, loop.index)
    if words is not None:
        for place, value in enumerate((b.constant(1, I64), b.constant(9, I64))):
            b.store(value, words, b.constant(place))
        b.store(b.add("arith.index_cast", [n], I64), words, b.constant(2))
    return b.finish()


@pytest.mark.parametrize("value, wanted", [(3.0, 6.0), (1e300, np.inf), (-1e300, -np.inf), (2, 4)])
def test_a_number_becomes_what_float32_holds(value: float, wanted: float) -> None:
    kernel = Kernel(("scale", "f32"), lambda: scale(F32))
    arguments = (Pointer("x"), Pointer("result"), ScalarArgument("factor", dtype.float32))
    runner = make_runner("scale", Schedule((Launch(kernel, arguments, 1),)), MACHINE)
    assert isinstance(runner, SimpleRunner)
    assert (runner.operands, runner.scalars) == (("x", "result"), ("factor",))
    x, result = np.array([2.0], np.float32), np.zeros(1, np.float32)
    runner([x.ctypes.data, result.ctypes.data], [value])
    assert result[0] == wanted


def test_arguments_in_any_order_find_their_slots() -> None:
    kernel = Kernel(("copy", False), copy)
    arguments = (Pointer("a"), Pointer("b"), Number(4))
    back = (Pointer("b"), Pointer("a"), Number(4))
    planned = Schedule((Launch(kernel, arguments, 1), Launch(kernel, back, 1)))
    runner = make_runner("swap", planned, MACHINE)
    assert isinstance(runner, GeneralRunner)
    a, b = np.arange(4.0), np.ones(4)
    runner([a.ctypes.data, b.ctypes.data])
    np.testing.assert_array_equal(b, [1, 2, 3, 4])
    np.testing.assert_array_equal(a, [1, 3, 5, 7])


def test_temporaries_and_zeroed_operands_start_at_zero() -> None:
    kernel = Kernel(("copy", False), copy)
    planned = Schedule(
        (
            Launch(kernel, (Pointer("x"), Pointer("middle"), Number(5)), 1),
            Launch(kernel, (Pointer("middle"), Pointer("out"), Number(5)), 1),
        ),
        (Temporary("middle", dtype.float64, 5),),
        ("middle", "out"),
    )
    memory = {"out": Memory((5,), (1,), 8)}
    runner = make_runner("twice", planned, MACHINE, memory)
    assert runner.operands == ("x", "out")
    x, out = np.arange(5.0), np.full(5, 7.0)
    for _ in range(3):
        runner([x.ctypes.data, out.ctypes.data])
        np.testing.assert_array_equal(out, x)


def test_only_the_elements_of_a_strided_operand_are_zeroed() -> None:
    data = np.ones((4, 6), np.float32)
    view = data[::2, ::3]
    for start, size in Memory(view.shape, tuple(s // 4 for s in view.strides), 4).pieces():
        ctypes.memset(view.ctypes.data + start, 0, size)
    assert (view == 0).all() and data.sum() == 24 - 4


def test_a_status_becomes_an_index_error_with_what_was_seen() -> None:
    kernel = Kernel(("copy", True), lambda: copy(status=True))
    arguments = (Status(), Pointer("x"), Pointer("y"), Number(3))
    runner = make_runner("gather", Schedule((Launch(kernel, arguments, 1),)), MACHINE)
    x, y = np.ones(3), np.ones(3)
    with pytest.raises(IndexRangeError, match=r"gather: .* less than 3, got 9"):
        runner([x.ctypes.data, y.ctypes.data])


def test_a_runner_serves_several_threads_at_once() -> None:
    kernel = Kernel(("copy", False), copy)
    planned = Schedule(
        (
            Launch(kernel, (Pointer("x"), Pointer("t"), Number(1000)), 1),
            Launch(kernel, (Pointer("t"), Pointer("y"), Number(1000)), 1),
        ),
        (Temporary("t", dtype.float64, 1000),),
        ("t",),
    )
    runner = make_runner("several", planned, MACHINE)
    wrong: list[int] = []

    def work(number: int) -> None:
        x = np.full(1000, float(number))
        for _ in range(200):
            y = np.zeros(1000)
            runner([x.ctypes.data, y.ctypes.data])
            if not (y == number).all():
                wrong.append(number)

    callers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def test_equal_keys_share_one_compiled_kernel() -> None:
    built: list[int] = []

    def build() -> Function:
        built.append(1)
        return copy()

    for _ in range(3):
        kernels.get_kernel(Kernel(("shared", 1), build), MACHINE, "ppn")
    assert built == [1]


def test_rejected_text_names_the_kernel_and_how_to_see_it() -> None:
    with pytest.raises(BackendError, match=r"(?s)broken: .*TENSORSMITH_SHOW=ir"):
        compile_text("define void @kernel( { nonsense }", MACHINE, "broken")


def test_a_launch_with_other_arguments_is_refused() -> None:
    kernel = Kernel(("mismatched",), copy)
    planned = Schedule((Launch(kernel, (Pointer("a"), Number(4)), 1),))
    with pytest.raises(BackendError, match=r"requires 'ppn', got 'pn'"):
        make_runner("mismatched", planned, MACHINE)

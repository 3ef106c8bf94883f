"""Kernels built by hand: one instruction applied to whole arrays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tensorsmith.backends.cpu.machine import MACHINES, Machine, detect_machine
from tensorsmith.backends.cpu.run import make_runner
from tensorsmith.lowering.ir.builder import Builder, like
from tensorsmith.lowering.ir.loops import (
    BF16,
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    INDEX,
    Function,
    Memref,
    Scalar,
    Value,
)  # fmt: skip
from tensorsmith.lowering.launch import Kernel, Launch, Number, Pointer, Schedule

Array = np.ndarray[Any, np.dtype[Any]]
SCALARS = {
    "float32": F32, "float64": F64, "float16": F16, "bfloat16": BF16, "int8": I8, "uint8": I8,
    "int16": I16, "int32": I32, "int64": I64, "bool": I8,
}  # fmt: skip


def lanes_of(machine: Machine, scalar: Scalar) -> int:
    """Lanes of a vector register, at most 16."""
    width = {"f64": 8, "i64": 8}.get(scalar.name, 4)
    return machine.target.vector_bytes // width


def pointwise(
    write: Callable[..., Value], inputs: Sequence[Scalar], output: Scalar, lanes: int
) -> Function:
    """A kernel of `write(builder, *values)` on each element, in vectors and a masked tail."""
    b = Builder("pointwise")
    sources = [b.argument(Memref(scalar), f"x{i}") for i, scalar in enumerate(inputs)]
    result = b.argument(Memref(output), "result")
    count, grain = b.argument(INDEX, "count"), b.argument(INDEX, "grain")
    low = b.times(b.chunk, grain)
    high = b.minimum_index(b.plus(low, grain), count)
    span = b.minus(high, low)
    width = b.constant(lanes)
    middle = b.plus(low, b.minus(span, b.add("arith.remsi", [span, width], INDEX)))
    with b.loop(low, middle, lanes) as loop:
        values = [b.vector_load(source, loop.index, lanes) for source in sources]
        b.vector_store(write(b, *values), result, loop.index)
    with b.loop(middle, high, lanes) as loop:
        mask = b.mask(b.minus(high, loop.index), lanes)
        values = [b.vector_load(source, loop.index, lanes, mask) for source in sources]
        b.vector_store(write(b, *values), result, loop.index, mask)
    return b.finish()


def instruction(
    name: str, output: Scalar | None = None, **attributes: object
) -> Callable[..., Any]:
    """What writes one instruction; the result has the first operand's type, or `output`'s lanes."""

    def write(b: Builder, *values: Value) -> Value:
        type_ = values[0].type if output is None else like(values[0].type, output)
        return b.add(name, list(values), type_, **attributes)

    return write


def evaluate(
    write: str | Callable[..., Value],
    *arrays: Array,
    output: str = "",
    machine: Machine | None = None,
    chunks: int = 1,
    key: str = "",
) -> Array:
    """The arrays through a kernel that applies an instruction, by name, or what `write` makes."""
    machine = machine or detect_machine()
    writer = instruction(write) if isinstance(write, str) else write
    scalars = [SCALARS[a.dtype.name] for a in arrays]
    kind = output or arrays[0].dtype.name
    lanes = min(lanes_of(machine, s) for s in (*scalars, SCALARS[kind]))
    name = key or str(write)
    kernel = Kernel(
        (name, *(s.name for s in scalars), kind, lanes, time.time_ns() if not key else 0),
        lambda: pointwise(writer, scalars, SCALARS[kind], lanes),
    )
    sources = [np.ascontiguousarray(a) for a in arrays]
    result = np.zeros(sources[0].shape, np.dtype(output) if output else sources[0].dtype)
    pointers = tuple(Pointer(f"x{i}") for i in range(len(sources)))
    numbers = (Number(result.size), Number(-(-result.size // chunks)))
    launch = Launch(kernel, (*pointers, Pointer("result"), *numbers), chunks)
    runner = make_runner(name, Schedule((launch,)), machine)
    runner([a.ctypes.data for a in (*sources, result)])
    return result


def runnable_machines() -> list[Machine]:
    """Machines whose code this processor can run."""
    order = ["x86-64-v2", "x86-64-v3", "x86-64-v4"]
    here = detect_machine()
    if here.target.name not in order:
        return [here]
    return [MACHINES[name] for name in order[: order.index(here.target.name) + 1]]

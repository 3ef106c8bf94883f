"""What the machine can do at best: bandwidth of a copy and of reading, rate of multiply-adds,
rounds of workers.

Measured in a process of its own (`python -m benchmarks.limits THREADS`), which prints JSON.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorsmith
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.loader import load
from tensorsmith.backends.cpu.machine import Machine, detect_machine
from tensorsmith.backends.cpu.threads import parallel_call

from .meeting import prepare_round

Limits = dict[str, dict[str, float]]

ELEMENTS = 1 << 25  # of float32: 128 MiB, beyond any cache
TURNS = 200_000  # of the loop of multiply-adds: some 0.4 ms, far beyond waking a thread
CHAINS = 12  # independent sums: latency times units of today's cores is at most 10
_KINDS = {"float32": ("float", "f32", 4), "float64": ("double", "f64", 8)}

_LOOP = """\
target triple = "{triple}"
declare {vector} @llvm.fmuladd.{suffix}({vector}, {vector}, {vector})
define void @multiply_add(ptr %arguments, i64 %chunk) #0 {{
entry:
  %turns = load i64, ptr %arguments
  %field = getelementptr i8, ptr %arguments, i64 8
  %memory = load ptr, ptr %field
  %a = load {vector}, ptr %memory, align 8
{start}
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
{phis}
{steps}
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %turns
  br i1 %more, label %loop, label %out
out:
{finish}
  ret void
}}
attributes #0 = {{ nounwind }}
"""


def multiply_add_text(machine: Machine, dtype: str) -> tuple[str, int]:
    """(LLVM IR, lanes) of a loop of `CHAINS` independent `x = x * a + a`, which tends to a/(1 - a).

    Arguments are the turns and memory: `a`, a start for each chain (values of their own, or LLVM
    would see that all chains are one), and a place for each chunk's result.
    """
    element, suffix, width = _KINDS[dtype]
    lanes = machine.target.vector_bytes // width
    vector = f"<{lanes} x {element}>"
    start, phis, steps, finish = [], [], [], [f"  %s0 = fadd {vector} %y0, %y0"]
    for k in range(CHAINS):
        start.append(f"  %p{k} = getelementptr i8, ptr %memory, i64 {64 * (k + 1)}")
        start.append(f"  %x{k} = load {vector}, ptr %p{k}, align 8")
        phis.append(f"  %z{k} = phi {vector} [%x{k}, %entry], [%y{k}, %loop]")
        call = f"call {vector} @llvm.fmuladd.v{lanes}{suffix}"
        steps.append(f"  %y{k} = {call}({vector} %z{k}, {vector} %a, {vector} %a)")
        if k:
            finish.append(f"  %s{k} = fadd {vector} %s{k - 1}, %y{k}")
    finish += [
        "  %places = getelementptr i8, ptr %memory, i64 " + str(64 * (CHAINS + 1)),
        "  %offset = mul i64 %chunk, 64",
        "  %place = getelementptr i8, ptr %places, i64 %offset",
        f"  store {vector} %s{CHAINS - 1}, ptr %place, align 8",
    ]
    text = _LOOP.format(
        triple=machine.triple, vector=vector, suffix=f"v{lanes}{suffix}",
        start="\n".join(start), phis="\n".join(phis), steps="\n".join(steps),
        finish="\n".join(finish),
    )  # fmt: skip
    return text, lanes


def prepare_multiply_add(dtype: str, threads: int, turns: int) -> tuple[Callable[[], None], float]:
    """(call, flops of a call): the loop on each of so many threads."""
    machine = detect_machine()
    text, lanes = multiply_add_text(machine, dtype)
    image = compile_text(text, machine, "multiply_add")
    address = load(image, ("multiply_add",))["multiply_add"]
    element = np.dtype(dtype)
    memory = np.full(64 * (CHAINS + 1 + threads) // element.itemsize, 0.5, element)
    arguments = struct.pack("<qq", turns, memory.ctypes.data)
    flops = 2.0 * lanes * CHAINS * turns * threads
    run = parallel_call()

    def call(alive: object = memory) -> None:  # `arguments` hold no more than its address
        run(address, arguments, threads)

    return call, flops


def prepare_copies(threads: int, elements: int) -> tuple[list[Callable[[], object]], float]:
    """(calls, bytes that each reads and writes): tensorsmith's copy, NumPy's on Python threads."""
    source, target = tensorsmith.rand(elements), tensorsmith.zeros(elements)
    a, b = np.ones(elements, np.float32), np.zeros(elements, np.float32)
    pieces = list(zip(np.array_split(b, threads), np.array_split(a, threads)))
    pool = ThreadPoolExecutor(threads)
    return [
        lambda: target.copy_(source),
        lambda: list(pool.map(lambda piece: np.copyto(*piece), pieces)),
    ], 8.0 * elements


def prepare_reads(threads: int, elements: int) -> tuple[list[Callable[[], object]], float]:
    """(calls, bytes that each reads): tensorsmith's largest element, NumPy's on Python threads."""
    source = tensorsmith.rand(elements)
    pieces = np.array_split(np.ones(elements, np.float32), threads)
    pool = ThreadPoolExecutor(threads)
    return [source.amax, lambda: list(pool.map(np.max, pieces))], 4.0 * elements


def best_rate(call: Callable[[], object], amount: float, seconds: float) -> float:
    """Largest amount per second of repeated calls."""
    call()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return amount / best


def measure_limits(
    threads: int, seconds: float = 0.15, elements: int = ELEMENTS, turns: int = TURNS
) -> Limits:
    """Bytes per second of `copy` and `read`, flops per second of each dtype, and `round`s of
    workers per second, on one and on all threads."""
    limits: Limits = {"copy": {}, "read": {}, **{dtype: {} for dtype in _KINDS}, "round": {}}
    for count in sorted({1, threads}):
        tensorsmith.set_num_threads(count)
        for name, prepare in (("copy", prepare_copies), ("read", prepare_reads)):
            calls, amount = prepare(count, elements)
            limits[name][str(count)] = max(best_rate(call, amount, seconds) for call in calls)
        for dtype in _KINDS:
            call, flops = prepare_multiply_add(dtype, count, turns)
            limits[dtype][str(count)] = best_rate(call, flops, seconds)
        limits["round"][str(count)] = best_rate(prepare_round(count), 1.0, seconds)
    return limits


def measure_apart(threads: int) -> Limits:
    """`measure_limits` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.limits", str(threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ)
    limits: Limits = json.loads(done.stdout)
    return limits


def better(first: Limits, second: Limits) -> Limits:
    """The larger of two measurements of each limit."""
    return {
        name: {count: max(rate, second[name][count]) for count, rate in rates.items()}
        for name, rates in first.items()
    }


if __name__ == "__main__":
    print(json.dumps(measure_limits(int(sys.argv[1]))))

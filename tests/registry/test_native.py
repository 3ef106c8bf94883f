"""Every op through the native entry points: the same bits as through Python, and nothing leaks."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.pool import default_pool
from tensorsmith.tensor import call, inplace
from tensorsmith.tensor.calls.entries import entry_of
from tensorsmith.tensor.interpreters import hold_native
from tensorsmith.tensor.native.runtime import ENABLED
from tensorsmith.tools.battery.sampling import Arguments, arguments_of

from .generated import SAMPLED, Sampled

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

PAGE = os.sysconf("SC_PAGE_SIZE")
CALLS = int(os.environ.get("TENSORSMITH_LEAK_CALLS", "100000"))
SLACK = 1 << 20  # bytes that the process may grow for reasons of its own

# What native code leaves to Python, by the form of the op or of its operands.
LEFT_TO_PYTHON = "host routines, lists of tensors, views at absolute offsets"


@contextmanager
def python_only() -> Iterator[None]:
    """Calls inside go through Python."""
    hold_native(1)
    try:
        yield
    finally:
        hold_native(-1)


def operands_of(arguments: Arguments, recorded: bool) -> tuple[Any, ...]:
    """Tensors of a sample, the floating-point ones as leaves that require grad."""

    def tensor(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        made = ts.as_tensor(value.copy())
        return made.requires_grad_() if recorded and made.is_floating_point() else made

    return tuple(tensor(value) for value in arguments.operands)


def called(arguments: Arguments, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Results of a call, as public functions make it."""
    values = entry_of(arguments.op).complete(dict(arguments.attributes))
    found = call(arguments.op, operands, values)
    return found if isinstance(found, tuple) else (found,)


def bits(tensor: Any) -> tuple[Any, ...]:
    """Everything that can be seen of a tensor."""
    if tensor is None:
        return (None,)
    plain = tensor.detach()
    memory = plain.clone().untyped_storage().bytes()
    return (plain.dtype, tuple(plain.shape), plain.stride(), memory)


def observed(arguments: Arguments, recorded: bool) -> list[Any]:
    """Results and, where a result has a history, gradients of the leaves."""
    operands = operands_of(arguments, recorded)
    results = called(arguments, operands)
    seen: list[Any] = [bits(x) for x in results]
    for result in results:
        if result.requires_grad:
            seen.append(result.grad_fn.name())
            result.backward(ts.ones_like(result.detach()), retain_graph=True)
    return seen + [bits(x.grad) for x in operands if isinstance(x, ts.Tensor)]


def is_served(case: Sampled) -> bool:
    """Whether native code is meant to serve calls like this one."""
    op = case.op
    lists = any(x.variadic for x in op.inputs)
    return op.form != "extern" and not lists and not entry_of(op).absolute


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=str(c), marks=() if c.number == 0 else pytest.mark.slow)
        for c in SAMPLED
        if c.number < 3
    ],
)
def test_native_calls_give_what_python_gives(case: Sampled) -> None:
    if not is_served(case):
        pytest.skip(f"left to Python: {LEFT_TO_PYTHON}")
    arguments = arguments_of(case.op, case.sample)
    for recorded in (False, True):
        with python_only():
            wanted = observed(arguments, recorded)
        for _ in range(3):
            assert observed(arguments, recorded) == wanted, case


def test_nearly_every_op_is_served() -> None:
    refused = []
    cases = [c for c in SAMPLED if c.number == 0 and is_served(c)]
    for case in cases:
        arguments = arguments_of(case.op, case.sample)
        called(arguments, operands_of(arguments, False))
        entry = entry_of(case.op)
        plans = [*entry.plans.values(), *(entry.fold.plans.values() if entry.fold else ())]
        if not any(plan.native for plan in plans):
            refused.append(case.op.name)
    # Operands of mixed dtypes are converted first, and complex numbers have no kernels.
    assert len(refused) <= len(cases) // 10, refused


def ways(case: Sampled) -> dict[str, Callable[[], Any]]:
    """How a sample is called: those ways that the op has."""
    arguments = arguments_of(case.op, case.sample)
    values = entry_of(arguments.op).complete(dict(arguments.attributes))
    plain, leaves = operands_of(arguments, False), operands_of(arguments, True)
    results = called(arguments, leaves)
    ones = [ts.ones_like(x.detach()) if x.requires_grad else None for x in results]
    targets = called(arguments, plain)

    def backward() -> None:
        for result, one in zip(called(arguments, leaves), ones):
            if one is not None:
                result.backward(one, retain_graph=True)
        for leaf in leaves:
            if isinstance(leaf, ts.Tensor):
                leaf.grad = None

    found: dict[str, Callable[[], Any]] = {
        "plain": lambda: called(arguments, plain),
        "recorded": lambda: called(arguments, leaves),
    }
    if any(one is not None for one in ones):
        found["backward"] = backward
    if case.op.form != "view":
        written = targets if len(targets) > 1 else targets[0]
        found["out"] = lambda: call(arguments.op, plain, values, out=written)
    if arguments.op.inplace and targets[0].shape == plain[0].shape:
        own = (plain[0].clone(), *plain[1:])
        if own[0].dtype == targets[0].dtype:
            found["in place"] = lambda: inplace(arguments.op, own, values)
    if any(isinstance(x, ts.Tensor) and x.ndim and x.shape[0] for x in plain):
        tensors = [x for x in (*plain, *leaves) if isinstance(x, ts.Tensor) and x.ndim]
        found["views"] = lambda: [(x[:1], x[None], x[..., None]) for x in tensors]
    return found


@dataclass(frozen=True)
class Growth:
    """What calls leave behind: bytes of the pool, blocks of Python's allocator, bytes of memory."""

    pool: int
    blocks: int
    resident: int


def growth(way: Callable[[], Any], times: int) -> Growth:
    """What so many calls leave behind that were made before."""
    for _ in range(20):
        way()
    before = _occupied()
    for _ in range(times):
        way()
    after = _occupied()
    return Growth(*(y - x for x, y in zip(before, after)))


def _occupied() -> tuple[int, int, int]:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    return default_pool().state.used, sys.getallocatedblocks(), resident


def forget_the_past() -> None:
    """From now on, collections look at new objects only."""
    gc.collect()
    gc.freeze()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=str(c), marks=pytest.mark.slow if place % 3 else ())
        for place, c in enumerate(c for c in SAMPLED if c.number == 0)
    ],
)
def test_repeated_calls_leave_nothing_behind(case: Sampled) -> None:
    if not is_served(case):
        pytest.skip(f"left to Python: {LEFT_TO_PYTHON}")
    forget_the_past()
    for name, way in ways(case).items():
        found = growth(way, 30)
        assert found.pool == 0 and found.blocks < 15, (name, found)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("case", [c for c in SAMPLED if c.number == 0], ids=str)
def test_a_hundred_thousand_calls_leave_nothing_behind(case: Sampled) -> None:
    if not is_served(case):
        pytest.skip(f"left to Python: {LEFT_TO_PYTHON}")
    forget_the_past()
    for name, way in ways(case).items():
        found = growth(way, CALLS)
        # One block in a hundred calls, or ten bytes a call, would be a leak.
        assert found.pool == 0 and found.blocks < CALLS // 100, (name, found)
        assert found.resident < 10 * CALLS + SLACK, (name, found)


def test_a_leak_of_one_reference_in_each_call_is_seen() -> None:
    held: list[Any] = []
    x = ts.ones(3)
    forget_the_past()
    assert growth(lambda: held.append(object()), 30).blocks >= 30
    assert growth(lambda: held.append(x + x), 30).pool >= 30 * 64

"""Every op through the native entry points: the same bits as through Python, and nothing leaks."""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.pool import default_pool
from tensorsmith.tensor import call
from tensorsmith.tensor.entries import entry_of
from tensorsmith.tensor.interpreters import hold_native
from tensorsmith.tensor.native.runtime import ENABLED
from tensorsmith.tools.battery.sampling import Arguments, arguments_of

from .generated import SAMPLED, Sampled

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

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


def growth(case: Sampled, times: int) -> tuple[int, int]:
    """Bytes of the pool, and bytes of the process, that repeated calls leave behind."""
    arguments = arguments_of(case.op, case.sample)
    operands = operands_of(arguments, True)
    for _ in range(20):
        called(arguments, operands)
    gc.collect()
    used, resident = default_pool().state.used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(times):
        called(arguments, operands)
    gc.collect()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident
    return default_pool().state.used - used, grown * 1024


@pytest.mark.parametrize("case", [c for c in SAMPLED if c.number == 0], ids=str)
def test_repeated_calls_leave_nothing_behind(case: Sampled) -> None:
    if not is_served(case):
        pytest.skip(f"left to Python: {LEFT_TO_PYTHON}")
    assert growth(case, 30)[0] == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("case", [c for c in SAMPLED if c.number == 0], ids=str)
def test_a_hundred_thousand_calls_leave_nothing_behind(case: Sampled) -> None:
    if not is_served(case):
        pytest.skip(f"left to Python: {LEFT_TO_PYTHON}")
    pool, process = growth(case, 100_000)
    assert pool == 0 and process < 8 << 20

"""Every op on large operands: the schedules that split, tile and block are for those alone.

The extents of a sample are made larger, equal ones alike; results and gradients are compared with
the interpreter's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tensorsmith import backends
from tensorsmith.ops.errors import TensorsmithError
from tensorsmith.ops.language.op import Op, Sample
from tensorsmith.tensor.calls import solving
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tools.battery import derivatives
from tensorsmith.tools.battery.definition import bind_arguments
from tensorsmith.tools.battery.sampling import arguments_of

from .generated import SAMPLED, Sampled, exceptions

MOST = 3_000_000  # elements that a call may work on in the interpreter, which is slow


def _scaled(op: Op, sample: Sample, change: Callable[[int], int]) -> Sample:
    """The sample with other extents; small integers that equal one of them go along."""
    given = dict(sample.arguments)
    shapes = [_shape(given[each.name]) for each in op.inputs if each.name in given]
    extents = {extent for shape in shapes if shape is not None for extent in shape}
    found: dict[str, object] = {}
    kinds = {spec.name: spec.kind for spec in op.attributes}
    for name, value in given.items():
        shape = _shape(value)
        if name in kinds:
            sized = kinds[name] in ("Shape", "size") and isinstance(value, list | int)
            items = value if isinstance(value, list) else [value]
            if sized and all(item in extents for item in items):
                value = [change(item) for item in items]
                value = value if isinstance(given[name], list) else value[0]
        elif shape is not None:
            large = [change(extent) for extent in shape]
            value = large if isinstance(value, list) else {**value, "shape": large}
        found[name] = value
    return Sample(tuple(found.items()))


def _shape(value: Any) -> list[int] | None:
    if isinstance(value, dict):
        value = value.get("shape")
    plain = isinstance(value, list) and all(type(item) is int for item in value)
    return value if plain else None


def _longest(op: Op, sample: Sample) -> int:
    """The last extent of the first operand that has one."""
    given = dict(sample.arguments)
    shapes = [_shape(given[each.name]) for each in op.inputs if each.name in given]
    return next((shape[-1] for shape in shapes if shape and shape[-1] > 1), 0)


def larger(op: Op, sample: Sample) -> Iterator[tuple[str, Sample]]:
    """The sample with a long last dim, and with all dims longer."""
    last = _longest(op, sample)
    if not last:
        return
    yield "long", _scaled(op, sample, lambda n: 70_001 if n == last else n)
    yield "wide", _scaled(op, sample, lambda n: 29 * n + 3 if n > 1 else n)


def _work(op: Op, sample: Sample) -> float:
    """How many terms the largest statement has, about; infinity if the call is not allowed."""
    shapes = [_shape(value) or [] for _, value in sample.arguments]
    if max((math.prod(shape) for shape in shapes), default=0) > MOST:
        return float("inf")
    try:
        arguments = arguments_of(op, sample)
        _, binding = bind_arguments(arguments)
    except (TensorsmithError, MemoryError, ValueError):
        return float("inf")
    sizes = [n for n in binding.sizes.values() if n > 0]
    return math.prod(float(n) for n in (*sizes, *binding.batch) if n)


def _cases() -> list[Any]:
    found = []
    for case in SAMPLED:
        if case.number or not case.op.define:
            continue
        for name, sample in larger(case.op, case.sample):
            if _work(case.op, sample) <= MOST:
                found.append(pytest.param(case, sample, id=f"{case.op.name}-{name}"))
    return found


CASES = _cases()


def test_most_ops_can_be_made_larger() -> None:
    assert len({case.values[0].op.name for case in CASES}) >= 200


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Switches between the interpreter and kernels."""

    def switch(on: bool) -> None:
        forget_plans()
        chosen = backends.get("interpreter" if on else "cpu")
        monkeypatch.setattr(solving, "backend", lambda: chosen)

    yield switch
    forget_plans()


@pytest.mark.parametrize(("case", "sample"), CASES)
def test_kernels_for_large_operands_agree_with_the_interpreter(
    case: Sampled, sample: Sample, interpreted: Callable[[bool], None]
) -> None:
    exceptions.skip_listed("large", case)
    arguments = arguments_of(case.op, sample)
    arguments = replace(arguments, label=f"{case.op.name}, large")
    found = []
    for on in (False, True):
        interpreted(on)
        found.append(derivatives.results_and_gradients(arguments))
    for got, wanted in zip(*found, strict=True):
        scale = max(1.0, float(np.max(np.abs(wanted), initial=0)))
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9 * scale)

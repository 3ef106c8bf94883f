"""Every op of the registry gives on a GPU what it gives on the CPU, and so do its gradients."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.ops.dtype import by_name
from tensorsmith.ops.language.op import Op
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.device import check_device, is_placed
from tensorsmith.tools.battery.sampling import admits, arguments_of, samples_of, signatures

pytestmark = pytest.mark.cuda

DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "uint8", "bool")
OPS = [op for name in registry.names() for op in signatures(registry.get(name)) if is_placed(op)]
PARTS = 24
"""The registry in parts of every 24th op; one is tested by default, all by `pytest -m cuda`."""


def check(op: Op, kind: str, samples: int | None) -> int:
    """All calls of an op agree; how many there were."""
    count = 0
    for sample in samples_of(op)[:samples]:
        try:
            with np.errstate(over="ignore"):  # samples of float64 are cast
                arguments = arguments_of(op, sample, kind=by_name(kind))
        except (ValueError, OverflowError, TypeError):
            continue  # the sample's values are none of this dtype
        check_device(arguments)
        count += 1
    return count


@pytest.mark.parametrize("op", OPS[::PARTS], ids=lambda op: op.name)
def test_a_part_of_the_ops_gives_what_it_gives_on_the_cpu(op: Op) -> None:
    check(op, "float32", 1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_op_gives_what_it_gives_on_the_cpu(op: Op) -> None:
    assert check(op, "float32", None)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("kind", DTYPES[1:])
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_op_gives_in_other_dtypes_what_it_gives_on_the_cpu(op: Op, kind: str) -> None:
    if op.inputs and not any(admits(given.type.word, by_name(kind)) for given in op.inputs):
        pytest.skip(f"no input of {op.name} is {kind}")
    check(op, kind, 1)

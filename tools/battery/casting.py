"""The rule of an op under autocast: the same as conversions written out, gradients included."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import grad
from ...autograd.autocast import autocast
from ...ops.dtype import bfloat16, dtype, float32
from ...ops.entries.autocast import can_be_cast
from ...tensor import Tensor, from_numpy
from .running import run
from .sampling import Arguments

LOWER = bfloat16


def check_autocast(arguments: Arguments) -> str | None:
    """Under autocast on the CPU, results equal to the bit those of operands that are converted by
    hand, for operands of either precision; gradients arrive in the dtype of the operand."""
    op = arguments.op
    rule = dict(op.autocast).get("cpu")
    if rule is None:
        return f"not converted on the CPU; {', '.join(': '.join(pair) for pair in op.autocast)}"
    wanted = LOWER if rule == "lower" else float32
    for given in (float32, LOWER) if rule != "promote" else (None,):
        inside = _outcome(arguments, given, None)
        again = _outcome(arguments, given, None)  # which native code may serve
        outside = _outcome(arguments, given, wanted)
        for one, other, word in ((inside, outside, "by hand"), (again, inside, "once more")):
            assert len(one) == len(other), f"{op.name}: as many values {word}"
            for a, b in zip(one, other):
                assert a.dtype == b.dtype, f"{op.name}: {a.dtype} under autocast, {b.dtype} {word}"
                assert np.array_equal(_bits(a), _bits(b)), f"{op.name}: other values {word}"
    return None


def _outcome(arguments: Arguments, given: dtype | None, wanted: dtype | None) -> list[Tensor]:
    """Results and gradients: under autocast, or of operands converted to `wanted`.

    Args:
        given: What floating operands are to begin with; None means of both precisions in turn.
    """
    leaves: list[Tensor] = []

    def make(value: Any, castable: bool) -> Any:
        if isinstance(value, list):
            return [make(each, castable) for each in value]
        if not isinstance(value, np.ndarray):
            return value
        tensor = from_numpy(value.copy())
        if not tensor.dtype.is_floating_point or not castable:
            return tensor
        tensor = tensor.to(given or (float32, LOWER)[len(leaves) % 2])
        leaves.append(tensor.requires_grad_())
        return tensor if wanted is None else tensor.to(wanted)

    operands = tuple(
        make(value, can_be_cast(each.type.word))
        for value, each in zip(arguments.operands, arguments.op.inputs)
    )
    with autocast("cpu", LOWER, enabled=wanted is None):
        results = [x for x in run(arguments, operands) if isinstance(x, Tensor)]
    flowing = [x for x in results if x.requires_grad]
    gradients = (
        grad(flowing, leaves, [x.detach() for x in flowing], allow_unused=True) if flowing else ()
    )
    for leaf, gradient in zip(leaves, gradients):
        assert gradient is None or gradient.dtype is leaf.dtype, (
            f"{arguments.op.name}: the gradient of an operand of {leaf.dtype} is {gradient.dtype}"
        )
    return [x.detach() for x in (*results, *gradients) if x is not None]


def _bits(value: Tensor) -> Any:
    """The elements, NaN apart."""
    return (
        np.nan_to_num(value.to(float32).numpy(), nan=1e30)
        if value.dtype is LOWER
        else np.nan_to_num(value.numpy(), nan=1e30)
    )

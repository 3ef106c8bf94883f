"""Transforms of transforms: what a second one makes of the result of a first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import grad
from ...autograd.transforms import grad as grad_of
from ...autograd.transforms import jvp
from ...autograd.vmap import vmap
from ...tensor import Tensor, as_tensor
from .running import run
from .sampling import Arguments, float_inputs

NOTHING = "nothing to differentiate"


def _scalar(arguments: Arguments, place: int) -> Any:
    """The op as a function of one operand, to a number; None if that has no gradient."""

    def function(x: Any) -> Any:
        operands = [
            as_tensor(value) if isinstance(value, np.ndarray) else value
            for value in arguments.operands
        ]
        operands[place] = x
        parts = [
            (result * result).sum() / 2
            for result in run(arguments, tuple(operands))
            if isinstance(result, Tensor) and result.dtype.is_floating_point
        ]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    x = as_tensor(arguments.operands[place].copy()).requires_grad_()
    results = [r for r in run_with(arguments, place, x) if isinstance(r, Tensor)]
    return function if any(r.requires_grad for r in results) else None


def run_with(arguments: Arguments, place: int, x: Any) -> tuple[Any, ...]:
    """Results with one operand replaced."""
    operands = [as_tensor(v) if isinstance(v, np.ndarray) else v for v in arguments.operands]
    operands[place] = x
    return run(arguments, tuple(operands))


def check_forward_over_reverse(arguments: Arguments) -> str | None:
    """The tangent of the gradient along v equals the gradient of <gradient, v>: a Hessian is
    symmetric."""
    places = [place for place, _ in float_inputs(arguments)]
    rng = np.random.default_rng(17)
    done = False
    for place in places:
        function = _scalar(arguments, place)
        if function is None:
            continue
        done = True
        array = arguments.operands[place]
        v = as_tensor(np.asarray(rng.uniform(-1, 1, array.shape)))
        _, forward = jvp(grad_of(function), (as_tensor(array),), (v,))
        x = as_tensor(array.copy()).requires_grad_()
        (slope,) = grad(function(x), x, create_graph=True)
        reverse = grad((slope * v).sum(), x, allow_unused=True)[0] if slope.requires_grad else None
        wanted = np.zeros(array.shape) if reverse is None else reverse.detach().numpy()
        np.testing.assert_allclose(
            forward.detach().numpy(), wanted, rtol=1e-7, atol=1e-8,
            err_msg=f"{arguments.label}: forward over reverse, {arguments.op.inputs[place].name}",
        )  # fmt: skip
    return None if done else NOTHING


def check_vmap_of_gradient(arguments: Arguments) -> str | None:
    """Gradients of a mapped batch equal those of a Python loop."""
    places = [place for place, _ in float_inputs(arguments)]
    done = False
    for place in places:
        function = _scalar(arguments, place)
        if function is None:
            continue
        done = True
        array = arguments.operands[place]
        stack = np.stack([array * (1 - 0.125 * n) for n in range(3)])
        together = vmap(grad_of(function))(as_tensor(stack)).numpy()
        for number in range(3):
            alone = grad_of(function)(as_tensor(stack[number])).numpy()
            np.testing.assert_allclose(
                together[number], alone, rtol=1e-9, atol=1e-10,
                err_msg=f"{arguments.label}: vmap of grad, {arguments.op.inputs[place].name}",
            )  # fmt: skip
    return None if done else NOTHING

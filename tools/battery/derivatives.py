"""Derivatives: against finite differences, of second order, forward mode against reverse.

Forward mode is judged by the inner-product test: `<w, J v>` equals `<J^T w, v>`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import grad
from ...autograd.transforms import jvp
from ...ops.dataclass import dataclass
from ...ops.dtype import dtype
from ...ops.language.op import Op, Sample
from ...tensor import Tensor, as_tensor, from_numpy
from .running import run, to_numpy, to_tensors
from .sampling import Arguments, arguments_of, condition, float_inputs

STEP = 1e-6  # of central differences in float64: error about 1e-10, and 1e-16 / 1e-6 from rounding


def is_smooth(arguments: Arguments) -> bool:
    """Whether `smooth` and `domain` of the entry hold at the arguments, with room for a step."""
    return all(_holds(arguments, text) for text in (arguments.op.smooth, arguments.op.domain))


def _holds(arguments: Arguments, text: str) -> bool:
    return not text or bool(
        np.all(condition(arguments.op, text, arguments.tensors, arguments.attributes))
    )


def smooth_arguments(op: Op, sample: Sample, fill: str, kind: dtype) -> Arguments | None:
    """Arguments at which the op is differentiable, found by trying seeds; None if none is found."""
    for seed in range(24):
        arguments = arguments_of(op, sample, fill, kind, seed)
        if is_smooth(arguments):
            return arguments
    return None


def _differentiable(results: tuple[Any, ...]) -> list[int]:
    return [
        i for i, result in enumerate(results) if isinstance(result, Tensor) and result.requires_grad
    ]


def _weights(results: tuple[Any, ...], places: list[int], seed: int = 7) -> list[Tensor]:
    rng = np.random.default_rng(seed)
    return [from_numpy(np.asarray(rng.uniform(-1, 1, tuple(results[i].shape)))) for i in places]


def _leaves(arguments: Arguments) -> tuple[tuple[Any, ...], list[int]]:
    places = [place for place, _ in float_inputs(arguments)]
    operands = tuple(to_tensors(value) for value in arguments.operands)
    for place in places:
        operands[place].requires_grad_()
    return operands, places


def _dot(results: tuple[Any, ...], weights: list[Tensor], places: list[int]) -> Tensor:
    first, *others = ((results[place] * weight).sum() for place, weight in zip(places, weights))
    total: Tensor = first
    for term in others:
        total = total + term
    return total


def results_and_gradients(arguments: Arguments) -> list[Any]:
    """Arrays: the results of a call, then the gradients of the inputs that have one."""
    operands, places = _leaves(arguments)
    results = run(arguments, operands)
    found = [to_numpy(result) for result in results if isinstance(result, Tensor)]
    outputs = _differentiable(results)
    if places and outputs:
        loss = _dot(results, _weights(results, outputs), outputs)
        gradients = grad(loss, [operands[i] for i in places], allow_unused=True)
        found += [to_numpy(gradient) for gradient in gradients if gradient is not None]
    return found


@dataclass(frozen=True)
class _Pulled:
    """A weighted sum of a call's results, and its gradients.

    Attributes:
        outputs: Places of the results that can be differentiated.
        weights: Of these results, in the sum.
        gradients: Place of an operand -> gradient of the sum; None where nothing arrives.
    """

    outputs: list[int]
    weights: list[Tensor]
    gradients: dict[int, Tensor | None]

    def weighted(self, results: tuple[Any, ...]) -> Tensor:
        """The sum for other results."""
        return _dot(results, self.weights, self.outputs)


def _pulled_back(arguments: Arguments) -> _Pulled | None:
    """Gradients by reverse mode; None if no operand or no result can be differentiated."""
    operands, places = _leaves(arguments)
    if not places:
        return None
    results = run(arguments, operands)
    outputs = _differentiable(results)
    if not outputs:
        return None
    weights = _weights(results, outputs)
    loss = _dot(results, weights, outputs)
    gradients = grad(loss, [operands[i] for i in places], allow_unused=True)
    return _Pulled(outputs, weights, dict(zip(places, gradients)))


def check_gradient(arguments: Arguments) -> bool:
    """Reverse mode equals central differences along a random direction; False if nothing flows."""
    found = _pulled_back(arguments)
    if found is None:
        return False
    rng = np.random.default_rng(3)
    for place, gradient in found.gradients.items():
        name = arguments.op.inputs[place].name
        array = arguments.operands[place]
        direction = rng.uniform(-1, 1, array.shape)
        values = []
        for sign in (1.0, -1.0):
            moved = [to_tensors(value) for value in arguments.operands]
            moved[place] = as_tensor(array + sign * STEP * direction)
            values.append(float(found.weighted(run(arguments, tuple(moved)))))
        wanted = (values[0] - values[1]) / (2 * STEP)
        got = 0.0 if gradient is None else float((to_numpy(gradient) * direction).sum())
        np.testing.assert_allclose(
            got, wanted, rtol=2e-5, atol=2e-6, err_msg=f"{arguments.label}: d/d{name}"
        )
    return True


def check_second_order(arguments: Arguments) -> bool:
    """The gradient's own derivative equals central differences of the gradient."""
    operands, places = _leaves(arguments)
    if not places:
        return False
    outputs = _differentiable(run(arguments, operands))
    if not outputs:
        return False
    rng = np.random.default_rng(5)
    directions = [rng.uniform(-1, 1, arguments.operands[i].shape) for i in places]
    weights = _weights(run(arguments, operands), outputs)

    def slope(shift: float, track: bool) -> tuple[Any, tuple[Any, ...]]:
        moved = [to_tensors(value) for value in arguments.operands]
        for place, direction in zip(places, directions):
            moved[place] = as_tensor(arguments.operands[place] + shift * direction).requires_grad_()
        leaves = [moved[i] for i in places]
        loss = _dot(run(arguments, tuple(moved)), weights, outputs)
        gradients = grad(loss, leaves, create_graph=track, allow_unused=True)
        total = sum(
            (
                (g * as_tensor(np.asarray(d))).sum()
                for g, d in zip(gradients, directions)
                if g is not None
            ),
            start=as_tensor(0.0, dtype=loss.dtype),
        )
        return total, tuple(leaves)

    total, leaves = slope(0.0, True)
    got = 0.0
    if total.requires_grad:
        second = grad(total, list(leaves), allow_unused=True)
        got = sum(
            float((to_numpy(g) * d).sum()) for g, d in zip(second, directions) if g is not None
        )
    wanted = (float(slope(STEP, False)[0]) - float(slope(-STEP, False)[0])) / (2 * STEP)
    np.testing.assert_allclose(
        got, wanted, rtol=1e-4, atol=1e-5, err_msg=f"{arguments.label}: second derivative"
    )
    return True


def check_forward_equals_reverse(arguments: Arguments) -> bool:
    """<J v, w> = <v, J^T w> for random v and w."""
    found = _pulled_back(arguments)
    if found is None:
        return False
    places = list(found.gradients)
    rng = np.random.default_rng(11)
    tangents = tuple(
        as_tensor(np.asarray(rng.uniform(-1, 1, arguments.operands[i].shape))) for i in places
    )

    def function(*inputs: Any) -> Any:
        full = [to_tensors(value) for value in arguments.operands]
        for place, value in zip(places, inputs):
            full[place] = value
        results = run(arguments, tuple(full))
        return tuple(results[i] for i in found.outputs)

    primals = tuple(to_tensors(arguments.operands[i]) for i in places)
    _, pushed = jvp(function, primals, tangents)
    left = sum(float((to_numpy(t) * to_numpy(w)).sum()) for t, w in zip(pushed, found.weights))
    right = sum(
        float((to_numpy(g) * to_numpy(t)).sum())
        for g, t in zip(found.gradients.values(), tangents)
        if g is not None
    )
    np.testing.assert_allclose(
        left, right, rtol=1e-7, atol=1e-8, err_msg=f"{arguments.label}: <Jv, w> = <v, J'w>"
    )
    return True

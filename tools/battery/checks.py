"""The properties that every op must have, each a function that raises AssertionError if it fails.

`value` against the reference, derivatives against finite differences, second order, forward against
reverse mode (inner-product test), vmap against a loop, independence of memory layout, rejects that
fire with their own sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...autograd import grad
from ...autograd.transforms import jvp
from ...autograd.vmap import vmap
from ...ops.dtype import dtype
from ...ops.errors import ViewError
from ...ops.op import Op, Sample
from ...tensor import Tensor, as_tensor, call, from_numpy, generated
from . import draws
from .definition import evaluate, specialized
from .oracle import expected
from .sampling import Arguments, arguments_of, condition, float_inputs

# Relative and absolute tolerance of a result against the reference, by dtype. Halves: one rounding
# of the result plus that of the inputs; float32: a few roundings of an accumulation in float32.
TOLERANCES = {
    "float16": (2e-3, 2e-3),
    "bfloat16": (1.6e-2, 1.6e-2),
    "float32": (2e-5, 2e-5),
    "float64": (1e-9, 1e-11),
}
STEP = 1e-6  # of central differences in float64: error about 1e-10, and 1e-16 / 1e-6 from rounding


def run(arguments: Arguments, operands: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
    """Results of a call, always as a tuple."""
    if operands is None:
        operands = tuple(_tensor(value) for value in arguments.operands)
    result = call(arguments.op, operands, dict(arguments.attributes))
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def _tensor(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return as_tensor(value.copy())
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [as_tensor(item.copy()) for item in value]
    return value


def _numpy(value: Tensor) -> Any:
    detached = value.detach()
    if detached.dtype.name == "bfloat16":
        detached = detached.float()
    return detached.numpy()


def tolerance(op: Op, kind: str) -> tuple[float, float]:
    """Relative and absolute tolerance for a dtype; an entry may widen it, with a reason."""
    relative, absolute = TOLERANCES.get(kind, (0.0, 0.0))
    own = dict(op.tolerance).get(kind)
    return (max(relative, own), max(absolute, own)) if own is not None else (relative, absolute)


def coarsest(op: Op, arguments: Arguments, result: Any) -> tuple[float, float]:
    """Tolerance of a result: that of the least precise float among operands and result."""
    kinds = [result.dtype.name] + [
        v.dtype.name for v in arguments.operands if isinstance(v, np.ndarray)
    ]
    found = [tolerance(op, name) for name in kinds if name in TOLERANCES]
    return max(found, default=(0.0, 0.0))


def check_value(arguments: Arguments) -> None:
    """Results equal the reference, of an entry that states none its definition; shapes too."""
    results = run(arguments)
    if arguments.op.reference:
        wanted = expected(arguments.op, arguments.tensors, arguments.attributes)
    else:
        defined = replace(specialized(arguments), compute=())  # what `compute` is judged by
        found, _ = evaluate(defined, arguments.tensors, arguments.attributes)
        wanted = tuple(found[output.name] for output in arguments.op.outputs)
    if draws.is_distribution(wanted[0]):
        draws.compare(_numpy(results[0]), wanted[0], arguments.label)
        return
    assert len(results) <= len(wanted), (
        f"{arguments.label}: {len(results)} results, the reference has {len(wanted)}"
    )
    for number, (result, value) in enumerate(zip(results, wanted)):
        _compare(arguments, result, value, f"output {number}")


def _compare(arguments: Arguments, result: Tensor, value: Any, what: str) -> None:
    got = _numpy(result)
    assert got.shape == value.shape, (
        f"{arguments.label}: {what} has shape {got.shape}, the reference {value.shape}"
    )
    relative, absolute = coarsest(
        arguments.op, arguments, got if result.dtype.name != "bfloat16" else np.zeros(0, "float32")
    )
    if result.dtype.name == "bfloat16":
        relative, absolute = tolerance(arguments.op, "bfloat16")
    if result.dtype.kind != "float":
        relative = absolute = 0.0
    message = f"{arguments.label}: {what}, dtype {result.dtype}"
    np.testing.assert_allclose(
        got, value, rtol=relative, atol=absolute, err_msg=message, equal_nan=True
    )


def check_law(arguments: Arguments, law: str) -> None:
    """An identity of the entry, `left == right`, holds; its names are public functions."""
    scope = {**vars(generated), **arguments.attributes}
    operands = zip(arguments.op.inputs, arguments.operands)
    scope |= {given.name: _tensor(value) for given, value in operands}
    left, right = (eval(side, scope) for side in law.split("=="))
    relative, absolute = tolerance(arguments.op, left.dtype.name)
    message = f"{arguments.label}: {law}"
    np.testing.assert_allclose(_numpy(left), _numpy(right), relative, absolute, err_msg=message)


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {}


def layout(name: str) -> Callable[[Callable[[Tensor], Tensor]], Callable[[Tensor], Tensor]]:
    """Registers a way to hold the same values in other memory."""

    def register(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        LAYOUTS[name] = function
        return function

    return register


@layout("transposed")
def _transposed(x: Tensor) -> Tensor:
    order = tuple(reversed(range(x.dim())))
    return x.permute(order).contiguous().permute(order)


@layout("sliced")
def _sliced(x: Tensor) -> Tensor:
    if x.dim() == 0:
        return x
    wide = x.new_zeros((*x.shape[:-1], 2 * x.shape[-1] + 1))
    wide[..., 1::2].copy_(x)
    return wide[..., 1::2]


@layout("offset")
def _offset(x: Tensor) -> Tensor:
    flat = x.new_zeros((x.numel() + 3,))
    inner = flat[3:].view(x.shape)
    inner.copy_(x)
    return inner


def check_layouts(arguments: Arguments) -> None:
    """Results do not depend on how the operands lie in memory."""
    plain = tuple(_tensor(value) for value in arguments.operands)
    wanted = run(arguments, plain)
    for name, arrange in LAYOUTS.items():
        moved = tuple(arrange(x) if isinstance(x, Tensor) else x for x in plain)
        try:
            results = run(arguments, moved)
        except ViewError:  # a view that this memory does not allow: it may say so
            continue
        for result, value in zip(results, wanted):
            message = f"{arguments.label}: layout {name}"
            kind = result.dtype.name
            relative, absolute = tolerance(arguments.op, kind)
            np.testing.assert_allclose(
                _numpy(result), _numpy(value), rtol=relative, atol=absolute, err_msg=message
            )


# -- derivatives ------------------------------------------------------------------------------


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
    operands = tuple(_tensor(value) for value in arguments.operands)
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
    found = [_numpy(result) for result in results if isinstance(result, Tensor)]
    outputs = _differentiable(results)
    if places and outputs:
        loss = _dot(results, _weights(results, outputs), outputs)
        gradients = grad(loss, [operands[i] for i in places], allow_unused=True)
        found += [_numpy(gradient) for gradient in gradients if gradient is not None]
    return found


def check_gradient(arguments: Arguments) -> bool:
    """Reverse mode equals central differences along a random direction; False if nothing flows."""
    operands, places = _leaves(arguments)
    if not places:
        return False
    results = run(arguments, operands)
    outputs = _differentiable(results)
    if not outputs:
        return False
    weights = _weights(results, outputs)
    gradients = grad(
        _dot(results, weights, outputs), [operands[i] for i in places], allow_unused=True
    )
    rng = np.random.default_rng(3)
    for place, gradient in zip(places, gradients):
        name = arguments.op.inputs[place].name
        array = arguments.operands[place]
        direction = rng.uniform(-1, 1, array.shape)
        values = []
        for sign in (1.0, -1.0):
            moved = [_tensor(value) for value in arguments.operands]
            moved[place] = as_tensor(array + sign * STEP * direction)
            values.append(float(_dot(run(arguments, tuple(moved)), weights, outputs)))
        wanted = (values[0] - values[1]) / (2 * STEP)
        got = 0.0 if gradient is None else float((_numpy(gradient) * direction).sum())
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
        moved = [_tensor(value) for value in arguments.operands]
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
        got = sum(float((_numpy(g) * d).sum()) for g, d in zip(second, directions) if g is not None)
    wanted = (float(slope(STEP, False)[0]) - float(slope(-STEP, False)[0])) / (2 * STEP)
    np.testing.assert_allclose(
        got, wanted, rtol=1e-4, atol=1e-5, err_msg=f"{arguments.label}: second derivative"
    )
    return True


def check_forward_equals_reverse(arguments: Arguments) -> bool:
    """<J v, w> = <v, J^T w> for random v and w."""
    operands, places = _leaves(arguments)
    if not places:
        return False
    results = run(arguments, operands)
    outputs = _differentiable(results)
    if not outputs:
        return False
    weights = _weights(results, outputs)
    rng = np.random.default_rng(11)
    tangents = tuple(
        as_tensor(np.asarray(rng.uniform(-1, 1, arguments.operands[i].shape))) for i in places
    )
    gradients = grad(
        _dot(results, weights, outputs), [operands[i] for i in places], allow_unused=True
    )

    def function(*inputs: Any) -> Any:
        full = [_tensor(value) for value in arguments.operands]
        for place, value in zip(places, inputs):
            full[place] = value
        results = run(arguments, tuple(full))
        return tuple(results[i] for i in outputs)

    _, pushed = jvp(function, tuple(operands[i].detach() for i in places), tangents)
    left = sum(float((_numpy(t) * _numpy(w)).sum()) for t, w in zip(pushed, weights))
    right = sum(
        float((_numpy(g) * _numpy(t)).sum()) for g, t in zip(gradients, tangents) if g is not None
    )
    np.testing.assert_allclose(
        left, right, rtol=1e-7, atol=1e-8, err_msg=f"{arguments.label}: <Jv, w> = <v, J'w>"
    )
    return True


def check_vmap(arguments: Arguments) -> bool:
    """Mapping over all tensor operands, and over each alone, equals a Python loop."""
    places = [i for i, value in enumerate(arguments.operands) if isinstance(value, np.ndarray)]
    if not places:
        return False
    subsets = [places] if len(places) == 1 else [places, *([i] for i in places)]
    for mapped in subsets:
        stacks = {
            i: np.stack([_varied(arguments.operands[i], n) for n in range(3)]) for i in mapped
        }

        def function(*inputs: Any, mapped: list[int] = mapped) -> Any:
            full = [_tensor(value) for value in arguments.operands]
            for place, value in zip(mapped, inputs):
                full[place] = value
            return tuple(r for r in run(arguments, tuple(full)) if isinstance(r, Tensor))

        # Draws are given by the call's own seed: mapped or not, they are the same.
        together = vmap(function, randomness="same")(*(as_tensor(stacks[i]) for i in mapped))
        for number in range(3):
            alone = function(*(as_tensor(stacks[i][number]) for i in mapped))
            for got, wanted in zip(together, alone):
                relative, absolute = tolerance(arguments.op, wanted.dtype.name)
                np.testing.assert_allclose(
                    _numpy(got)[number], _numpy(wanted), rtol=relative, atol=absolute,
                    err_msg=f"{arguments.label}: vmap over {mapped}",
                )  # fmt: skip
    return True


def _varied(array: Any, number: int) -> Any:
    """Other values of the same kind: floats are scaled a little, others are kept."""
    return array * (1 - 0.125 * number) if array.dtype.kind == "f" else array


def check_reject(op: Op, sentence: str, sample: Sample) -> None:
    """The call raises, and the message holds the requirement's own sentence."""
    arguments = arguments_of(op, sample)
    try:
        run(arguments)
    except (RuntimeError, IndexError, TypeError, ValueError) as error:
        words = {"dtype": "dtype", "dim": "im", "index": "ind"}
        if sentence.startswith("axis "):
            assert sentence[5:] in str(error), f"{op.name}: {error} does not name {sentence}"
            return
        needle = words.get(sentence, sentence)
        assert needle in str(error), (
            f"{op.name} was rejected, but not because {sentence!r}: {error}"
        )
        return
    raise AssertionError(f"{op.name} accepted {dict(sample.arguments)}, though {sentence!r}")

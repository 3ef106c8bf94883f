"""Derivatives of any order against finite differences, and each other."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops.tape import Variable, differentiable, entry, gradients, push, record, slope

from .differences import check_first, near

pytestmark = pytest.mark.usefixtures("in_float64")

CASES = {
    "exp": ({"input": (2, 3)}, {}),
    "div": ({"input": (2, 3), "other": (2, 3)}, {}),
    "pow": ({"input": (4,), "exponent": (4,)}, {}),
    "softmax": ({"input": (2, 4)}, {"dim": 1}),
    "log_softmax": ({"input": (3, 2)}, {"dim": 0}),
    "logsumexp": ({"input": (2, 4)}, {"dim": 1}),
    "layer_norm": ({"input": (2, 4), "weight": (4,), "bias": (4,)}, {"normalized_shape": (4,)}),
    "matmul": ({"input": (3, 4), "other": (4, 2)}, {}),
    "linear": ({"input": (5, 4), "weight": (3, 4), "bias": (3,)}, {}),
    "conv2d": (
        {"input": (1, 4, 5, 4), "weight": (4, 2, 3, 2), "bias": (4,)},
        {"stride": 2, "padding": 1, "groups": 2},
    ),
    "amax": ({"input": (3, 4)}, {"dim": 1}),
    "prod": ({"input": (3, 4)}, {"dim": 1}),
    "cumsum": ({"input": (2, 4)}, {"dim": 1}),
    "cumprod": ({"input": (2, 4)}, {"dim": 1}),
    "cummax": ({"input": (2, 5)}, {"dim": 1}),
    "logcumsumexp": ({"input": (2, 4)}, {"dim": 1}),
    "gather": ({"input": (3, 4), "index": [[0, 0, 3], [1, 2, 1], [3, 3, 3]]}, {"dim": 1}),
    "max_pool2d": ({"input": (1, 2, 6, 5)}, {"kernel_size": 3, "stride": 2, "padding": 1}),
}


def operands(name, rng):
    variables = {}
    for operand, shape in CASES[name][0].items():
        integer = isinstance(shape, list)
        array = np.array(shape) if integer else rng.uniform(0.4, 1.6, shape)
        variables[operand] = Variable(array)
    return variables, CASES[name][1]


@pytest.mark.parametrize("name", CASES)
def test_first_derivatives_match_finite_differences(name):
    rng = np.random.default_rng(1)
    variables, attributes = operands(name, rng)
    arrays = {operand: variable.array for operand, variable in variables.items()}
    check_first(entry(name, arrays, attributes), arrays, attributes, rng)


@pytest.mark.parametrize("name", CASES)
def test_second_and_third_derivatives_match_finite_differences(name):
    """Reverse over reverse over reverse: each order against the slope of the one before."""
    rng = np.random.default_rng(2)
    variables, attributes = operands(name, rng)
    op = entry(name, variables, attributes)
    moving = differentiable(op, variables)
    start = {operand: variable.array for operand, variable in variables.items()}
    weights: dict[int, dict[str, np.ndarray]] = {}
    directions = {operand: rng.uniform(-1, 1, start[operand].shape) for operand in moving}

    def scalar(order, arrays):
        """A number, and its gradients: the order-th derivative against fixed random weights."""
        leaves = {operand: Variable(array) for operand, array in arrays.items()}
        outputs = record(op, leaves, attributes)
        current = {k: v for k, v in outputs.items() if v.array.dtype.kind == "f"}
        for depth in range(order + 1):
            found = weights.setdefault(depth, {})
            for key, variable in current.items():
                found.setdefault(key, rng.uniform(-1, 1, variable.array.shape))
            value = sum((v.array * found[k]).sum() for k, v in current.items())
            total: dict[str, Variable] = {}
            for key, variable in current.items():
                parts = gradients(variable, Variable(found[key]), [leaves[n] for n in moving])
                for operand, part in zip(moving, parts):
                    if part is not None:
                        assert operand not in total or len(current) > 1
                        total.setdefault(f"{key}/{operand}", part)
            current = total
        flow = sum(
            (part.array * directions[key.rsplit("/", 1)[1]]).sum() for key, part in total.items()
        )
        return value, flow

    for order in (1, 2):
        _, flow = scalar(order, start)

        def along(t, order=order):
            moved = {n: a + t * directions[n] if n in directions else a for n, a in start.items()}
            return scalar(order, moved)[0]

        near(flow, slope(along, 2e-4), 2e-5)


@pytest.mark.parametrize("name", CASES)
def test_reverse_over_forward_is_forward_over_reverse(name):
    rng = np.random.default_rng(3)
    variables, attributes = operands(name, rng)
    op = entry(name, variables, attributes)
    moving = differentiable(op, variables)
    directions = {n: Variable(rng.uniform(-1, 1, variables[n].array.shape)) for n in moving}
    outputs = record(op, variables, attributes)
    output = next(n for n, v in outputs.items() if v.array.dtype.kind == "f")
    weight = Variable(rng.uniform(-1, 1, outputs[output].array.shape))
    tangent = push(outputs, directions)[output]
    leaves = [variables[n] for n in moving]
    mixed = gradients(tangent, weight, leaves)

    def reverse(t):
        shifted = {
            n: Variable(v.array + t * directions[n].array if n in directions else v.array)
            for n, v in variables.items()
        }
        found = record(op, shifted, attributes)[output]
        parts = gradients(found, weight, [shifted[n] for n in moving])
        return np.concatenate([np.ravel(part.array) for part in parts])

    zeros = [np.zeros(leaf.array.shape) for leaf in leaves]
    got = [zero if part is None else part.array for part, zero in zip(mixed, zeros)]
    near(np.concatenate([np.ravel(part) for part in got]), slope(reverse), 1e-5)


@pytest.mark.parametrize("zeros", [(), (2,), (1, 3), (0, 1, 2, 3, 4)])
@pytest.mark.parametrize("name", ["prod", "cumprod"])
def test_products_are_right_with_zeros_to_second_order(name, zeros):
    rng = np.random.default_rng(4)
    x = rng.uniform(0.5, 1.5, 5)
    x[list(zeros)] = 0
    op = entry(name, {"input": x}, {})
    weight = Variable(np.array(1.0) if name == "prod" else rng.uniform(-1, 1, 5))
    weight2, direction = rng.uniform(-1, 1, (2, 5))

    def first(array):
        leaf = Variable(array)
        output = record(op, {"input": leaf}, {"dim": 0})["output"]
        return leaf, gradients(output, weight, [leaf])[0]

    def brute(array):
        """The gradient by the product rule, one product for each pair."""
        result = np.zeros(5)
        for end in range(5) if name == "cumprod" else [4]:
            for k in range(end + 1):
                rest = np.prod([array[i] for i in range(end + 1) if i != k])
                result[k] += rest * (weight.array[end] if name == "cumprod" else 1)
        return result

    leaf, gradient = first(x)
    near(gradient.array, brute(x), 1e-12)
    second = gradients(gradient, Variable(weight2), [leaf])[0]
    near(
        (second.array * direction).sum(),
        slope(lambda t: (brute(x + t * direction) * weight2).sum()),
    )

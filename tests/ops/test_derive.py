"""Adjoints and tangents of all kinds of statements agree with finite differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tensorsmith.ops import registry
from tensorsmith.ops.binding import Argument
from tensorsmith.ops.derive import (
    cotangent_names,
    derive_adjoint,
    derive_tangent,
    tangent_names,
)
from tensorsmith.ops.dtype import float64
from tensorsmith.ops.interpret import interpret
from tensorsmith.ops.read import read_text
from tensorsmith.ops.sizes import bind
from tensorsmith.ops.text import print_statement

from tests.ops.calls import (
    Variable,
    default_float64,
    differentiable,
    entry,
    gradients,
    push,
    record,
    run,
    slope,
    solve,
)


@pytest.fixture(autouse=True)
def _float64():
    with default_float64():
        yield


def statements(op) -> list[str]:
    return [print_statement(item) for item in op.compute or op.define]


def near(actual, wanted, tolerance=1e-6):
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0)))
    np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance * scale)


def fit(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A cotangent in the full batch shape, summed to the operand's shape."""
    gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
    axes = tuple(i for i, (a, b) in enumerate(zip(gradient.shape, shape)) if a != b)
    return gradient.sum(axes, keepdims=True) if axes else gradient


def check_first(op, arrays, attributes, rng):
    """The adjoint and the tangent against the slope of the forward."""
    variables = {name: Variable(np.asarray(value)) for name, value in arrays.items()}
    outputs = record(op, variables, attributes)
    moving = differentiable(op, variables)
    names, tangents = cotangent_names(op), tangent_names(op)
    floats = [o.name for o in op.outputs if outputs[o.name].array.dtype.kind == "f"]
    floats = [name for name in floats if name not in op.nondifferentiable]
    directions = {name: rng.uniform(-1, 1, np.shape(arrays[name])) for name in moving}
    cotangents = {name: rng.uniform(-1, 1, outputs[name].array.shape) for name in floats}

    def moved(t):
        shifted = {**arrays, **{n: arrays[n] + t * d for n, d in directions.items()}}
        found = run(op, shifted, attributes)
        return np.concatenate([np.ravel(found[name]) for name in floats])

    wanted = slope(moved, 1e-5)
    call = outputs[floats[0]].call
    have = {**arrays, **{name: output.array for name, output in outputs.items()}}
    have |= {names[name]: value for name, value in cotangents.items()}
    have |= {tangents[name]: value for name, value in directions.items()}
    adjoint = derive_adjoint(op, frozenset(moving))
    given = {item.name: have[item.name] for item in adjoint.inputs}
    back = run(adjoint, given, attributes, call.binding)
    flat = np.concatenate([np.ravel(cotangents[name]) for name in floats])
    pairing = sum(
        (fit(back[names[name]], np.shape(arrays[name])) * directions[name]).sum() for name in moving
    )
    near(pairing, (wanted * flat).sum())
    tangent = derive_tangent(op, frozenset(moving))
    given = {item.name: have[item.name] for item in tangent.inputs}
    forth = run(tangent, given, attributes, call.binding)
    got = np.concatenate(
        [np.broadcast_to(forth[tangents[n]], outputs[n].array.shape).ravel() for n in floats]
    )
    near(got, wanted)


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


def test_fast_and_exact_adjoints_of_scans_agree():
    rng = np.random.default_rng(5)
    for name in ("cumprod", "logcumsumexp"):
        x = rng.uniform(-1, 1, (3, 6))
        if name == "cumprod":
            x[0, 2] = x[1, 1] = x[1, 4] = 0
        op = entry(name, {"input": x}, {})
        binding = solve(op, {"input": x}, {"dim": 1})
        output = interpret(op, binding, {"input": x}, exact=True)["output"]
        for derived, given in (
            (derive_adjoint(op, frozenset(["input"])), {"d_output": rng.uniform(-1, 1, x.shape)}),
            (derive_tangent(op, frozenset(["input"])), {"t_input": rng.uniform(-1, 1, x.shape)}),
        ):
            assert derived.compute and derived.define
            have = {"input": x, "output": output, **given}
            results = []
            for body in (derived.compute, derived.define):
                variant = registry_variant(derived, body)
                arrays = {i.name: have[i.name] for i in variant.inputs}
                results.append(run(variant, arrays, {"dim": 1}, binding))
            for key, value in results[0].items():
                near(value, results[1][key], 1e-12)


def registry_variant(op, body):
    from dataclasses import replace

    return replace(op, define=body, compute=())


def test_ties_share_in_amax_and_go_to_the_index_in_max_pooling():
    x = np.array([[3.0, 1.0, 3.0, 2.0]])
    leaf = Variable(x)
    output = record(entry("amax", {"input": x}, {}), {"input": leaf}, {"dim": 1})["output"]
    gradient = gradients(output, Variable(np.array([4.0])), [leaf])[0]
    np.testing.assert_array_equal(gradient.array, [[2.0, 0, 2.0, 0]])
    leaf = Variable(x[None, :, None, :].repeat(2, axis=2))
    attributes = {"kernel_size": 2, "stride": 2}
    op = entry("max_pool2d", {"input": leaf}, {})
    output = record(op, {"input": leaf}, attributes)["output"]
    gradient = gradients(output, Variable(np.ones(output.array.shape)), [leaf])[0]
    np.testing.assert_array_equal(gradient.array[0, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


def test_a_guard_goes_around_the_whole_product():
    [op] = read_text(
        """
guarded_root:
  doc: A root where there is one.
  inputs: {x: Float}
  outputs: {y: Float}
  define: y = sqrt(x) * log(x) if x > 0 else 0
  reference: np.sqrt(x)
"""
    )
    leaf = Variable(np.array([0.0, 1.0, -1.0]))
    output = record(op, {"x": leaf})["y"]
    gradient = gradients(output, Variable(np.ones(3)), [leaf])[0]
    np.testing.assert_allclose(gradient.array, [0.0, 1.0, 0.0])


def test_an_operand_without_batch_axes_gets_its_sum_in_the_derived_op():
    op = entry("linear", {"input": 0, "weight": 0, "bias": 0}, {})
    adjoint = derive_adjoint(op, frozenset(["weight", "bias"]))
    assert statements(adjoint) == [
        "d_weight[n, k] += d_output[n] * input[k]",
        "d_bias[n] += d_output[n]",
    ]
    assert [item.name for item in adjoint.inputs] == ["input", "d_output"]


def test_prefix_axes_keep_the_cotangents_of_shared_operands_apart():
    """Under vmap an operand without batch axes has one cotangent for each example."""
    rng = np.random.default_rng(6)
    x, w, d = rng.normal(size=(3, 5, 4)), rng.normal(size=(2, 4)), rng.normal(size=(3, 5, 2))
    op = entry("linear", {"input": x, "weight": w}, {})
    shapes = {"input": Argument(x.shape, float64), "weight": Argument((3, 2, 4), float64)}
    whole = np.broadcast_to(w, (3, 2, 4))
    binding = bind(op, shapes, {}, 1)
    adjoint = derive_adjoint(op, frozenset(["weight"]))
    arrays = {"input": x, "d_output": d}
    assert interpret(op, binding, {"input": x, "weight": whole})["output"].shape == (3, 5, 2)
    result = run(adjoint, arrays, {}, binding, prefix=1)
    near(result["d_weight"], np.einsum("pbn,pbk->pnk", d, x), 1e-12)


def test_cotangents_read_saved_outputs_instead_of_computing_again():
    cases = {
        "exp": "d_input = d_output * output",
        "tanh": "d_input = d_output * (1 - output * output)",
        "sqrt": "d_input = d_output * 0.5 / output",
    }
    for name, text in cases.items():
        adjoint = derive_adjoint(registry.get(name), frozenset(["input"]))
        assert statements(adjoint) == [text]
        assert [item.name for item in adjoint.inputs] == ["output", "d_output"]


def test_matmul_needs_one_contraction_for_each_operand():
    adjoint = derive_adjoint(registry.get("matmul"), frozenset(["input", "other"]))
    assert statements(adjoint) == [
        "d_input[m, k] = sum[n](d_output[m, n] * other[k, n])",
        "d_other[k, n] = sum[m](d_output[m, n] * input[m, k])",
    ]


def test_names_stay_unique_when_a_derived_op_is_derived():
    op = registry.get("exp")
    for first, second in itertools.product((derive_adjoint, derive_tangent), repeat=2):
        inner = first(op, frozenset(["input"]))
        outer = second(inner, frozenset(item.name for item in inner.inputs))
        names = [item.name for item in (*outer.inputs, *outer.outputs)]
        assert len(set(names)) == len(names)
    names = cotangent_names(derive_adjoint(op, frozenset(["input"])))
    assert names == {"d_input": "d_d_input", "output": "d_output_", "d_output": "d_d_output"}


def test_derivations_are_remembered():
    op = registry.get("softmax")
    wanted = frozenset(["input"])
    assert derive_adjoint(op, wanted) is derive_adjoint(op, wanted)
    assert derive_tangent(op, wanted) is derive_tangent(op, wanted)


def test_what_is_gathered_out_of_range_under_a_guard_adds_nothing():
    [op] = read_text(
        """
guarded_gather:
  doc: Elements at some places, zero for a negative place.
  inputs: {x: "Float[N]", index: "int64[I]"}
  outputs: {y: "Float[I]"}
  define: "y[i] = x[index[i]] if index[i] >= 0 else 0"
  reference: np.where(index >= 0, x[index], 0)
"""
    )
    leaf = Variable(np.array([1.0, 2.0, 3.0]))
    output = record(op, {"x": leaf, "index": Variable(np.array([2, -100, 2, 0]))})["y"]
    np.testing.assert_array_equal(output.array, [3.0, 0, 3.0, 1.0])
    gradient = gradients(output, Variable(np.array([1.0, 10.0, 100.0, 1000.0])), [leaf])[0]
    np.testing.assert_array_equal(gradient.array, [1000.0, 0, 101.0])


def test_a_put_passes_nothing_to_what_it_replaces():
    rng = np.random.default_rng(7)
    arrays = {
        "input": rng.normal(size=(4, 2)),
        "index": np.array([2, -4]),
        "values": rng.normal(size=(2, 2)),
    }
    check_first(entry("put_rows", arrays, {}), arrays, {}, rng)


@pytest.mark.parametrize("name", ["floor", "sign", "round"])
def test_flat_functions_have_a_zero_derivative(name):
    adjoint = derive_adjoint(registry.get(name), frozenset(["input"]))
    assert statements(adjoint) == ["d_input = 0"]


def test_statistics_without_derivative_still_pass_it_on():
    """The mean that batch_norm returns has no cotangent, yet the output depends on it."""
    rng = np.random.default_rng(8)
    arrays = {"input": rng.normal(size=(4, 3)), "weight": rng.normal(size=3), "bias": np.zeros(3)}
    op = entry("batch_norm_training", arrays, {})
    check_first(op, arrays, {}, rng)
    weight, weight2 = rng.normal(size=(2, 4, 3))
    direction = rng.normal(size=(4, 3))

    def first(t):
        leaves = {name: Variable(value) for name, value in arrays.items()}
        leaves["input"] = Variable(arrays["input"] + t * direction)
        output = record(op, leaves)["output"]
        return leaves["input"], gradients(output, Variable(weight), [leaves["input"]])[0]

    leaf, gradient = first(0.0)
    second = gradients(gradient, Variable(weight2), [leaf])[0]
    near(
        (second.array * direction).sum(), slope(lambda t: (first(t)[1].array * weight2).sum()), 1e-6
    )


def test_a_branch_guards_what_a_statement_before_computed_for_it():
    [op] = read_text(
        """
two_ways:
  doc: Two formulas, one of which is not finite everywhere.
  inputs: {x: Float}
  attrs: {direct: bool = True}
  outputs: {y: Float}
  define: |
    root = sqrt(x)
    y = x * x if direct else root
  reference: x * x
"""
    )
    leaf = Variable(np.array([-1.0, 0.0, 2.0]))
    output = record(op, {"x": leaf}, {"direct": True})["y"]
    gradient = gradients(output, Variable(np.ones(3)), [leaf])[0]
    np.testing.assert_array_equal(gradient.array, [-2.0, 0.0, 4.0])

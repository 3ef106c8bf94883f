"""What adjoints and tangents of statements are: their zeros, ties, guards, names and cost."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from tensorsmith.ops import registry
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.derivatives.derive import cotangent_names, derive_adjoint, derive_tangent
from tensorsmith.ops.dtype import float64
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.interpreter.interpret import interpret
from tensorsmith.ops.language.text import print_statement

from tests.ops.tape import Variable, entry, gradients, record, run, slope, solve

from .differences import check_first, near

pytestmark = pytest.mark.usefixtures("in_float64")


def statements(op) -> list[str]:
    return [print_statement(item) for item in op.compute or op.define]


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

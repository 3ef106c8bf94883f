"""The interpreter gives what the notation says, in any order of dims and with every dtype rule."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from tensorsmith.ops import registry
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.errors import BackendError, IndexRangeError
from tensorsmith.ops.interpreter.interpret import interpret
from tensorsmith.ops.interpreter.philox import uniform32, uniform64

from tests.ops.tape import default_float64, entry, run, solve

RNG = np.random.default_rng(0)


def define(body: str, inputs: str, outputs: str, more: str = ""):
    """An op from the text of its statements and types."""
    indented = "\n".join(f"    {line}" for line in body.strip().splitlines())
    [op] = read_text(
        f"made:\n  doc: An op for a test.\n  inputs: {inputs}\n{more}  outputs: {outputs}\n"
        f"  define: |\n{indented}\n  reference: x\n"
    )
    return op


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_reductions_take_any_dim(dim, keepdim):
    x = RNG.normal(size=(2, 3, 4))
    attributes = {"dim": dim, "keepdim": keepdim}
    op = entry("sum", {"input": x}, {})
    got = run(op, {"input": x}, attributes, exact=False)["output"]
    np.testing.assert_allclose(got, x.sum(dim, keepdims=keepdim), rtol=1e-12)
    op = entry("amax", {"input": x}, {})
    got = run(op, {"input": x}, attributes, exact=False)["output"]
    np.testing.assert_array_equal(got, x.max(dim, keepdims=keepdim))


def test_several_dims_are_one_axis_in_row_major_order():
    x = RNG.normal(size=(2, 3, 4))
    op = registry.get("argmax")
    assert run(op, {"input": x}, {"dim": None})["output"] == x.argmax()
    got = run(registry.get("sum"), {"input": x}, {"dim": (2, 0)})["output"]
    np.testing.assert_allclose(got, x.sum((0, 2)))


def test_operands_broadcast_over_the_batch():
    a, b = RNG.normal(size=(2, 1, 3, 4)), RNG.normal(size=(5, 4, 2))
    got = run(registry.get("matmul"), {"input": a, "other": b})["output"]
    np.testing.assert_allclose(got, a @ b, rtol=1e-12)


def test_missing_axes_are_missing_in_the_result():
    a, b = RNG.normal(size=4), RNG.normal(size=(2, 4, 3))
    got = run(registry.get("matmul"), {"input": a, "other": b})["output"]
    np.testing.assert_allclose(got, a @ b, rtol=1e-12)
    m, v = RNG.normal(size=(3, 5)), RNG.normal(size=5)
    op = registry.get("addmm")
    arrays = {"input": v, "mat1": RNG.normal(size=(3, 4)), "mat2": RNG.normal(size=(4, 5))}
    np.testing.assert_allclose(run(op, arrays)["output"], v + arrays["mat1"] @ arrays["mat2"])
    arrays["input"] = m[:, :1]
    np.testing.assert_allclose(
        run(op, arrays)["output"], m[:, :1] + arrays["mat1"] @ arrays["mat2"]
    )


@pytest.mark.parametrize(
    ("name", "shapes", "attributes"),
    [
        ("matmul", {"input": (3, 4), "other": (4, 2)}, {}),
        ("conv2d", {"input": (2, 4, 5, 4), "weight": (6, 2, 3, 2), "bias": (6,)},
         {"groups": 2, "padding": 1, "stride": 2}),
        ("bilinear", {"input1": (2, 3), "input2": (2, 4), "weight": (5, 3, 4), "bias": (5,)}, {}),
        ("matmul", {"input": (1, 1), "other": (1, 1)}, {}),
        ("matmul", {"input": (3, 0), "other": (0, 2)}, {}),
    ],
)  # fmt: skip
def test_einsum_and_the_plain_sum_agree(name, shapes, attributes):
    arrays = {key: RNG.normal(size=shape) for key, shape in shapes.items()}
    op = entry(name, arrays, {})
    quick = run(op, arrays, attributes, fast=True)["output"]
    plain = run(op, arrays, attributes, fast=False)["output"]
    np.testing.assert_allclose(quick, plain, rtol=1e-12, atol=1e-14)


SCANS = {
    "sum": np.cumsum,
    "prod": np.cumprod,
    "max": np.maximum.accumulate,
    "min": np.minimum.accumulate,
    "logaddexp": np.logaddexp.accumulate,
}


@pytest.mark.parametrize("kind", SCANS)
@pytest.mark.parametrize("sign", ["<=", ">="])
def test_scans_run_from_either_end(kind, sign):
    op = define(
        f"y[n] = running_{kind}[n1 {sign} n](x[n1])", '{x: "Float[..., N]"}', '{y: "Float[..., N]"}'
    )
    x = RNG.normal(size=(3, 5))
    flipped = x[:, ::-1] if sign == ">=" else x
    wanted = SCANS[kind](flipped, axis=1)
    wanted = wanted[:, ::-1] if sign == ">=" else wanted
    np.testing.assert_allclose(run(op, {"x": x})["y"], wanted, rtol=1e-12)


def test_running_argmax_finds_the_last_of_several_extremes():
    op = define("y[n] = running_argmax[n1 <= n](x[n1])", '{x: "Float[N]"}', '{y: "int64[N]"}')
    x = np.array([1.0, 3.0, 3.0, 2.0, 4.0])
    np.testing.assert_array_equal(run(op, {"x": x})["y"], [0, 1, 2, 2, 4])


def test_a_scan_whose_body_reads_its_end_is_taken_end_by_end():
    op = define(
        "y[m, n] = running_sum[n1 <= n](x[n1] * z[m, n])",
        '{x: "Float[N]", z: "Float[M, N]"}',
        '{y: "Float[M, N]"}',
    )
    x, z = RNG.normal(size=4), RNG.normal(size=(3, 4))
    np.testing.assert_allclose(run(op, {"x": x, "z": z})["y"], x.cumsum() * z, rtol=1e-12)


def test_argmax_gives_the_first_extreme_and_nan_counts_as_one():
    op = registry.get("argmax")
    assert run(op, {"input": np.array([1.0, 5.0, 5.0])})["output"] == 1
    assert run(op, {"input": np.array([1.0, np.nan, 5.0])})["output"] == 1
    assert np.isnan(run(registry.get("amax"), {"input": np.array([1.0, np.nan])})["output"])


def test_reads_beyond_the_edges_have_the_stated_value():
    op = define("y[n] = x[n - 1] + x[n + 1]", '{x: "Float[N]"}', '{y: "Float[N]"}', "")
    from dataclasses import replace

    from tensorsmith.ops.language.expression import Constant

    op = replace(op, outside=(("x", Constant(10)),))
    np.testing.assert_allclose(run(op, {"x": np.array([1.0, 2, 3])})["y"], [12.0, 4.0, 12.0])


def test_an_index_out_of_range_is_reported_with_its_place():
    op = registry.get("gather")
    arrays = {"input": np.arange(3.0), "index": np.array([0, 3])}
    with pytest.raises(IndexRangeError, match=r"axis 0 of input must be in \[0, 3\), got 3"):
        run(op, arrays, {"dim": 0})


def test_what_a_guard_hides_is_not_checked():
    op = define(
        "y[i] = x[index[i]] if index[i] >= 0 else 0", '{x: "Float[N]", index: "int64[I]"}',
        '{y: "Float[I]"}',
    )  # fmt: skip
    arrays = {"x": np.array([5.0, 6.0]), "index": np.array([1, -100])}
    np.testing.assert_array_equal(run(op, arrays)["y"], [6.0, 0.0])
    with pytest.raises(IndexRangeError):
        run(op, {**arrays, "index": np.array([1, 2])})


def test_values_that_meet_at_one_element_are_added():
    op = define(
        "y[index[i]] += x[i]",
        '{x: "Float[I]", index: "int64[I]", z: "Float[N]"}',
        '{y: "Float[N]"}',
    )
    arrays = {"x": np.array([1.0, 2, 4]), "index": np.array([2, 0, 2]), "z": np.zeros(4)}
    np.testing.assert_array_equal(run(op, arrays)["y"], [2, 0, 5, 0])
    with pytest.raises(IndexRangeError):
        run(op, {**arrays, "index": np.array([2, 0, 4])})


def test_a_put_keeps_the_last_value():
    op = define(
        "y[n] = z[n]\ny[index[i]] = x[i]",
        '{x: "Float[I]", index: "int64[I]", z: "Float[N]"}',
        '{y: "Float[N]"}',
    )
    arrays = {"x": np.array([1.0, 2, 4]), "index": np.array([2, 0, 2]), "z": np.full(4, 9.0)}
    np.testing.assert_array_equal(run(op, arrays)["y"], [2, 9, 4, 9])


def test_a_target_without_batch_axes_adds_over_the_batch():
    op = define("y[n] += x[n] * w[n]", '{x: "Float[..., N]", w: "Float[N]"}', '{y: "Float[N]"}')
    x, w = RNG.normal(size=(2, 3, 4)), RNG.normal(size=4)
    np.testing.assert_allclose(run(op, {"x": x, "w": w})["y"], (x * w).sum((0, 1)), rtol=1e-12)
    # a value that does not depend on the batch counts once for each of its positions
    op = define("y[n] += w[n]", '{x: "Float[..., N]", w: "Float[N]"}', '{y: "Float[N]"}')
    np.testing.assert_allclose(run(op, {"x": x, "w": w})["y"], 6 * w, rtol=1e-12)


@pytest.mark.parametrize("native", [np.float16, ml_dtypes.bfloat16])
def test_halves_are_rounded_once(native):
    x = (RNG.normal(size=1000) * 10).astype(native)
    got = run(registry.get("sum"), {"input": x}, exact=False)["output"]
    assert got.dtype == native
    assert got == x.astype(np.float32).sum().astype(native)


def test_dtypes_follow_the_words():
    x = np.array([100, 100, 100], np.int8)
    assert run(registry.get("add"), {"input": x, "other": x}, exact=False)["output"].tolist() == [
        -56, -56, -56,
    ]  # fmt: skip
    wide = run(registry.get("sum"), {"input": x}, exact=False)["output"]
    assert wide.dtype == np.int64 and wide == 300
    root = run(registry.get("sqrt"), {"input": np.array([4, 9])}, exact=False)["output"]
    assert root.dtype == np.float32 and root.tolist() == [2, 3]
    assert run(registry.get("lt"), {"input": x, "other": x}, exact=False)["output"].dtype == bool
    third = run(entry("div", {"input": x, "other": x}, {}), {"input": x, "other": x}, exact=False)
    third = third["output"]
    assert third.dtype == np.float32


def test_float32_is_computed_in_float32_unless_exact():
    x = np.array([1.0, 1e-8], np.float32)
    op = registry.get("sum")
    assert run(op, {"input": x}, exact=False)["output"].dtype == np.float32
    exact = run(op, {"input": x}, exact=True)["output"]
    assert exact.dtype == np.float64 and exact > 1


def test_random_numbers_depend_on_seed_and_element_alone():
    op = define("y = uniform(seed, linear())", "{x: Float}", "{y: Float}", "  attrs: {seed: any}\n")
    x = np.zeros((3, 4), np.float32)
    got = run(op, {"x": x}, {"seed": (5, 1)}, exact=False)["y"]
    np.testing.assert_array_equal(got.ravel(), uniform32((5, 1), np.arange(12)))
    got = run(op, {"x": x.astype(float)}, {"seed": (5, 1)}, exact=False)["y"]
    np.testing.assert_array_equal(got.ravel(), uniform64((5, 1), np.arange(12)))


def test_a_grid_that_would_not_fit_is_refused():
    op = define(
        "y = sum[m, n, k](exp(a[m] + b[n] + c[k]))",
        '{a: "Float[M]", b: "Float[N]", c: "Float[K]"}',
        '{y: "Float[]"}',
    )
    arrays = {name: np.zeros(1024) for name in "abc"}
    with pytest.raises(BackendError, match="2\\*\\*28"):
        run(op, arrays)


def test_empty_tensors_have_the_identities():
    x = np.zeros((2, 0))
    np.testing.assert_array_equal(
        run(registry.get("sum"), {"input": x}, {"dim": 1})["output"], [0, 0]
    )
    np.testing.assert_array_equal(
        run(registry.get("prod"), {"input": x}, {"dim": 1})["output"], [1, 1]
    )
    assert run(registry.get("exp"), {"input": x})["output"].shape == (2, 0)


def test_arrays_come_in_any_strides_and_are_not_changed():
    base = RNG.normal(size=(4, 6))
    x, kept = base.T[::2], base.copy()
    with default_float64():
        op = registry.get("softmax")
        binding = solve(op, {"input": x}, {"dim": 0})
        got = interpret(op, binding, {"input": x})["output"]
    power = np.exp(x - x.max(0))
    np.testing.assert_allclose(got, power / power.sum(0), rtol=1e-12)
    np.testing.assert_array_equal(base, kept)

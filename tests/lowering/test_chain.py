"""Products chained through rows: attention, its adjoint, and whatever else has their structure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.lowering.chain.bounds import find_bound
from tensorsmith.lowering.chain.find import find_chain
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.program.flatten import flatten
from tensorsmith.lowering.program.partition import partition
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.derivatives.derive import derive_adjoint
from tensorsmith.ops.dtype import numpy_dtype
from tensorsmith.ops.language.expression import Attribute
from tensorsmith.ops.language.expression import Call as Primitive

from .calls import NARROW, WIDE, Call, argument, defined, make, random

Arrays = Mapping[str, np.ndarray]

NORMALIZED = """
squared_shares:
  doc: Values weighted by the squares of products, as shares of their sum.
  names: []
  inputs:
    a: Float[..., M, K]
    b: Float[..., N, K]
    c: Float[..., N, P]
  outputs:
    output: Float[..., M, P]
  define: |
    product[m, n] = sum[k](a[m, k] * b[n, k])
    square[m, n] = product[m, n] * product[m, n] if n < m else 0
    total[m] = sum[n](square[m, n])
    output[m, p] = sum[n](square[m, n] * c[n, p]) / (1 + total[m])
  reference: null
  samples:
    - {a: [3, 4], b: [5, 4], c: [5, 2]}
  rejects:
    axis K: {a: [3, 4], b: [5, 3], c: [5, 2]}
"""


def attention(
    rows: int, columns: int, *, batch: tuple[int, ...] = (2, 3), depth: int = 8, width: int = 8,
    causal: bool = False, kind: str = "float32", **masks: np.ndarray,
) -> Call:  # fmt: skip
    """A call of attention."""
    arrays = {
        "query": random(*batch, rows, depth).astype(kind),
        "key": random(*batch, columns, depth, seed=1).astype(kind),
        "value": random(*batch, columns, width, seed=2).astype(kind),
        **masks,
    }
    return make("scaled_dot_product_attention", arrays, {"scale": 0.3, "is_causal": causal})


def adjoint(call: Call, names: tuple[str, ...] = ("query", "key", "value")) -> Call:
    """The adjoint of a call, with random cotangents."""
    op = derive_adjoint(call.op, frozenset(names))
    known = {**call.arrays, **call.expected()}
    for output in call.op.outputs:
        known[f"d_{output.name}"] = random(*call.binding.shapes[output.name], seed=9)
    dtypes = {**call.binding.dtypes, "d_output": call.binding.dtypes["output"]}
    arrays = {
        item.name: np.asarray(known[item.name], numpy_dtype(dtypes[item.name]))
        for item in op.inputs if item.name in known
    }  # fmt: skip
    given = {name: argument(value) for name, value in arrays.items()}
    binding = bind(op, given, call.binding.attributes, known=call.binding)
    return Call(op, binding, dict(arrays))


def forms(call: Call) -> list[str]:
    """Schedules of a call's launches."""
    return [launch.kernel.form for launch in call.planned(NARROW).launches]


SIZES = [
    (16, 16, {}),
    (40, 40, {"causal": True}),
    (37, 50, {"causal": True, "depth": 33, "width": 20}),
    (50, 37, {"causal": True, "depth": 5, "width": 3}),
    (64, 200, {"batch": (1,)}),
    (100, 20, {"batch": (), "causal": True}),
    (40, 24, {"kind": "float64", "causal": True}),
    (130, 300, {"batch": (4,), "causal": True}),
]


@pytest.mark.parametrize(("rows", "columns", "how"), SIZES)
def test_attention_is_one_kernel_and_right(rows: int, columns: int, how: dict[str, object]) -> None:
    call = attention(rows, columns, **how)  # type: ignore[arg-type]
    assert forms(call) == ["chain"]
    call.check(2e-5)


@pytest.mark.parametrize(("rows", "columns", "how"), SIZES)
def test_its_adjoint_is_right_whatever_it_goes_through(
    rows: int, columns: int, how: dict[str, object]
) -> None:
    call = adjoint(attention(rows, columns, **how))  # type: ignore[arg-type]
    assert ("chain" in forms(call)) == (np.prod(how.get("batch", (2, 3))) >= 4)
    call.check(5e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_masks_of_both_kinds_and_rows_without_a_key(causal: bool) -> None:
    keep = np.random.default_rng(5).random((2, 3, 20, 33)) > 0.4
    keep[1, 2, 7] = False
    added = random(3, 20, 33, seed=4)
    added[:, :, 5] = -np.inf
    call = attention(20, 33, causal=causal, keep=keep, attn_mask=added)
    assert forms(call) == ["chain"]
    call.check(2e-5)
    assert not call.run()["output"][1, 2, 7].any()
    backward = adjoint(call)
    assert "chain" in forms(backward)
    backward.check(5e-5)


def test_masks_that_are_spread_over_rows_or_columns() -> None:
    keep = np.broadcast_to(np.random.default_rng(5).random((2, 1, 1, 33)) > 0.4, (2, 1, 20, 33))
    call = attention(20, 33, keep=keep, attn_mask=np.broadcast_to(random(20, 1), (20, 33)))
    assert forms(call) == ["chain"]
    call.check(2e-5)


def test_a_mask_that_wants_a_gradient_takes_its_scores_to_memory() -> None:
    call = adjoint(attention(20, 33, attn_mask=random(20, 33)), ("query", "attn_mask"))
    assert "chain" not in forms(call)
    call.check(5e-5)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_halves_are_summed_in_float32(name: str) -> None:
    generator = np.random.default_rng(0)
    arrays = [generator.standard_normal((2, 2, 40, 24)).astype(np.float32) for _ in range(3)]
    given = [ts.tensor(a).to(getattr(ts, name)).requires_grad_() for a in arrays]
    wide = [g.detach().double().requires_grad_() for g in given]
    attend = ts.nn.functional.scaled_dot_product_attention
    for tensors in (given, wide):
        attend(*tensors, is_causal=True).sum().backward()
    for half, exact in zip(given, wide):
        error = (half.grad.double() - exact.grad).abs().max().item()
        assert error < (0.02 if name == "float16" else 0.15)


@pytest.mark.parametrize("target", [NARROW, WIDE], ids=["narrow", "wide"])
def test_kernels_of_chains_are_well_formed(target: object) -> None:
    for call in (attention(40, 40, causal=True), adjoint(attention(40, 40, causal=True))):
        for launch in call.planned(target).launches:  # type: ignore[arg-type]
            verify(launch.kernel.build())


def test_other_sizes_share_the_kernel() -> None:
    kernels = {attention(*size).planned().launches[0].kernel for size in ((40, 50), (400, 70))}
    assert len(kernels) == 1


def test_transposed_and_broadcast_operands() -> None:
    arrays = {
        "query": random(2, 20, 3, 8).transpose(0, 2, 1, 3),
        "key": random(2, 1, 8, 35, seed=1).transpose(0, 1, 3, 2),
        "value": random(2, 1, 6, 35, seed=2).transpose(0, 1, 3, 2),
    }
    call = make("scaled_dot_product_attention", arrays, {"scale": 0.3})
    assert forms(call) == ["chain"]
    call.check(2e-5)


def test_a_chain_is_known_by_its_structure() -> None:
    arrays = {"a": random(4, 20, 5), "b": random(4, 30, 5, seed=1), "c": random(4, 30, 7, seed=2)}
    call = make(defined(NORMALIZED), arrays)
    assert forms(call) == ["chain"]
    call.check(2e-5)


def bound_of(call: Call) -> object:
    program = flatten(call.op, call.binding)
    chain = find_chain(program, partition(program))
    assert chain is not None
    wanted = [tail.line.tensor for tail in chain.tails]
    return find_bound(chain.steps, wanted, chain.row, chain.column)


def test_what_a_condition_rules_out_is_found_by_what_comes_of_it() -> None:
    calls = (attention(20, 20), adjoint(attention(20, 20)))
    for call in calls:
        bound = bound_of(call)
        assert bound is not None
        assert bound.reach == 1  # type: ignore[attr-defined]
        assert bound.unless == Primitive("not", (Attribute("is_causal"),))  # type: ignore[attr-defined]
    arrays = {"a": random(4, 20, 5), "b": random(4, 30, 5, seed=1), "c": random(4, 30, 7, seed=2)}
    found = bound_of(make(defined(NORMALIZED), arrays))
    assert found is not None
    assert found.reach == 0  # type: ignore[attr-defined]
    beside = make(defined(NORMALIZED.replace("if n < m else 0", "if n < m else 1")), arrays)
    assert bound_of(beside) is None
    beside.check(2e-5)


def test_a_nan_stays_in_its_row() -> None:
    call = attention(20, 20)
    query = call.arrays["query"]
    assert isinstance(query, np.ndarray)
    query[0, 0, 3] = np.nan
    output = call.run()["output"]
    assert np.isnan(output[0, 0, 3]).all()
    assert np.isfinite(np.delete(output[0, 0], 3, axis=0)).all()


def test_second_derivatives() -> None:
    attend = ts.nn.functional.scaled_dot_product_attention
    tensors = [
        ts.tensor(random(2, 2, 17, 3, seed=k).astype(np.float64), requires_grad=True)
        for k in range(3)
    ]
    assert ts.autograd.gradcheck(lambda *t: attend(*t, is_causal=True), tensors)

    def loss(*given: ts.Tensor) -> ts.Tensor:
        return (attend(*given, is_causal=True) ** 2).sum()

    (first,) = ts.autograd.grad(loss(*tensors), tensors[:1], create_graph=True)
    (second,) = ts.autograd.grad((first**2).sum(), tensors[1:2])
    step = 1e-5
    moved = [t.detach() for t in tensors]
    ends = []
    for sign in (1, -1):
        key = moved[1].clone()
        key[0, 0, 2, 1] += sign * step
        query = moved[0].clone().requires_grad_()
        (gradient,) = ts.autograd.grad(loss(query, key, moved[2]), [query])
        ends.append((gradient**2).sum().item())
    assert second[0, 0, 2, 1].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    attend = ts.nn.functional.scaled_dot_product_attention
    known = ts.get_num_threads()
    found = []
    for threads in (1, 2):
        ts.set_num_threads(threads)
        q, k, v = (ts.tensor(random(3, 4, 70, 24, seed=s), requires_grad=True) for s in range(3))
        attend(q, k, v, is_causal=True).sum().backward()
        found.append([t.grad.numpy() for t in (q, k, v)])
    ts.set_num_threads(known)
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)

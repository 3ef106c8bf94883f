"""Attention on a GPU goes on where the largest score grows; gradients compute scores anew."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cuda import host, nvrtc
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.backends.cuda.kernel import cuda_kernel
from tensorsmith.backends.cuda.nvrtc import resources
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.chain.find import find_chain
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.program.flatten import flatten
from tensorsmith.lowering.program.partition import partition
from tensorsmith.lowering.simt.chain.parts import running_of
from tensorsmith.ops.dtype import bfloat16, numpy_dtype

from ..calls import Call, defined, make, random
from ..test_chain import NORMALIZED, adjoint, attention
from .test_nest import forms, names, only, planned

needs_compiler = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "it is there")
needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")

CAUSAL = attention(70, 70, batch=(1, 2), width=70, causal=True)
HIDDEN = random(30, 90) > 0
HIDDEN[3], HIDDEN[5, :64] = False, False
KEEP = attention(30, 90, batch=(2,), depth=20, width=6, keep=HIDDEN)

BARRED = random(70, 150) > 0
BARRED[3], BARRED[65, :64] = False, False
FORWARD = attention(70, 150, batch=(1, 2), width=70, causal=True, keep=BARRED)
BACKWARD = adjoint(FORWARD)
HALVES = adjoint(attention(140, 70, batch=(2,), depth=30, causal=True, kind="float16"))


def of_bfloat16() -> Call:
    """Rows longer than a step of depth, keys and values that lie across."""
    arrays = {
        "query": random(2, 70, 72),
        "key": random(2, 72, 130, seed=1).transpose(0, 2, 1),
        "value": random(2, 70, 130, seed=2).transpose(0, 2, 1),
    }
    halves = {name: array.astype(numpy_dtype(bfloat16)) for name, array in arrays.items()}
    return make("scaled_dot_product_attention", halves, {"scale": 0.1})


def host_call(call: Call) -> HostCall:
    return HostCall(call.op.name, call.op, call.binding, call.arrays)


@needs_compiler
def test_rows_in_parts_give_what_whole_rows_give() -> None:
    assert not list(failures(compare([host_call(FORWARD)])))


@pytest.mark.parametrize("call", [CAUSAL, KEEP], ids=["causal", "keep"])
def test_attention_is_one_kernel_without_scores_in_memory(call: Call) -> None:
    found = planned(call)
    assert forms(found) == ["chain"] and not found.temporaries
    function = only(found).kernel.build()
    verify(function)
    assert function.narrow and "gpu.known_block_size" in print_function(function)
    assert names(function)["gpu.barrier"] == 2 + 2


@needs_compiler
def test_gradients_follow_from_elements_that_are_computed_anew() -> None:
    assert not list(failures(compare([host_call(BACKWARD)])))


@needs_compiler
def test_tensor_cores_multiply_halves_out_of_registers() -> None:
    calls = [of_bfloat16(), HALVES]
    launches = [launch for call in calls for launch in planned(call).launches]
    functions = [x.kernel.build() for x in launches if x.kernel.form == "chain"]
    assert len(functions) == 4
    assert all(names(function)["nvgpu.mma.sync"] for function in functions)
    assert not list(failures(compare([host_call(call) for call in calls])))


def test_gradients_keep_two_numbers_of_each_row_and_no_scores() -> None:
    found = planned(BACKWARD)
    assert forms(found) == ["column", "chain", "chain", "chain"]
    assert {t.name: t.elements for t in found.temporaries} == {
        "top": 140, "total": 140, "mean": 140,
    }  # fmt: skip
    for launch in found.launches[1:]:
        verify(launch.kernel.build())


@pytest.mark.parametrize(("names", "count"), [(("query",), 2), (("value",), 2), (("key",), 2)])
def test_gradients_that_nobody_wants_are_not_computed(names: tuple[str, ...], count: int) -> None:
    found = planned(adjoint(CAUSAL, names))
    assert forms(found).count("chain") == count
    assert {t.name for t in found.temporaries} <= {"top", "total", "mean"}


@needs_nvrtc
@pytest.mark.parametrize(
    "target", ["sm_90", *(pytest.param(x, marks=pytest.mark.slow) for x in TARGETS if x != "sm_90")]
)
def test_it_compiles(target: str) -> None:
    launches = (*planned(KEEP).launches, planned(HALVES).launches[-1])
    kernels = [cuda_kernel(launch.kernel) for launch in launches]
    taken = resources(kernels, TARGETS[target])
    assert set(taken) == {kernel.entry for kernel in kernels}
    assert not any(found.spilled for found in taken.values())


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (attention(40, 40, width=129), "sums of a row do not fit into registers"),
        (attention(12, 40), "few rows"),
        (attention(30, 600, batch=(2,)), "few blocks, long rows"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_other_chains_are_launches_of_their_own(call: Call, why: str) -> None:
    assert "chain" not in forms(planned(call)), why


def test_only_exponentials_can_be_scaled_down() -> None:
    arrays = {"a": random(40, 8), "b": random(40, 8), "c": random(40, 8)}
    call = make(defined(NORMALIZED), arrays)
    program = flatten(call.op, call.binding)
    chain = find_chain(program, partition(program))
    assert chain is not None and running_of(chain) is None
    assert np.isfinite(call.expected()["output"]).all()

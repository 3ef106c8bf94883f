"""Kernels with AVX-512, run by Bochs: what processors of that level compute is right.

Bochs 2.7 (`apt-get install bochs`) has x86-64-v4 and `avx512vnni`. It has no `avx512bf16`, and
takes gathers and scatters whose places are in registers 16 to 31 for no instructions: sorting and
`nll_loss` have them. `BOCHS`, `BOCHS_VIDEO` and `BOCHS_DISPLAY` name a program, its video BIOS and
its display.
"""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from tensorsmith.backends.cpu.machine import machine_of

from ..lowering.calls import Call, make, random
from . import bochs
from .test_dots import check_bfloats, check_integers, product

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bochs.installed(), reason="the PC emulator Bochs is not installed"),
]
V4 = machine_of("x86-64-v4", ["avx512bf16", "avx512vnni"])


def turned(array: np.ndarray) -> np.ndarray:
    """The same matrix, transposed in memory."""
    return np.ascontiguousarray(array.T).T


ROWS = np.arange(165).reshape(5, 33) % 9
CALLS = [
    make("add", {"input": random(3, 33), "other": random(3, 33, seed=1)}),
    make("add", {"input": random(3, 33, kind="int8"), "other": random(3, 33, kind="int8")}),
    make("mul", {n: random(3, 33).astype(np.float16) for n in ("input", "other")}),
    make("exp", {"input": random(3, 33).astype(np.float64)}),
    make("gelu", {"input": random(3, 33)}, {"approximate": "none"}),
    make("sin", {"input": 1000 * random(3, 33)}),
    make("lgamma", {"input": random(3, 33)}),
    make("softmax", {"input": random(5, 33)}, {"dim": 1}),
    make("softmax", {"input": random(33, 37)}, {"dim": 0}),
    make("sum", {"input": random(7, 50, kind="int16")}),
    make("argmax", {"input": random(7, 50)}, {"dim": 1}),
    make("cumsum", {"input": random(5, 33)}, {"dim": 1}),
    make("gather", {"input": random(9, 33), "index": ROWS}, {"dim": 0}),
    make("mm", {"input": random(33, 41), "mat2": random(41, 50)}),
    make("mm", {"input": turned(random(40, 700)), "mat2": turned(random(700, 37))}),
    make("conv2d", {"input": random(2, 3, 9, 9), "weight": random(4, 3, 3, 3)}, {"padding": 1}),
    make("conv2d", {"input": random(1, 8, 20, 20), "weight": random(8, 8, 3, 3)}, {"padding": 1}),
    make("max_pool2d", {"input": random(2, 3, 9, 9)}, {"kernel_size": 2}),
    make(
        "scaled_dot_product_attention",
        {name: random(4, 20, 8, seed=seed) for seed, name in enumerate(("query", "key", "value"))},
        {"scale": 0.3, "is_causal": True},
    ),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.op.name)
def test_kernels_for_avx512_give_what_the_interpreter_gives(call: Call, tmp_path: Path) -> None:
    found = bochs.run(call, V4, tmp_path)
    for name, wanted in call.expected().items():
        tolerance = 1e-3 if found[name].dtype == np.float16 else 3e-5
        np.testing.assert_allclose(
            found[name].astype(np.float64), np.asarray(wanted, np.float64), tolerance, tolerance
        )


@pytest.mark.parametrize("lies", [False, True])
@pytest.mark.parametrize("kind", ["int8", "int16"])
@pytest.mark.parametrize("size", [(33, 41, 50), (17, 1402, 37), (70, 303, 90)])
def test_sums_of_narrow_integers_are_exact_on_avx512_vnni(
    size: tuple[int, int, int], kind: str, lies: bool, tmp_path: Path
) -> None:
    call = product(*size, kind, lies)
    check_integers(call, bochs.run(call, V4, tmp_path)["output"])


@pytest.mark.parametrize("lies", [False, True])
def test_what_surrounds_products_of_bfloats_is_right_on_avx512(lies: bool, tmp_path: Path) -> None:
    call = product(17, 701, 37, "bfloat16", lies)
    assert call.arrays["input"].dtype == ml_dtypes.bfloat16
    check_bfloats(call, bochs.run(call, V4, tmp_path, plain=True)["output"])

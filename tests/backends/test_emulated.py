"""Kernels for AArch64, run by an emulator: what the other architecture computes is right."""

from __future__ import annotations

import numpy as np
import pytest

from ..lowering.calls import make, random
from .emulated import run

unicorn = pytest.importorskip("unicorn", reason="the CPU emulator `unicorn` is not installed")
pytest.importorskip("unicorn.arm64_const", reason="unicorn lacks AArch64")

CALLS = [
    ("add", {"input": random(3, 33), "other": random(3, 33)}, {}),
    ("gelu", {"input": random(3, 33)}, {"approximate": "none"}),
    ("softmax", {"input": random(5, 33)}, {"dim": 1}),
    ("cumsum", {"input": random(5, 33)}, {"dim": 1}),
    ("matmul", {"input": random(20, 33), "other": random(33, 40)}, {}),
    ("conv2d", {"input": random(2, 3, 9, 9), "weight": random(4, 3, 3, 3)}, {"padding": 1}),
    (
        "scaled_dot_product_attention",
        {name: random(4, 20, 8, seed=seed) for seed, name in enumerate(("query", "key", "value"))},
        {"scale": 0.3, "is_causal": True},
    ),
]


@pytest.mark.parametrize(("name", "arrays", "attributes"), CALLS, ids=[c[0] for c in CALLS])
def test_kernels_for_aarch64_give_what_the_interpreter_gives(
    name: str, arrays: dict[str, object], attributes: dict[str, object]
) -> None:
    call = make(name, arrays, attributes)
    found = run(unicorn, call)
    for output, wanted in call.expected().items():
        np.testing.assert_allclose(found[output], wanted, rtol=2e-5, atol=2e-5)

"""`repr`: fixed cases, and PyTorch's own output where PyTorch is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    ts.set_printoptions(profile="default")
    yield
    ts.set_printoptions(profile="default")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.0, 2.0], "tensor([1., 2.])"),
        ([0.5, -100.25], "tensor([   0.5000, -100.2500])"),
        ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
        ([float("nan"), float("inf"), 1.0], "tensor([nan, inf, 1.])"),
        ([[1, -20], [300, 4]], "tensor([[  1, -20],\n        [300,   4]])"),
        ([True, False], "tensor([ True, False])"),
        ([1 + 2j, -1.5j], "tensor([1.+2.0000j, -0.-1.5000j])"),
        (3.14159, "tensor(3.1416)"),
        ([], "tensor([])"),
    ],
)
def test_fixed_cases(values: Any, text: str) -> None:
    assert repr(ts.tensor(values)) == text


def test_suffixes_name_what_is_not_the_default() -> None:
    assert repr(ts.ones(1, dtype=ts.int8)) == "tensor([1], dtype=tensorsmith.int8)"
    assert repr(ts.empty(0, 2)) == "tensor([], size=(0, 2))"
    assert repr(ts.ones(1, requires_grad=True)) == "tensor([1.], requires_grad=True)"
    assert repr(ts.empty(2, device="meta")) == "tensor(..., device='meta', size=(2,))"
    assert "grad_fn=<MulBackward0>" in repr(ts.ones(1, requires_grad=True) * 2)


def test_options_change_precision_and_summaries() -> None:
    ts.set_printoptions(precision=2, threshold=5, edgeitems=1)
    assert repr(ts.tensor([1.239, 2.0])) == "tensor([1.24, 2.00])"
    assert repr(ts.arange(9)) == "tensor([0,  ..., 8])"
    assert repr(ts.arange(9).reshape(3, 3)).count("...") == 3


def _array(rng: np.random.Generator) -> Any:
    rank = int(rng.integers(0, 4))
    shape = tuple(int(n) for n in rng.integers(0, 12 if rank < 3 else 6, rank))
    scale = 10.0 ** rng.integers(-8, 9)
    kinds = [
        lambda: rng.normal(size=shape) * scale,
        lambda: (rng.normal(size=shape) * scale).astype(np.float32),
        lambda: np.round(rng.normal(size=shape) * 10).astype(np.float32),
        lambda: rng.integers(-1000, 1000, size=shape),
        lambda: rng.integers(0, 2, size=shape).astype(bool),
        lambda: rng.choice([0.0, 1.0, np.nan, np.inf, -2.5, 1e-3, 1e5], size=shape),
        lambda: (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.complex64),
        lambda: np.exp(rng.normal(size=shape) * 6).astype(np.float32),
    ]
    return np.array(kinds[int(rng.integers(len(kinds)))]())


def test_random_tensors_print_as_pytorch_prints_them() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    try:
        for _ in range(300):
            array = _array(rng)
            options: dict[str, Any] = {"profile": "default"}
            if rng.integers(3) == 0:
                options = {
                    "precision": int(rng.integers(0, 7)),
                    "threshold": int(rng.integers(1, 100)),
                    "edgeitems": int(rng.integers(1, 4)),
                    "linewidth": int(rng.integers(40, 120)),
                    "sci_mode": [None, True, False][int(rng.integers(3))],
                }
            torch.set_printoptions(**options)
            ts.set_printoptions(**options)
            theirs = repr(torch.from_numpy(array.copy())).replace("torch.", "tensorsmith.")
            ours = repr(ts.from_numpy(array.copy()))
            assert ours.split() == theirs.split()  # a longer name may move the last suffix down
    finally:
        torch.set_printoptions(profile="default")

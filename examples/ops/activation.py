"""A fused activation in four lines of YAML, against NumPy and PyTorch.

    python examples/ops/activation.py

Each of NumPy and PyTorch walks over memory once for every operation in the formula; the declared op
is one kernel, and so is its derived gradient.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorsmith as ts

SHAPE = (1024, 2048)
(clipped_glu,) = ts.library.load(Path(__file__).with_name("activation.yaml"))


def by_numpy(gate: Any, value: Any) -> Any:
    """The same in NumPy."""
    gate = np.minimum(gate, 7)
    return gate / (1 + np.exp(-1.702 * gate)) * (1 + np.clip(value, -7, 7))


def by_torch(torch: Any, gate: Any, value: Any) -> Any:
    """The same in PyTorch, as its users write it."""
    gate = gate.clamp(max=7)
    return gate * torch.sigmoid(1.702 * gate) * (1 + value.clamp(-7, 7))


def least(*functions: Callable[[], object], rounds: int = 20) -> list[float]:
    """Least time of each function in milliseconds, taken in turn."""
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for place, function in enumerate(functions):
            start = time.perf_counter()
            function()
            best[place] = min(best[place], 1e3 * (time.perf_counter() - start))
    return best


def backward(function: Callable[..., Any], gate: Any, value: Any) -> Callable[[], object]:
    """Forward and backward of a function that records its history."""

    def run() -> object:
        gate.grad = value.grad = None
        function(gate, value).sum().backward()
        return gate.grad

    return run


def main() -> None:
    """Prints times of one thread."""
    ts.set_num_threads(1)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=SHAPE).astype("float32") for _ in range(2)]
    gate, value = (ts.from_numpy(each) for each in arrays)
    np.testing.assert_allclose(clipped_glu(gate, value).numpy(), by_numpy(*arrays), 2e-5, 1e-6)
    runs = [lambda: clipped_glu(gate, value), lambda: by_numpy(*arrays)]
    leaves = [each.clone().requires_grad_() for each in (gate, value)]
    slopes = [backward(clipped_glu, *leaves)]
    try:
        import torch
    except ModuleNotFoundError:
        torch = None
    if torch is not None:
        torch.set_num_threads(1)
        theirs = [torch.from_numpy(each) for each in arrays]
        runs.append(lambda: by_torch(torch, *theirs))
        own = [each.clone().requires_grad_() for each in theirs]
        slopes.append(backward(lambda a, b: by_torch(torch, a, b), *own))
    for name, found in (("forward", least(*runs)), ("with backward", least(*slopes))):
        names = ("declared", "NumPy", "PyTorch") if name == "forward" else ("declared", "PyTorch")
        print(name, ", ".join(f"{who} {took:.2f} ms" for who, took in zip(names, found)))


if __name__ == "__main__":
    main()

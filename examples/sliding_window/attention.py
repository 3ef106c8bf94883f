"""Attention with a sliding window, an op of one's own: checked, then timed against the same thing
written in NumPy and in PyTorch (where it is installed).

    python examples/sliding_window/attention.py [--length 2048] [--window 128] [--check]
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorsmith as ts

[attention] = ts.library.load(Path(__file__).with_name("attention.yaml"))


def numpy_attention(query: Any, key: Any, value: Any, window: int) -> Any:
    """The same with NumPy: all scores, those outside of the window ruled out."""
    place = np.arange(query.shape[-2])
    distance = place[:, None] - place
    score = query @ np.swapaxes(key, -1, -2) / np.float32(math.sqrt(query.shape[-1]))
    score = np.where((distance >= 0) & (distance < window), score, np.float32(-np.inf))
    power = np.exp(score - score.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True) @ value


def torch_attention(torch: Any, length: int, window: int) -> Callable[..., Any]:
    """The same with PyTorch's fused attention and a mask."""
    mask = torch.ones(length, length, dtype=torch.bool).tril().triu(1 - window)
    return lambda q, k, v: torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)


def torch_blocks(torch: Any, length: int, window: int) -> Callable[..., Any]:
    """The same with PyTorch, by an expert: blocks of `window` queries see two blocks of keys."""
    place = torch.arange(window)
    distance = place[:, None] + window - torch.arange(2 * window)
    mask = ((distance >= 0) & (distance < window)).expand(length // window, window, -1).clone()
    mask[0, :, :window] = False

    def run(q: Any, k: Any, v: Any) -> Any:
        def pairs(x: Any) -> Any:
            padded = torch.nn.functional.pad(x, (0, 0, window, 0))
            return padded.unfold(-2, 2 * window, window).transpose(-1, -2)

        blocks = q.unflatten(-2, (-1, window))
        fused = torch.nn.functional.scaled_dot_product_attention
        return fused(blocks, pairs(k), pairs(v), mask).flatten(-3, -2)

    return run


def check() -> None:
    """Gradients of both orders, forward over reverse, and vmap of grad."""
    q, k, v = (ts.randn(2, 6, 3, dtype=ts.float64, requires_grad=True) for _ in range(3))
    assert ts.autograd.gradcheck(lambda q, k, v: attention(q, k, v, 3), (q, k, v))
    small = tuple(ts.randn(4, 2, dtype=ts.float64, requires_grad=True) for _ in range(3))
    assert ts.autograd.gradgradcheck(lambda q, k, v: attention(q, k, v, 2), small)
    one = ts.vmap(ts.func.grad(lambda q, k, v: attention(q, k, v, 3).sum()))(q, k, v)
    attention(q, k, v, 3).sum().backward()
    assert ts.allclose(one, q.grad)
    print("gradients of first and second order agree with finite differences; vmap of grad too")


def best(runs: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Milliseconds of the quickest run of each, taken in turns."""
    times: dict[str, float] = dict.fromkeys(runs, math.inf)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name] = min(times[name], 1e3 * (time.perf_counter() - start))
    return times


def compare(length: int, window: int, seconds: float) -> None:
    """Prints times on one thread, heads x length x width = 8 x length x 64, float32."""
    numbers = np.random.default_rng(0)
    arrays = [numbers.standard_normal((8, length, 64), dtype=np.float32) for _ in range(3)]
    ours = [ts.from_numpy(x) for x in arrays]
    ts.set_num_threads(1)
    expected = attention(*ours, window).numpy()
    runs: dict[str, Callable[[], Any]] = {
        "tensorsmith, 4 lines of formula": lambda: attention(*ours, window),
        "NumPy, all scores and a mask": lambda: numpy_attention(*arrays, window),
    }
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed, so it is not compared")
    else:
        torch.set_num_threads(1)
        theirs = [torch.from_numpy(x) for x in arrays]
        masked, blocks = torch_attention(torch, length, window), torch_blocks(torch, length, window)
        runs["PyTorch, fused attention and a mask"] = lambda: masked(*theirs)
        runs["PyTorch, blocks by hand"] = lambda: blocks(*theirs)
    for name, run in runs.items():
        assert np.allclose(np.asarray(run()), expected, atol=1e-5), name
    for name, spent in best(runs, seconds).items():
        print(f"{name:36} {spent:9.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--window", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=20.0, help="for all timings")
    parser.add_argument("--check", action="store_true", help="check only")
    options = parser.parse_args()
    check()
    if not options.check:
        compare(options.length, options.window, options.seconds)

"""Results are bitwise equal for any number of threads: reductions, norms, contractions, losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.threads import get_num_threads, set_num_threads

F = ts.nn.functional
Function = Callable[..., Any]

# Name -> function, shapes of its float operands. Several chunks for every one, and odd tails.
CALLS: dict[str, tuple[Function, tuple[tuple[int, ...], ...]]] = {
    "sum": (lambda x: x.sum(), ((301, 4099),)),
    "sum of rows": (lambda x: x.sum(1), ((301, 4099),)),
    "sum of columns": (lambda x: x.sum(0), ((3001, 411),)),
    "sum of a few long rows": (lambda x: x.sum(1), ((2, 500_003),)),
    "mean": (lambda x: x.mean(), ((301, 4099),)),
    "prod": (lambda x: (1 + x * 1e-4).prod(1), ((301, 4099),)),
    "var": (lambda x: x.var(), ((301, 4099),)),
    "var of columns": (lambda x: x.var(0), ((3001, 411),)),
    "std_mean": (lambda x: ts.std_mean(x, 1), ((301, 4099),)),
    "norm": (lambda x: x.norm(), ((301, 4099),)),
    "norm, p = 3": (lambda x: x.norm(3, 1), ((301, 4099),)),
    "logsumexp": (lambda x: x.logsumexp(1), ((301, 4099),)),
    "logsumexp of all": (lambda x: x.logsumexp((0, 1)), ((301, 4099),)),
    "amax": (lambda x: x.amax(), ((301, 4099),)),
    "max": (lambda x: x.max(1), ((301, 4099),)),
    "argmin": (lambda x: x.argmin(), ((301, 4099),)),
    "nansum": (lambda x: x.nansum(0), ((3001, 411),)),
    "cumsum": (lambda x: x.cumsum(1), ((301, 4099),)),
    "cumsum of columns": (lambda x: x.cumsum(0), ((3001, 411),)),
    "logcumsumexp": (lambda x: x.logcumsumexp(1), ((301, 1027),)),
    "softmax": (lambda x: x.softmax(1), ((301, 4099),)),
    "softmax of columns": (lambda x: x.softmax(0), ((3001, 411),)),
    "log_softmax": (lambda x: x.log_softmax(-1), ((301, 4099),)),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (1027,), w, b), ((301, 1027), (1027,), (1027,))),
    "rms_norm": (lambda x, w: F.rms_norm(x, (1027,), w), ((301, 1027), (1027,))),
    "group_norm": (lambda x, w, b: F.group_norm(x, 4, w, b), ((16, 32, 41, 17), (32,), (32,))),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        ((16, 32, 41, 17), (32,), (32,)),
    ),
    "instance_norm": (lambda x: F.instance_norm(x), ((8, 32, 41, 17),)),
    "normalize": (lambda x: F.normalize(x), ((301, 1027),)),
    "cosine_similarity": (lambda x, y: F.cosine_similarity(x, y), ((301, 1027), (301, 1027))),
    "matmul": (lambda x, y: x @ y, ((301, 257), (257, 311))),
    "matmul, long sum": (lambda x, y: x @ y, ((7, 20_011), (20_011, 5))),
    "bmm": (lambda x, y: x @ y, ((9, 65, 70), (9, 70, 33))),
    "mv": (lambda x, y: x @ y, ((1001, 411), (411,))),
    "dot": (lambda x, y: x @ y, ((500_003,), (500_003,))),
    "linear": (lambda x, w, b: F.linear(x, w, b), ((301, 257), (129, 257), (129,))),
    "conv1d": (lambda x, w: F.conv1d(x, w, padding=1), ((8, 16, 301), (32, 16, 3))),
    "conv2d": (lambda x, w: F.conv2d(x, w, padding=1), ((4, 16, 33, 29), (32, 16, 3, 3))),
    "conv_transpose2d": (
        lambda x, w: F.conv_transpose2d(x, w, stride=2),
        ((4, 16, 17, 15), (16, 8, 3, 3)),
    ),
    "attention": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
        ((2, 4, 67, 32), (2, 4, 67, 32), (2, 4, 67, 32)),
    ),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 2), ((8, 16, 61, 59),)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 3, 2), ((8, 16, 61, 59),)),
    "mse_loss": (lambda x, y: F.mse_loss(x, y), ((301, 4099), (301, 4099))),
    "l1_loss": (lambda x, y: F.l1_loss(x, y), ((301, 4099), (301, 4099))),
    "smooth_l1_loss": (lambda x, y: F.smooth_l1_loss(x, y), ((301, 4099), (301, 4099))),
    "huber_loss": (lambda x, y: F.huber_loss(x, y), ((301, 4099), (301, 4099))),
    "binary_cross_entropy_with_logits": (
        lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()),
        ((301, 4099), (301, 4099)),
    ),
    "kl_div": (
        lambda x, y: F.kl_div(x, y, reduction="batchmean", log_target=True),
        ((301, 4099), (301, 4099)),
    ),
    "cross_entropy": (
        lambda x: F.cross_entropy(x, ts.arange(3001) % 411, label_smoothing=0.1),
        ((3001, 411),),
    ),
    "nll_loss": (lambda x: F.nll_loss(x, ts.arange(3001) % 411), ((3001, 411),)),
    "cosine_embedding_loss": (
        lambda x, y: F.cosine_embedding_loss(x, y, ts.ones(301)),
        ((301, 1027), (301, 1027)),
    ),
    "embedding": (lambda w: F.embedding(ts.arange(20_000) % 97, w), ((97, 64),)),
    "index_add": (
        lambda x, y: x.index_add(0, ts.arange(20_000) % 97, y),
        ((97, 64), (20_000, 64)),
    ),
}


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = get_num_threads()
    yield
    set_num_threads(before)


def _results(name: str, kind: Any, threads: int) -> list[bytes]:
    """The bytes of results and gradients."""
    function, shapes = CALLS[name]
    rng = np.random.default_rng(1)
    leaves = [
        ts.from_numpy(rng.uniform(-2, 2, shape).astype(np.float32)).to(kind).requires_grad_()
        for shape in shapes
    ]
    set_num_threads(threads)
    results = function(*leaves)
    results = tuple(results) if isinstance(results, tuple) else (results,)
    smooth = [result for result in results if result.requires_grad]
    found = list(results)
    if smooth:
        found += ts.autograd.grad(smooth, leaves, [ts.ones_like(x) * 0.5 for x in smooth])
    return [bytes(x.detach().contiguous().float().numpy().data) for x in found]


@pytest.mark.parametrize("kind", [ts.float32, ts.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", CALLS)
def test_bits_do_not_depend_on_the_number_of_threads(name: str, kind: Any) -> None:
    assert _results(name, kind, 1) == _results(name, kind, 2)

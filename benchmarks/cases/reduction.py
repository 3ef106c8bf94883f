"""Reductions and what works on rows: norms, losses, scans, copies, sorting, indexing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, case, forward_and_backward

SIDE = 4096
SQUARE = 4 * SIDE * SIDE  # bytes


def _square(name: str, use: Callable[[Any, Any], Any], passes: int = 1) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        a = t.rand(scale(SIDE), scale(SIDE))
        return lambda: use(t, a)

    case("reduction", name, bytes=SQUARE * passes, reads=passes == 1)(setup)


_square("sum(), 4096x4096", lambda t, a: a.sum())
_square("sum(0), 4096x4096", lambda t, a: a.sum(0))
_square("sum(1), 4096x4096", lambda t, a: a.sum(1))


@case("reduction", "sum(1), 256x256x256", bytes=4 * 256**3, reads=True)
def _middle(t: Any, scale: Scale) -> Call:
    a = t.rand(scale(256), scale(256), scale(256))
    return lambda: a.sum(1)


_square("softmax(1), 4096x4096", lambda t, a: t.softmax(a, 1), 2)
_square("softmax(0), 4096x4096", lambda t, a: t.softmax(a, 0), 2)
_square("var(1), 4096x4096", lambda t, a: a.var(1))
_square("argmax(1), 4096x4096", lambda t, a: a.argmax(1))
_square("cumsum(1), 4096x4096", lambda t, a: a.cumsum(1), 2)
_square("transpose and copy, 4096x4096", lambda t, a: a.t().contiguous(), 2)


def _layer_norm(backward: bool) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        rows, N = scale(16384), scale(1024)
        leaves = [t.rand(*shape, requires_grad=backward) for shape in ((rows, N), (N,), (N,))]

        def forward() -> Any:
            return t.nn.functional.layer_norm(leaves[0], (N,), leaves[1], leaves[2])

        return forward_and_backward(forward, leaves, t.rand(rows, N)) if backward else forward

    name = "layer_norm, 16384x1024"
    # Backward reads input and cotangent and writes a cotangent.
    passes, name = (5, f"{name}, forward and backward") if backward else (2, name)
    case("reduction", name, bytes=4 * 16384 * 1024 * passes)(setup)


_layer_norm(False)
_layer_norm(True)


@case("reduction", "cross_entropy, 8192x1000, forward and backward", bytes=4 * 8192 * 1000 * 3)
def _cross_entropy(t: Any, scale: Scale) -> Call:
    rows, classes = scale(8192), scale(1000)
    a, y = t.randn(rows, classes, requires_grad=True), t.randint(0, classes, (rows,))
    return forward_and_backward(lambda: t.nn.functional.cross_entropy(a, y), [a])


@case("reduction", "cat of two 4096x2048 along dim 1", bytes=SQUARE * 2)
def _cat(t: Any, scale: Scale) -> Call:
    a, b = t.rand(scale(4096), scale(2048)), t.rand(scale(4096), scale(2048))
    return lambda: t.cat([a, b], 1)


@case("reduction", "embedding, 65536 rows of 256", bytes=4 * 65536 * 256 * 2)
def _embedding(t: Any, scale: Scale) -> Call:
    table, index = t.rand(scale(50000), scale(256)), t.randint(0, scale(50000), (scale(65536),))
    return lambda: t.nn.functional.embedding(index, table)


@case("reduction", "index_add_, 65536 rows of 256", bytes=4 * 65536 * 256 * 3)
def _index_add(t: Any, scale: Scale) -> Call:
    table, source = t.rand(scale(50000), scale(256)), t.rand(scale(65536), scale(256))
    index = t.randint(0, scale(50000), (scale(65536),))
    return lambda: table.index_add_(0, index, source)


@case("reduction", "sort(1), 1024x1024", bytes=1024 * 1024 * 16)
def _sort(t: Any, scale: Scale) -> Call:
    a = t.rand(scale(1024), scale(1024))
    return lambda: a.sort(1)


@case("reduction", "topk(10, 1), 1024x1024", bytes=1024 * 1024 * 4)
def _topk(t: Any, scale: Scale) -> Call:
    a = t.rand(scale(1024), scale(1024))
    return lambda: a.topk(10, 1)

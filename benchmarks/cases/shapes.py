"""Calls on shapes that were never seen: what a library does before its kernel runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count, cycle, product
from typing import Any

from .case import Call, Scale, case

MOST = 180  # extents go up to that: so many pairs of them that none comes twice in a run

Make = Callable[[Any, int, int], Callable[[int, int], Any]]


def extents(most: int) -> Iterator[tuple[int, int]]:
    """All pairs of extents from 2 on, in an order that mixes small and large ones."""
    pairs = list(product(range(2, most + 1), repeat=2))
    random.Random(0).shuffle(pairs)
    return cycle(pairs)


_widths = count(MOST)  # of what is cut: no two cases cut the same, which would be known


def _new_shapes(name: str) -> Callable[[Make], Make]:
    """Registers a case whose calls take the next pair of extents each.

    It is made from the largest extent and the width of what is cut.
    """
    width = next(_widths)

    def register(make: Make) -> Make:
        def setup(t: Any, scale: Scale) -> Call:
            most = scale(MOST)
            pairs, call = extents(most), make(t, most, scale(width))
            return lambda: call(*next(pairs))

        case("new shapes", name)(setup)
        return make

    return register


@_new_shapes("a[:n, :m]")
def _slice(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a = t.randn(most, width)
    return lambda n, m: a[:n, :m]


@_new_shapes("a[:n, :m] + 1")
def _add(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a = t.randn(most, width)
    return lambda n, m: a[:n, :m] + 1


@_new_shapes("a[:n, :m].sum(1)")
def _sum(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a = t.randn(most, width)
    return lambda n, m: a[:n, :m].sum(1)


@_new_shapes("a[:n, :m].softmax(1)")
def _softmax(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a = t.randn(most, width)
    return lambda n, m: a[:n, :m].softmax(1)


@_new_shapes("layer_norm(a[:n, :m], (m,))")
def _layer_norm(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a = t.randn(most, width)
    return lambda n, m: t.nn.functional.layer_norm(a[:n, :m], (m,))


@_new_shapes("a[:n, :m] @ w[:m]")
def _matmul(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a, w = t.randn(most, width), t.randn(width, 64)
    return lambda n, m: a[:n, :m] @ w[:m]


@_new_shapes("cross_entropy(a[:n, :m], target[:n])")
def _cross_entropy(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a, target = t.randn(most, width), t.zeros(most, dtype=t.int64)
    return lambda n, m: t.nn.functional.cross_entropy(a[:n, :m], target[:n])


@_new_shapes("conv2d(a[:, :, :n, :m], w), 4 to 8 channels, padding 1")
def _conv2d(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a, w = t.randn(1, 4, most, width), t.randn(8, 4, 3, 3)
    return lambda n, m: t.nn.functional.conv2d(a[:, :, :n, :m], w, padding=1)


@_new_shapes("linear(a[:n, :m], w[:, :m]).relu().sum(), forward and backward")
def _backward(t: Any, most: int, width: int) -> Callable[[int, int], Any]:
    a, w = t.randn(most, width), t.randn(64, width)

    def step(n: int, m: int) -> None:
        leaf = w[:, :m].detach().requires_grad_()
        t.nn.functional.linear(a[:n, :m], leaf).relu().sum().backward()

    return step

"""Calls that programs are full of beside arithmetic: creation, draws, indices, shapes, layers.

Small ones are composites over ops, which native code repeats; large ones must walk memory well
whatever the dim, the direction and the edges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, Statement, case

SMALL = {
    "zeros": "t.zeros(8, 8)",
    "full": "t.full((8,), 1.0)",
    "arange": "t.arange(8)",
    "linspace": "t.linspace(0, 1, 8)",
    "randn": "t.randn(8, 8)",
    "randperm": "t.randperm(8)",
    "tensor of lists": "t.tensor([[1.0, 2.0], [3.0, 4.0]])",
    "tolist": "z.tolist()",
    "item": "number.item()",
    "equal": "t.equal(z, rows)",
    "several dtypes": "x + j",
    "one hot": "t.nn.functional.one_hot(i)",
    "backward of a block": "x[1:3, 2:5].sum().backward()",
    "backward of cat": "t.cat([x, y]).sum().backward()",
    "zeros_like": "t.zeros_like(z)",
    "zero_": "z.zero_()",
    "fill of a slice": "z[1:3] = 0.0",
    "rows put": "z[i] = rows",
    "rows": "x[i]",
    "columns": "x[:, i]",
    "elements at pairs of places": "x[i, i]",
    "block": "x[1:3, 2:5]",
    "scatter": "x.scatter(1, j, y)",
    "gather": "x.gather(1, j)",
    "reshape of a transpose": "x.t().reshape(64)",
    "repeat": "x.repeat(2, 2)",
    "roll": "x.roll(1, 0)",
    "flip": "x.flip(0)",
    "pad": "t.nn.functional.pad(x, (1, 1))",
    "chunk": "x.chunk(2, 1)",
    "norm": "x.norm()",
    "max along a dim": "x.max(1)",
    "std": "x.std(1)",
    "prod": "x.prod(1)",
    "cdist": "t.cdist(x, y)",
    "einsum": "t.einsum('ij,jk->ik', x, y)",
    "dropout": "t.nn.functional.dropout(x, 0.5)",
    "embedding": "embedding(i)",
    "batch norm": "norm(images)",
    "interpolate": "t.nn.functional.interpolate(images, scale_factor=2)",
}


def _small(name: str, text: str) -> None:
    def setup(t: Any, scale: Scale) -> Statement:
        x, y = (t.randn(8, 8, requires_grad=True) for _ in range(2))
        names = {
            "t": t, "x": x, "y": y, "z": t.randn(8, 8), "i": t.arange(8), "rows": t.randn(8, 8),
            "j": t.randint(0, 8, (8, 8)), "embedding": t.nn.Embedding(10, 8),
            "number": t.tensor(2.0), "norm": t.nn.BatchNorm2d(4),
            "images": t.randn(2, 4, 8, 8, requires_grad=True),
        }  # fmt: skip
        return Statement(text, names)

    case("everyday", f"{name}, {text}")(setup)


for _name, _text in SMALL.items():
    _small(_name, _text)


SIDE = 2048
SQUARE = 4 * SIDE * SIDE  # bytes


def _large(name: str, use: Callable[[Any, Any, Any], Any], passes: int = 2) -> None:
    """A case on two square matrices.

    Args:
        use: `use(library, a, b)`.
        passes: How many matrices are read and written at least; 1 for reading one.
    """

    def setup(t: Any, scale: Scale) -> Call:
        a, b = t.randn(scale(SIDE), scale(SIDE)), t.randn(scale(SIDE), scale(SIDE))
        return lambda: use(t, a, b)

    case("everyday large", f"{name}, 2048x2048", bytes=SQUARE * passes, reads=passes == 1)(setup)


_large("flip(0)", lambda t, a, b: a.flip(0))
_large("flip(1)", lambda t, a, b: a.flip(1))
_large("roll(3, 0)", lambda t, a, b: a.roll(3, 0))
_large("roll(3, 1)", lambda t, a, b: a.roll(3, 1))
_large("reflect pad", lambda t, a, b: t.nn.functional.pad(a[None], (3, 3), mode="reflect"))
_large("remainder", lambda t, a, b: t.remainder(a, b), 3)
_large("floor_divide", lambda t, a, b: t.floor_divide(a, b), 3)
_large("randn", lambda t, a, b: t.randn_like(a), 1)
_large("equal", lambda t, a, b: t.equal(a, a.view_as(b)), 2)

FOLDS: dict[str, Callable[[Any, int], Any]] = {
    "amax": lambda a, dim: a.amax(dim),
    "argmax": lambda a, dim: a.argmax(dim),
    "var": lambda a, dim: a.var(dim),
    "std": lambda a, dim: a.std(dim),
    "logsumexp": lambda a, dim: a.logsumexp(dim),
}
ROWS: dict[str, Callable[[Any, int], Any]] = {
    "log_softmax": lambda a, dim: a.log_softmax(dim),
    "cumsum": lambda a, dim: a.cumsum(dim),
    "cummax": lambda a, dim: a.cummax(dim),
}


def _along(name: str, use: Callable[[Any, int], Any], passes: int) -> None:
    for dim in (0, 1):
        _large(f"{name}({dim})", lambda t, a, b, dim=dim: use(a, dim), passes)


for _name, _use in FOLDS.items():
    _along(_name, _use, 1)
for _name, _use in ROWS.items():
    _along(_name, _use, 2)


def _resized(mode: str) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        x = t.randn(scale(8), scale(32), scale(56), scale(56))
        return lambda: t.nn.functional.interpolate(x, scale_factor=2, mode=mode)

    size = 8 * 32 * 56 * 56
    case("everyday large", f"interpolate, {mode}, 8x32x56x56 to 112x112", bytes=size * 20)(setup)


_resized("nearest")
_resized("bilinear")

"""Matrix products. NumPy is a second peer: OpenBLAS is the better library on some processors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, case

BOTH = ("torch", "numpy")
_BYTES = {"float32": 4, "float64": 8}

Shape = tuple[int, ...]


def _product(
    name: str,
    shapes: tuple[Shape, Shape],
    flops: int,
    bytes: int = 0,
    dtype: str = "float32",
    use: Callable[[Any, Any], Any] = lambda a, b: a @ b,
) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        a, b = (t.rand(*map(scale, shape), dtype=getattr(t, dtype)) for shape in shapes)
        return lambda: use(a, b)

    case("gemm", name, bytes=bytes, flops=flops, dtype=dtype, peers=BOTH)(setup)


def _square(size: int, dtype: str = "float32") -> None:
    shapes = ((size, size), (size, size))
    _product(f"{size}x{size}, {dtype}", shapes, 2 * size**3, dtype=dtype)


for _size in (64, 128, 256, 512, 1024, 2048):
    _square(_size)
for _size in (100, 255, 1023):
    _square(_size)

_product("127x509 @ 509x333, float32", ((127, 509), (509, 333)), 2 * 127 * 509 * 333)
_product("64 of 128x64 @ 64x128", ((64, 128, 64), (64, 64, 128)), 2 * 64 * 128 * 64 * 128)
_product("512 of 16x16 @ 16x16", ((512, 16, 16), (512, 16, 16)), 2 * 512 * 16**3)
_product(
    "nt, 128x1024 @ (4096x1024).mT", ((128, 1024), (4096, 1024)), 2 * 128 * 1024 * 4096,
    use=lambda a, b: a @ b.mT,
)  # fmt: skip
_product("nt, 512x512", ((512, 512), (512, 512)), 2 * 512**3, use=lambda a, b: a @ b.mT)
_product("tn, 512x512", ((512, 512), (512, 512)), 2 * 512**3, use=lambda a, b: a.mT @ b)


def _vector(name: str, shapes: tuple[Shape, Shape], dtype: str) -> None:
    _product(f"{name}, {dtype}", shapes, 0, bytes=_BYTES[dtype] * 4096 * 4096, dtype=dtype)


_vector("matrix-vector 4096x4096 @ 4096", ((4096, 4096), (4096,)), "float32")
_vector("vector-matrix 4096 @ 4096x4096", ((4096,), (4096, 4096)), "float32")
_square(256, "float64")
_square(1024, "float64")


def _half(size: int) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        a, b = (t.rand(scale(size), scale(size)).to(t.bfloat16) for _ in range(2))
        return lambda: a @ b

    case("gemm bfloat16", f"{size}x{size}, bfloat16", flops=2 * size**3)(setup)


_half(128)
_half(256)


def _integers(size: int, dtype: str) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        shape = (scale(size), scale(size))
        a, b = (t.randint(-100, 100, shape).to(getattr(t, dtype)) for _ in range(2))
        return lambda: a @ b

    case("gemm integers", f"{size}x{size}, {dtype}", flops=2 * size**3)(setup)


_integers(128, "int8")
_integers(512, "int8")
_integers(512, "int32")
_integers(128, "int64")

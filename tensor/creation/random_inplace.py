"""Methods that fill a tensor with random numbers: `uniform_`, `normal_`, `bernoulli_`, ..."""

from __future__ import annotations

from typing import Any

from ...ops.dtype import float32, float64, int64, type_name
from ...ops.errors import BackendError, UnsupportedDtypeError
from ..base import TensorBase
from ..calls.entries import entry_of
from ..calls.fill import before_write
from ..calls.into import copy_elements
from ..calls.repeating import repeated
from ..calls.writing import write
from ..devices import CPU
from ..interpreters import modes
from ..tensor import Tensor
from .drawing import call_drawing, draw
from .generator import Generator
from .random import (
    bernoulli,
    check_chance,
    check_range,
    drawn,
    drawn_integers,
    fill_drawn,
    multinomial,
    randn,
)


def _inplace(target: Tensor, name: str, generator: Generator | None, **numbers: float) -> Tensor:
    if not target.is_floating_point():
        raise UnsupportedDtypeError(f"{name}: not implemented for {type_name(target.dtype)!r}")
    return _fill(target, name, generator, **numbers)


def _fill(target: Tensor, name: str, generator: Generator | None, **numbers: float) -> Tensor:
    layout = target._layout
    if layout.device is CPU and layout.numel and not modes.stack:
        drawing = draw(name, CPU, generator, layout.numel)
        given = {"size": tuple(layout.shape), "dtype": layout.dtype, **numbers}
        places = {"seed": drawing.seed, "offset": drawing.offset}
        attributes = entry_of(name).complete(given | places)
        return write(name, target, (), attributes)  # type: ignore[no-any-return]
    before_write(target)
    drawn = fill_drawn(name, target, generator, **numbers)
    if modes.stack:
        modes.stack[-1].assign(target, drawn)
    else:
        target._storage.version += 1
    return target


def _assign(target: Tensor, source: Any) -> Tensor:
    """Writes draws that were computed apart."""
    before_write(target)
    copy_elements(target, source)
    target._storage.version += 1
    return target


@repeated
def uniform_(
    self: Tensor, a: Any = 0.0, b: Any = 1.0, *, generator: Generator | None = None, **bounds: Any
) -> Tensor:
    """Fills the tensor with numbers drawn evenly from [from, to)."""
    low, high = float(bounds.pop("from", a)), float(bounds.pop("to", b))
    if low > high:
        raise BackendError(
            f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}"
        )
    return _inplace(self, "uniform_fill", generator, low=low, high=high)


@repeated
def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fills the tensor with numbers drawn from a normal distribution."""
    if std < 0:
        raise BackendError(f"normal_ expects std >= 0.0, but found std {std}")
    if self.is_complex():
        return _assign(self, randn(*self.shape, dtype=self.dtype, generator=generator) * std + mean)
    return _inplace(self, "normal_fill", generator, mean=float(mean), std=float(std))


@repeated
def random_(
    self: Tensor, a: Any = None, b: Any = None, *, generator: Generator | None = None, **bounds: Any
) -> Tensor:
    """Fills the tensor with whole numbers drawn evenly from [from, to)."""
    a, b = bounds.pop("from", a), bounds.pop("to", b)
    most = {
        "float32": 1 << 24,
        "float64": 1 << 53,
        "float16": 1 << 11,
        "bfloat16": 1 << 8,
        "bool": 2,
        "uint8": 256,
        "int8": 128,
        "int16": 1 << 15,
        "int32": 1 << 31,
    }.get(self.dtype.name, 1 << 53)
    low, high = (0, most) if a is None else (0, a) if b is None else (a, b)
    check_range(int(low), int(high), self.dtype)
    if self.dtype.kind == "bool":
        shape = tuple(self.shape)
        drawn = drawn_integers(int(low), int(high), shape, int64, self.device, generator)
        return _assign(self, drawn)
    return _fill(self, "randint_fill", generator, low=int(low), high=int(high))


@repeated
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with ones with probability `p`, zeros otherwise."""
    check_chance(p)
    if isinstance(p, TensorBase):
        chances = (p.expand(self.shape),)
        return _assign(self, call_drawing("bernoulli", chances, {}, self.numel(), generator))
    if self.is_floating_point():
        return _inplace(self, "bernoulli_fill", generator, p=float(p))
    shape = tuple(self.shape)
    return _assign(
        self, drawn("bernoulli_fill", shape, float32, self.device, generator, p=float(p))
    )


@repeated
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with numbers drawn from an exponential distribution."""
    if lambd <= 0:
        raise BackendError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return _inplace(self, "exponential_fill", generator, lambd=float(lambd))


@repeated
def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fills the tensor with numbers drawn from a Cauchy distribution."""
    if sigma <= 0:
        raise BackendError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return _inplace(self, "cauchy_fill", generator, median=float(median), sigma=float(sigma))


@repeated
def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fills the tensor with numbers whose logarithm is normally distributed."""
    if std <= 0:
        raise BackendError(f"log_normal_ expects std > 0.0, but found std={std}")
    return _inplace(self, "log_normal_fill", generator, mean=float(mean), std=float(std))


@repeated
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with the numbers of trials until the first success."""
    if not 0 < p < 1:
        raise BackendError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    if self.is_floating_point():
        return _inplace(self, "geometric_fill", generator, p=float(p))
    return _assign(
        self,
        drawn("geometric_fill", tuple(self.shape), float64, self.device, generator, p=float(p)),
    )


METHODS = {
    "uniform_": uniform_,
    "normal_": normal_,
    "random_": random_,
    "bernoulli_": bernoulli_,
    "exponential_": exponential_,
    "cauchy_": cauchy_,
    "log_normal_": log_normal_,
    "geometric_": geometric_,
    "bernoulli": bernoulli,
    "multinomial": multinomial,
}

"""Random tensors: a generator is a seed and a position; every draw is a function of both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ops.dtype import bool_, dtype, get_default_dtype, int64, type_name
from ...ops.errors import ArgumentError, BackendError, ShapeError, UnsupportedDtypeError
from ..arrays import array_of
from ..base import TensorBase
from ..calls import launching
from ..calls.dispatch import call
from ..calls.entries import entry_of
from ..calls.extern import tensor_of
from ..calls.normalize import as_dtype
from ..calls.repeating import repeated
from ..calls.transfer import host_of
from ..devices import CPU, usable
from ..interpreters import is_wrapped, modes
from ..layout import dense
from ..tensor import Tensor, fresh
from .data import leaf
from .drawing import call_drawing, draw, is_captured
from .generator import WORD, Generator, generator_for
from .making import delivered, like, shape_of

# fills: kernels that write into a tensor


def fill_drawn(name: str, target: Any, generator: Generator | None, **numbers: float) -> Any:
    """Writes draws into every element of a tensor without checks.

    Returns:
        The tensor; inside of a transform a new one that the transform made, `target` untouched.
    """
    layout = target._layout
    drawing = draw(name, layout.device, generator, target.numel())
    if layout.device.type == "meta" or not layout.numel:
        return target
    entry, operands = entry_of(drawing.name), drawing.operands
    attributes = entry.complete(
        {
            "size": tuple(layout.shape),
            "seed": drawing.seed,
            "offset": drawing.offset,
            "dtype": layout.dtype,
            **numbers,
        }
    )
    if modes.stack:
        if operands:
            raise BackendError(f"{name}: a CUDA graph cannot capture it inside of a transform")
        return call(name, (), attributes)
    if modes.trace is not None and layout.device is CPU and layout.contiguous:
        return call(name, (), attributes, place=CPU)
    plan, attributes = launching.find(
        entry, operands, attributes, 0, None, (layout,), layout.device
    )
    launching.launch(plan, operands, attributes, (target,))
    return target


def drawn(
    name: str,
    shape: tuple[int, ...],
    kind: dtype,
    place: Any,
    generator: Generator | None,
    **numbers: float,
) -> Tensor:
    return fill_drawn(name, fresh(dense(kind, shape, usable(place))), generator, **numbers)  # type: ignore[no-any-return]


def _float_type(name: str, kind: Any) -> dtype:
    kind = as_dtype(kind) or get_default_dtype()
    if not kind.is_floating_point and not kind.is_complex:
        raise UnsupportedDtypeError(f'{name}: "{name}" not implemented for {type_name(kind)!r}')
    return kind  # type: ignore[no-any-return]


@repeated
def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
) -> Tensor:
    """Numbers drawn evenly from [0, 1)."""
    kind = _float_type("rand", dtype)
    found = _random_of(kind, "uniform_fill", shape_of("rand", size), device, generator)
    return delivered("rand", found, out, requires_grad)


@repeated
def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Any = None,
) -> Tensor:
    """Numbers drawn from the standard normal distribution."""
    kind = _float_type("randn", dtype)
    found = _random_of(kind, "normal_fill", shape_of("randn", size), device, generator)
    return delivered("randn", found, out, requires_grad)


def _random_of(
    kind: dtype, name: str, shape: tuple[int, ...], place: Any, generator: Generator | None
) -> Tensor:
    if not kind.is_complex:
        return drawn(name, shape, kind, place, generator)
    scale = {"std": math.sqrt(0.5)} if name == "normal_fill" else {}
    pairs = drawn(name, (*shape, 2), kind.to_real(), place, generator, **scale)
    return pairs.view_as_complex()


@repeated
def rand_like(
    input: Tensor,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    generator: Generator | None = None,
) -> Tensor:
    """Numbers drawn evenly from [0, 1), of the shape of `input`."""
    found = like(
        input, _float_type("rand", dtype or input.dtype), device, False, memory_format, None
    )
    return leaf(fill_drawn("uniform_fill", found, generator), requires_grad)


@repeated
def randn_like(
    input: Tensor,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    generator: Generator | None = None,
) -> Tensor:
    """Numbers drawn from the standard normal distribution, of the shape of `input`."""
    found = like(
        input, _float_type("randn", dtype or input.dtype), device, False, memory_format, None
    )
    return leaf(fill_drawn("normal_fill", found, generator), requires_grad)


@repeated
def randint(
    low: Any,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Whole numbers drawn evenly from `low` (0 if only one bound is given) up to `high` - 1.

    Raises:
        RuntimeError: `low` is not less than `high`.
    """
    if size is None:
        if high is None or not isinstance(high, (tuple, list)):
            raise ArgumentError("randint(): argument 'size' (a tuple of ints) is missing")
        low, high, size = 0, low, high
    low, high = int(low), int(high)
    shape = shape_of("randint", (size,))
    found = drawn_integers(low, high, shape, as_dtype(dtype) or int64, device, generator)
    return delivered("randint", found, out, requires_grad)


RANGES = {"bool": (0, 1), "uint8": (0, 255), "int8": (-128, 127),
          "int16": (-(1 << 15), (1 << 15) - 1), "int32": (-(1 << 31), (1 << 31) - 1)}  # fmt: skip


def check_range(low: int, high: int, kind: dtype) -> None:
    """Raises RuntimeError for a range without numbers, or with one that a dtype does not hold."""
    if low >= high:
        raise BackendError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    least, most = RANGES.get(kind.name, (low, high - 1))
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not least <= bound <= most:
            raise BackendError(
                f"{name} is out of bounds for {kind.name}: it must be in [{least}, {most}], "
                f"got {bound}"
            )


def drawn_integers(
    low: int,
    high: int,
    shape: tuple[int, ...],
    kind: dtype,
    place: Any,
    generator: Generator | None,
) -> Tensor:
    check_range(low, high, kind)
    return drawn("randint_fill", shape, kind, place, generator, low=low, high=high)


def randint_like(
    input: Tensor,
    low: Any,
    high: Any = None,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Whole numbers drawn evenly, of the shape and dtype of `input`."""
    if high is None:
        low, high = 0, low
    place = input.device if device is None else device
    found = drawn_integers(
        int(low), int(high), input.shape, as_dtype(dtype) or input.dtype, place, None
    )
    return leaf(found, requires_grad)


@repeated
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The numbers from 0 to `n` - 1 in random order."""
    if n < 0:
        raise BackendError(f"randperm: n must be non-negative, got {n}")
    place, kind = usable(device), as_dtype(dtype) or int64
    if kind is bool_:
        raise UnsupportedDtypeError(f'"randperm" not implemented for {type_name(kind)!r}')
    drawing = draw("randperm", place, generator, n)
    found = call(drawing.name, drawing.operands, (int(n), drawing.seed, drawing.offset))
    if kind is not int64 or place is not CPU:
        found = found.to(dtype=kind, device=place)
    return delivered("randperm", found, out, requires_grad)


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Places drawn with the probabilities that the weights in each row have.

    Raises:
        RuntimeError: There are not so many places to draw, or weights are no probabilities.
    """
    weights = input.detach()
    _check_draws(weights, num_samples, replacement)
    layout = weights._layout
    count = max(layout.numel, int(num_samples) * (layout.shape[0] if layout.rank > 1 else 1))
    name = "places_with_replacement" if replacement else "places_without_replacement"
    options = {"num_samples": int(num_samples)}
    found = call_drawing(name, (weights,), options, count, generator)
    return delivered("multinomial", found, out, False)


def _check_draws(weights: Any, count: int, replacement: bool) -> None:
    """Raises RuntimeError unless places can be drawn by weights, which have no history."""
    layout = weights._layout
    rank = layout.rank
    if rank not in (1, 2):
        raise ShapeError(f"multinomial: prob_dist must be 1 or 2 dim, got {rank}")
    rule = "num_samples must be positive, and without replacement at most N"
    if count <= 0:
        raise BackendError(f"multinomial: {rule}: cannot sample num_samples <= 0 samples")
    if not replacement and count > layout.shape[-1]:
        raise BackendError(
            f"multinomial: {rule}: cannot sample num_samples > prob_dist.size(-1) samples "
            "without replacement"
        )
    if not layout.numel or layout.device.type == "meta" or (modes.stack and is_wrapped(weights)):
        return
    fault = call("fault_of_weights", (weights,))
    if is_captured(layout.device):
        _check_on_device(fault)
        return
    match fault.item() if rank == 1 else int(fault.amax()):
        case 1:
            raise BackendError(
                "multinomial: probability tensor contains either `inf`, `nan` or element < 0"
            )
        case 2:
            raise BackendError(
                "multinomial: invalid multinomial distribution (sum of probabilities <= 0)"
            )


def _check_on_device(fault: Any) -> None:
    """Lets each replay of the graph that is captured tell of numbers other than 0, as of an index
    that is out of range."""
    none = call("zeros", (), {"size": (1,), "dtype": int64}, place=fault._layout.device)
    call("without_fault", (fault, none), ())


@repeated
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn from normal distributions; mean and standard deviation may be tensors.

    Raises:
        RuntimeError: a standard deviation is negative.
    """
    tensors: list[Any] = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if isinstance(std, (int, float)) and std < 0:
        raise BackendError(f"normal expects std >= 0.0, but found std {std}")
    if not tensors:
        shape = shape_of("normal", (size if size is not None else (),))
        kind = _float_type("normal", dtype)
        found = drawn(
            "normal_fill", shape, kind, device, generator, mean=float(mean), std=float(std)
        )
        return delivered("normal", found, out, requires_grad)
    if isinstance(std, TensorBase) and not (std.detach() >= 0).all():
        raise BackendError("normal expects all elements of std >= 0.0")
    if any(x.requires_grad for x in tensors):
        mean, std = (x.detach() if hasattr(x, "detach") else x for x in (mean, std))
    return delivered("normal", _normal_around(mean, std, generator), out, requires_grad)


@repeated
def _normal_around(mean: Any, std: Any, generator: Generator | None) -> Tensor:
    if not isinstance(std, TensorBase):
        return _noise_like(mean, generator, std=float(std)) + mean  # type: ignore[no-any-return]
    like = call("add", (mean, std)) if isinstance(mean, TensorBase) else std
    return _noise_like(like, generator) * std + mean  # type: ignore[no-any-return]


def _noise_like(input: Any, generator: Generator | None, **numbers: float) -> Any:
    shape = tuple(input.shape)
    return drawn("normal_fill", shape, input.dtype, input.device, generator, **numbers)


def bernoulli(
    input: Tensor, p: Any = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """Ones with the probabilities in `input` (or with probability `p`), zeros otherwise.

    Raises:
        RuntimeError: a probability is outside of [0, 1].
    """
    check_chance(input if p is None else p)
    return delivered("bernoulli", _ones_with_chance(input, p, generator), out, False)


@repeated
def _ones_with_chance(input: Tensor, p: Any, generator: Generator | None) -> Tensor:
    if p is None:
        return call_drawing("bernoulli", (input,), {}, input.numel(), generator)  # type: ignore[no-any-return]
    return drawn(
        "bernoulli_fill", tuple(input.shape), input.dtype, input.device, generator, p=float(p)
    )


def check_chance(chance: Any) -> None:
    if isinstance(chance, TensorBase):
        if not chance.is_floating_point():
            raise UnsupportedDtypeError(
                "bernoulli: expects probabilities of a floating point dtype"
            )
        place = chance._layout.device
        if place.type == "meta":
            return
        holds = call("are_chances", (chance,))
        if is_captured(place):
            _check_on_device(holds.logical_not().to(int64))
        elif not bool(holds):
            raise BackendError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    elif not 0 <= chance <= 1:
        raise BackendError(f"bernoulli_ expects p to be in [0, 1], but got p={chance}")


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Numbers drawn from Poisson distributions with the rates in `input`."""
    if not bool((input.detach() >= 0).all()):
        raise BackendError("poisson: invalid Poisson rate, expected rate to be non-negative")
    seed_number, offset = generator_for(input.device, generator).draw(input.numel())
    source = np.random.Generator(np.random.Philox(key=[seed_number % WORD, offset]))
    rates = array_of(host_of(input.detach())).astype(np.float64)
    return tensor_of(source.poisson(rates), input.dtype, input.device)  # type: ignore[no-any-return]

"""Activations that need more than one op: random slopes, Gumbel noise, dims left out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ...tensor import Tensor, call, empty_like, rand_like, where
from ...tensor.functions.generated import FUNCTIONAL


def _choose_dim(name: str, input: Tensor, dim: int | None) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an argument.",
        stacklevel=3,
    )
    return 0 if input.dim() in (0, 1, 3) else 1


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """Exponentials normalized to sum to one along `dim`."""
    return FUNCTIONAL["softmax"](input, _choose_dim("softmax", input, dim), dtype=dtype)  # type: ignore[no-any-return]


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """softmax(-input) along `dim`."""
    return softmax(-input, _choose_dim("softmin", input, dim), dtype=dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """log(softmax(input)) along `dim`."""
    return FUNCTIONAL["log_softmax"](input, _choose_dim("log_softmax", input, dim), dtype=dtype)  # type: ignore[no-any-return]


def _replace(input: Tensor, inplace: bool, function: Callable[[Tensor], Tensor]) -> Tensor:
    """function(input), written over the input if `inplace`."""
    # The derivatives read the input, so what is kept for them must not be overwritten.
    return input.copy_(function(input.clone())) if inplace else function(input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return _replace(input, inplace, FUNCTIONAL["silu"])


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input))."""
    return _replace(input, inplace, FUNCTIONAL["mish"])


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """relu6(input + 3) / 6."""
    return _replace(input, inplace, FUNCTIONAL["hardsigmoid"])


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * relu6(input + 3) / 6."""
    return _replace(input, inplace, FUNCTIONAL["hardswish"])


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """The input where it is above `threshold`, `value` elsewhere."""
    return _replace(input, inplace, lambda x: call("threshold", (x,), (threshold, value)))


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """The identity for positive elements, a learned slope for the others.

    Args:
        input: Float[...] or Float[B, C, ...].
        weight: Float[1], or Float[C] with a slope for each channel.
    """
    return call("prelu" if weight.numel() == 1 else "prelu.1", (input, weight))  # type: ignore[no-any-return]


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """The identity for positive elements, a random (or the mean) slope for negative ones."""
    if lower > upper:
        raise RuntimeError(f"rrelu: lower must not be greater than upper, got {lower} and {upper}")
    slope: Any = (
        rand_like(input.detach()) * (upper - lower) + lower if training else (lower + upper) / 2
    )
    output = where(input >= 0, input, input * slope)
    return input.copy_(output) if inplace else output


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Samples of the Gumbel-softmax distribution.

    Args:
        logits: Float[...], unnormalized log probabilities.
        tau: Temperature.
        hard: One-hot samples whose gradient is that of the soft ones.
        eps: Has no effect.
        dim: Along which the samples sum to one.

    Source:
        Jang, Gu and Poole 2016, arXiv:1611.01144.
    """
    noise = -empty_like(logits.detach()).exponential_().log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.argmax(dim, keepdim=True)
    chosen = call("scatter", (soft.detach() * 0, index, 1.0), {"dim": dim})
    return chosen - soft.detach() + soft  # type: ignore[no-any-return]

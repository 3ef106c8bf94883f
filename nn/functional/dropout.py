"""Dropout in all its forms. Nothing happens outside of training."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...tensor import Tensor, repeated
from ...tensor.creation.drawing import call_drawing

# Saturation of SELU for large negative inputs: -scale * alpha (Klambauer et al. 2017, eq. 14).
_SATURATION = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _finish(input: Tensor, output: Tensor, inplace: bool) -> Tensor:
    return input.copy_(output) if inplace else output


@repeated
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Elements set to zero with probability p, the others scaled by 1 / (1 - p).

    Args:
        input: Float[...].
        p: Probability of a zero.
        training: Otherwise the input is given back.
        inplace: Write the result into the input.

    Raises:
        ValueError: p is not a probability.

    Source:
        Srivastava et al. 2014, JMLR 15.
    """
    _check(p)
    if not training or p == 0.0:
        return input
    output, _ = call_drawing("dropout", (input,), {"p": float(p)}, input.numel())
    return _finish(input, output, inplace)


def _drop_features(
    input: Tensor, p: float, training: bool, inplace: bool, unbatched: int, name: str
) -> Tensor:
    """Whole channels dropped; inputs of rank `unbatched` have no batch dim."""
    _check(p)
    if input.dim() not in (unbatched, unbatched + 1):
        raise RuntimeError(
            f"{name}: the input must have {unbatched} or {unbatched + 1} dims, got {input.dim()}"
        )
    if not training or p == 0.0:
        return input
    channels = input if input.dim() == unbatched else input.flatten(0, 1)
    count = channels.shape[0]
    output, _ = call_drawing("feature_dropout", (channels,), {"p": float(p)}, count)
    return _finish(input, output.reshape(input.shape), inplace)


@repeated
def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Channels of [B, C, L] or [C, L] zeroed with probability p, the others scaled up."""
    return _drop_features(input, p, training, inplace, 2, "dropout1d")


@repeated
def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Channels of [B, C, H, W] or [C, H, W] zeroed with probability p, the others scaled up."""
    return _drop_features(input, p, training, inplace, 3, "dropout2d")


@repeated
def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Channels of [(B,) C, D, H, W] zeroed with probability p, the others scaled up."""
    return _drop_features(input, p, training, inplace, 4, "dropout3d")


def _saturate(input: Tensor, p: float, inplace: bool, keep: Callable[[Tensor], Tensor]) -> Tensor:
    """Dropped elements at SELU's saturation, then an affine map back to mean 0 and variance 1."""
    # Klambauer et al. 2017, section "Alpha Dropout":
    # a = (q + alpha'^2 q (1 - q))^-1/2, b = -a (1 - q) alpha'.
    q = 1.0 - p
    scale = 0.0 if p == 1.0 else 1.0 / math.sqrt(q + _SATURATION**2 * q * p)
    shift = -scale * p * _SATURATION
    mask = keep(input)
    output = (input * mask + (1 - mask) * _SATURATION) * scale + shift
    return _finish(input, output, inplace)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Elements set to SELU's negative saturation with probability p, keeping mean and variance.

    Source:
        Klambauer et al. 2017, arXiv:1706.02515.
    """
    _check(p)
    if not training or p == 0.0:
        return input
    return _saturate(input, p, inplace, lambda x: x.detach().new_empty(x.shape).bernoulli_(1.0 - p))


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Channels set to SELU's negative saturation with probability p, keeping mean and variance."""
    _check(p)
    if not training or p == 0.0:
        return input
    if input.dim() < 2:
        raise RuntimeError(
            f"feature_alpha_dropout: the input must have at least 2 dims, got {input.dim()}"
        )

    def keep(x: Tensor) -> Tensor:
        return x.detach().new_empty((*x.shape[:2], *(1 for _ in x.shape[2:]))).bernoulli_(1.0 - p)

    return _saturate(input, p, inplace, keep)

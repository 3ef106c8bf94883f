"""Losses of differences, which warn when the shapes of input and target differ."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from ...tensor import Tensor, call, int64, minimum
from ...tensor.functions.generated import FUNCTIONAL


def _compared(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both, after a warning if one of them is about to be broadcast."""
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size "
            f"({input.size()}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
    return input, target


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross entropy between unnormalized scores and target classes or class probabilities.

    Args:
        weight: Importance of each class.
        ignore_index: Target that does not count.
        label_smoothing: Share of the target spread evenly over all classes.
    """
    options = (ignore_index, reduction, label_smoothing)
    if isinstance(input, Tensor) and isinstance(target, Tensor) and target.dtype is int64:
        return call("cross_entropy", (input, target, weight), options)  # type: ignore[no-any-return]
    return FUNCTIONAL["cross_entropy"](input, target, weight, *options)  # type: ignore[no-any-return]


def mse_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Squared differences, each times its weight."""
    operands = (*_compared(input, target), weight)
    return call("mse_loss", operands, (reduction,))  # type: ignore[no-any-return]


def l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Absolute differences, each times its weight."""
    operands = (*_compared(input, target), weight)
    return call("l1_loss", operands, (reduction,))  # type: ignore[no-any-return]


def smooth_l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """Squared differences below `beta`, absolute ones above.

    Source:
        Girshick 2015, arXiv:1504.08083, eq. 3.
    """
    return call("smooth_l1_loss", _compared(input, target), (float(beta), reduction))  # type: ignore[no-any-return]


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0
) -> Tensor:
    """Squared differences below `delta`, scaled absolute ones above.

    Source:
        Huber 1964, doi:10.1214/aoms/1177703732.
    """
    return call("huber_loss", (*_compared(input, target), None), (float(delta), reduction))  # type: ignore[no-any-return]


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Hinge of how much nearer the positive is than the negative, for any distance.

    Raises:
        ValueError: The margin is not positive, or the reduction is unknown.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or FUNCTIONAL["pairwise_distance"]
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    loss = (near - far + margin).clamp_min(0)
    if reduction == "none":
        return loss
    return loss.mean() if reduction == "mean" else loss.sum()

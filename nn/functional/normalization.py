"""Batch and instance normalization with running statistics."""

from __future__ import annotations

from math import prod

from ...autograd import no_grad
from ...tensor import Tensor, call


def _require_several(input: Tensor, count: int) -> None:
    if count <= 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, got input size "
            f"{list(input.shape)}"
        )


def _update(running: Tensor, batch: Tensor, momentum: float) -> None:
    running.mul_(1 - momentum).add_(batch.to(running.dtype), alpha=momentum)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Channels brought to zero mean and unit variance, then an affine map.

    Args:
        input: Float[B, C, ...].
        running_mean, running_var: Float[C]; used outside of training, updated in place in training.
        weight, bias: Float[C], the affine map.
        training: Use the statistics of the batch.
        momentum: Weight of the batch in the running statistics.
        eps: Added to the variance before the root.

    Raises:
        ValueError: Training with a single value for each channel.
        RuntimeError: Not in training and without running statistics.

    Source:
        Ioffe and Szegedy 2015, arXiv:1502.03167.
    """
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "batch_norm: running_mean and running_var must be defined in evaluation mode"
            )
        options = {"eps": float(eps)}
        return call(  # type: ignore[no-any-return]
            "batch_norm_inference", (input, running_mean, running_var, weight, bias), options
        )
    count = input.numel() // input.shape[1] if input.dim() > 1 and input.shape[1] else 0
    _require_several(input, count)
    output, mean, variance = call("batch_norm_training", (input, weight, bias), (float(eps),))
    with no_grad():
        if running_mean is not None:
            _update(running_mean, mean.detach(), momentum)
        if running_var is not None:
            # The running variance is the unbiased one.
            _update(running_var, variance.detach() * (count / (count - 1)), momentum)
    return output  # type: ignore[no-any-return]


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each sample brought to zero mean and unit variance, then an affine map.

    Args:
        input: Float[B, C, ...].
        running_mean, running_var: Float[C]; averaged over the samples when they are updated.
        weight, bias: Float[C], the affine map.
        use_input_stats: Otherwise the running statistics are used.
        momentum: Weight of the batch in the running statistics.
        eps: Added to the variance before the root.

    Source:
        Ulyanov et al. 2016, arXiv:1607.08022.
    """
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "instance_norm: Expected running_mean and running_var to be defined when "
                "use_input_stats is false"
            )
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    count = prod(input.shape[2:])
    _require_several(input, count)
    output, mean, variance = call(
        "instance_norm_training", (input, weight, bias), {"eps": float(eps)}
    )
    with no_grad():
        if running_mean is not None:
            _update(running_mean, mean.detach().mean(0), momentum)
        if running_var is not None:
            _update(running_var, (variance.detach() * (count / (count - 1))).mean(0), momentum)
    return output  # type: ignore[no-any-return]

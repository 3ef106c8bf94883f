"""Gradients cut down to a norm or to a range."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ...autograd import no_grad
from ...tensor import Tensor, call, cat, stack, tensor
from ...tensor.calls.each import call_each

GROUP = 32  # tensors in a list that native code takes


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p.grad for p in listed if p.grad is not None]


def _norm(each: Tensor, norm_type: float) -> Tensor:
    if norm_type == 2.0:  # the usual one, without looking for the signature that is meant
        return call("vector_norm", (each,), ("2", None, False, None))  # type: ignore[no-any-return]
    found: Tensor = each.norm(norm_type)
    return found


def _side_by_side(numbers: list[Tensor]) -> Tensor:
    """0-dim tensors as a vector, by way of groups that native code joins at once."""
    groups = [stack(numbers[first : first + GROUP]) for first in range(0, len(numbers), GROUP)]
    return cat(groups)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of several tensors, as if they were one vector.

    Raises:
        RuntimeError: The norm is not finite and `error_if_nonfinite` is set.
    """
    listed = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not listed:
        return tensor(0.0)
    norms = [_norm(each, float(norm_type)) for each in listed]
    total = _norm(_side_by_side(norms), float(norm_type))
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is "
            "non-finite, so it cannot be clipped. To disable this error and scale the gradients "
            "by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients down, in place, so that their total norm is at most `max_norm`.

    Returns:
        The norm before.

    Source:
        Pascanu, Mikolov and Bengio 2012, arXiv:1211.5063, algorithm 1.
    """
    gradients = _gradients(parameters)
    with no_grad():
        total = get_total_norm(gradients, norm_type, error_if_nonfinite)
        factor = (float(max_norm) / (total + 1e-6)).clamp(max=1.0)
        factors = {kind: factor.to(kind) for kind in {each.dtype for each in gradients}}
        call_each("mul", [(each, factors[each.dtype]) for each in gradients], (), (0,))
    return total


clip_grad_norm = clip_grad_norm_


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Cut every element of the gradients, in place, to [-clip_value, clip_value]."""
    with no_grad():
        least, largest = -float(clip_value), float(clip_value)
        for gradient in _gradients(parameters):
            gradient.clamp_(least, largest)

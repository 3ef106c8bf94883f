"""Relatives of Adam: Adamax, NAdam and RAdam."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, maximum, tensor
from .adaptive import directed_gradient
from .optimizer import Optimizer, check_betas, check_not_negative


def _decayed_gradient(parameter: Tensor, group: dict[str, Any]) -> Tensor:
    """The gradient; weight decay is added to it, or shrinks the parameter itself."""
    if not group["decoupled_weight_decay"]:
        return directed_gradient(parameter, group)
    parameter.mul_(1 - float(group["lr"]) * group["weight_decay"])
    return directed_gradient(parameter, {**group, "weight_decay": 0})


def _average(state: dict[str, Any], gradient: Tensor, betas: tuple[float, float]) -> None:
    state["exp_avg"].lerp_(gradient, 1 - betas[0])
    state["exp_avg_sq"].mul_(betas[1]).addcmul_(gradient, gradient, value=1 - betas[1])


class Adamax(Optimizer):
    """Steps divided by the largest recent gradient.

    Args:
        params: Parameters or groups.
        lr: Step size.
        betas: Memory of the first moment and of the largest gradient.
        eps: Added to the gradients' sizes.
        weight_decay: L2 penalty.
        maximize: Climb instead of descend.

    Source:
        Kingma and Ba 2014, arXiv:1412.6980, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        check_betas(betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.zero_state(parameter, "exp_avg", "exp_inf")
        gradient = directed_gradient(parameter, group)
        beta1, beta2 = group["betas"]
        state["step"].add_(1)
        state["exp_avg"].lerp_(gradient, 1 - beta1)
        size = gradient.abs().add_(group["eps"])
        state["exp_inf"].copy_(maximum(state["exp_inf"] * beta2, size))
        rate = float(group["lr"]) / (1 - beta1 ** state["step"].item())
        parameter.addcdiv_(state["exp_avg"], state["exp_inf"], value=-rate)


class NAdam(Optimizer):
    """Adam with Nesterov's look-ahead.

    Args:
        params: Parameters or groups.
        lr: Step size.
        betas: Memory of the first and of the second moment.
        eps: Added to the root of the second moment.
        weight_decay: L2 penalty.
        momentum_decay: How fast the momentum grows to its final value.
        decoupled_weight_decay: Shrink the parameter itself instead.
        maximize: Climb instead of descend.

    Source:
        Dozat 2016, "Incorporating Nesterov Momentum into Adam", algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        check_betas(betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.zero_state(parameter, "exp_avg", "exp_avg_sq")
        state.setdefault("mu_product", tensor(1.0))
        gradient = _decayed_gradient(parameter, group)
        _average(state, gradient, group["betas"])
        beta1, beta2 = group["betas"]
        state["step"].add_(1)
        step = state["step"].item()
        now, later = (
            beta1 * (1 - 0.5 * 0.96 ** (place * group["momentum_decay"]))
            for place in (step, step + 1)
        )
        state["mu_product"].mul_(now)
        product = state["mu_product"].item()
        root = state["exp_avg_sq"].div(1 - beta2**step).sqrt_().add_(group["eps"])
        rate = -float(group["lr"])
        parameter.addcdiv_(gradient, root, value=rate * (1 - now) / (1 - product))
        share = later / (1 - product * later)
        parameter.addcdiv_(state["exp_avg"], root, value=rate * share)


class RAdam(Optimizer):
    """Adam that trusts the second moment only once its variance is bounded.

    Args:
        params: Parameters or groups.
        lr: Step size.
        betas: Memory of the first and of the second moment.
        eps: Added to the root of the second moment.
        weight_decay: L2 penalty.
        decoupled_weight_decay: Shrink the parameter itself instead.
        maximize: Climb instead of descend.

    Source:
        Liu et al. 2019, arXiv:1908.03265, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        check_betas(betas)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.zero_state(parameter, "exp_avg", "exp_avg_sq")
        _average(state, _decayed_gradient(parameter, group), group["betas"])
        beta1, beta2 = group["betas"]
        state["step"].add_(1)
        step = state["step"].item()
        rate = -float(group["lr"]) / (1 - beta1**step)
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / (1 - beta2**step)
        if length <= 5.0:
            parameter.add_(state["exp_avg"], alpha=rate)
            return
        numerator = (length - 4) * (length - 2) * longest
        rectified = math.sqrt(numerator / ((longest - 4) * (longest - 2) * length))
        root = state["exp_avg_sq"].sqrt().add_(group["eps"])
        factor = rate * rectified * math.sqrt(1 - beta2**step)
        parameter.addcdiv_(state["exp_avg"], root, value=factor)

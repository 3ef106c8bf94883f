"""Relatives of Adam: Adamax, NAdam and RAdam."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, tensor
from ..tensor.calls.each import call_each
from .adaptive import penalty
from .optimizer import (
    Optimizer,
    Row,
    by_value,
    check_betas,
    check_not_negative,
    new_state,
    word,
)  # fmt: skip


def _decay(group: dict[str, Any]) -> tuple[float, str, str]:
    """The last attributes of the step ops: weight decay, where it acts, and whether to climb."""
    decoupled = word(group["decoupled_weight_decay"])
    return float(group["weight_decay"]), decoupled, word(group["maximize"])


def _rates(group: dict[str, Any]) -> tuple[float, float, float, float]:
    """The first attributes of the step ops: step size, both memories, what is added."""
    beta1, beta2 = group["betas"]
    return float(group["lr"]), float(beta1), float(beta2), float(group["eps"])


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

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return new_state(parameter, "exp_avg", "exp_inf")

    def _update_group(self, group: dict[str, Any]) -> None:
        rates = _rates(group)
        for step, rows in self._count(self._rows(group, ("exp_avg", "exp_inf"))):
            attributes = (*rates, 1 - rates[1] ** step, *penalty(group))
            self._step_rows("adamax_step", rows, attributes, group)


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

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {**new_state(parameter, "exp_avg", "exp_avg_sq"), "mu_product": tensor(1.0)}

    def _update_group(self, group: dict[str, Any]) -> None:
        rates = _rates(group)
        beta1, beta2 = rates[1:3]
        for step, rows in self._count(self._rows(group, ("exp_avg", "exp_avg_sq"))):
            now, later = (
                beta1 * (1 - 0.5 * 0.96 ** (place * group["momentum_decay"]))
                for place in (step, step + 1)
            )
            for product, some in self._multiply(rows, now):
                shares = ((1 - now) / (1 - product), later / (1 - product * later))
                attributes = (*rates, *shares, 1 - beta2**step, *_decay(group))
                self._step_rows("nadam_step", some, attributes, group)

    def _multiply(self, rows: list[Row], factor: float) -> Iterable[tuple[float, list[Row]]]:
        """Multiplies the products of momenta by one more; (product, rows) for each product."""
        products = [self.state[row[0]]["mu_product"] for row in rows]
        call_each("mul", [(product, factor) for product in products], (), (0,))
        return by_value([product.item() for product in products], rows)


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

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return new_state(parameter, "exp_avg", "exp_avg_sq")

    def _update_group(self, group: dict[str, Any]) -> None:
        rates = _rates(group)
        for step, rows in self._count(self._rows(group, ("exp_avg", "exp_avg_sq"))):
            factor, rectified = _rectification(step, rates[1], rates[2])
            attributes = (*rates, factor, word(rectified), *_decay(group))
            self._step_rows("radam_step", rows, attributes, group)


def _rectification(step: float, beta1: float, beta2: float) -> tuple[float, bool]:
    """The factor of a step, and whether the variance of the second moment is bounded by now.

    Source:
        Liu et al. 2019, arXiv:1908.03265, algorithm 2, lines 9 to 13.
    """
    correction1, correction2 = 1 - beta1**step, 1 - beta2**step
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step * beta2**step / correction2
    if length <= 5.0:
        return 1 / correction1, False
    numerator = (length - 4) * (length - 2) * longest
    variance = numerator / ((longest - 4) * (longest - 2) * length)
    return math.sqrt(variance * correction2) / correction1, True

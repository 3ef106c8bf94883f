"""Optimizers that scale each element's step by the size of its gradients so far."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, tensor
from .optimizer import Optimizer, check_not_negative, new_state, word


def penalty(group: dict[str, Any]) -> tuple[float, str]:
    """The last attributes of most step ops: L2 penalty, and whether to climb."""
    return float(group["weight_decay"]), word(group["maximize"])


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of squared gradients.

    Args:
        params: Parameters or groups.
        lr: Step size.
        lr_decay: How fast the step size falls: by 1 / (1 + lr_decay * steps).
        weight_decay: L2 penalty.
        initial_accumulator_value: First value of the sums.
        eps: Added to the root.
        maximize: Climb instead of descend.

    Source:
        Duchi, Hazan and Singer 2011, JMLR 12.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_not_negative(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        check_not_negative(initial_accumulator_value=initial_accumulator_value)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter] = self._new_state(parameter, group)

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        data = parameter.detach()
        total = data.new_full(data.shape, group["initial_accumulator_value"])
        return {"step": tensor(0.0), "sum": total}

    def _update_group(self, group: dict[str, Any]) -> None:
        lr, slowdown, eps = float(group["lr"]), float(group["lr_decay"]), float(group["eps"])
        for step, rows in self._count(self._rows(group, ("sum",))):
            attributes = (lr / (1 + (step - 1) * slowdown), eps, *penalty(group))
            self._step_rows("adagrad_step", rows, attributes, group)


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of squared gradients.

    Args:
        params: Parameters or groups.
        lr: Step size.
        alpha: Memory of the mean.
        eps: Added to the root.
        weight_decay: L2 penalty.
        momentum: Factor on the running sum of steps.
        centered: Divide by the standard deviation instead.
        maximize: Climb instead of descend.

    Source:
        Hinton 2012, lecture 6e of "Neural Networks for Machine Learning"; centered: Graves 2013,
        arXiv:1308.0850, eq. 38 ff.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(
            lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _names(self, group: dict[str, Any]) -> tuple[str, ...]:
        moving = ("momentum_buffer",) if group["momentum"] > 0 else ()
        return ("square_avg", *moving, *(("grad_avg",) if group["centered"] else ()))

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return new_state(parameter, *self._names(group))

    def _update_group(self, group: dict[str, Any]) -> None:
        moving = group["momentum"] > 0
        centered = "centered_" if group["centered"] else ""
        op = f"rmsprop_{centered}{'momentum_' if moving else ''}step"
        attributes = (
            float(group["lr"]),
            float(group["alpha"]),
            float(group["eps"]),
            *((float(group["momentum"]),) if moving else ()),
            *penalty(group),
        )
        rows = self._rows(group, self._names(group))
        self._count(rows)
        self._step_rows(sys.intern(op), rows, attributes, group)


class Adadelta(Optimizer):
    """Steps as large as the recent steps, relative to the recent gradients.

    Args:
        params: Parameters or groups.
        lr: Factor of the steps.
        rho: Memory of both means.
        eps: Added below both roots.
        weight_decay: L2 penalty.
        maximize: Climb instead of descend.

    Source:
        Zeiler 2012, arXiv:1212.5701, algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return new_state(parameter, "square_avg", "acc_delta")

    def _update_group(self, group: dict[str, Any]) -> None:
        rows = self._rows(group, ("square_avg", "acc_delta"))
        self._count(rows)
        rates = (float(group["lr"]), float(group["rho"]), float(group["eps"]))
        self._step_rows("adadelta_step", rows, (*rates, *penalty(group)), group)

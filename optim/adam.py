"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor
from .optimizer import Optimizer, check_betas, check_not_negative, new_state, word

STATE = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")


class Adam(Optimizer):
    """Steps scaled by running moments of the gradient.

    Args:
        params: Parameters or groups.
        lr: Step size.
        betas: Memory of the first and of the second moment.
        eps: Added to the root of the second moment.
        weight_decay: L2 penalty.
        amsgrad: Use the largest second moment seen so far.
        maximize: Climb instead of descend.
        decoupled_weight_decay: Shrink the parameter itself instead (AdamW).

    Source:
        Kingma and Ba 2014, arXiv:1412.6980, algorithm 1; Reddi et al. 2018 for amsgrad.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_not_negative(lr=lr, eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "foreach": foreach,
            "maximize": maximize,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return new_state(parameter, *STATE[: 3 if group["amsgrad"] else 2])

    def _update_group(self, group: dict[str, Any]) -> None:
        op, names = ("amsgrad_step", STATE) if group["amsgrad"] else ("adam_step", STATE[:2])
        beta1, beta2 = float(group["betas"][0]), float(group["betas"][1])
        before = (float(group["lr"]), beta1, beta2, float(group["eps"]))
        after = (
            float(group["weight_decay"]),
            word(group["decoupled_weight_decay"]),
            word(group["maximize"]),
        )
        for step, rows in self._count(self._rows(group, names)):
            attributes = (*before, 1 - beta1**step, 1 - beta2**step, *after)
            self._step_rows(op, rows, attributes, group)


class AdamW(Adam):
    """Adam with weight decay that shrinks the parameters themselves.

    Args:
        params: Parameters or groups.
        lr: Step size.
        betas: Memory of the first and of the second moment.
        eps: Added to the root of the second moment.
        weight_decay: Shrinkage of the parameters in each step, relative to the step size.
        amsgrad: Use the largest second moment seen so far.
        maximize: Climb instead of descend.

    Source:
        Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

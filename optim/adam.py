"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, call, maximum
from .optimizer import Optimizer, check_betas, check_not_negative, gradient_of


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
        largest = ("max_exp_avg_sq",) if group["amsgrad"] else ()
        return self.zero_state(parameter, "exp_avg", "exp_avg_sq", *largest)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self._new_state(parameter, group)
        state["step"].add_(1)
        step = int(state["step"].item())
        beta1, beta2 = group["betas"]
        options = {
            "lr": float(group["lr"]),
            "beta1": beta1,
            "beta2": beta2,
            "eps": float(group["eps"]),
            "correction1": 1 - beta1**step,
            "correction2": 1 - beta2**step,
            "weight_decay": float(group["weight_decay"]),
            "decoupled": "yes" if group["decoupled_weight_decay"] else "no",
        }
        gradient = gradient_of(parameter, group)
        first, second = state["exp_avg"], state["exp_avg_sq"]
        if group["amsgrad"]:
            self._update_amsgrad(parameter, gradient, state, options)
        else:
            call(
                "adam_step",
                (parameter, gradient, first, second),
                options,
                out=(parameter, first, second),
            )

    @staticmethod
    def _update_amsgrad(
        parameter: Tensor, gradient: Tensor, state: dict[str, Any], options: dict[str, Any]
    ) -> None:
        if options["decoupled"] == "yes":
            parameter.mul_(1 - options["lr"] * options["weight_decay"])
        else:
            gradient = gradient.add(parameter, alpha=options["weight_decay"])
        state["exp_avg"].lerp_(gradient, 1 - options["beta1"])
        state["exp_avg_sq"].mul_(options["beta2"]).addcmul_(
            gradient, gradient, value=1 - options["beta2"]
        )
        state["max_exp_avg_sq"].copy_(maximum(state["max_exp_avg_sq"], state["exp_avg_sq"]))
        root = (state["max_exp_avg_sq"] / options["correction2"]).sqrt_().add_(options["eps"])
        parameter.addcdiv_(state["exp_avg"], root, value=-options["lr"] / options["correction1"])


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

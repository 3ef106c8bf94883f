"""Optimizers that scale each element's step by the size of its gradients so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, tensor
from .optimizer import Optimizer, check_not_negative, gradient_of


def directed_gradient(parameter: Tensor, group: dict[str, Any]) -> Tensor:
    """The gradient to descend along: turned round for `maximize`, with weight decay added."""
    gradient = gradient_of(parameter, group)
    if group["weight_decay"]:
        gradient = gradient.add(parameter, alpha=float(group["weight_decay"]))
    return gradient


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
                data = parameter.detach()
                total = data.new_full(data.shape, initial_accumulator_value)
                self.state[parameter] = {"step": tensor(0.0), "sum": total}

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        gradient = directed_gradient(parameter, group)
        rate = float(group["lr"]) / (1 + state["step"].item() * group["lr_decay"])
        state["step"].add_(1)
        state["sum"].addcmul_(gradient, gradient)
        parameter.addcdiv_(gradient, state["sum"].sqrt().add_(group["eps"]), value=-rate)


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

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        wanted = ["square_avg"]
        wanted += ["momentum_buffer"] if group["momentum"] > 0 else []
        wanted += ["grad_avg"] if group["centered"] else []
        state = self.zero_state(parameter, *wanted)
        gradient = directed_gradient(parameter, group)
        alpha = group["alpha"]
        state["step"].add_(1)
        square = state["square_avg"]
        square.mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"].lerp_(gradient, 1 - alpha)
            square = square.addcmul(mean, mean, value=-1)
        root = square.sqrt().add_(group["eps"])
        rate = -float(group["lr"])
        if group["momentum"] > 0:
            state["momentum_buffer"].mul_(group["momentum"]).addcdiv_(gradient, root)
            parameter.add_(state["momentum_buffer"], alpha=rate)
        else:
            parameter.addcdiv_(gradient, root, value=rate)


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

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.zero_state(parameter, "square_avg", "acc_delta")
        gradient = directed_gradient(parameter, group)
        rho, eps = group["rho"], group["eps"]
        state["step"].add_(1)
        state["square_avg"].mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
        ratio = state["acc_delta"].add(eps) / state["square_avg"].add(eps)
        delta = ratio.sqrt_().mul_(gradient)
        state["acc_delta"].mul_(rho).addcmul_(delta, delta, value=1 - rho)
        parameter.add_(delta, alpha=-float(group["lr"]))

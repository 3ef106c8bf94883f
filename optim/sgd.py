"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, call
from .optimizer import Optimizer, check_not_negative, gradient_of


class SGD(Optimizer):
    """Gradient descent with momentum, weight decay and Nesterov's look-ahead.

    Args:
        params: Parameters or groups.
        lr: Step size.
        momentum: Factor on the running sum of gradients; 0 keeps none.
        dampening: Part of a new gradient that is left out of the sum.
        weight_decay: L2 penalty.
        nesterov: Look one step ahead.
        maximize: Climb instead of descend.

    Source:
        Sutskever et al. 2013, ICML, with the learning rate outside the running sum.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        gradient = gradient_of(parameter, group)
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        if not group["momentum"]:
            call(
                "sgd_step",
                (parameter, gradient),
                {"lr": lr, "weight_decay": decay},
                out=(parameter,),
            )
            return
        state = self.state[parameter]
        buffer = state.get("momentum_buffer")
        dampening = float(group["dampening"])
        if buffer is None:
            # The first sum is the gradient itself, whatever the dampening.
            buffer = state["momentum_buffer"] = parameter.detach().new_zeros(parameter.shape)
            dampening = 0.0
        options = {
            "lr": lr,
            "momentum": float(group["momentum"]),
            "dampening": dampening,
            "weight_decay": decay,
            "nesterov": "yes" if group["nesterov"] else "no",
        }
        call("momentum_step", (parameter, gradient, buffer), options, out=(parameter, buffer))

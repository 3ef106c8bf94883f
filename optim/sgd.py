"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .optimizer import Optimizer, check_not_negative, word


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

    def _update_group(self, group: dict[str, Any]) -> None:
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        nesterov, maximize = word(group["nesterov"]), word(group["maximize"])
        momentum, dampening = float(group["momentum"]), float(group["dampening"])
        given = [p for p in group["params"] if p._grad is not None]
        if not momentum:
            self._step_rows("sgd_step", [(p, p._grad) for p in given], (lr, decay, maximize), group)
            return
        states = self.state
        first = [p for p in given if states[p].get("momentum_buffer") is None]
        if first:
            for p in first:
                states[p]["momentum_buffer"] = p.detach().new_zeros(p.shape)
            rows = [(p, p._grad, states[p]["momentum_buffer"]) for p in first]
            # The first sum is the gradient itself, whatever the dampening.
            attributes = (lr, momentum, 0.0, decay, nesterov, maximize)
            self._step_rows("momentum_step", rows, attributes, group)
            begun = {id(p) for p in first}
            given = [p for p in given if id(p) not in begun]
        rows = [(p, p._grad, states[p]["momentum_buffer"]) for p in given]
        attributes = (lr, momentum, dampening, decay, nesterov, maximize)
        self._step_rows("momentum_step", rows, attributes, group)

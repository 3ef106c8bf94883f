"""Averaged gradient descent, and steps that follow the gradient's sign alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, tensor, where
from .adaptive import directed_gradient
from .optimizer import Optimizer, check_not_negative


class ASGD(Optimizer):
    """Gradient descent whose result, `state[p]["ax"]`, is the mean of the later steps.

    Args:
        params: Parameters or groups.
        lr: First step size.
        lambd: Decay of the parameters and of the step size.
        alpha: Power with which the step size falls.
        t0: Step at which averaging begins.
        weight_decay: L2 penalty.
        maximize: Climb instead of descend.

    Source:
        Polyak and Juditsky 1992, doi:10.1137/0330046; the schedule: Bottou 2012, section 5.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_not_negative(lr=lr, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.zero_state(parameter, "ax")
        lr, decay = float(group["lr"]), group["lambd"]
        if "eta" not in state:
            state.update(eta=tensor(lr), mu=tensor(1.0))
        gradient = directed_gradient(parameter, group)
        eta, mu = state["eta"].item(), state["mu"].item()
        state["step"].add_(1)
        parameter.mul_(1 - decay * eta).add_(gradient, alpha=-eta)
        if mu == 1:
            state["ax"].copy_(parameter)
        else:
            state["ax"].lerp_(parameter.detach(), mu)
        step = state["step"].item()
        state["eta"].fill_(lr / (1 + decay * lr * step) ** group["alpha"])
        state["mu"].fill_(1 / max(1.0, step - group["t0"]))


class Rprop(Optimizer):
    """Steps whose sizes grow while the gradient keeps its sign and shrink when it turns.

    Args:
        params: Parameters or groups.
        lr: First size of the steps.
        etas: Factors with which a step shrinks and grows.
        step_sizes: Least and largest step.
        maximize: Climb instead of descend.

    Source:
        Riedmiller and Braun 1993, doi:10.1109/ICNN.1993.298623, without taking steps back.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_not_negative(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        new = not self.state[parameter]
        state = self.zero_state(parameter, "prev", "step_size")
        if new:
            state["step_size"].fill_(float(group["lr"]))
        gradient = directed_gradient(parameter, {**group, "weight_decay": 0})
        shrink, grow = group["etas"]
        state["step"].add_(1)
        turn = (gradient * state["prev"]).sign()
        factor = where(turn > 0, grow, where(turn < 0, shrink, 1.0)).to(gradient.dtype)
        least, largest = group["step_sizes"]
        state["step_size"].mul_(factor).clamp_(least, largest)
        # Where the sign has turned, this step is left out, and the next one is free.
        gradient = where(turn < 0, 0.0, gradient)
        parameter.addcmul_(gradient.sign(), state["step_size"], value=-1)
        state["prev"].copy_(gradient)

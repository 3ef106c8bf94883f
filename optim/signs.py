"""Averaged gradient descent, and steps that follow the gradient's sign alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..tensor import Tensor, tensor
from .adaptive import penalty
from .optimizer import Optimizer, by_value, check_not_negative, new_state, word


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

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = new_state(parameter, "ax")
        return {**state, "eta": tensor(float(group["lr"])), "mu": tensor(1.0)}

    def _update_group(self, group: dict[str, Any]) -> None:
        lr, decay = float(group["lr"]), float(group["lambd"])
        states = self.state
        for step, rows in self._count(self._rows(group, ("ax",))):
            for eta, some in by_value([states[row[0]]["eta"].item() for row in rows], rows):
                weights = [states[row[0]]["mu"].item() for row in some]
                for mu, same in by_value(weights, some):
                    attributes = (eta, mu, decay, *penalty(group))
                    self._step_rows("asgd_step", same, attributes, group)
            for row in rows:
                state = states[row[0]]
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

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = new_state(parameter, "prev", "step_size")
        state["step_size"].fill_(float(group["lr"]))
        return state

    def _update_group(self, group: dict[str, Any]) -> None:
        rows = self._rows(group, ("prev", "step_size"))
        self._count(rows)
        options = [float(x) for x in (*group["etas"], *group["step_sizes"])]
        self._step_rows("rprop_step", rows, (*options, word(group["maximize"])), group)

"""Small modules: what a layer and a step cost beyond arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, Statement, case, forward_and_backward
from .training import training_step


@case("module", "Linear(8, 8) of 8x8")
def _linear(t: Any, scale: Scale) -> Call:
    return Statement("layer(x)", {"layer": t.nn.Linear(8, 8), "x": t.randn(8, 8)})


@case("module", "Linear(8, 8) of 8x8, forward and backward")
def _linear_backward(t: Any, scale: Scale) -> Call:
    layer, x = t.nn.Linear(8, 8), t.randn(8, 8)
    return forward_and_backward(lambda: layer(x).sum(), layer.parameters())


def _step(name: str, optimizer: Callable[[Any, Any], Any]) -> None:
    def setup(t: Any, scale: Scale) -> Call:
        nn = t.nn
        model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        x, y = t.randn(32, 64), t.randint(0, 10, (32,))
        return training_step(t, model, optimizer(t, model.parameters()), x, y)

    case("module", f"step of an MLP 64-64-10, batch 32, {name}")(setup)


_step("SGD", lambda t, parameters: t.optim.SGD(parameters, lr=1e-5))
_step("Adam", lambda t, parameters: t.optim.Adam(parameters, lr=1e-5))

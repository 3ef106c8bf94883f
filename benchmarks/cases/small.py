"""Calls so small that only the way to the kernel counts."""

from __future__ import annotations

from typing import Any

from .case import Scale, Statement, case

OPS = {
    "add": "a + b",
    "broadcast add": "a + row",
    "scalar mul": "a * 2.0",
    "relu": "a.relu()",
    "sum": "a.sum()",
    "matmul": "a @ b",
    "slice": "a[2:6]",
    "integer index": "a[1]",
    "view": "a.view(64)",
    "transpose": "a.transpose(0, 1)",
    "permute": "a.permute(1, 0)",
}


def _small(name: str, text: str, grad: bool) -> None:
    def setup(t: Any, scale: Scale) -> Statement:
        names = {"a": t.randn(8, 8), "b": t.randn(8, 8), "row": t.randn(8)}
        if grad:
            names["a"].requires_grad_()
        return Statement(text, names)

    case("small", f"{name}, {text}, recorded" if grad else f"{name}, {text}")(setup)


for _name, _text in OPS.items():
    _small(_name, _text, False)
    _small(_name, _text, True)


@case("small", "in-place add, a.add_(b)")
def _add_in_place(t: Any, scale: Scale) -> Statement:
    return Statement("a.add_(b)", {"a": t.randn(8, 8), "b": t.randn(8, 8)})


# Detached anew in each call: otherwise the recorded history would grow from call to call.
@case("small", "in-place add, a.detach().add_(b), recorded")
def _add_in_place_recorded(t: Any, scale: Scale) -> Statement:
    names = {"a": t.randn(8, 8), "b": t.randn(8, 8, requires_grad=True)}
    return Statement("a.detach().add_(b)", names)


@case("small", "cat, cat([a, b])")
def _cat(t: Any, scale: Scale) -> Statement:
    return Statement("cat([a, b])", {"cat": t.cat, "a": t.randn(8, 8), "b": t.randn(8, 8)})


@case("small", "cat, cat([a, b]), recorded")
def _cat_recorded(t: Any, scale: Scale) -> Statement:
    a, b = (t.randn(8, 8, requires_grad=True) for _ in "ab")
    return Statement("cat([a, b])", {"cat": t.cat, "a": a, "b": b})

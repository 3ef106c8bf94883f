"""Tangents of host ops, which state an adjoint only: the adjoint is linear, and its transpose is
wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.language.op import Op
from .engine import run_edges
from .grad_level import GradLevel
from .leaf import gradient_edge
from .stated import cotangents


def push_forward(
    op: Op,
    operands: Sequence[Any],
    attributes: Sequence[Any],
    tangents: Sequence[Any],
    results: Sequence[Any],
) -> list[Any]:
    """The tangents of the results: the derivative of <adjoint(u), tangents> with respect to u."""
    wanted = tuple(tangent is not None for tangent in tangents)
    values = {entry.name: value for entry, value in zip(op.inputs, operands)}
    values.update({entry.name: value for entry, value in zip(op.outputs, results)})
    carries = [
        output.name not in op.nondifferentiable and result.dtype.kind in ("float", "complex")
        for output, result in zip(op.outputs, results)
    ]
    with GradLevel() as level:
        probes = [
            level.wrap(result.new_zeros(tuple(result.shape)), True) if carry else None
            for result, carry in zip(results, carries)
        ]
        found = cotangents(op, wanted, attributes, values, probes)
        total: Any = None
        for gradient, tangent in zip(found, tangents):
            if tangent is not None and gradient is not None:
                term = (gradient * tangent).sum()
                total = term if total is None else total + term
        edges = [gradient_edge(probe) for probe in probes if probe is not None]
        if total is None or not total.requires_grad:
            pushed: list[Any] = [None] * len(edges)
        else:
            pushed = run_edges(
                [gradient_edge(total)], [total.new_ones(())], edges, True, level.outer
            )
        pushed = [level.lower(x) for x in pushed]
    rest = iter(pushed)
    return [next(rest) if carry else None for carry in carries]

"""Finite differences that derivatives are judged by, in float64."""

from __future__ import annotations

import numpy as np
from tensorsmith.ops.derivatives.derive import (
    cotangent_names,
    derive_adjoint,
    derive_tangent,
    tangent_names,
)

from tests.ops.tape import Variable, differentiable, record, run, slope


def near(actual, wanted, tolerance=1e-6):
    """Asserts that arrays are equal within a tolerance, of the largest element at least."""
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0)))
    np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance * scale)


def fit(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A cotangent in the full batch shape, summed to the operand's shape."""
    gradient = gradient.sum(tuple(range(gradient.ndim - len(shape))))
    axes = tuple(i for i, (a, b) in enumerate(zip(gradient.shape, shape)) if a != b)
    return gradient.sum(axes, keepdims=True) if axes else gradient


def check_first(op, arrays, attributes, rng):
    """The adjoint and the tangent against the slope of the forward."""
    variables = {name: Variable(np.asarray(value)) for name, value in arrays.items()}
    outputs = record(op, variables, attributes)
    moving = differentiable(op, variables)
    names, tangents = cotangent_names(op), tangent_names(op)
    floats = [o.name for o in op.outputs if outputs[o.name].array.dtype.kind == "f"]
    floats = [name for name in floats if name not in op.nondifferentiable]
    directions = {name: rng.uniform(-1, 1, np.shape(arrays[name])) for name in moving}
    cotangents = {name: rng.uniform(-1, 1, outputs[name].array.shape) for name in floats}

    def moved(t):
        shifted = {**arrays, **{n: arrays[n] + t * d for n, d in directions.items()}}
        found = run(op, shifted, attributes)
        return np.concatenate([np.ravel(found[name]) for name in floats])

    wanted = slope(moved, 1e-5)
    call = outputs[floats[0]].call
    have = {**arrays, **{name: output.array for name, output in outputs.items()}}
    have |= {names[name]: value for name, value in cotangents.items()}
    have |= {tangents[name]: value for name, value in directions.items()}
    adjoint = derive_adjoint(op, frozenset(moving))
    given = {item.name: have[item.name] for item in adjoint.inputs}
    back = run(adjoint, given, attributes, call.binding)
    flat = np.concatenate([np.ravel(cotangents[name]) for name in floats])
    pairing = sum(
        (fit(back[names[name]], np.shape(arrays[name])) * directions[name]).sum() for name in moving
    )
    near(pairing, (wanted * flat).sum())
    tangent = derive_tangent(op, frozenset(moving))
    given = {item.name: have[item.name] for item in tangent.inputs}
    forth = run(tangent, given, attributes, call.binding)
    got = np.concatenate(
        [np.broadcast_to(forth[tangents[n]], outputs[n].array.shape).ravel() for n in floats]
    )
    near(got, wanted)

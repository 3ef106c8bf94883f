"""Calls of an op, forwards and backwards, for comparing CUDA C on the host with the interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...backends.cuda.check import HostCall
from ...ops.derive import cotangent_names, derive_adjoint
from ...ops.dtype import dtype
from ...ops.op import Op, Sample
from .definition import bind_arguments, bind_values
from .sampling import Arguments, arguments_of, float_inputs


def is_computed(op: Op) -> bool:
    """Whether kernels of its own run: neither a view nor an extern op."""
    return op.form not in ("view", "extern")


def host_calls(op: Op, sample: Sample, kind: dtype, backwards: bool = True) -> Iterator[HostCall]:
    """The call of a sample, and the adjoint with respect to all its floating-point inputs."""
    arguments = arguments_of(op, sample, kind=kind)
    forward = forward_call(arguments, kind)
    yield forward
    if backwards:
        yield from adjoint_calls(arguments, forward)


def forward_call(arguments: Arguments, kind: dtype) -> HostCall:
    """The call itself."""
    op, binding = bind_arguments(arguments)
    given = {name: value for name, value in arguments.tensors.items() if value is not None}
    label = f"{arguments.label} {kind.name}"
    return HostCall(label, op, binding, given, dict(arguments.op.tolerance))


def adjoint_calls(arguments: Arguments, forward: HostCall) -> Iterator[HostCall]:
    """The adjoint, with drawn cotangents; none where nothing carries a derivative."""
    op, binding = forward.op, forward.binding
    moving = [
        name
        for _, name in float_inputs(arguments)
        if name in binding.dtypes and name not in op.nondifferentiable
    ]
    smooth = [o.name for o in op.outputs if binding.dtypes[o.name].is_floating_point]
    if not moving or not smooth or not op.define:
        return
    adjoint = derive_adjoint(op, frozenset(moving))
    draws = np.random.default_rng(13)
    cotangents = cotangent_names(op)
    values: dict[str, Any] = dict(forward.given)
    for name, result in forward.wanted(exact=False).items():
        values[name] = result
        if name in cotangents:
            drawn = np.asarray(draws.uniform(-1, 1, np.shape(result)))
            values[cotangents[name]] = drawn.astype(np.asarray(result).dtype)
    wanted = {item.name for item in adjoint.inputs}
    present = {n: v for n, v in values.items() if n in wanted}
    known = bind_values(adjoint, present, arguments.attributes, binding)
    yield replace(
        forward, label=f"{forward.label} adjoint", op=adjoint, binding=known, values=present
    )

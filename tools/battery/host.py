"""Calls of an op, forwards and backwards, for comparing CUDA C on the host with the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...backends.cuda.check import HostCall, compare, failures
from ...ops.derivatives.derive import cotangent_names, derive_adjoint
from ...ops.dtype import dtype
from ...ops.errors import TensorsmithError
from ...ops.language.op import Op, Sample
from .definition import bind_arguments, bind_values
from .sampling import Arguments, arguments_of, float_inputs

Array = np.ndarray[Any, np.dtype[Any]]


def is_computed(op: Op) -> bool:
    """Whether kernels of its own run: neither a view nor an extern op."""
    return op.form not in ("view", "extern")


MOST_GROWN_RANK = 3
GROWN_TOLERANCES = {"float32": 2e-4}  # hundreds of terms, whose sum may be small

LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": lambda x: x,
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "every other": lambda x: np.repeat(x, 2, -1)[..., ::2] if x.ndim else x,
    "reversed": lambda x: np.flip(np.ascontiguousarray(np.flip(x))),
}
"""The same values in other memory."""


def host_calls(
    op: Op,
    sample: Sample,
    kind: dtype,
    factor: int = 1,
    layout: str = "contiguous",
    backwards: bool = True,
) -> Iterator[HostCall]:
    """The call of a sample, and the adjoint with respect to all its floating-point inputs.

    Args:
        op: One signature.
        sample: One of its samples.
        kind: Dtype of the inputs whose class admits it.
        factor: What extents above 1 are multiplied by, so that rows are shared out; nothing comes
            where the op does not take such extents.
        layout: Key of `LAYOUTS`.
        backwards: The adjoint too.
    """
    try:
        arguments = arranged(arguments_of(op, sample, kind=kind), factor, LAYOUTS[layout])
        forward = forward_call(arguments, f"{kind.name} x{factor} {layout}")
        if factor > 1:
            forward.tolerance = GROWN_TOLERANCES | dict(forward.tolerance)
            forward.wanted(exact=False)
    except (TensorsmithError, ValueError, OverflowError, IndexError):
        if factor == 1 and admits_sample(op, kind):
            raise
        return
    yield forward
    if backwards:
        yield from adjoint_calls(arguments, forward)


def check_on_host(op: Op, sample: Sample, kind: dtype) -> None:
    """CUDA C of a sample's call and of its adjoint gives on the host what the interpreter gives.

    Raises:
        AssertionError: It does not; with the element, or with what a GPU would not have survived.
    """
    wrong = list(failures(compare(list(host_calls(op, sample, kind)))))
    assert not wrong, "\n".join(wrong)


def admits_sample(op: Op, kind: dtype) -> bool:
    """Whether the op must take its samples in the dtype; its values may not fit integers."""
    return kind.is_floating_point


def arranged(arguments: Arguments, factor: int, layout: Callable[[Array], Array]) -> Arguments:
    """The arguments with their arrays repeated along their dims, and laid out.

    Of arrays with many dims, only batch and channels grow: the interpreter could not follow.
    """
    tensors = dict(arguments.tensors)
    for name, value in tensors.items():
        if isinstance(value, np.ndarray):
            grown = range(value.ndim if value.ndim <= MOST_GROWN_RANK else 2)
            repeats = [factor if n > 1 and d in grown else 1 for d, n in enumerate(value.shape)]
            tensors[name] = layout(np.tile(value, repeats) if factor > 1 else value)
    return replace(arguments, tensors=tensors)


def forward_call(arguments: Arguments, words: str) -> HostCall:
    """The call itself."""
    op, binding = bind_arguments(arguments)
    given = {name: value for name, value in arguments.tensors.items() if value is not None}
    label = f"{arguments.label} {words}"
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

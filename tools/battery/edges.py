"""What an op does where samples seldom go: no elements, NaN and infinities."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.interpreter.interpret import interpret
from ...tensor import Tensor, as_tensor
from .definition import bind_arguments
from .running import run
from .sampling import Arguments

_SPECIAL = (np.nan, np.inf, -np.inf, 0.0)


def check_empty(arguments: Arguments) -> str | None:
    """A batch of no elements gives results of no elements; a reason if the op has no batch."""
    op = arguments.op
    arrays = {n: v for n, v in arguments.tensors.items() if isinstance(v, np.ndarray)}
    batched = [x for x in op.inputs if x.name in arrays and x.type.batched]
    flexible = any(axis.group or axis.optional for x in batched for axis in x.type.axes)
    if not batched or flexible or op.form == "view":
        return "no batch"
    depth = max(arrays[x.name].ndim - len(x.type.axes) for x in batched)
    operands = list(arguments.operands)
    for place, given in enumerate(op.inputs):
        if given in batched:
            array = arrays[given.name]
            missing = depth - (array.ndim - len(given.type.axes))
            whole = array.reshape((1,) * missing + array.shape)
            operands[place] = np.broadcast_to(whole, (0, *whole.shape)).copy()
    try:
        results = run(arguments, tuple(_as_tensor(x) for x in operands))
    except IndexError:
        return "dims are counted from the front"
    plain = run(arguments)
    for result, one in zip(results, plain):
        assert result.numel() == 0 or one.dim() < depth, (
            f"{arguments.label}: a batch of none gave {tuple(result.shape)}"
        )
    return None


def _as_tensor(value: Any) -> Any:
    return as_tensor(value) if isinstance(value, np.ndarray) else value


def check_not_finite(arguments: Arguments) -> str | None:
    """The kernel gives NaN and infinities where the interpreter does; a reason if it takes none."""
    floats = [
        name
        for name, value in arguments.tensors.items()
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
    ]
    if not floats or arguments.op.form in ("view", "extern"):
        return "no floats"
    tensors = dict(arguments.tensors)
    for number, name in enumerate(floats):
        array = tensors[name].copy()
        for place, value in enumerate(_SPECIAL):
            array.reshape(-1)[(place * 7 + number) % array.size] = value
        tensors[name] = array
    there = Arguments(
        arguments.op, tensors, arguments.attributes, arguments.label, arguments.chosen,
        arguments.fill,
    )  # fmt: skip
    op, binding = bind_arguments(there)
    present = {n: v for n, v in tensors.items() if v is not None}
    with np.errstate(all="ignore"):
        wanted = interpret(op, binding, present)
    for output, result in zip(op.outputs, run(there)):
        got = result.detach().numpy() if isinstance(result, Tensor) else np.asarray(result)
        np.testing.assert_allclose(
            got, wanted[output.name], rtol=1e-6, atol=1e-9,
            err_msg=f"{arguments.label}: {output.name} of NaN and infinities",
        )  # fmt: skip
    return None

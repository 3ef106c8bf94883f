"""Calls on another device compared with the same calls on the CPU: results, gradients, places.

Both compute in the same dtype, so that they may differ by the order of sums and by library
functions; integers and truth values must be equal, and so must the bits of random numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import grad
from ...ops.language.op import Op
from ...tensor import Tensor, call
from ...tensor.devices import usable
from .checks import tolerance
from .running import to_numpy, to_tensors
from .sampling import Arguments

Found = tuple[tuple[Any, ...], tuple[Any, ...]]


def check_device(arguments: Arguments, place: Any = "cuda") -> bool:
    """Results and gradients on a device are those of the CPU, and lie there.

    Returns:
        Whether gradients were compared, too.

    Raises:
        AssertionError: They are not.
    """
    if not is_placed(arguments.op):
        return False
    results, gradients = run_at(arguments, "cpu")
    there, moved_gradients = run_at(arguments, place)
    assert len(results) == len(there)
    for number, (wanted, found) in enumerate(zip(results, there)):
        _compare(arguments, wanted, found, place, f"output {number}")
    for number, (wanted, found) in enumerate(zip(gradients, moved_gradients)):
        assert (wanted is None) == (found is None)
        if wanted is not None:
            _compare(arguments, wanted, found, place, f"gradient {number}")
    return bool(gradients)


def is_placed(op: Op) -> bool:
    """Whether results lie where operands do: neither a copy to another device, nor made by the host
    for a caller that moves it."""
    return op.name != "to_device" and (bool(op.inputs) or op.form != "extern")


def run_at(arguments: Arguments, place: Any) -> Found:
    """Results of a call on a device; and the gradients of its floating-point operands."""
    operands = tuple(_placed(to_tensors(value), place) for value in arguments.operands)
    leaves = [
        x for x in operands if isinstance(x, Tensor) and (x.is_floating_point() or x.is_complex())
    ]
    for leaf in leaves:
        leaf.requires_grad_()
    where = None if arguments.operands else usable(place)
    found = call(arguments.op, operands, dict(arguments.attributes), place=where)
    results = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    smooth = [x for x in results if isinstance(x, Tensor) and x.requires_grad]
    if not smooth:
        return results, ()
    draws = np.random.default_rng(5)
    cotangents = [
        _placed(to_tensors(draws.uniform(-1, 1, tuple(x.shape))).to(x.dtype), place) for x in smooth
    ]
    return results, grad(smooth, leaves, cotangents, allow_unused=True)


def _placed(value: Any, place: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to(place)
    return [_placed(x, place) for x in value] if isinstance(value, list) else value


def _compare(arguments: Arguments, wanted: Tensor, found: Tensor, place: Any, what: str) -> None:
    label = f"{arguments.label} on {place}: {what}"
    assert found.device.type == place.partition(":")[0], f"{label} is on {found.device}"
    assert found.dtype is wanted.dtype, f"{label} has dtype {found.dtype}, not {wanted.dtype}"
    assert found.stride() == wanted.stride(), f"{label} has strides {found.stride()}"
    relative, absolute = tolerance(arguments.op, wanted.dtype.to_real().name)
    np.testing.assert_allclose(
        to_numpy(found.cpu()), to_numpy(wanted), rtol=2 * relative, atol=2 * absolute,
        err_msg=label, equal_nan=True,
    )  # fmt: skip

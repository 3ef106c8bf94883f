"""Ways to call an op: forwards, backwards, and through the transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...autograd import grad
from ...autograd.modes import no_grad
from ...autograd.transforms import jvp
from ...autograd.vmap import vmap
from ...ops.dataclass import dataclass
from ...ops.dtype import by_name
from ...tensor import Tensor, as_tensor, call, from_numpy
from ..battery.sampling import Arguments


@dataclass(frozen=True)
class Case:
    """One call.

    Attributes:
        arguments: Arrays of zeros, numbers and attributes.
        label: Op, sample, dtype, layout and size.
    """

    arguments: Arguments
    label: str

    def operands(self) -> list[Any]:
        """Fresh tensors over the arrays."""
        return [_tensor(value) for value in self.arguments.operands]

    def run(self, operands: list[Any]) -> tuple[Any, ...]:
        """The results."""
        found = call(self.arguments.op, tuple(operands), dict(self.arguments.attributes))
        return tuple(found) if isinstance(found, (tuple, list)) else (found,)


def _tensor(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return from_numpy(value) if value.dtype.name != "bfloat16" else _bfloat16(value)
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [_tensor(item) for item in value]
    return value


def _bfloat16(value: np.ndarray[Any, Any]) -> Tensor:
    made = from_numpy(value.view(np.int16))
    return made.view(by_name("bfloat16")) if value.ndim else as_tensor(value)


def _leaves(operands: list[Any]) -> list[int]:
    return [
        i for i, x in enumerate(operands) if isinstance(x, Tensor) and x.dtype.is_floating_point
    ]


def _smooth(results: tuple[Any, ...]) -> list[Tensor]:
    return [x for x in results if isinstance(x, Tensor) and x.requires_grad]


def _forwards(case: Case) -> None:
    with no_grad():
        case.run(case.operands())


def _backwards(case: Case) -> None:
    """Gradients of all operands, of dense cotangents."""
    _differentiate(case, 0, lambda x: Tensor.new_empty(x, tuple(x.shape)))


def _backwards_of_some(case: Case) -> None:
    """Gradients of all operands but the first: of a layer whose input is data."""
    _differentiate(case, 1, lambda x: Tensor.new_empty(x, tuple(x.shape)))


def _backwards_of_sums(case: Case) -> None:
    """Gradients of all operands, of cotangents that are one number."""
    _differentiate(case, 0, lambda x: Tensor.new_empty(x, ()).expand(tuple(x.shape)))


def _differentiate(case: Case, first: int, cotangent: Callable[[Tensor], Tensor]) -> None:
    operands = case.operands()
    leaves = [operands[i].requires_grad_() for i in _leaves(operands)[first:]]
    smooth = _smooth(case.run(operands)) if leaves else []
    if smooth:
        grad(smooth, leaves, [cotangent(x) for x in smooth], allow_unused=True)


def _second_order(case: Case) -> None:
    operands = case.operands()
    places = _leaves(operands)
    for place in places:
        operands[place].requires_grad_()
    smooth = _smooth(case.run(operands))
    if not smooth:
        return
    leaves = [operands[i] for i in places]
    whole = [Tensor.new_empty(x, tuple(x.shape)).requires_grad_() for x in smooth]
    first = [
        x
        for x in grad(smooth, leaves, whole, create_graph=True, allow_unused=True)
        if x is not None and x.requires_grad
    ]
    if first:
        again = [Tensor.new_empty(x, tuple(x.shape)) for x in first]
        grad(first, [*leaves, *whole], again, allow_unused=True)


def _tangents(case: Case) -> None:
    operands = case.operands()
    places = _leaves(operands)
    if not places:
        return

    def function(*moving: Any) -> Any:
        full = list(operands)
        for place, value in zip(places, moving):
            full[place] = value
        return tuple(x for x in case.run(full) if isinstance(x, Tensor))

    given = tuple(operands[i] for i in places)
    jvp(function, given, tuple(Tensor.new_empty(x, tuple(x.shape)) for x in given))


def _mapped(case: Case) -> None:
    """All operands mapped over a leading dim, and each alone."""
    operands = case.operands()
    places = [i for i, x in enumerate(operands) if isinstance(x, Tensor)]
    for mapped in [places] if len(places) == 1 else [places, *([i] for i in places)]:
        stacked = [Tensor.new_empty(operands[i], (3, *operands[i].shape)) for i in mapped]

        def function(*inputs: Any, mapped: list[int] = mapped) -> Any:
            full = list(operands)
            for place, value in zip(mapped, inputs):
                full[place] = value
            return tuple(x for x in case.run(full) if isinstance(x, Tensor))

        vmap(function, randomness="same")(*stacked)


WAYS: dict[str, Callable[[Case], None]] = {
    "forwards": _forwards,
    "backwards": _backwards,
    "backwards of some": _backwards_of_some,
    "backwards of sums": _backwards_of_sums,
    "second order": _second_order,
    "tangents": _tangents,
    "mapped": _mapped,
}

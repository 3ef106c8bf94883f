"""Element functions: C++ text that is computed for every element, as ops like any other."""

from __future__ import annotations

from typing import Any

from ...ops.cplusplus.op import read_op
from ...ops.errors import ArgumentError, CustomOpError
from ...ops.language.op import Op
from ..base import TensorBase
from ..calls.dispatch import call
from .expected import check_text


class ElementFunction:
    """A function of tensors, called with its numbers by keyword.

    It broadcasts, promotes, differentiates (to any order, in both modes), maps and is kept in the
    cache as every op does.

    Attributes:
        op: The op that the text was read as.
        devices: Types of the devices that it may run on; None for all.
    """

    def __init__(self, op: Op, devices: tuple[str, ...] | None = None) -> None:
        self.op = op
        self.devices = devices
        self.__name__ = self.__qualname__ = op.name
        self.__doc__ = op.doc

    def __repr__(self) -> str:
        return f"<element function {self.op.name}>"

    def __call__(self, *tensors: Any, **numbers: Any) -> Any:
        """The result, or a tuple of results.

        Raises:
            TypeError: There are more or fewer tensors than arguments, or a number is not known.
            RuntimeError: The function is for other devices.
        """
        name = self.op.name
        if len(tensors) != len(self.op.inputs):
            raise ArgumentError(
                f"{name}: {len(self.op.inputs)} tensors must be given by position, got "
                f"{len(tensors)}"
            )
        for place, tensor in enumerate(tensors):
            if not isinstance(tensor, TensorBase):
                raise ArgumentError(
                    f"{name}: argument {place} must be a Tensor, not {type(tensor).__name__}"
                )
            kind = tensor.device.type
            if self.devices is not None and kind not in self.devices:
                raise CustomOpError(
                    f"{name}: Expected a {' or '.join(self.devices)} tensor for argument {place}, "
                    f"got one on {kind}; library.element_function runs on all devices"
                )
        return call(self.op, tensors, numbers)


def element_function(code_string: str, **numbers: float | bool) -> ElementFunction:
    """A function of tensors from C++ text: `template <typename T> T f(T x, T y, T a) { ... }`.

    Locals, assignments, `if`, `?:` and the functions of <cmath> may stand in it; loops may not.

    Args:
        code_string: One or more functions; the last is the element function.
        numbers: Arguments that are no tensors, with their defaults.

    Raises:
        ValueError: The text is not of that kind; the message shows where.
    """
    check_text(code_string, "element_function: code_string")
    return ElementFunction(read_op(code_string, numbers))


def create_jit_fn(code_string: str, **kwargs: float | bool) -> ElementFunction:
    """`element_function` for CUDA tensors only, as `torch.cuda.jiterator._create_jit_fn` is."""
    check_text(code_string, "_create_jit_fn: code_string")
    return ElementFunction(read_op(code_string, kwargs), ("cuda",))


def create_multi_output_jit_fn(
    code_string: str, num_outputs: int, **kwargs: float | bool
) -> ElementFunction:
    """The same for a function whose results are its last arguments, references.

    Raises:
        RuntimeError: It has another number of results.
    """
    made = create_jit_fn(code_string, **kwargs)
    if len(made.op.outputs) != num_outputs:
        raise CustomOpError(
            f"{made.op.name}: num_outputs must be {len(made.op.outputs)}, as many references as "
            f"the function has, got {num_outputs}"
        )
    return made

"""What goes through all of a module: functions, dtypes, devices, training mode, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ..autograd import no_grad
from ..tensor import Tensor, dtype
from .parameter import Parameter

T = TypeVar("T", bound="Convertible")


class Convertible:
    """What a module offers to change all of its state. Mixed into `Module`."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]

    if TYPE_CHECKING:

        def children(self) -> Iterator[Any]: ...
        def parameters(self, recurse: bool = True) -> Iterator[Parameter]: ...

    def apply(self: T, fn: Callable[[Any], Any]) -> T:
        """Call `fn` on every sub-module, then on the module; returns the module."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self: T, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> T:
        """Replace every parameter (and its gradient) and buffer by `fn` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is not None:
                with no_grad():
                    parameter.data = fn(parameter.data)
                    if parameter.grad is not None:
                        parameter.grad = fn(parameter.grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self: T, *args: Any, **kwargs: Any) -> T:
        """Move to a device or convert floating-point state to a dtype, in place.

        Args:
            args, kwargs: As for `Tensor.to`: a device, a dtype, both, or a tensor that has both.
        """
        target = kwargs.get("dtype") or next((a for a in args if isinstance(a, dtype)), None)
        if target is not None and not (target.is_floating_point or target.is_complex):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={target}"
            )
        keep_dtype_args = tuple(a for a in args if not isinstance(a, dtype))
        keep_dtype_kwargs = {k: v for k, v in kwargs.items() if k != "dtype"}

        def convert(tensor: Tensor) -> Tensor:
            if tensor.is_floating_point() or tensor.is_complex():
                return tensor.to(*args, **kwargs)
            if keep_dtype_args or keep_dtype_kwargs:
                return tensor.to(*keep_dtype_args, **keep_dtype_kwargs)
            return tensor

        return self._apply(convert)

    def type(self: T, dst_type: Any) -> T:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def _convert_floats(self: T, method: str) -> T:
        return self._apply(lambda t: getattr(t, method)() if t.is_floating_point() else t)

    def float(self: T) -> T:
        """Convert floating-point state to float32."""
        return self._convert_floats("float")

    def double(self: T) -> T:
        """Convert floating-point state to float64."""
        return self._convert_floats("double")

    def half(self: T) -> T:
        """Convert floating-point state to float16."""
        return self._convert_floats("half")

    def bfloat16(self: T) -> T:
        """Convert floating-point state to bfloat16."""
        return self._convert_floats("bfloat16")

    def cpu(self: T) -> T:
        """Move to the CPU."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self: T, device: Any = None) -> T:
        """Move to a CUDA device."""
        return self._apply(lambda tensor: tensor.cuda(device))

    def train(self: T, mode: bool = True) -> T:
        """Set training mode here and below; returns the module."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: T) -> T:
        """Set evaluation mode here and below; returns the module."""
        return self.train(False)

    def requires_grad_(self: T, requires_grad: bool = True) -> T:
        """Say for all parameters whether backward computes their gradients."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad = parameter.grad.detach()
                    parameter.grad.zero_()

    def share_memory(self: T) -> T:
        """Move storage to shared memory."""
        return self._apply(lambda tensor: tensor.share_memory_())

"""Parameters: tensors that a module trains."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from ..tensor import Tensor, add_plain_type, empty


class Parameter(Tensor):
    """A tensor that registers itself with the module it is assigned to.

    Args:
        data: Values; the storage is shared. None makes an empty float tensor.
        requires_grad: Whether backward computes a gradient for it.
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = empty(0)
        parameter: Parameter = Tensor._make_subclass(cls, data, requires_grad)
        return parameter

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) in memo:
            return memo[id(self)]  # type: ignore[no-any-return]
        copied = type(self)(self.detach().clone(), self.requires_grad)
        memo[id(self)] = copied
        return copied

    def __repr__(self, *, tensor_contents: str | None = None) -> str:
        return "Parameter containing:\n" + repr(self.as_subclass(Tensor))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild_parameter, (
            self.detach().as_subclass(Tensor),
            self.requires_grad,
            OrderedDict(),
        )


add_plain_type(Parameter)


def _rebuild_parameter(data: Tensor, requires_grad: bool, hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)

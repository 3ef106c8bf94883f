"""`autocast`: regions in which ops run in the precision that suits them, and users' Functions."""

from __future__ import annotations

import collections.abc
import functools
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from ..ops.decorator import ContextDecorator
from ..ops.dtype import bfloat16, dtype, float16
from ..ops.dtype import dtype as DType
from ..ops.errors import ArgumentError
from ..tensor import Tensor
from ..tensor.calls import autocast as casting
from ..tensor.calls.autocast import mode
from ..tensor.devices import usable
from ..tensor.results import rebuilt

SUPPORTED = (bfloat16, float16)


class autocast(ContextDecorator):  # noqa: N801  (PyTorch's spelling)
    """Context or decorator in which each op runs in the precision that its entry states.

    Matrix products and convolutions take operands of `dtype`, losses and the like of float32, the
    rest what they are given. Parameters keep their dtype, and so do their gradients.

    Args:
        device_type: `cpu` or `cuda`: whose tensors are converted.
        dtype: bfloat16 or float16; None means what `get_autocast_dtype` says.
        enabled: False makes a region in which nothing is converted.
        cache_enabled: Keep the conversion of a parameter until the outermost region ends; None
            means what `is_autocast_cache_enabled` says.

    Raises:
        RuntimeError: The device type is not known.
        TypeError: `dtype` is no dtype.

    Source:
        Micikevicius et al. 2018, arXiv:1710.03740.
    """

    def __init__(
        self,
        device_type: str,
        dtype: dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        self.device = casting.checked_device(device_type, "autocast")
        if dtype is not None and not isinstance(dtype, DType):
            raise ArgumentError(
                f"autocast: dtype must be a dtype such as tensorsmith.bfloat16, got {dtype!r}"
            )
        self.fast_dtype = mode.kinds[self.device] if dtype is None else dtype
        self._cache_enabled = mode.keeps if cache_enabled is None else bool(cache_enabled)
        self._enabled = bool(enabled) and self._is_possible()
        self._previous: list[tuple[bool, Any, bool]] = []

    def _is_possible(self) -> bool:
        name = self.device.upper()
        if not is_autocast_available(self.device):
            warnings.warn(
                f"User provided device_type of '{self.device}', but {name} is not available. "
                "Disabling",
                stacklevel=3,
            )
            return False
        if self.fast_dtype not in SUPPORTED:
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{name} Autocast only supports dtype of "
                f"{', '.join(map(str, SUPPORTED))} currently.",
                stacklevel=3,
            )
            return False
        return True

    def clone(self) -> autocast:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, _previous=[])
        return made

    def __enter__(self) -> autocast:
        device = self.device
        self._previous.append((mode.enabled[device], mode.kinds[device], mode.keeps))
        mode.enabled[device], mode.kinds[device] = self._enabled, self.fast_dtype
        mode.keeps = self._cache_enabled
        mode.nesting += 1
        casting.publish()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        device = self.device
        autocast_decrement_nesting()
        mode.enabled[device], mode.kinds[device], mode.keeps = self._previous.pop()
        casting.publish()


def is_autocast_available(device_type: str) -> bool:
    """Whether there is a device of a type that autocast converts on."""
    casting.checked_device(device_type, "is_autocast_available")
    try:
        usable(device_type)
    except RuntimeError:
        return False
    return True


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether operands on devices of a type are converted in this thread."""
    return mode.enabled[casting.checked_device(device_type, "is_autocast_enabled")]


def set_autocast_enabled(device_type: str | bool, enabled: bool | None = None) -> None:
    """Switches autocast on or off for a device type, in this thread; for `cuda` if only a truth
    value is given."""
    if enabled is None:
        device_type, enabled = "cuda", bool(device_type)
    casting.set_enabled(str(device_type), enabled)


def get_autocast_dtype(device_type: str) -> dtype:
    """The lower precision of a device type, in this thread."""
    return mode.kinds[casting.checked_device(device_type, "get_autocast_dtype")]


def set_autocast_dtype(device_type: str, dtype: dtype) -> None:
    """Sets the lower precision of a device type, in this thread."""
    casting.set_kind(device_type, dtype)


def is_autocast_cpu_enabled() -> bool:
    """`is_autocast_enabled("cpu")`."""
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """`set_autocast_enabled("cpu", enabled)`."""
    casting.set_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> dtype:
    """`get_autocast_dtype("cpu")`."""
    return mode.kinds["cpu"]


def set_autocast_cpu_dtype(dtype: dtype) -> None:
    """`set_autocast_dtype("cpu", dtype)`."""
    casting.set_kind("cpu", dtype)


def get_autocast_gpu_dtype() -> dtype:
    """`get_autocast_dtype("cuda")`."""
    return mode.kinds["cuda"]


def set_autocast_gpu_dtype(dtype: dtype) -> None:
    """`set_autocast_dtype("cuda", dtype)`."""
    casting.set_kind("cuda", dtype)


def is_autocast_cache_enabled() -> bool:
    """Whether conversions of parameters are kept, in this thread."""
    return mode.keeps


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Says whether conversions of parameters are kept, in this thread."""
    mode.keeps = bool(enabled)


def clear_autocast_cache() -> None:
    """Drops the conversions of parameters that are kept."""
    casting.forget_casts()


def autocast_increment_nesting() -> int:
    """Opens a region for the sake of what is kept; how many are open now."""
    mode.nesting += 1
    return mode.nesting


def autocast_decrement_nesting() -> int:
    """Closes a region; what was kept is dropped with the outermost. How many are open now."""
    mode.nesting -= 1
    if mode.nesting == 0:
        casting.forget_casts()
    return mode.nesting


# Functions of users


def _cast(value: Any, device_type: str, kind: dtype) -> Any:
    """A value with all floating tensors of a device in it converted; containers are made anew."""
    if isinstance(value, Tensor):
        return casting.cast_value(value, kind, device_type)
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, collections.abc.Mapping):
        return {_cast(k, device_type, kind): _cast(v, device_type, kind) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return rebuilt(type(value), [_cast(each, device_type, kind) for each in value])
    return value


def custom_fwd(
    fwd: Callable[..., Any] | None = None,
    *,
    device_type: str,
    cast_inputs: dtype | None = None,
) -> Any:
    """Decorates `forward` of a Function, so that it works under autocast.

    Args:
        device_type: Whose autocast.
        cast_inputs: Inside an autocast region, floating tensors among the arguments are converted
            to this dtype, and `forward` runs with autocast off. None leaves both as they are.
    """
    casting.checked_device(device_type, "custom_fwd")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        enabled = is_autocast_enabled(device_type)
        ctx._dtype = get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if cast_inputs is None or not enabled:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(
                *_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs)
            )

    return decorated


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorates `backward` of a Function: it runs with autocast as its `forward` ran."""
    casting.checked_device(device_type, "custom_bwd")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(*args, **kwargs)

    return decorated

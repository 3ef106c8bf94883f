"""`tensorsmith.cuda.amp`: the names of `tensorsmith.amp` for CUDA devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.autocast import autocast as _autocast
from ..autograd.autocast import custom_bwd as _custom_bwd
from ..autograd.autocast import custom_fwd as _custom_fwd
from ..optim.grad_scaler import DeviceGradScaler as _DeviceGradScaler
from ..tensor import dtype, float16


class autocast(_autocast):  # noqa: N801  (PyTorch's spelling)
    """`tensorsmith.amp.autocast("cuda", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: dtype = float16, cache_enabled: bool = True
    ) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(_DeviceGradScaler):
    """`tensorsmith.amp.GradScaler("cuda", ...)`."""

    device_type = "cuda"


def custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: dtype | None = None) -> Any:
    """`tensorsmith.amp.custom_fwd` with `device_type="cuda"`."""
    return _custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """`tensorsmith.amp.custom_bwd` with `device_type="cuda"`."""
    return _custom_bwd(bwd, device_type="cuda")


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]

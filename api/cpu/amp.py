"""`tensorsmith.cpu.amp`: the names of `tensorsmith.amp` for the CPU."""

from __future__ import annotations

from ..autograd.autocast import autocast as _autocast
from ..optim.grad_scaler import DeviceGradScaler as _DeviceGradScaler
from ..tensor import bfloat16, dtype


class autocast(_autocast):  # noqa: N801  (PyTorch's spelling)
    """`tensorsmith.amp.autocast("cpu", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: dtype = bfloat16, cache_enabled: bool = True
    ) -> None:
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(_DeviceGradScaler):
    """`tensorsmith.amp.GradScaler("cpu", ...)`."""

    device_type = "cpu"


__all__ = ["GradScaler", "autocast"]

"""`tensorsmith.cpu.amp`: the names of `tensorsmith.amp` for the CPU."""

from __future__ import annotations

from ..autograd.autocast import autocast as _autocast
from ..optim.grad_scaler import GradScaler as _GradScaler
from ..tensor import bfloat16, dtype


class autocast(_autocast):  # noqa: N801  (PyTorch's spelling)
    """`tensorsmith.amp.autocast("cpu", ...)`."""

    def __init__(
        self, enabled: bool = True, dtype: dtype = bfloat16, cache_enabled: bool = True
    ) -> None:
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(_GradScaler):
    """`tensorsmith.amp.GradScaler("cpu", ...)`."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(
            "cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )


__all__ = ["GradScaler", "autocast"]

"""`backends.cuda.matmul` as in PyTorch."""

from __future__ import annotations

from ..precision import set_float32_matmul_precision, takes_tensor_floats
from .warp_groups import (
    set_tensor_maps,
    set_warp_groups,
    takes_tensor_maps,
    takes_warp_groups,
)


class MatmulSwitches:
    """What products of matrices, and convolutions, may do on CUDA devices."""

    __slots__ = ()

    @property
    def allow_tf32(self) -> bool:
        """Whether factors of float32 may be rounded to ten bits of mantissa for tensor cores; the
        same switch as `set_float32_matmul_precision`."""
        return takes_tensor_floats()

    @allow_tf32.setter
    def allow_tf32(self, allowed: bool) -> None:
        set_float32_matmul_precision("high" if allowed else "highest")

    @property
    def allow_warp_groups(self) -> bool:
        """Whether products of 16-bit floats may go through warp groups (`wgmma`), on GPUs of
        compute capability 9.0 in processes with TENSORSMITH_WGMMA=1; PyTorch has no such switch."""
        return takes_warp_groups()

    @allow_warp_groups.setter
    def allow_warp_groups(self, allowed: bool) -> None:
        set_warp_groups(bool(allowed))

    @property
    def allow_tensor_maps(self) -> bool:
        """Whether factors of large ones are copied in boxes (TMA), where they can be; else threads
        copy them."""
        return takes_tensor_maps()

    @allow_tensor_maps.setter
    def allow_tensor_maps(self, allowed: bool) -> None:
        set_tensor_maps(bool(allowed))


matmul = MatmulSwitches()

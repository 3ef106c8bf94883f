"""`backends.cuda.matmul` as in PyTorch."""

from __future__ import annotations

from ..precision import set_float32_matmul_precision, takes_tensor_floats


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


matmul = MatmulSwitches()

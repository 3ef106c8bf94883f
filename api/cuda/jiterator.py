"""`tensorsmith.cuda.jiterator`: element functions for CUDA tensors under PyTorch's names."""

from ..tensor.library.element import create_jit_fn as _create_jit_fn
from ..tensor.library.element import create_multi_output_jit_fn as _create_multi_output_jit_fn

__all__ = ["_create_jit_fn", "_create_multi_output_jit_fn"]

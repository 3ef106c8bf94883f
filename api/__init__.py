"""The public namespace: `import tensorsmith as ts`."""

from __future__ import annotations

import importlib
from math import e, inf, nan, pi
from typing import Any

from .ops.collector import paused_collector

with paused_collector():
    from . import autograd, linalg, random, serialization, special

from .autograd.autocast import (
    autocast,
    autocast_decrement_nesting,
    autocast_increment_nesting,
    clear_autocast_cache,
    get_autocast_cpu_dtype,
    get_autocast_dtype,
    get_autocast_gpu_dtype,
    is_autocast_cache_enabled,
    is_autocast_cpu_enabled,
    is_autocast_enabled,
    set_autocast_cache_enabled,
    set_autocast_cpu_dtype,
    set_autocast_cpu_enabled,
    set_autocast_dtype,
    set_autocast_enabled,
    set_autocast_gpu_dtype,
)  # fmt: skip
from .autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)  # fmt: skip
from .autograd.vmap import vmap
from .backends.cache.mode import get_jit_mode, jit_mode
from .tensor import *  # noqa: F403
from .tensor import __all__ as _tensor_names
from .tensor.creation import constructor as _constructor
from .tensor.formats import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    finfo,
    iinfo,
    layout,
    memory_format,
    preserve_format,
    strided,
)  # fmt: skip
from .tensor.functions.generated import _int_mm as _int_mm  # PyTorch's own name
from .tensor.methods.printing import set_printoptions

get_jit_mode()  # a wrong word in the environment is told here, not by the first missing kernel

__version__ = "0.1.0"

newaxis = None

FloatTensor, DoubleTensor, HalfTensor = (
    _constructor.TYPES[f"{n}Tensor"] for n in ("Float", "Double", "Half")
)
BFloat16Tensor, BoolTensor, ByteTensor = (
    _constructor.TYPES[f"{n}Tensor"] for n in ("BFloat16", "Bool", "Byte")
)
LongTensor, IntTensor, ShortTensor, CharTensor = (
    _constructor.TYPES[f"{n}Tensor"] for n in ("Long", "Int", "Short", "Char")
)

# loaded when first used: they are not needed to compute with tensors
_LAZY = (
    "amp",
    "nn",
    "optim",
    "data",
    "distributions",
    "distributed",
    "utils",
    "func",
    "fft",
    "tools",
    "library",
    "cpu",
    "cuda",
)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


__all__ = [
    *_tensor_names, "autocast", "autocast_decrement_nesting", "autocast_increment_nesting",
    "autograd", "channels_last", "channels_last_3d", "clear_autocast_cache",
    "contiguous_format", "e", "enable_grad", "finfo", "get_autocast_cpu_dtype",
    "get_autocast_dtype", "get_autocast_gpu_dtype", "get_jit_mode", "iinfo", "inf",
    "inference_mode", "is_autocast_cache_enabled", "is_autocast_cpu_enabled",
    "is_autocast_enabled", "is_grad_enabled", "is_inference_mode_enabled", "jit_mode", "layout",
    "linalg", "memory_format", "nan", "newaxis", "no_grad", "pi", "preserve_format", "random",
    "serialization", "set_autocast_cache_enabled", "set_autocast_cpu_dtype",
    "set_autocast_cpu_enabled", "set_autocast_dtype", "set_autocast_enabled",
    "set_autocast_gpu_dtype", "set_grad_enabled", "set_printoptions", "special", "strided",
    "vmap",
]  # fmt: skip

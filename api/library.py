"""`tensorsmith.library`: ops of users' own."""

from __future__ import annotations

from .autograd.library import levels as _levels  # noqa: F401  (ops run through transforms)
from .autograd.library.export_torch import export_torch as export_torch
from .autograd.library.opcheck import opcheck as opcheck
from .ops.errors import CustomOpError as CustomOpError
from .ops.errors import OpCheckError as OpCheckError
from .ops.errors import RegistryError as RegistryError
from .tensor.library.custom import CustomOp as CustomOp
from .tensor.library.define import declared as declared
from .tensor.library.define import load as load
from .tensor.library.define import undefine as undefine
from .tensor.library.element import element_function as element_function
from .tensor.library.infer import infer_schema as infer_schema
from .tensor.library.kernel_call import get_ctx as get_ctx
from .tensor.library.library import Library as Library
from .tensor.library.packages import bring as bring
from .tensor.library.raw import llvm_kernel as llvm_kernel
from .tensor.library.raw_cuda import cuda_kernel as cuda_kernel
from .tensor.library.spelling import op as op
from .tensor.library.torch_library import custom_op as custom_op
from .tensor.library.torch_library import define as define
from .tensor.library.torch_library import impl as impl
from .tensor.library.torch_library import register_autocast as register_autocast
from .tensor.library.torch_library import register_autograd as register_autograd
from .tensor.library.torch_library import register_fake as register_fake
from .tensor.library.torch_library import register_jvp as register_jvp
from .tensor.library.torch_library import register_kernel as register_kernel
from .tensor.library.torch_library import register_vmap as register_vmap

__all__ = [
    "CustomOp",
    "CustomOpError",
    "Library",
    "OpCheckError",
    "RegistryError",
    "bring",
    "cuda_kernel",
    "custom_op",
    "declared",
    "define",
    "element_function",
    "export_torch",
    "get_ctx",
    "impl",
    "infer_schema",
    "llvm_kernel",
    "load",
    "op",
    "opcheck",
    "register_autocast",
    "register_autograd",
    "register_fake",
    "register_jvp",
    "register_kernel",
    "register_vmap",
    "undefine",
]

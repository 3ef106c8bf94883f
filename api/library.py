"""`tensorsmith.library`: ops of users' own."""

from __future__ import annotations

from .autograd.library import levels as _levels  # noqa: F401  (ops run through transforms)
from .tensor.library.custom import custom_op as custom_op
from .tensor.library.infer import infer_schema as infer_schema
from .tensor.library.library import Library as Library
from .tensor.library.running import get_ctx as get_ctx
from .tensor.library.element import element_function as element_function
from .tensor.library.raw import llvm_kernel as llvm_kernel

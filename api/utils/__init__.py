"""`tensorsmith.utils`: data loading and DLPack under PyTorch's names."""

from __future__ import annotations

from . import data, dlpack

__all__ = ["data", "dlpack"]

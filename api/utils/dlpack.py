"""`tensorsmith.utils.dlpack`: sharing memory with other libraries."""

from __future__ import annotations

from ..tensor.interchange.dlpack import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]

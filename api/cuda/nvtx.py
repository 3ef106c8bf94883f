"""Names that an attached profiler shows."""

from __future__ import annotations

from ..tensor.cuda.nvtx import mark as mark
from ..tensor.cuda.nvtx import range as range
from ..tensor.cuda.nvtx import range_end as range_end
from ..tensor.cuda.nvtx import range_pop as range_pop
from ..tensor.cuda.nvtx import range_push as range_push
from ..tensor.cuda.nvtx import range_start as range_start

__all__ = ["mark", "range", "range_end", "range_pop", "range_push", "range_start"]

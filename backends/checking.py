"""Whether mistakes in the use of memory are looked for while kernels run."""

from __future__ import annotations

import os


def is_checked() -> bool:
    """TENSORSMITH_CHECK asks for it."""
    return os.environ.get("TENSORSMITH_CHECK", "") not in ("", "0")

"""Whether products of 16-bit floats may go through warp groups, on GPUs of compute capability 9.0.

The kernels have never run on a chip, so that nothing is taken for granted: TENSORSMITH_WGMMA=1 asks
for them. Processes that it is set for compile for `sm_90a`; in such a process the switch below says
which of both schedules is planned from then on.
"""

from __future__ import annotations

import os

from ..precision import changed

VARIABLE = "TENSORSMITH_WGMMA"

_taken = True


def are_wanted() -> bool:
    """Whether this process asks for them."""
    return os.environ.get(VARIABLE, "") not in ("", "0")


def takes_warp_groups() -> bool:
    """Whether products are planned for warp groups."""
    return _taken and are_wanted()


def set_warp_groups(taken: bool) -> None:
    """Says whether they are, in a process that asks for them; plans are forgotten."""
    global _taken
    before, _taken = _taken, taken
    if before != taken:
        for tell in changed:
            tell()

"""Whether products of 16-bit floats may go through warp groups, on GPUs of compute capability 9.0.

The kernels have never run on a chip, so that nothing is taken for granted: TENSORSMITH_WGMMA=1 asks
for them. Processes that it is set for compile for `sm_90a`; in such a process the switches below
say which schedule is planned from then on.
"""

from __future__ import annotations

import os

from ..precision import changed

VARIABLE = "TENSORSMITH_WGMMA"

_taken = {"warp groups": True, "tensor maps": True}


def are_wanted() -> bool:
    """Whether this process asks for them."""
    return os.environ.get(VARIABLE, "") not in ("", "0")


def takes_warp_groups() -> bool:
    """Whether products are planned for warp groups."""
    return _taken["warp groups"] and are_wanted()


def takes_tensor_maps() -> bool:
    """Whether boxes of their factors are copied, from tensor maps, where they can be."""
    return _taken["tensor maps"] and takes_warp_groups()


def set_warp_groups(taken: bool) -> None:
    """Says whether products are, in a process that asks for them; plans are forgotten."""
    _set("warp groups", taken)


def set_tensor_maps(taken: bool) -> None:
    """Says whether boxes are copied; plans are forgotten."""
    _set("tensor maps", taken)


def _set(name: str, taken: bool) -> None:
    before, _taken[name] = _taken[name], taken
    if before != taken:
        for tell in changed:
            tell()

"""The GPUs that kernels are compiled for."""

from __future__ import annotations

from ...lowering.launch import Target
from ...ops.errors import ArgumentValueError

ACCELERATED = "sm_90a"
"""Compute capability 9.0 with what no other one has: warp groups that multiply matrices."""

PORTABLE = ("sm_80", "sm_90", "sm_100", "sm_120")
"""Compute capabilities whose code later minor versions run as well."""

TARGETS = {
    name: Target(
        name, 16, 255, (256 << 10, 50 << 20), warp_groups=name == ACCELERATED,
        tensor_maps=name == ACCELERATED,
    )
    for name in (*PORTABLE, ACCELERATED)
}  # fmt: skip
"""Compute capability -> what schedules know of it: packs of 16 bytes, 255 registers a thread."""


def target_by_name(name: str) -> Target:
    """The target of a name.

    Raises:
        ArgumentValueError: There is none.
    """
    if name not in TARGETS:
        raise ArgumentValueError(f"target must be one of {', '.join(TARGETS)}, got {name}")
    return TARGETS[name]

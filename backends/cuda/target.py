"""The GPUs that kernels are compiled for."""

from __future__ import annotations

from dataclasses import replace

from ...lowering.launch import Target
from ...ops.errors import ArgumentValueError, BackendError

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

PTX_TARGETS = {
    name: replace(TARGETS[each], name=name)
    for name, each in ((each.replace("sm_", "compute_"), each) for each in PORTABLE)
}
"""The same as PTX, which the driver assembles for GPUs that no machine code is made for."""


def target_by_name(name: str) -> Target:
    """The target of a name.

    Raises:
        ArgumentValueError: There is none.
    """
    found = TARGETS.get(name) or PTX_TARGETS.get(name)
    if found is None:
        known = ", ".join((*TARGETS, *PTX_TARGETS))
        raise ArgumentValueError(f"target must be one of {known}, got {name}")
    return found


def target_of(major: int, minor: int) -> Target:
    """What is compiled for a compute capability: the newest machine code that it runs, which is
    that of an earlier minor version of the same major one; else the newest PTX.

    Raises:
        BackendError: It is older than all of that.
    """
    asked = 10 * major + minor
    numbers = [n for n in (int(name.removeprefix("sm_")) for name in PORTABLE) if n <= asked]
    if not numbers:
        raise BackendError(
            f"a GPU of compute capability {major}.{minor} is not served; served are "
            f"{', '.join(PORTABLE)} and later ones"
        )
    newest = max(numbers)
    return TARGETS[f"sm_{newest}"] if newest // 10 == major else PTX_TARGETS[f"compute_{newest}"]

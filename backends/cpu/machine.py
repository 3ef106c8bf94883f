"""The machines that kernels are compiled for, and which one this is."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...lowering.launch import Target
from ...ops.errors import BackendError
from .llvm import host_flags

_V2 = {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}
_V3 = {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"}
_V4 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


NO_MASKS = 16  # wider than any element


@dataclass(frozen=True)
class Machine:
    """A compilation target.

    Attributes:
        target: What schedules know of it.
        triple: LLVM's triple.
        processor: LLVM's name of the processor.
        features: LLVM's feature string.
        fma: It has fused multiply-add.
        half: It converts float16 in hardware.
        masked_bytes: The narrowest element that masked loads and stores of it take.
    """

    target: Target
    triple: str
    processor: str
    features: str
    fma: bool
    half: bool
    masked_bytes: int


def _machine(
    name: str, vector_bytes: int, registers: int, triple: str, processor: str, features: str
) -> Machine:
    modern = name != "x86-64-v2"
    masked = {"x86-64-v3": 4, "x86-64-v4": 1}.get(name, NO_MASKS)
    target = Target(name, vector_bytes, registers)
    return Machine(target, triple, processor, features, modern, modern, masked)


_X86, _ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
MACHINES = {
    machine.target.name: machine
    for machine in (
        _machine("x86-64-v2", 16, 16, _X86, "x86-64-v2", ""),
        _machine("x86-64-v3", 32, 16, _X86, "x86-64-v3", ""),
        # LLVM's default for v4 is to keep to 256 bits, which halves the arithmetic of newer cores.
        _machine("x86-64-v4", 64, 32, _X86, "x86-64-v4", "-prefer-256-bit"),
        _machine("aarch64", 16, 32, _ARM, "generic", "+neon"),
    )
}


@cache
def detect_machine() -> Machine:
    """The machine that this process runs on; `TENSORSMITH_CPU_TARGET` names a lower one."""
    wanted = os.environ.get("TENSORSMITH_CPU_TARGET", "")
    if not wanted:
        return MACHINES[_best()]
    if wanted not in MACHINES:
        known = ", ".join(MACHINES)
        raise ValueError(f"TENSORSMITH_CPU_TARGET must be one of {known}, got {wanted!r}")
    require_runnable(MACHINES[wanted])
    return MACHINES[wanted]


_LEVELS = (("x86-64-v4", _V2 | _V3 | _V4), ("x86-64-v3", _V2 | _V3), ("x86-64-v2", _V2))


def _best() -> str:
    """The best target that this processor has all features of."""
    if platform.machine().lower() in ("aarch64", "arm64"):
        return "aarch64"
    flags = _processor_flags()
    return next((name for name, needed in _LEVELS if flags >= needed), "x86-64-v2")


@cache
def lacking(target: str) -> tuple[str, ...]:
    """What this processor lacks for a target: features, or all of another architecture."""
    arm = platform.machine().lower() in ("aarch64", "arm64")
    if (target == "aarch64") != arm:
        return (target,)
    flags = _processor_flags() or _V2  # unknown: what every processor of today has
    return tuple(sorted(dict(_LEVELS).get(target, set()) - flags))


def require_runnable(machine: Machine) -> None:
    """Raises BackendError unless this processor can run code for a machine."""
    missing = lacking(machine.target.name)
    if missing:
        raise BackendError(
            f"cpu backend: this processor cannot run code for {machine.target.name}: it lacks "
            f"{', '.join(missing)}"
        )


def detect_target() -> Target:
    """What schedules need to know about this machine."""
    return detect_machine().target


def _processor_flags() -> frozenset[str]:
    """Features of the processor in Linux's spelling; asked of LLVM where /proc does not tell."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return host_flags()
    line = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return frozenset(line.partition(":")[2].split())

"""The machines that kernels are compiled for, and which one this is."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from ...lowering.launch import Target
from ...ops.dataclass import dataclass
from ...ops.errors import ArgumentValueError, BackendError
from .llvm import host_flags

_V2 = {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}
_V3 = {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"}
_V4 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


NO_MASKS = 16  # wider than any element

FEATURES = {
    "x86-64-v3": {"avxvnni": "avx_vnni"},
    "x86-64-v4": {"avx512bf16": "avx512_bf16", "avx512vnni": "avx512_vnni"},
    "aarch64": {"bf16": "bf16", "dotprod": "asimddp"},
}
"""For each level what only some of its processors have: LLVM's name -> Linux's."""


@dataclass(frozen=True)
class Machine:
    """A compilation target.

    Attributes:
        target: What schedules know of it.
        triple: LLVM's triple.
        processor: LLVM's name of the processor.
        features: LLVM's feature string, of the level alone; see `using`.
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

    def using(self, features: Sequence[str]) -> Machine:
        """What code is made for that needs some of the target's features, and no others.

        Code that needs none is made, and found again, as if the processor had none.
        """
        if not features and not self.target.features:
            return self
        wanted = [self.features, *(f"+{name}" for name in features)]
        return replace(
            self,
            target=replace(self.target, features=tuple(features)),
            features=",".join(word for word in wanted if word),
        )


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
    """The machine that this process runs on, with all of its features.

    `TENSORSMITH_CPU_TARGET` names a lower one: `x86-64-v3`, `x86-64-v4+avx512vnni`.

    Raises:
        ArgumentValueError: It names none, or a feature that processors of its level do not have.
        BackendError: This processor lacks something that it names.
    """
    wanted = os.environ.get("TENSORSMITH_CPU_TARGET", "")
    if not wanted:
        best = _best()
        flags = _processor_flags()
        there = [name for name, flag in FEATURES.get(best, {}).items() if flag in flags]
        return machine_of(best, there)
    level, *features = wanted.split("+")
    if level not in MACHINES:
        known = ", ".join(MACHINES)
        raise ArgumentValueError(f"TENSORSMITH_CPU_TARGET must be one of {known}, got {wanted!r}")
    machine = machine_of(level, features)
    require_runnable(machine)
    return machine


def machine_of(level: str, features: Sequence[str]) -> Machine:
    """The machine of a level whose processor has some features.

    Raises:
        ArgumentValueError: No processor of the level has one of them.
    """
    known = FEATURES.get(level, {})
    for name in features:
        if name not in known:
            raise ArgumentValueError(
                f"a feature of {level} must be one of {', '.join(known) or 'none'}, got {name!r}"
            )
    machine = MACHINES[level]
    return replace(machine, target=replace(machine.target, features=tuple(sorted(set(features)))))


def full_machines() -> list[Machine]:
    """The levels that have features, with all of them."""
    return [machine_of(level, list(known)) for level, known in FEATURES.items()]


_LEVELS = (("x86-64-v4", _V2 | _V3 | _V4), ("x86-64-v3", _V2 | _V3), ("x86-64-v2", _V2))


def _best() -> str:
    """The best target that this processor has all features of."""
    if platform.machine().lower() in ("aarch64", "arm64"):
        return "aarch64"
    flags = _processor_flags()
    return next((name for name, needed in _LEVELS if flags >= needed), "x86-64-v2")


@cache
def lacking(target: Target) -> tuple[str, ...]:
    """What this processor lacks for a target: features, or all of another architecture."""
    arm = platform.machine().lower() in ("aarch64", "arm64")
    if (target.name == "aarch64") != arm:
        return (target.name,)
    flags = _processor_flags() or _V2  # unknown: what every processor of today has
    known = FEATURES.get(target.name, {})
    needed = dict(_LEVELS).get(target.name, set()) | {known[name] for name in target.features}
    return tuple(sorted(needed - flags))


def require_runnable(machine: Machine) -> None:
    """Raises BackendError unless this processor can run code for a machine."""
    missing = lacking(machine.target)
    if missing:
        raise BackendError(
            f"cpu backend: this processor cannot run code for {machine.target.spelling}: it lacks "
            f"{', '.join(missing)}"
        )


def detect_target() -> Target:
    """What schedules need to know about this machine."""
    return detect_machine().target


def _processor_flags() -> frozenset[str]:
    """Features of the processor in Linux's spelling; asked of LLVM where /proc does not tell.

    Both name only those whose registers the system saves (XGETBV).
    """
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return host_flags()
    lines = (line for line in text.splitlines() if line.startswith(("flags", "Features")))
    line = next(lines, "")
    return frozenset(line.partition(":")[2].split())

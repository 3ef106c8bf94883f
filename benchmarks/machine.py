"""Which machine this is, and which of its processors the measurement runs on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tensorsmith.backends.cpu.machine import detect_target

PACKAGES = ("tensorsmith", "torch", "numpy", "llvmlite")


def describe_machine() -> dict[str, Any]:
    """Name for the record's file, processor, flags, processors, target, system."""
    fields = _processor_fields()
    cores = len(os.sched_getaffinity(0))
    model = fields.get("model name", platform.processor() or platform.machine())
    parts = [model, *(f"{k} {fields[k]}" for k in ("cpu family", "model") if k in fields)]
    name = re.sub(r"[^a-z0-9]+", "-", " ".join([*parts, f"{cores} cores"]).lower()).strip("-")
    return {
        "name": name,
        "processor": ", ".join(parts),
        "flags": fields.get("flags", ""),
        "cores": cores,
        "target": detect_target().spelling,
        "system": f"{platform.system()} {platform.machine()}",
    }


def describe_versions() -> dict[str, str]:
    """Versions of Python and of the packages that take part, and the commit of the checkout."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "absent"
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True)
        versions["commit"] = commit.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        versions["commit"] = "unknown"
    return versions


def choose_processors(threads: int) -> set[int]:
    """Processors to pin to: of different cores, as far as there are that many."""
    available = sorted(os.sched_getaffinity(0))
    first: dict[str, int] = {}
    for number in available:
        first.setdefault(_siblings(number), number)
    cores = list(first.values())
    return set([*cores, *(n for n in available if n not in cores)][:threads])


def _siblings(number: int) -> str:
    """What is equal for processors that are threads of one core."""
    path = Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list")
    try:
        return path.read_text().strip()
    except OSError:
        return str(number)


def _processor_fields() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo, empty where there is none."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}

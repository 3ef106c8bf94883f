"""What the cache did: counts and times by kernel, for this process and, in a log, for others."""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
from contextlib import suppress
from dataclasses import asdict, field
from pathlib import Path

from ...ops.dataclass import dataclass

logger = logging.getLogger("tensorsmith.cache")

LOG = "runs.jsonl"
_LONGEST = 1 << 18  # bytes of the log; the older half goes when it is longer


@dataclass
class Count:
    """What happened to one kernel.

    Attributes:
        compiled: How often it was compiled.
        loaded: How often it came from the user's folder.
        bundled: How often it came from a bundle.
        seconds: Spent on generating and compiling it.
    """

    compiled: int = 0
    loaded: int = 0
    bundled: int = 0
    seconds: float = 0.0


@dataclass
class Statistics:
    """How many kernels this process has compiled, loaded, and found in memory.

    Attributes:
        compiled: Compiled here.
        loaded: From the user's folder.
        bundled: From bundles.
        reused: Found in memory when a call was planned.
        kernels: Counts by kernel.
    """

    compiled: int = 0
    loaded: int = 0
    bundled: int = 0
    reused: int = 0
    kernels: dict[str, Count] = field(default_factory=dict)

    def of(self, label: str) -> Count:
        """The counts of a kernel."""
        return self.kernels.setdefault(label, Count())

    def found(self, label: str, layer: str) -> None:
        """Notes that an object was found in `folder` or in a bundle."""
        count = self.of(label)
        if layer == "folder":
            self.loaded += 1
            count.loaded += 1
        else:
            self.bundled += 1
            count.bundled += 1

    def made(self, label: str, seconds: float, kept: bool) -> None:
        """Notes that an object was compiled, and tells the log.

        Args:
            label: As `cache.objects.full_label` has it; the log is told no digest.
        """
        self.compiled += 1
        count = self.of(label)
        count.compiled += 1
        count.seconds += seconds
        where = "cached" if kept else "not kept"
        shown = label.partition("]#")
        logger.info("%s%s compiled in %.0f ms (%s)", shown[0], shown[1][:1], seconds * 1e3, where)


statistics = Statistics()


def keep_log(folder: Path) -> None:
    """Appends what this process did to the log of a folder when it ends."""
    if not _logged:
        atexit.register(_append)
    _logged[:] = [(folder, os.getpid())]


def keep_no_log() -> None:
    """Leaves this process out of the log: it is a tool that looks at the cache, no program."""
    atexit.unregister(_append)


_logged: list[tuple[Path, int]] = []


def _append() -> None:
    folder, process = _logged[-1]
    something = statistics.compiled or statistics.loaded or statistics.bundled
    if process != os.getpid() or not something:
        return
    program = os.path.basename(sys.argv[0]) if sys.argv else ""
    line = json.dumps({"program": program, **asdict(statistics)}) + "\n"
    path = folder / LOG
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with suppress(OSError):  # a log is worth nobody's trouble
        handle = os.open(path, flags, 0o600)
        try:
            os.write(handle, line.encode())
            long = os.fstat(handle).st_size > _LONGEST
        finally:
            os.close(handle)
        if long:
            data = path.read_bytes()[-_LONGEST // 2 :]
            shorter = path.with_name(f".new-{os.getpid()}")
            shorter.write_bytes(data.partition(b"\n")[2])
            os.replace(shorter, path)


def read_log(folder: Path) -> list[Statistics]:
    """What earlier processes did, oldest first; lines that cannot be read are left out."""
    runs: list[Statistics] = []
    try:
        lines = (folder / LOG).read_text(errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            found = json.loads(line)
            found.pop("program", None)
            counts = {name: Count(**c) for name, c in found.pop("kernels").items()}
            runs.append(Statistics(**found, kernels=counts))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return runs

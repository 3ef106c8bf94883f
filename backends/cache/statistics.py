"""What the cache did: counts and times by kernel, for this process and, in a log, for others."""

from __future__ import annotations

import atexit
import json
import logging
import os
import stat
import sys
from contextlib import suppress
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import Any

from ...ops.dataclass import dataclass
from .files import SAFELY, write_whole

logger = logging.getLogger("tensorsmith.cache")

LOG = "runs.jsonl"
_LONGEST = 1 << 18  # bytes of the log; the older half goes when it is longer
_MOST = 1 << 63  # of anything that is counted


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
    with suppress(OSError):  # a log is worth nobody's trouble
        path = folder / LOG
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | SAFELY, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return
            os.write(handle, line.encode())
            long = os.fstat(handle).st_size > _LONGEST
            newer = _end(handle, _LONGEST // 2) if long else b""
        finally:
            os.close(handle)
        if long:
            write_whole(str(path), newer, durable=False)


def _end(handle: int, length: int) -> bytes:
    """The lines in the last bytes of a file, whatever its size is."""
    size = os.fstat(handle).st_size
    data = os.pread(handle, length, max(size - length, 0))
    return data.partition(b"\n")[2] if size > length else data


def read_log(folder: Path) -> list[Statistics]:
    """What earlier processes did, oldest first; lines that make no sense are left out, and so is
    what is far beyond the length of a log."""
    try:
        handle = os.open(folder / LOG, os.O_RDONLY | SAFELY)
    except OSError:
        return []
    try:
        regular = stat.S_ISREG(os.fstat(handle).st_mode)
        lines = _end(handle, 2 * _LONGEST) if regular else b""
    except OSError:
        return []
    finally:
        os.close(handle)
    runs = (_run_in(line) for line in lines.splitlines())
    return [run for run in runs if run is not None]


def _run_in(line: bytes) -> Statistics | None:
    """What a line of the log says; None if it makes no sense."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or type(found.pop("program", "")) is not str:
        return None
    kernels = found.pop("kernels", None)
    if not isinstance(kernels, dict) or not _are_counts(found, Statistics):
        return None
    for label, counts in kernels.items():
        if not label.isprintable() or not _are_counts(counts, Count):
            return None
    return Statistics(
        **found, kernels={label: Count(**counts) for label, counts in kernels.items()}
    )


def _are_counts(found: Any, kind: type) -> bool:
    """Whether JSON has numbers for fields of a dataclass, each of its type, and for no others."""
    kinds: dict[str, Any] = {"int": int, "float": float}
    types = {each.name: kinds.get(str(each.type)) for each in fields(kind)}
    return isinstance(found, dict) and all(
        type(value) is types.get(name) and 0 <= value < _MOST for name, value in found.items()
    )

"""What control groups leave of the machine to this process: processors and memory.

Version 2 has one tree, version 1 a tree for each controller; a limit of a group holds for all
groups inside of it. In a container the path that `/proc/self/cgroup` names may be one of the
host's, which is not seen here: then the limits lie at the root of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
_UNLIMITED = 1 << 60  # version 1 writes "no limit" as a number beyond any memory


def cpu_quota(root: Path = ROOT) -> float | None:
    """Processors' worth of time that the groups allow; None where they do not say.

    Args:
        root: Of the file system.
    """
    found = [_share(*_words(group / "cpu.max")) for group in _groups(root, "")]
    found += [
        _share(*_words(group / "cpu.cfs_quota_us"), *_words(group / "cpu.cfs_period_us"))
        for group in _groups(root, "cpu")
    ]
    return min([share for share in found if share is not None], default=None)


def memory_limit(root: Path = ROOT) -> int | None:
    """Bytes of memory that the groups allow; None where they do not say.

    Args:
        root: Of the file system.
    """
    files = [group / "memory.max" for group in _groups(root, "")]
    files += [group / "memory.limit_in_bytes" for group in _groups(root, "memory")]
    words = [word for file in files for word in _words(file) if word.isdigit()]
    return min([n for n in map(int, words) if 0 < n < _UNLIMITED], default=None)


def _share(quota: str = "max", period: str = "", *more: str) -> float | None:
    """Processors of a quota and its period in microseconds."""
    if not quota.isdigit() or not period.isdigit() or not int(quota) or not int(period):
        return None
    return int(quota) / int(period)


def _words(file: Path) -> list[str]:
    return _text(file).split()


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError):
        return ""


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of the group of this process and of those around it.

    Args:
        root: Of the file system.
        controller: Of version 1; empty for version 2.
    """
    top = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if controller not in names.split(","):
            continue
        trees = [top / names, top / controller] if controller else [top, top / "unified"]
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        for tree in trees:
            for depth in range(len(parts), -1, -1):
                yield tree.joinpath(*parts[:depth])

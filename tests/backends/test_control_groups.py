"""Limits of control groups, in made-up trees of both versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.backends.cpu.control_groups import cpu_quota, memory_limit

GIB = 1 << 30
NO_LIMIT = "9223372036854771712"


def tree(root: Path, files: dict[str, str]) -> Path:
    """A file system with some files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


CASES: list[tuple[str, dict[str, str], float | None, int | None]] = [
    ("nothing", {}, None, None),
    (
        "version 2 in a container",
        {
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/cpu.max": "150000 100000",
            "sys/fs/cgroup/memory.max": str(2 * GIB),
        },
        1.5, 2 * GIB,
    ),
    (
        "version 2, no limit",
        {
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/cpu.max": "max 100000",
            "sys/fs/cgroup/memory.max": "max",
        },
        None, None,
    ),
    (
        "version 2, nested: the least of all levels",
        {
            "proc/self/cgroup": "0::/user.slice/job.scope",
            "sys/fs/cgroup/user.slice/cpu.max": "100000 50000",
            "sys/fs/cgroup/user.slice/job.scope/cpu.max": "400000 100000",
            "sys/fs/cgroup/user.slice/memory.max": str(8 * GIB),
            "sys/fs/cgroup/user.slice/job.scope/memory.max": str(GIB),
            "sys/fs/cgroup/other.slice/memory.max": "4096",
        },
        2.0, GIB,
    ),
    (
        "version 2, the path of a host that is not seen here",
        {
            "proc/self/cgroup": "0::/../../system.slice/docker-1234.scope",
            "sys/fs/cgroup/cpu.max": "200000 100000",
            "sys/fs/cgroup/memory.max": str(3 * GIB),
        },
        2.0, 3 * GIB,
    ),
    (
        "version 1",
        {
            "proc/self/cgroup": "5:memory:/docker/12\n4:cpu,cpuacct:/docker/12\n1:name=systemd:/",
            "sys/fs/cgroup/cpu,cpuacct/docker/12/cpu.cfs_quota_us": "300000",
            "sys/fs/cgroup/cpu,cpuacct/docker/12/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/docker/12/memory.limit_in_bytes": str(4 * GIB),
            "sys/fs/cgroup/memory/memory.limit_in_bytes": NO_LIMIT,
        },
        3.0, 4 * GIB,
    ),
    (
        "version 1 in a container, no quota",
        {
            "proc/self/cgroup": "5:memory:/docker/12\n4:cpuacct,cpu:/docker/12",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": str(5 * GIB),
        },
        None, 5 * GIB,
    ),
    (
        "both",
        {
            "proc/self/cgroup": "3:memory:/job\n0::/job",
            "sys/fs/cgroup/memory/job/memory.limit_in_bytes": str(6 * GIB),
            "sys/fs/cgroup/unified/job/cpu.max": "50000 100000",
        },
        0.5, 6 * GIB,
    ),
    (
        "nonsense",
        {
            "proc/self/cgroup": "::\nx\n0::",
            "sys/fs/cgroup/cpu.max": "0 0",
            "sys/fs/cgroup/memory.max": "much",
        },
        None, None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "quota", "limit"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_least_limit_of_all_groups_counts(
    files: dict[str, str], quota: float | None, limit: int | None, tmp_path: Path
) -> None:
    root = tree(tmp_path, files)
    assert cpu_quota(root) == quota
    assert memory_limit(root) == limit

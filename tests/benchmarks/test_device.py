"""The cases for GPUs run from end to end; figures come out of them as they must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorsmith.backends.cuda import host

from benchmarks.device import CASES, DeviceRow, lines

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cuda: str) -> subprocess.CompletedProcess[str]:
    """The command on a device that the environment names."""
    command = [sys.executable, "-m", "benchmarks", "--device", "cuda", *arguments]
    environment = {**os.environ, "TENSORSMITH_CUDA": cuda}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )


@pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")
def test_cases_run_on_a_simulated_device(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    done = run("-k", "64M float32", "--json", str(path), cuda="simulated")
    assert done.returncode == 0, done.stderr
    whole = json.loads(path.read_text())
    rows = whole["rows"]
    assert [row["name"] for row in rows] == [c.name for c in CASES if "64M float32" in c.name]
    assert all(row["seconds"]["tensorsmith"] > 0 and row["bandwidth"] > 0 for row in rows)
    assert f"| {rows[0]['name']} | ran |" in done.stdout and whole["simulated"]
    assert "nothing is measured" in done.stdout and "%" not in done.stdout


def test_without_a_gpu_the_command_says_why() -> None:
    done = run(cuda="off")
    assert done.returncode == 1 and done.stdout == "no GPU: TENSORSMITH_CUDA=off\n"


def test_bandwidth_is_a_part_of_that_of_the_copy() -> None:
    rows = [
        DeviceRow("copy", {"tensorsmith": 1e-3, "torch": 1e-3}, 4e12, 0.0),
        DeviceRow("sum", {"tensorsmith": 2e-3, "torch": 1e-3}, 3e12, 0.0),
        DeviceRow("gemm", {"tensorsmith": 1e-3, "torch": 4e-3}, 0.0, 5e13),
    ]
    table = list(lines(rows, ["tensorsmith", "torch"]))
    assert table[3] == "| sum | 2,000.0 | 1,000.0 | 2.00 | 3,000 | 75% |  |"
    assert table[4] == "| gemm | 1,000.0 | 4,000.0 | 0.25 |  |  | 50.0 |"

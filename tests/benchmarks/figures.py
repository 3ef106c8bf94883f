"""Records and rows with figures made up for tests."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.measure import Timing
from benchmarks.record import Record, Row

LIMITS = {
    "copy": {"1": 10e9, "2": 20e9},
    "float32": {"1": 100e9, "2": 200e9},
    "float64": {"1": 50e9, "2": 100e9},
    "round": {"1": 2e6, "2": 0.5e6},
}


def row(
    name: str, ours: float, torch: float | None = None, group: str = "pointwise",
    spread: float = 1.0, bytes: int = 0, flops: int = 0,
) -> Row:  # fmt: skip
    """A row with times in seconds."""
    timings = {"tensorsmith": Timing(ours, spread)}
    if torch is not None:
        timings["torch"] = Timing(torch, spread)
    return Row(group, name, bytes, flops, timings=timings)


def record(*rows: Row, machine: str = "here", threads: int = 2) -> Record:
    """A record of a machine that moves 20 GB/s and computes 200 GFLOP/s on two threads."""
    description = {
        "name": machine, "processor": "P", "flags": "fma", "cores": 2, "target": "x86-64-v3",
        "system": "Linux x86_64",
    }  # fmt: skip
    return Record(
        description, {"python": "3.11", "commit": "abc"}, "2026-01-01", threads, 5, 100.0, 0.5,
        LIMITS, {"empty": 0.02, "filled": 0.002}, list(rows),
    )  # fmt: skip


def failed(of: Row, error: str) -> Row:
    """The row of a case that no longer runs with tensorsmith."""
    return replace(of, timings={}, errors={"tensorsmith": error})

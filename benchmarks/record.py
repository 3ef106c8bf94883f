"""A run's figures as JSON, one line for each case, so that two records can be read side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .cases import Case
from .limits import Limits
from .measure import Timing

FOLDER = Path(__file__).parent / "records"
OURS = "tensorsmith"


@dataclass(frozen=True)
class Row:
    """The figures of one case.

    Attributes:
        group: A key of `bars.BARS`.
        name: Of the case.
        bytes: Memory that the call must move at least, in bytes; 0 if unknown.
        flops: Floating-point operations of the call; 0 if unknown.
        dtype: Whose peak the flops are compared with.
        reads: It reads all of its bytes.
        timings: By library.
        errors: By library: why there is no timing.
    """

    group: str
    name: str
    bytes: int = 0
    flops: int = 0
    dtype: str = "float32"
    timings: dict[str, Timing] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    reads: bool = False

    @classmethod
    def of(cls, case: Case, timings: dict[str, Timing], errors: dict[str, str]) -> Row:
        """The row of a case."""
        return cls(
            case.group, case.name, case.bytes, case.flops, case.dtype, timings, errors, case.reads
        )

    @property
    def best_peer(self) -> str | None:
        """The fastest peer that was timed."""
        peers = [name for name in self.timings if name != OURS]
        return min(peers, key=lambda name: self.timings[name].seconds, default=None)

    @property
    def ratio(self) -> float | None:
        """Our time by that of the fastest peer."""
        peer = self.best_peer
        if peer is None or OURS not in self.timings:
            return None
        return self.timings[OURS].seconds / self.timings[peer].seconds


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes:
        machine: `machine.describe_machine()`.
        versions: `machine.describe_versions()`.
        date: Day of the run, ISO 8601.
        threads: Of every library.
        rounds: Alternations of the processes.
        elapsed: Seconds that the run took.
        load: Processes that wanted to run before it, averaged over a minute.
        limits: `limits.measure_limits()`.
        first_call: Seconds of a first softmax with an empty and with a filled kernel cache.
        rows: The cases.
    """

    machine: dict[str, Any]
    versions: dict[str, str]
    date: str
    threads: int
    rounds: int
    elapsed: float
    load: float
    limits: Limits
    first_call: dict[str, float]
    rows: list[Row]


def write_record(record: Record, path: Path) -> None:
    """Writes a record, figures rounded to four digits."""
    head = _rounded({**asdict(record), "rows": []})
    head.pop("rows")
    text = json.dumps(head, indent=1).removesuffix("\n}")
    rows = ",\n  ".join(json.dumps(_written(row)) for row in record.rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{text},\n "rows": [\n  {rows}\n ]\n}}\n')


def read_record(path: Path) -> Record:
    """A record that `write_record` has written.

    Raises:
        ValueError: The file is none.
    """
    try:
        data = json.loads(path.read_text())
        rows = [_read_row(row) for row in data.pop("rows")]
        return Record(**data, rows=rows)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: must be a record of `python -m benchmarks`: {error}") from error


def stored_path(machine: dict[str, Any]) -> Path:
    """Where the record of a machine is kept."""
    return FOLDER / f"{machine['name']}.json"


def _written(row: Row) -> dict[str, Any]:
    timings = {name: [t.seconds, t.spread] for name, t in row.timings.items()}
    data = {**asdict(row), "timings": timings}
    written: dict[str, Any] = _rounded({name: value for name, value in data.items() if value})
    return written


def _read_row(data: dict[str, Any]) -> Row:
    timings = {name: Timing(*pair) for name, pair in data.get("timings", {}).items()}
    return Row(**{**data, "timings": timings})


def _rounded(value: Any) -> Any:
    """The same tree, floats rounded to four digits."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(v) for name, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_rounded(v) for v in value]
    return value

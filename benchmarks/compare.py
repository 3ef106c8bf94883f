"""A new record against an old one: which cases became slower by more than noise explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .record import OURS, Record, Row

FLOOR = 0.10  # smallest growth that counts: what equal runs on a quiet machine differ by
CEILING = 0.25  # growth that counts however large the spread is: smallest samples vary less


@dataclass(frozen=True)
class Regression:
    """A case that became slower.

    Attributes:
        group: Of the case.
        name: Of the case.
        growth: New by old, 1.2 for a fifth slower; NaN of a case that failed.
        noise: Growth that the spread of the samples would explain.
        reason: What was compared.
    """

    group: str
    name: str
    growth: float
    noise: float
    reason: str


def find_regressions(old: Record, new: Record) -> list[Regression]:
    """Cases of both records that became slower, the worst first, after those that now fail.

    On one machine a case counts if both its time and its ratio have grown: the ratio alone would
    move with the peer, the time alone with the machine's load. On another machine, or with another
    number of threads, times cannot be compared, so that the ratio decides; without a peer on
    both sides the time does.
    """
    same = old.machine["name"] == new.machine["name"] and old.threads == new.threads
    before = {(row.group, row.name): row for row in old.rows}
    found = []
    for row in new.rows:
        earlier = before.get((row.group, row.name))
        regression = _compare_row(earlier, row, same) if earlier else None
        if regression:
            found.append(regression)
    return sorted(found, key=lambda r: (r.growth == r.growth, -r.growth))  # NaN first


def _compare_row(old: Row, new: Row, same: bool) -> Regression | None:
    if OURS not in old.timings:
        return None
    if OURS not in new.timings:
        reason = new.errors.get(OURS, "no timing")
        return Regression(new.group, new.name, float("nan"), 0.0, reason)
    growths: dict[str, float] = {}
    if same:
        growths["time"] = new.timings[OURS].seconds / old.timings[OURS].seconds
    if old.ratio is not None and new.ratio is not None and set(old.timings) == set(new.timings):
        growths["ratio"] = new.ratio / old.ratio
    if not growths:
        return None
    growth, noise = min(growths.values()), noise_of(old, new)
    if growth <= 1 + noise:
        return None
    return Regression(new.group, new.name, growth, noise, " and ".join(growths))


def noise_of(old: Row, new: Row) -> float:
    """Growth that need not mean anything: the largest spread, from `FLOOR` to `CEILING`."""
    spreads = [t.spread - 1 for row in (old, new) for t in row.timings.values()]
    return min(CEILING, max([FLOOR, *spreads]))


def print_comparison(old: Record, new: Record, regressions: Sequence[Regression]) -> str:
    """A list of regressions, and how the machine's limits have changed."""
    known = {(row.group, row.name) for row in old.rows}
    both = sum((row.group, row.name) in known for row in new.rows)
    lines = [f"{both} cases against the record of {old.date} ({old.versions.get('commit', '?')}):"]
    for which, record in (("old", old), ("new", new)):
        if record.versions.get("commit", "").endswith("-dirty"):
            lines.append(f"- the {which} record is of a tree with changes that no commit has")
    for name, rates in new.limits.items():
        for count, value in rates.items():
            earlier = old.limits.get(name, {}).get(count)
            if earlier:
                lines.append(f"- limit {name}, {count} threads: {value / earlier:.2f} of before")
    for r in regressions:
        if r.growth != r.growth:
            lines.append(f"- FAILS: {r.group}, {r.name}: {r.reason}")
        else:
            lines.append(
                f"- SLOWER: {r.group}, {r.name}: {r.growth:.2f} times ({r.reason}; "
                f"noise up to {1 + r.noise:.2f})"
            )
    return "\n".join([*lines, f"{len(regressions)} regressions"])

"""A record as Markdown: groups against their bars, the machine's limits, all cases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .bars import BARS, Bar
from .limits import Limits
from .record import OURS, Record, Row

SHARED = 1.2  # what all threads reach at least, by what one does, on a machine that is free
DISTURBED = 1.25  # a spread that a quiet machine stays below


@dataclass(frozen=True)
class Score:
    """A group's ratios in short.

    Attributes:
        mean: Their geometric mean.
        worst: The largest.
        name: Of the case with the largest.
        failed: Names of cases without a ratio.
        met: Both bars are kept and no case failed.
    """

    mean: float
    worst: float
    name: str
    failed: tuple[str, ...]
    met: bool


def geometric_mean(values: Sequence[float]) -> float:
    """The geometric mean of positive numbers."""
    return math.exp(sum(map(math.log, values)) / len(values))


def score_group(rows: Sequence[Row], bar: Bar) -> Score:
    """How the cases of a group stand to its bar; ratios of a group without any are NaN."""
    pairs = [(row.ratio, row.name) for row in rows if row.ratio is not None and not row.errors]
    failed = tuple(row.name for row in rows if row.ratio is None or row.errors)
    if not pairs:
        return Score(math.nan, math.nan, "", failed, False)
    mean = geometric_mean([ratio for ratio, _ in pairs])
    worst, name = max(pairs)
    met = not failed and mean <= bar.mean and worst <= bar.worst
    return Score(mean, worst, name, failed, met)


def rate(row: Row) -> str:
    """What a case moves or computes each second."""
    if OURS not in row.timings:
        return ""
    seconds = row.timings[OURS].seconds
    if row.flops:
        return f"{row.flops / seconds / 1e9:,.1f} GFLOP/s"
    if row.bytes:
        return f"{row.bytes / seconds / 1e9:,.1f} GB/s"
    return f"{1 / seconds:,.0f} calls/s"


def share(row: Row, limits: Limits, threads: int) -> str:
    """How much of the machine's limit a case reaches."""
    if OURS not in row.timings or not (row.flops or row.bytes):
        return ""
    name = row.dtype if row.flops else "read" if row.reads and "read" in limits else "copy"
    reached = (row.flops or row.bytes) / row.timings[OURS].seconds / limits[name][str(threads)]
    what = "FMA peak" if row.flops else f"{name} bandwidth"
    what += " in float64" if name == "float64" else ""
    return f"{reached * 100:.0f} % of {what}"


def libraries_of(rows: Iterable[Row]) -> list[str]:
    """Libraries that rows have figures of, ours first."""
    names = {name: None for row in rows for name in (*row.timings, *row.errors)}
    return [OURS, *(name for name in names if name != OURS)]


def case_head(libraries: Sequence[str]) -> str:
    """The head of a table of cases."""
    titles = " | ".join(f"{name}, us" for name in libraries)
    columns = "---:|" * (len(libraries) + 3)
    return f"| case | {titles} | ratio | spread | rate | share of the limit |\n|---|{columns}---|"


def case_line(row: Row, libraries: Sequence[str], limits: Limits, threads: int) -> str:
    """One row of a table of cases."""
    cells = [_cell(row, name) for name in libraries]
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    spread = " / ".join(f"{row.timings[n].spread:.2f}" for n in libraries if n in row.timings)
    end = (ratio, spread, rate(row), share(row, limits, threads))
    return f"| {' | '.join([row.name, *cells, *end])} |"


def _cell(row: Row, library: str) -> str:
    if library not in row.timings:
        return row.errors.get(library, "").replace("|", "/")
    microseconds = row.timings[library].seconds * 1e6
    return f"{microseconds:,.3f}" if microseconds < 10 else f"{microseconds:,.1f}"


def by_group(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by group, in the order of the bars."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return {name: groups[name] for name in BARS if name in groups}


def print_groups(record: Record) -> str:
    """The table of groups against their bars, with the cases that failed below."""
    lines = [
        "| group | geometric mean | bar | worst | bar | worst case | met |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    failed = []
    for group, rows in by_group(record.rows).items():
        bar = BARS[group]
        score = score_group(rows, bar)
        failed += [f"- failed: {group}, {name}" for name in score.failed]
        lines.append(
            f"| {bar.title} | {score.mean:.2f} | {bar.mean:.2f} | {score.worst:.2f} "
            f"| {bar.worst:.2f} | {score.name} | {'yes' if score.met else 'no'} |"
        )
    return "\n".join([*lines, *([""] if failed else []), *failed])


def print_limits(record: Record) -> str:
    """The machine, the versions, its limits, and what follows from single cases."""
    versions = ", ".join(f"{name} {value}" for name, value in record.versions.items())
    counts = list(record.limits["copy"])
    lines = [
        f"Measured on {record.date} in {record.elapsed:.0f} s: {record.machine['processor']}, "
        f"{record.machine['cores']} cores, target {record.machine['target']}, "
        f"{record.machine['system']}; {versions}. {record.threads} threads, "
        f"{record.rounds} alternating rounds.",
        "",
        f"| limit | {' | '.join(f'{n} thread' + 's' * (n != '1') for n in counts)} |",
        "|---|" + "---:|" * len(counts),
        _limit_line("copy bandwidth, reading and writing", record.limits["copy"], "GB/s"),
        *_reading(record.limits),
        _limit_line("multiply-adds in float32", record.limits["float32"], "GFLOP/s"),
        _limit_line("multiply-adds in float64", record.limits["float64"], "GFLOP/s"),
    ]
    if "round" in record.limits:
        seconds = [f"{1e6 / rate:.2f} us" for rate in record.limits["round"].values()]
        lines.append(f"| a round of workers, started and joined | {' | '.join(seconds)} |")
    if record.first_call:
        empty, filled = (record.first_call[name] * 1e3 for name in ("empty", "filled"))
        lines += ["", f"First softmax: {empty:.1f} ms with an empty kernel cache, "
                  f"{filled:.1f} ms with a filled one."]  # fmt: skip
    dims, shared = _compare_dims(record.rows), _admit_sharing(record.limits)
    return "\n".join([*lines, *shared, *dims, *_admit_noise(record)])


def _reading(limits: Limits) -> list[str]:
    """The line of reading; none for a record that was made before it was measured."""
    return [_limit_line("bandwidth of reading", limits["read"], "GB/s")] if "read" in limits else []


def _limit_line(title: str, rates: dict[str, float], unit: str) -> str:
    return f"| {title} | {' | '.join(f'{r / 1e9:,.1f} {unit}' for r in rates.values())} |"


def _compare_dims(rows: Iterable[Row]) -> list[str]:
    """Each reduction down the columns against the same along the rows: the same memory, in other
    order."""
    seconds = {row.name: row.timings[OURS].seconds for row in rows if OURS in row.timings}
    factors = []
    for name, taken in seconds.items():
        other = name.replace("(0),", "(1),")
        if other != name and other in seconds and not name.startswith("flip"):
            factors.append(f"{name.partition('(')[0]} {taken / seconds[other]:.2f}")
    if not factors:
        return []
    return ["", f"Times over dim 0 by those over dim 1: {', '.join(factors)}."]


def _admit_sharing(limits: Limits) -> list[str]:
    """Whether all threads together could do no more than one: other programs had the machine."""
    rates = limits["float32"]
    if len(rates) < 2 or max(rates.values()) >= SHARED * rates["1"]:
        return []
    return ["", "All threads together reach hardly more than one: the machine was busy, and shares "
            "of its limits are too large."]  # fmt: skip


def _admit_noise(record: Record) -> list[str]:
    """How much the machine was busy with other things."""
    disturbed = sum(any(t.spread > DISTURBED for t in r.timings.values()) for r in record.rows)
    return ["", f"{disturbed} of {len(record.rows)} cases have a spread above {DISTURBED}; load "
            f"average before the run: {record.load:.1f}."]  # fmt: skip


def print_cases(record: Record) -> str:
    """A table of cases for each group."""
    lines: list[str] = []
    for group, rows in by_group(record.rows).items():
        libraries = libraries_of(rows)
        lines += ["", f"### {BARS[group].title}", "", case_head(libraries)]
        lines += [case_line(row, libraries, record.limits, record.threads) for row in rows]
    return "\n".join(lines[1:])


def rewrite_page(path: Path, record: Record) -> None:
    """Replaces what stands between the markers of a page.

    Raises:
        ValueError: The page lacks a marker.
    """
    text = path.read_text()
    parts = {"groups": print_groups, "limits": print_limits, "cases": print_cases}
    for name, write in parts.items():
        text = replace_between(text, name, write(record), str(path))
    path.write_text(text)


def replace_between(text: str, name: str, body: str, where: str) -> str:
    """The text with `body` between the markers `<!-- begin NAME -->` and `<!-- end NAME -->`."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{where}: must have the lines {begin} and {end} once, in this order")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{body}\n{end}{rest.partition(end)[2]}"

"""Kernels built in parallel processes, on any machine, for any target."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from ...ops.dataclass import dataclass
from ...ops.errors import BackendError
from .bundling import Written, place_of, write_bundles
from .processes import interrupts_held, planning_processes, shown
from .work import Built, Run, Work, start, work


class IncompleteBundleError(BackendError):
    """Kernels that a bundle should hold are gone."""


@dataclass
class Report:
    """What a run of `precompile` did.

    Attributes:
        kernels: For each target, features aside, the text of each plan key, and a label for people.
        compiled: Objects that were compiled.
        found: Objects that were there already.
        seconds: Wall time.
        failed: What could not be built, and why.
        without: Ops of which no kernel was planned, and why.
        calls: Calls that were planned.
        bundles: File -> what is in it.
    """

    kernels: dict[str, dict[str, str]] = field(default_factory=dict)
    compiled: int = 0
    found: int = 0
    seconds: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    bundles: dict[str, Written] = field(default_factory=dict)

    def add(self, built: Built) -> None:
        """Adds what one piece of work gave."""
        for target, plans in built.kernels.items():
            self.kernels.setdefault(target, {}).update(plans)
        self.compiled += built.compiled
        self.found += built.found
        self.calls += built.calls
        self.failed.update(built.failed)
        self.without.update(built.without)

    def add_again(self, other: Report) -> None:
        """Adds what a run for the same pieces gave, which built what had gone."""
        self.kernels = other.kernels
        self.compiled += other.compiled
        self.seconds += other.seconds
        self.failed.update(other.failed)


def precompile(pieces: Sequence[Work], run: Run) -> Report:
    """Builds the kernels of some pieces of work into a folder; what is there is not built again.

    A run that is cut off goes on from what is there.
    """
    begin = time.perf_counter()
    report = Report()
    with planning_processes(run.jobs, start, (run,)) as pool:
        with interrupts_held():
            waiting = {pool.submit(work, piece): piece for piece in pieces}
        for done in shown(waiting, "planning" if run.dry else "building", run.quiet):
            report.add(done.result())
    report.seconds = time.perf_counter() - begin
    return report


def build_bundles(pieces: Sequence[Work], run: Run, report: Report, output: Path) -> None:
    """Writes a bundle for each target of a report, each whole or not at all; notes them in it.

    Kernels that are not in the folder any more, because another process cleared or pruned it, are
    built once again.

    Args:
        pieces: What the report is of.
        run: How it was built.
        report: What came of it.
        output: Folder, or a file if there is one target.

    Raises:
        IncompleteBundleError: Kernels were missing both times.
    """
    waiting = set(report.kernels)
    for attempt in (1, 2):
        kernels = {target: report.kernels[target] for target in sorted(waiting)}
        written = write_bundles(kernels, run.store, output, min(run.jobs, len(kernels)))
        for target, one in written.items():
            if not one.missing:
                report.bundles[str(place_of(output, target))] = one
                waiting.remove(target)
        if not waiting:
            return
        lost = "; ".join(
            f"{place_of(output, target)}: {one.missing:,} of {one.kernels + one.missing:,} kernels"
            for target, one in written.items()
            if one.missing
        )
        why = f"are not in {run.store} any more: another process has cleared or pruned it"
        if attempt == 1:
            print(f"tensorsmith: {lost} {why}; they are built again", file=sys.stderr)
            report.add_again(precompile(pieces, run))
    raise IncompleteBundleError(
        f"{lost} {why}, twice; no bundle is written there. --store names a folder that no other "
        "process uses"
    )


def as_data(report: Report, dry: bool) -> dict[str, Any]:
    """A report as plain data, for `--json`; of a dry run with each kernel by label and key."""
    data: dict[str, Any] = {
        "kernels": {target: len(plans) for target, plans in report.kernels.items()},
        "compiled": report.compiled,
        "found": report.found,
        "calls": report.calls,
        "seconds": round(report.seconds, 2),
        "failed": report.failed,
        "without": report.without,
        "bundles": {path: asdict(written) for path, written in report.bundles.items()},
    }
    if dry:
        data["planned"] = {
            target: [{"label": label, "key": json.loads(plan)} for plan, label in plans.items()]
            for target, plans in report.kernels.items()
        }
    return data

"""A record as a picture: every case a dot, by how its time stands to that of the fastest peer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .bars import BARS
from .record import Record
from .report import by_group, geometric_mean

FASTER, SLOWER, FAINT = "#0f766e", "#c2410c", "#6b7280"
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "tensorsmith", "font.family": "sans-serif"}
_TICKS = {0.01: "100 x faster", 0.1: "10 x faster", 1.0: "same time", 10.0: "10 x slower"}


def draw_record(record: Record, path: Path) -> None:
    """Draws the ratios of a record by group on a logarithmic axis; a record always gives the same
    SVG.

    Args:
        record: Groups without ratios are left out.
        path: Of the picture; its suffix says the format.

    Raises:
        SystemExit: matplotlib is not installed.
        ValueError: No case of the record has a ratio.
    """
    groups = {
        BARS[name].title: [row.ratio for row in rows if row.ratio is not None]
        for name, rows in by_group(record.rows).items()
    }
    groups = {title: ratios for title, ratios in groups.items() if ratios}
    if not groups:
        raise ValueError(f"{path}: no case of the record was timed by a peer: nothing to draw")
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit("--picture needs matplotlib: pip install 'tensorsmith[plot]'") from None
    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(9, 1.1 + 0.34 * len(groups)), layout="constrained")
        axes: Any = figure.subplots()
        for place, ratios in enumerate(groups.values()):
            _draw_group(axes, place, ratios)
        _label(axes, list(groups), record)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_group(axes: Any, place: int, ratios: list[float]) -> None:
    """A line of dots, and a stroke for their geometric mean."""
    colors = [FASTER if ratio <= 1 else SLOWER for ratio in ratios]
    axes.scatter(ratios, [place] * len(ratios), s=26, c=colors, alpha=0.45, linewidths=0)
    mean = geometric_mean(ratios)
    axes.plot([mean, mean], [place - 0.32, place + 0.32], color="black", linewidth=2)


def _label(axes: Any, titles: list[str], record: Record) -> None:
    axes.axvline(1, color=FAINT, linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(list(_TICKS), list(_TICKS.values()))
    axes.set_yticks(range(len(titles)), titles)
    axes.set_ylim(len(titles) - 0.5, -0.5)
    axes.tick_params(length=0, which="both")
    axes.grid(axis="x", color="#e5e7eb")
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    machine = record.machine
    axes.set_title(
        f"Time by that of the fastest peer: {machine['processor']}, {record.threads} threads, "
        f"{record.date}. A dot is a case, a stroke the mean.",
        fontsize=9, color=FAINT, loc="right",
    )  # fmt: skip

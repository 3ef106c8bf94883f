"""The picture of a record shows all of its groups; the stored one is that of the stored record."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bars import BARS
from benchmarks.picture import draw_record
from benchmarks.record import FOLDER, read_record
from benchmarks.report import by_group

from .figures import record, row

PAGE = Path(__file__).parents[2] / "docs" / "performance.svg"


def test_the_same_record_gives_the_same_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = row("faster", 1.0, 10.0), row("slower", 4.0, 1.0), row("small", 1.0, 2.0, "small")
    for name in ("one.svg", "two.svg"):
        draw_record(record(*rows, row("alone", 1.0, None, "reduction")), tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text == (tmp_path / "two.svg").read_text()
    assert BARS["pointwise"].title in text and BARS["small"].title in text
    assert BARS["reduction"].title not in text and "2026-01-01" in text


def test_a_picture_of_no_ratio_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no case of the record was timed by a peer"):
        draw_record(record(row("alone", 1.0)), tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()


def test_the_picture_of_the_page_is_that_of_a_stored_record() -> None:
    text = PAGE.read_text()
    records = [read_record(path) for path in FOLDER.glob("*.json")]
    (drawn,) = [each for each in records if each.machine["processor"] in text]
    assert f"{drawn.threads} threads, {drawn.date}" in text
    for group in by_group(drawn.rows):
        assert BARS[group].title in text

"""What counts as a regression."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.compare import find_regressions, print_comparison
from benchmarks.record import read_record, stored_path, write_record

from .figures import failed, record, row


def test_a_case_that_takes_longer_than_noise_explains_is_a_regression() -> None:
    old, new = record(row("a", 1.0, 2.0)), record(row("a", 1.3, 2.0))
    (found,) = find_regressions(old, new)
    assert found.growth == pytest.approx(1.3) and found.reason == "time and ratio"
    assert "SLOWER: pointwise, a: 1.30 times" in print_comparison(old, new, [found])


def test_growth_within_the_spread_of_the_samples_is_noise() -> None:
    old, new = record(row("a", 1.0, 2.0)), record(row("a", 1.2, 2.0, spread=1.4))
    assert find_regressions(old, new) == []
    assert find_regressions(old, record(row("a", 1.09, 2.0))) == []


def test_more_than_a_quarter_counts_on_the_busiest_machine() -> None:
    old, new = record(row("a", 1.0, 2.0)), record(row("a", 1.3, 2.0, spread=90.0))
    assert [found.name for found in find_regressions(old, new)] == ["a"]


def test_records_of_changed_trees_are_named() -> None:
    old, new = record(), replace(record(), versions={"commit": "abc-dirty"})
    assert "the new record is of a tree with changes" in print_comparison(old, new, [])
    assert "tree with changes" not in print_comparison(old, old, [])


def test_a_busier_machine_is_no_regression() -> None:
    assert find_regressions(record(row("a", 1.0, 2.0)), record(row("a", 1.5, 3.0))) == []


def test_a_peer_that_became_faster_is_no_regression() -> None:
    assert find_regressions(record(row("a", 1.0, 2.0)), record(row("a", 1.0, 1.0))) == []


def test_without_a_peer_the_time_decides() -> None:
    (found,) = find_regressions(record(row("a", 1.0)), record(row("a", 2.0)))
    assert found.reason == "time"


def test_on_another_machine_the_ratio_decides() -> None:
    old = record(row("a", 1.0, 2.0), row("b", 1.0), machine="there")
    assert find_regressions(old, record(row("a", 9.0, 18.0), row("b", 9.0))) == []
    (found,) = find_regressions(old, record(row("a", 1.5, 2.0)))
    assert found.reason == "ratio"


def test_a_case_that_fails_comes_first() -> None:
    old = record(row("a", 1.0, 2.0), row("b", 1.0, 2.0))
    new = record(row("a", 3.0, 2.0), failed(row("b", 1.0), "RuntimeError: no"))
    first, second = find_regressions(old, new)
    assert (first.name, first.reason, second.name) == ("b", "RuntimeError: no", "a")
    assert "FAILS: pointwise, b: RuntimeError: no" in print_comparison(old, new, [first])


def test_new_cases_are_not_compared() -> None:
    assert find_regressions(record(), record(row("a", 1.0, 2.0))) == []


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    written = record(row("a", 0.125, 0.25, bytes=8), failed(row("b", 1.0), "no"))
    write_record(written, path)
    assert read_record(path) == written


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("[]")
    with pytest.raises(ValueError, match="must be a record of `python -m benchmarks`"):
        read_record(path)


def test_the_command_exits_with_one_on_a_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    write_record(record(row("a", 1.0, 2.0)), old)
    write_record(record(row("a", 2.0, 2.0)), new)
    assert main(["--from", str(new), "--compare", str(old)]) == 1
    assert "1 regressions" in capsys.readouterr().out
    assert main(["--from", str(new), "--compare", str(new)]) == 0


def test_a_machine_without_a_record_has_no_regressions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.json"
    write_record(record(row("a", 1.0, 2.0), machine="nowhere"), new)
    assert main(["--from", str(new), "--compare"]) == 0
    assert "no record of this machine to compare with" in capsys.readouterr().out


def test_records_are_kept_by_machine() -> None:
    path = stored_path({"name": "amd-epyc-2-cores"})
    assert path.parts[-3:] == ("benchmarks", "records", "amd-epyc-2-cores.json")
    for stored in path.parent.glob("*.json"):
        assert read_record(stored).machine["name"] == stored.stem


@pytest.mark.parametrize("option", ["--record", "--markdown=page.md"])
def test_a_part_of_the_cases_is_not_kept(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--vs", "numpy", "-k", "add", option])
    assert "--record, --markdown and --picture want all cases" in capsys.readouterr().err


def test_a_peer_that_is_not_installed_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.__main__.find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main(["--vs", "torch", "numpy"])
    assert "--vs: torch and numpy must be installed, or left out" in capsys.readouterr().err


def test_no_round_at_all_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--vs", "numpy", "--rounds", "0"])
    assert "--rounds must be at least 1, got 0" in capsys.readouterr().err


def test_more_threads_than_processors_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--vs", "numpy", "--threads", "100000"])
    assert "--threads must be between 1 and" in capsys.readouterr().err

"""What processes did is counted, and read back from a log that may hold anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.backends.cache import statistics as module
from tensorsmith.backends.cache.statistics import LOG, Statistics, keep_log, read_log


def test_counts_of_programs_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Statistics()
    mine.made("softmax[f32, rows]", 0.5, True)
    mine.found("relu[f32, dense]", "folder")
    mine.found("relu[f32, dense]", "/some/x.bundle")
    monkeypatch.setattr(module, "statistics", mine)
    monkeypatch.setattr(module, "_logged", [])
    monkeypatch.setattr(module.atexit, "register", lambda function: None)
    keep_log(tmp_path)
    module._append()
    with (tmp_path / LOG).open("a") as file:
        file.write('{"half a li\n')
    module._append()
    assert read_log(tmp_path) == [mine, mine]


def test_a_folder_without_a_log_has_had_no_programs(tmp_path: Path) -> None:
    assert read_log(tmp_path) == []


def test_a_process_that_needed_no_kernel_leaves_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "statistics", Statistics())
    monkeypatch.setattr(module, "_logged", [])
    monkeypatch.setattr(module.atexit, "register", lambda function: None)
    keep_log(tmp_path)
    module._append()
    assert not (tmp_path / LOG).exists()


def test_a_log_that_grows_long_loses_its_older_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST", 2000)
    monkeypatch.setattr(module, "_logged", [])
    monkeypatch.setattr(module.atexit, "register", lambda function: None)
    keep_log(tmp_path)
    for number in range(50):
        done = Statistics()
        done.made(f"kernel {number}", 0.5, True)
        monkeypatch.setattr(module, "statistics", done)
        module._append()
    runs = read_log(tmp_path)
    assert 0 < len(runs) < 50 and (tmp_path / LOG).stat().st_size <= 2000
    assert list(runs[-1].kernels) == ["kernel 49"]

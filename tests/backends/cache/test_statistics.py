"""What processes did is counted, and read back from a log that may hold anything."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tensorsmith.backends.cache import statistics as module
from tensorsmith.backends.cache.statistics import LOG, Count, Statistics, keep_log, read_log


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


# -- a log that is no log ---------------------------------------------------------------------


@pytest.fixture
def append(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What a process does at its end that compiled a kernel."""
    done = Statistics()
    done.made("relu[f32, dense]", 0.5, True)
    monkeypatch.setattr(module, "statistics", done)
    monkeypatch.setattr(module, "_logged", [])
    monkeypatch.setattr(module.atexit, "register", lambda function: None)
    keep_log(tmp_path)
    return module._append


def test_a_pipe_in_place_of_a_log_holds_nobody_up(
    tmp_path: Path, append: Callable[[], None]
) -> None:
    os.mkfifo(tmp_path / LOG)
    assert "done" in within_seconds(append) and read_log(tmp_path) == []
    reader = os.open(tmp_path / LOG, os.O_RDONLY | os.O_NONBLOCK)
    assert "done" in within_seconds(append) and os.read(reader, 100) == b""
    os.close(reader)


def within_seconds(call: Callable[[], object]) -> list[str]:
    """`done` if a call comes back at once."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(f"done {call()}"[:4]), daemon=True)
    thread.start()
    thread.join(5)
    return found


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_is_no_file_in_place_of_a_log_stays_as_it_is(
    tmp_path: Path, append: Callable[[], None], kind: str
) -> None:
    other = tmp_path / "other"
    other.write_text('{"compiled": 1, "kernels": {}}\n')
    if kind == "link":
        (tmp_path / LOG).symlink_to(other)
    else:
        (tmp_path / LOG).mkdir()
    append()
    assert read_log(tmp_path) == [] and len(other.read_text().splitlines()) == 1


def test_a_log_of_absurd_size_is_read_and_shortened_at_its_end(
    tmp_path: Path, append: Callable[[], None]
) -> None:
    append()
    os.truncate(tmp_path / LOG, 5 << 40)  # a sparse file
    assert read_log(tmp_path) == []
    append()
    assert (tmp_path / LOG).stat().st_size < 1 << 18
    append()
    assert read_log(tmp_path) == [module.statistics]


GOOD = '{"compiled": 1, "loaded": 0, "bundled": 0, "reused": 0, "kernels": {"a": {"compiled": 1}}}'


@pytest.mark.parametrize(
    "line",
    [
        GOOD.replace('"compiled": 1, "l', '"compiled": "a", "l'),
        GOOD.replace('"compiled": 1}', '"compiled": "a"}'),
        GOOD.replace('"compiled": 1}', '"seconds": NaN}'),
        GOOD.replace('"compiled": 1}', '"seconds": Infinity}'),
        GOOD.replace('"compiled": 1}', '"seconds": null}'),
        GOOD.replace('"loaded": 0', '"loaded": true'),
        GOOD.replace('"loaded": 0', '"loaded": 0.5'),
        GOOD.replace('"loaded": 0', '"loaded": -1'),
        GOOD.replace('"loaded": 0', f'"loaded": {"9" * 4000}'),
        GOOD.replace('"loaded": 0', f'"loaded": {"9" * 5000}'),
        GOOD.replace('"loaded": 0', '"lost": 0'),
        GOOD.replace('{"a": {"compiled": 1}}', '[["a", {}]]'),
        GOOD.replace('{"a": {"compiled": 1}}', '{"a": []}'),
        GOOD.replace('"a"', '"\\ud800"'),
        GOOD.replace('"a"', '"\\u001b[31m"'),
        GOOD.replace('"kernels"', '"program": 5, "kernels"'),
        GOOD.replace(', "kernels": {"a": {"compiled": 1}}', ""),
        "[" * 100_000,
        '{"a":' * 50_000,
        "[]",
        "5",
        "null",
        '"kernels"',
        "\0",
        "\udcff",
    ],
    ids=range(25),
)
def test_lines_that_make_no_sense_are_left_out(tmp_path: Path, line: str) -> None:
    text = f"{GOOD}\n{line}\n{GOOD}\n"
    (tmp_path / LOG).write_bytes(text.encode(errors="surrogateescape"))
    good = Statistics(compiled=1, kernels={"a": Count(compiled=1)})
    assert read_log(tmp_path) == [good, good]

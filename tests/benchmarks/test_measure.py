"""How samples are taken; nothing here depends on how long anything takes."""

from __future__ import annotations

import gc
import os
import sys

import pytest
import tensorsmith
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.machine import MACHINES

from benchmarks.cases import Statement
from benchmarks.limits import better, measure_limits, multiply_add_text
from benchmarks.machine import choose_processors, describe_machine, describe_versions
from benchmarks.measure import LEAST, summarize, take_samples
from benchmarks.peers import Peer, alternate, environment_of
from benchmarks.run import choose_cases
from benchmarks.worker import serve


def test_a_timing_is_the_smallest_sample_and_the_spread_of_the_median() -> None:
    timing = summarize([3.0, 2.0, 5.0])
    assert (timing.seconds, timing.spread) == (2.0, 1.5)


def test_a_call_without_a_budget_is_still_sampled() -> None:
    calls: list[bool] = []
    samples = take_samples(lambda: calls.append(gc.isenabled()), 0.0)
    assert len(samples) == LEAST and all(sample > 0 for sample in samples)
    assert len(calls) > LEAST and all(calls)


def test_a_statement_is_timed_with_its_names() -> None:
    seen: list[int] = []
    assert take_samples(Statement("seen.append(1)", {"seen": seen}), 0.0)
    assert len(seen) > LEAST


def test_a_worker_answers_each_line_and_outlives_an_error() -> None:
    number = choose_cases("integer index")[0]
    answers = serve(tensorsmith, [f"{number}\n", "100000\n", f"{number}\n"], 0.0)
    first, second, third = answers
    assert first["samples"] and third["samples"]
    assert second["error"].startswith("IndexError")


def test_a_worker_process_that_dies_is_reported_and_replaced() -> None:
    peer = Peer("no_such_library", 1, 0.0)
    timings, errors = alternate(0, [peer], 3)
    assert timings == {} and errors == {"no_such_library": "the process ended with 1"}


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("import os; input(); os._exit(3)", "the process ended with 3"),
        ("import time; time.sleep(600)", "no answer in 0 s"),
    ],
    ids=["dies", "hangs"],
)
def test_a_worker_that_does_not_answer_is_reported(
    program: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "no answer" in error:
        monkeypatch.setattr("benchmarks.peers.PATIENCE", 0.0)
    peer = Peer("tensorsmith", 1, 0.0)
    monkeypatch.setattr(peer, "_command", [sys.executable, "-c", program])
    assert peer.measure(0) == {"error": error}
    assert peer.measure(0) == {"error": error}  # of a process that took the first one's place
    peer.close()


def test_openblas_chooses_its_kernels_in_numpys_process_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert "OPENBLAS_CORETYPE" not in environment_of("numpy", 2)
    assert environment_of("torch", 2)["OPENBLAS_CORETYPE"] == "Haswell"
    assert environment_of("numpy", 2)["OPENBLAS_NUM_THREADS"] == "2"


def test_processors_are_chosen_among_the_available_ones() -> None:
    assert choose_processors(1) <= os.sched_getaffinity(0)
    assert choose_processors(10**6) == os.sched_getaffinity(0)


def test_the_machine_is_described() -> None:
    machine, versions = describe_machine(), describe_versions()
    assert machine["cores"] >= 1 and machine["name"].replace("-", "").isalnum()
    assert versions["tensorsmith"] == tensorsmith.__version__


@pytest.fixture
def same_threads() -> object:
    """Leaves the number of threads as it was."""
    before = tensorsmith.get_num_threads()
    yield
    tensorsmith.set_num_threads(before)


@pytest.mark.usefixtures("same_threads")
def test_limits_are_measured_on_one_and_on_all_threads() -> None:
    limits = measure_limits(2, seconds=0.0, elements=1 << 12, turns=100)
    assert set(limits) == {"copy", "read", "float32", "float64", "round"}
    assert all(set(rates) == {"1", "2"} for rates in limits.values())


def test_the_better_of_two_limits_counts() -> None:
    first, second = {"copy": {"1": 1.0, "2": 5.0}}, {"copy": {"1": 2.0, "2": 4.0}}
    assert better(first, second) == {"copy": {"1": 2.0, "2": 5.0}}


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_loop_of_multiply_adds_compiles_for_every_machine(name: str, dtype: str) -> None:
    text, lanes = multiply_add_text(MACHINES[name], dtype)
    assert lanes * (4 if dtype == "float32" else 8) == MACHINES[name].target.vector_bytes
    assert compile_text(text, MACHINES[name], "multiply_add")

"""DataLoader: order, batches, worker processes, and everything that can go wrong in them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.data import (
    BatchSampler,
    DataLoader,
    SequentialSampler,
    TensorDataset,
    default_convert,
)

from .streams import (
    Dying,
    Failing,
    Named,
    OwnError,
    Range,
    Sized,
    Slow,
    Squares,
    TwoArgumentsError,
    WhoAmI,
    name_worker,
)

FOLDER = Path(__file__).parents[2]


def numbers(loader: DataLoader) -> list[float]:
    """The elements of all batches."""
    return [number for batch in loader for number in batch.tolist()]


SQUARES = [float(i * i) for i in range(20)]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_batches_come_in_the_order_of_the_keys(workers: int) -> None:
    ts.ones(1 << 16).sum()  # the pool of threads runs when the workers are forked
    loader = DataLoader(Squares(), batch_size=3, num_workers=workers)
    assert numbers(loader) == SQUARES
    assert len(loader) == 7 and len(list(loader)[-1]) == 2


@pytest.mark.parametrize("workers", [0, 2])
def test_a_short_last_batch_is_left_out_on_demand(workers: int) -> None:
    loader = DataLoader(Squares(), batch_size=3, drop_last=True, num_workers=workers)
    assert numbers(loader) == SQUARES[:18]
    assert len(loader) == 6


@pytest.mark.parametrize("workers", [0, 2])
def test_shuffling_visits_every_sample_once_in_an_order_that_a_seed_repeats(workers: int) -> None:
    loader = DataLoader(Squares(), batch_size=4, shuffle=True, num_workers=workers)
    orders = []
    for seed in (1, 1, 2):
        ts.manual_seed(seed)
        orders.append(numbers(loader))
    assert sorted(orders[0]) == SQUARES
    assert orders[0] == orders[1] != orders[2] != SQUARES
    assert numbers(loader) != orders[2]


def test_the_order_does_not_depend_on_the_number_of_workers() -> None:
    orders = []
    for workers in (0, 1, 2):
        generator = ts.Generator().manual_seed(5)
        loader = DataLoader(Squares(), 4, True, num_workers=workers, generator=generator)
        orders.append([numbers(loader), numbers(loader)])
    assert orders[0] == orders[1] == orders[2]


def test_without_a_batch_size_samples_come_one_by_one() -> None:
    loader = DataLoader(TensorDataset(ts.arange(3)), batch_size=None)
    assert [sample[0].item() for sample in loader] == [0, 1, 2]
    assert len(loader) == 3


def test_a_batch_sampler_gives_the_keys() -> None:
    sampler = BatchSampler(SequentialSampler(range(20)), 6, False)
    loader = DataLoader(Squares(), batch_sampler=sampler, num_workers=1)
    assert [len(batch) for batch in loader] == [6, 6, 6, 2]


def test_workers_run_in_processes_of_their_own_and_know_their_number() -> None:
    batches = list(DataLoader(WhoAmI(), num_workers=2))
    processes = {int(batch[0]) for batch in batches}
    assert len(processes) == 2 and os.getpid() not in processes
    assert [int(batch[1]) for batch in batches] == [0, 1] * 4
    assert [int(batch[1]) for batch in DataLoader(WhoAmI())] == [-1] * 8


def test_seeds_differ_between_workers_and_passes_and_follow_manual_seed() -> None:
    def draw(loader: DataLoader) -> list[int]:
        return [int(batch[2]) for batch in loader]

    loader = DataLoader(WhoAmI(), num_workers=2)
    ts.manual_seed(3)
    first, second = draw(loader), draw(loader)
    assert len({*first, *second}) == 16
    ts.manual_seed(3)
    assert draw(loader) == first and draw(loader) == second


def test_persistent_workers_serve_several_passes() -> None:
    loader = DataLoader(WhoAmI(), num_workers=2, persistent_workers=True)
    passes = [{int(batch[0]) for batch in loader} for _ in range(3)]
    assert passes[0] == passes[1] == passes[2] and len(passes[0]) == 2
    other = DataLoader(WhoAmI(), num_workers=1)
    assert {int(batch[0]) for batch in other} != {int(batch[0]) for batch in other}


def test_worker_init_fn_runs_in_each_worker() -> None:
    loader = DataLoader(Named(), num_workers=2, worker_init_fn=name_worker)
    assert [int(batch) for batch in loader][:4] == [0, 1, 0, 1]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_stream_is_shared_out_by_worker_info(workers: int) -> None:
    loader = DataLoader(Range(3, 14), batch_size=2, num_workers=workers)
    assert sorted(numbers(loader)) == list(range(3, 14))
    with pytest.raises(TypeError):
        len(loader)
    assert len(DataLoader(Sized(0, 7), batch_size=2)) == 4


def test_persistent_workers_start_a_stream_anew() -> None:
    loader = DataLoader(Range(0, 6), batch_size=2, num_workers=2, persistent_workers=True)
    for _ in range(2):
        assert sorted(numbers(loader)) == list(range(6))


@pytest.mark.parametrize("error", [OwnError("no fifth"), KeyError("five"), RuntimeError("odd")])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_reaches_the_user_with_type_and_traceback(error: Exception, workers: int) -> None:
    loader = DataLoader(Failing(error), batch_size=2, num_workers=workers)
    batches = iter(loader)
    assert next(batches).tolist() == [0.0, 1.0]
    next(batches)
    with pytest.raises(type(error)) as caught:
        next(batches)
    text = str(caught.value)
    assert f"Caught {type(error).__name__} in DataLoader worker process {2 % workers}" in text
    assert "streams.py" in text and "__getitem__" in text and str(error) in text


def test_an_error_that_cannot_be_made_again_is_told_as_a_runtime_error() -> None:
    loader = DataLoader(Failing(TwoArgumentsError("odd", 3), at=0), num_workers=1)
    with pytest.raises(RuntimeError, match="Caught TwoArgumentsError in DataLoader worker"):
        list(loader)


def _refuse(number: int) -> None:
    raise OwnError("not today")


def test_an_error_in_worker_init_fn_reaches_the_user() -> None:
    with pytest.raises(OwnError, match="not today"):
        list(DataLoader(Squares(), num_workers=1, worker_init_fn=_refuse))


def test_the_death_of_a_worker_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"DataLoader worker .*exited unexpectedly"):
        list(DataLoader(Dying(), num_workers=2))


def test_a_timeout_is_told() -> None:
    with pytest.raises(RuntimeError, match="timed out after 1"):
        list(DataLoader(Slow(), num_workers=1, timeout=1))


def test_a_loop_that_is_left_early_leaves_no_process() -> None:
    loader = DataLoader(WhoAmI(), num_workers=2)
    batches = iter(loader)
    process = int(next(batches)[0])
    batches.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


INTERRUPTED = """
import sys, time
from tensorsmith.data import DataLoader
from tests.data.streams import Slow
loader = DataLoader(Slow(), num_workers=2)
batches = iter(loader)
print("ready", flush=True)
next(batches)
"""


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[
            0
        ] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find processes")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_no_worker_outlives_its_loader(end: signal.Signals) -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    process = subprocess.Popen(
        command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 20
    while len(_children(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = _children(process.pid)
    assert len(workers) >= 2
    if end is signal.SIGINT:
        for each in (process.pid, *workers):  # a terminal sends it to the whole group
            os.kill(each, end)
    else:
        process.kill()
    _, error = process.communicate(timeout=20)
    while any(map(_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_alive, workers))
    if end is signal.SIGINT:
        assert "KeyboardInterrupt" in error and "Process Process" not in error


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"num_workers": -1}, ValueError, "non-negative"),
    ({"timeout": -1}, ValueError, "non-negative"),
    ({"prefetch_factor": 2}, ValueError, "prefetch_factor option could only be specified"),
    ({"num_workers": 1, "prefetch_factor": 0}, ValueError, "should be positive"),
    ({"persistent_workers": True}, ValueError, "needs num_workers > 0"),
    ({"shuffle": True, "sampler": [1]}, ValueError, "mutually exclusive with shuffle"),
    ({"batch_sampler": [[1]], "batch_size": 2}, ValueError, "batch_sampler option is mutually"),
    ({"batch_size": None, "drop_last": True}, ValueError, "mutually exclusive with drop_last"),
    ({"batch_size": 0}, ValueError, "batch_size should be a positive integer"),
    ({"batch_size": 2.5}, ValueError, "batch_size should be a positive integer"),
]


@pytest.mark.parametrize(("options", "kind", "message"), BAD, ids=lambda x: str(x))
def test_options_that_exclude_each_other_are_refused(
    options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        DataLoader(Squares(), **options)


def test_a_stream_takes_no_order() -> None:
    with pytest.raises(ValueError, match="IterableDataset"):
        DataLoader(Range(0, 2), shuffle=True)


def test_arrays_and_structures_cross_the_processes() -> None:
    samples = [
        {"image": np.full((2, 2), i, np.float32), "name": str(i), "at": (i, i / 2)}
        for i in range(4)
    ]
    (batch,) = list(DataLoader(samples, batch_size=4, num_workers=1))  # type: ignore[arg-type]
    assert batch["image"].shape == (4, 2, 2) and batch["image"].dtype is ts.float32
    assert batch["name"] == ["0", "1", "2", "3"]
    assert batch["at"][0].tolist() == [0, 1, 2, 3] and batch["at"][1].dtype is ts.float64


def test_named_results_are_collated_by_name() -> None:
    samples = [ts.tensor([[1.0, 4.0], [3.0, 2.0]]).max(0), ts.tensor([[5.0], [6.0]]).max(0)]
    (batch,) = DataLoader([samples[0]] * 2, batch_size=2)
    assert batch.values.tolist() == [[3, 4], [3, 4]] and batch.indices.tolist() == [[1, 0]] * 2
    assert default_convert(samples[1]).values.tolist() == [6]

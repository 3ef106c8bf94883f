"""Workers run every chunk once, whoever calls, and survive fork and exit."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu import threads

from tests.backends.build import evaluate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the pool needs Linux's futex")


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("chunks", [2, 3, 100])
def test_every_chunk_runs_once(count: int, chunks: int) -> None:
    before = threads.get_num_threads()
    x = np.arange(10_000, dtype=np.float64)
    try:
        threads.set_num_threads(count)
        assert threads.get_num_threads() == count
        for _ in range(50):
            got = evaluate("arith.addf", x, x, chunks=chunks, key="threads add")
            np.testing.assert_array_equal(got, x + x)
    finally:
        threads.set_num_threads(before)


@pytest.mark.parametrize("chunks", [2, 7, 30])
def test_threads_begin_with_parts_of_their_own(chunks: int) -> None:
    before, count = threads.get_num_threads(), 3
    seen: list[int] = []
    helped = threading.Event()

    @ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
    def task(_context: int, chunk: int) -> int:
        seen.append(chunk)
        if chunk == 0:
            helped.wait(30)  # until a helper has begun
        else:
            helped.set()
        return 0

    try:
        threads.set_num_threads(count)
        pool = threads.workers()
        assert pool is not None
        pool.parallel(ctypes.cast(task, ctypes.c_void_p), b"", chunks)
    finally:
        threads.set_num_threads(before)
    assert sorted(seen) == list(range(chunks))
    begins = [chunks * part // min(count, chunks) for part in range(min(count, chunks))]
    assert next(chunk for chunk in seen if chunk) in begins


def test_several_threads_may_call_at_once() -> None:
    x = np.arange(20_000, dtype=np.float64)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(100):
            got = evaluate("arith.addf", x, x * number, chunks=8, key="threads add")
            if not np.array_equal(got, x + x * number):
                wrong.append(number)

    callers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def run_script(script: str) -> str:
    """Output of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SETUP = """
import ctypes, os, numpy as np
from tensorsmith.backends.cpu import threads
memset = ctypes.cast(ctypes.CDLL(None).labs, ctypes.c_void_p).value
threads.set_num_threads(3)
call = threads.parallel_call()
call(memset, b"", 64)
"""


def test_a_forked_child_has_workers_of_its_own() -> None:
    script = (
        SETUP
        + """
import warnings; warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    call(memset, b"", 64)
    os._exit(len(os.listdir("/proc/self/task")))
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status))
call(memset, b"", 64)
"""
    )
    assert int(run_script(script)) >= 3


def test_the_interpreter_exits_while_workers_sleep() -> None:
    assert run_script(SETUP + "import time; time.sleep(0.05); print('end')") == "end\n"


def test_the_count_follows_the_environment() -> None:
    script = "from tensorsmith.backends.cpu import threads; print(threads.get_num_threads())"
    environment = {**os.environ, "TENSORSMITH_NUM_THREADS": "7"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == "7\n"


@pytest.mark.parametrize("function", [ts.set_num_threads, ts.set_num_interop_threads])
@pytest.mark.parametrize(
    ("count", "error", "words"),
    [
        (True, RuntimeError, "expects an int, but got bool"),
        (2.5, RuntimeError, "expects an int, but got float"),
        ("3", RuntimeError, "expects an int, but got str"),
        (None, RuntimeError, "expects an int, but got NoneType"),
        (0, RuntimeError, "expects a positive integer, but got 0"),
        (-1, RuntimeError, "expects a positive integer, but got -1"),
        (2**31, ValueError, f"expects an int of 32 bits, but got {2**31}: Overflow when unpacking"),
        (2**70, ValueError, f"expects an int of 32 bits, but got {2**70}: Overflow when unpacking"),
    ],
)
def test_what_is_no_count_of_threads_is_refused(
    function: Any, count: Any, error: type[Exception], words: str
) -> None:
    before = ts.get_num_threads(), ts.get_num_interop_threads()
    with pytest.raises(error, match=f"^{function.__name__} {words}"):
        function(count)
    assert (ts.get_num_threads(), ts.get_num_interop_threads()) == before


def test_a_count_may_be_an_integer_of_numpy_and_is_one_of_python_s_afterwards() -> None:
    before = ts.get_num_threads()
    ts.set_num_threads(np.int64(2))  # type: ignore[arg-type]
    assert type(ts.get_num_threads()) is int and ts.get_num_threads() == 2
    ts.set_num_threads(before)


def test_no_more_threads_start_than_are_of_use() -> None:
    script = (
        SETUP
        + """
threads.set_num_threads(2_000_000_000)
call(memset, b"", 64)
tasks = len(os.listdir("/proc/self/task"))
print(threads.get_num_threads() == threads.most_threads() >= tasks - 8)
"""
    )
    assert run_script(script).strip() == "True"

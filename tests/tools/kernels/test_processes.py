"""Processes that are killed, and what is said then."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from tensorsmith.tools.kernels.processes import WorkerKilledError, workers
from tensorsmith.tools.signals import Terminated, how_ended, sigterm_raised, status_of

from .run import python


def test_a_process_that_is_killed_is_no_traceback_of_the_pool() -> None:
    context = multiprocessing.get_context("spawn")
    with (
        pytest.raises(WorkerKilledError, match=r"has been killed .*memory.* --jobs .* goes on"),
        workers(ProcessPoolExecutor(1, context)) as pool,
    ):
        pool.submit(signal.raise_signal, signal.SIGKILL).result()
    for process in multiprocessing.active_children():
        process.join(60)
    assert not multiprocessing.active_children()


def test_sigterm_is_an_interrupt_with_a_status_of_its_own() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated) as end, sigterm_raised():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    assert (status_of(end.value), how_ended(end.value)) == (143, "terminated")
    assert status_of(KeyboardInterrupt()) == 130
    assert how_ended(KeyboardInterrupt("go on so")) == "interrupted; go on so"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_child_by_fork_ends_by_sigterm_as_ever(tmp_path: Path) -> None:
    script = (
        "import os, signal, time\n"
        "from tensorsmith.tools.signals import sigterm_raised\n"
        "with sigterm_raised():\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(10)\n"
        "    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert python(tmp_path, "-W", "ignore", "-c", script).stdout == "-15\n"


def test_a_command_that_sigterm_ends_says_so(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from tensorsmith.tools import command\n"
        "from tensorsmith.tools.kernels import overview\n"
        "overview.info = lambda *all: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.exit(command.main(['cache', 'info']))\n"
    )
    done = python(tmp_path, "-c", script, code=143)
    assert done.stderr == "tensorsmith: terminated\n"

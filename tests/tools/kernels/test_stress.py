"""Processes that are killed, forked or threaded never leave a cache that is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tensorsmith.tools.kernels.stress import stress

from .run import python

FORKED = """
import os, signal, threading
import tensorsmith as ts

def compute(number):
    x = ts.arange(12).float().view(3, 4)
    ops = [ts.sinh, ts.cosh, ts.tan, ts.erf, ts.exp2, ts.log1p, ts.atan, ts.asinh]
    for op in ops[number % 8:] + ops[:number % 8]:
        assert op(x * 0).sum().item() == {"cosh": 12, "exp2": 12}.get(op.__name__, 0)
    assert abs(float((x.softmax(1) * 2 + x.tanh()).sum()) - 6 - float(x.tanh().sum())) < 1e-4

def child(number):
    signal.alarm(60)  # a child that waits for a lock ends, and is told from one that fails
    code = 1
    try:
        compute(number)
        code = 0
    finally:
        os._exit(code)

threads = [threading.Thread(target=compute, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
children = []
for number in range(6):  # while the threads import, compile and load
    pid = os.fork()
    if pid == 0:
        child(number)
    children.append(pid)
    threads[0].join(0.02)
compute(7)
for thread in threads:
    thread.join()
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
print("done")
"""


def test_killed_processes_leave_a_folder_that_verifies(tmp_path: Path) -> None:
    found = stress(tmp_path, processes=3, keys=15, rounds=1)
    assert (found["wrong"], found["damaged"], found["hung"]) == (0, 0, 0)
    assert found["compiled"] <= 3 * 15


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_killed_processes_leave_folders_that_verify(tmp_path: Path) -> None:
    found = stress(tmp_path, processes=16, keys=200, rounds=20)
    assert (found["wrong"], found["damaged"], found["hung"]) == (0, 0, 0)
    assert found["compiled"] <= 16 * 200 * 20


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_process_forks_while_its_threads_compile(tmp_path: Path) -> None:
    # Without native entry points: this is about the locks of planning, compiling and loading.
    done = python(tmp_path, "-W", "ignore", "-c", FORKED, TENSORSMITH_NATIVE="0")
    assert done.stdout == "done\n"

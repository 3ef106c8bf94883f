"""Processes that are killed, forked or threaded never leave a cache that is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tensorsmith.tools.kernels.stress import stress

from .run import python

FORKED = """
import os, threading
import tensorsmith as ts

def compute():
    x = ts.arange(12).float().view(3, 4)
    assert abs(float((x.softmax(1) * 2 + x.tanh()).sum()) - 6 - float(x.tanh().sum())) < 1e-4

threads = [threading.Thread(target=compute) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
children = []
for number in range(3):  # each compiles and loads beside the others
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            compute()
            (ts.ones(5).sinh() + ts.ones(5).cosh()).sum()
            code = 0
        finally:
            os._exit(code)
    children.append(pid)
compute()
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
def test_threads_and_forked_children_compile_and_load_at_once(tmp_path: Path) -> None:
    assert python(tmp_path, "-W", "ignore", "-c", FORKED).stdout == "done\n"

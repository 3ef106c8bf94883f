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
@pytest.mark.parametrize("native", ["0", "1"])
def test_a_process_forks_while_its_threads_compile(tmp_path: Path, native: str) -> None:
    done = python(tmp_path, "-W", "ignore", "-c", FORKED, TENSORSMITH_NATIVE=native)
    assert done.stdout == "done\n"


TRANSFORMED = """
import os, signal, threading
import tensorsmith as ts

x = ts.arange(6.0).view(2, 3).requires_grad_()
hooked = []
ts.autograd.graph.register_multi_grad_hook([x], lambda found: hooked.append(found))

def compute():
    assert ts.vmap(lambda row: row * 2)(x.detach())[1, 2] == 10
    x.sum().backward()

ended = threading.Event()

def repeat():
    while not ended.is_set():
        compute()

compute()
threads = [threading.Thread(target=repeat) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(30):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        code = 1
        try:
            compute()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
ended.set()
for thread in threads:
    thread.join()
print("done")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_process_forks_while_its_threads_transform(tmp_path: Path) -> None:
    assert python(tmp_path, "-W", "ignore", "-c", TRANSFORMED).stdout == "done\n"


SPAWNED = """
import multiprocessing, threading
import tensorsmith as ts

def compute(number):
    x = ts.arange(12).float().view(3, 4) + number
    found = [float(op(x).sum()) for op in (ts.exp, ts.sinh, ts.tanh, ts.erf)]
    return [*found, float(x.softmax(1).sum()), float(x.max(0)[0].sum())]

if __name__ == "__main__":
    results = [None] * 4
    def run(number):
        results[number] = compute(1)
    threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        waiting = pool.map_async(compute, [1] * 6)  # into the same empty folder, at once
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        results += waiting.get(120)
    assert all(each == results[0] for each in results), results
    print("done")
"""


def test_threads_and_spawned_processes_compile_the_same_kernels_at_once(tmp_path: Path) -> None:
    (tmp_path / "spawned.py").write_text(SPAWNED)
    assert python(tmp_path / "cache", str(tmp_path / "spawned.py")).stdout == "done\n"

"""Processes that are killed, forked or threaded never leave a cache that is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tensorsmith.tools.kernels.stress import stress

from .run import python

FORKING = """
import faulthandler, os, signal, threading, traceback

# Who waits for a lock says where, and ends: a child before its parent.
faulthandler.register(signal.SIGALRM, chain=True)
signal.alarm(200)

def forked(compute, *arguments):
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(60)
    try:
        compute(*arguments)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

def end_of(pid):
    status = os.waitpid(pid, 0)[1]
    if status:
        print("a child ended with status", status, flush=True)
        os._exit(1)  # with threads that would go on for ever
"""

FORKED = """
import tensorsmith as ts

def compute(number):
    x = ts.arange(12).float().view(3, 4)
    ops = [ts.sinh, ts.cosh, ts.tan, ts.erf, ts.exp2, ts.log1p, ts.atan, ts.asinh]
    for op in ops[number % 8:] + ops[:number % 8]:
        assert op(x * 0).sum().item() == {"cosh": 12, "exp2": 12}.get(op.__name__, 0)
    assert abs(float((x.softmax(1) * 2 + x.tanh()).sum()) - 6 - float(x.tanh().sum())) < 1e-4

threads = [threading.Thread(target=compute, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
children = []
for number in range(6):  # while the threads import, compile and load
    children.append(forked(compute, number))
    threads[0].join(0.02)
compute(7)
for thread in threads:
    thread.join()
for pid in children:
    end_of(pid)
print("done")
"""


def test_killed_processes_leave_a_folder_that_verifies(tmp_path: Path) -> None:
    found = stress(tmp_path, processes=3, keys=15, rounds=1)
    assert not found.bad() and found.killed == 2
    assert 0 < found.compiled <= 3 * 15


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_killed_processes_leave_folders_that_verify(tmp_path: Path) -> None:
    found = stress(tmp_path, processes=16, keys=200, rounds=20)
    assert not found.bad() and found.killed == 12 * 20
    assert 0 < found.compiled <= 16 * 200 * 20


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("native", ["0", "1"])
def test_a_process_forks_while_its_threads_compile(cache: Path, native: str) -> None:
    done = python(cache, "-W", "ignore", "-c", FORKING + FORKED, TENSORSMITH_NATIVE=native)
    assert done.stdout == "done\n"


TRANSFORMED = """
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
    end_of(forked(compute))
ended.set()
for thread in threads:
    thread.join()
print("done")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_process_forks_while_its_threads_transform(cache: Path) -> None:
    assert python(cache, "-W", "ignore", "-c", FORKING + TRANSFORMED).stdout == "done\n"


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

"""Threads that make the first call of an op at the same moment."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
import tensorsmith as ts

sys.setswitchinterval(1e-5)  # threads change places in the middle of everything
results = []

def work():
    x = ts.arange(12.0).reshape(3, 4).requires_grad_()
    y = (x[1:].sinh() * x[:2].cosh() + x[2] - x[0, 1]).softmax(1).log1p()
    y.sum().backward()
    results.append(x.grad.flatten().tolist())

threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(results), all(found == results[0] for found in results))
"""


def test_threads_that_race_for_the_first_call_of_an_op_share_what_they_make() -> None:
    """Native code looks at the parts of an entry; one made by a loser of the race would be freed
    under it."""
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stdout.split()) == (0, ["6", "True"]), done.stderr

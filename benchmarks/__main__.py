"""The command: runs cases in two alternating processes and prints a Markdown table of ratios."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from tqdm import tqdm

from .cases import CASES, Case


class Peer:
    """A process that times cases with one library."""

    def __init__(self, library: str, threads: int) -> None:
        self.library = library
        command = [sys.executable, "-m", "benchmarks.worker", library, str(threads)]
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
        }
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def measure(self, number: int) -> dict[str, Any]:
        """Seconds or an error for a case."""
        assert self.process.stdin is not None and self.process.stdout is not None, "both are pipes"
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.library} ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def compare(number: int, peers: list[Peer], rounds: int) -> list[dict[str, Any]]:
    """Best seconds of each peer over alternating rounds."""
    best: list[dict[str, Any]] = [{} for _ in peers]
    for _ in range(rounds):
        for place, peer in enumerate(peers):
            answer = peer.measure(number)
            if "error" in answer or answer["seconds"] < best[place].get("seconds", math.inf):
                best[place] = answer
    return best


def describe(case: Case, results: list[dict[str, Any]], names: list[str]) -> str:
    """One row of the table."""
    cells = [f"{r['seconds'] * 1e6:,.1f}" if "seconds" in r else r["error"] for r in results]
    ratio = ""
    if all("seconds" in r for r in results):
        ratio = f"{results[0]['seconds'] / results[-1]['seconds']:.2f}"
    rate = ""
    if "seconds" in results[0]:
        seconds = results[0]["seconds"]
        rate = f"{case.flops / seconds / 1e9:,.0f} GFLOP/s" if case.flops else ""
        rate = f"{case.bytes / seconds / 1e9:,.1f} GB/s" if case.bytes else rate
    return f"| {case.group} | {case.name} | {' | '.join(cells)} | {ratio} | {rate} |"


def startup(library: str) -> float:
    """Seconds that importing a library takes beyond importing NumPy, in fresh processes."""

    def best(code: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
        return min(times)

    return best(f"import numpy, {library}") - best("import numpy")


FIRST_CALL = """
import time, tensorsmith as t
x = t.rand(64, 64)
start = time.perf_counter(); t.softmax(x, 1); print(time.perf_counter() - start)
"""


def first_call() -> tuple[float, float]:
    """Seconds of a first softmax with an empty and with a filled kernel cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TENSORSMITH_CACHE_DIR": folder}
        command = [sys.executable, "-c", FIRST_CALL]
        cold, warm = (
            float(
                subprocess.run(
                    command, check=True, capture_output=True, text=True, env=environment
                ).stdout
            )
            for _ in range(2)
        )
    return cold, warm


def geometric_mean(values: list[float]) -> float:
    """The geometric mean of positive numbers."""
    return math.exp(sum(map(math.log, values)) / len(values))


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--vs", metavar="LIBRARY", help="peer to compare with, for instance torch")
    parser.add_argument(
        "--threads",
        type=int,
        default=len(os.sched_getaffinity(0)),
        help="threads of both libraries",
    )
    parser.add_argument("--rounds", type=int, default=3, help="alternating rounds; the best counts")
    parser.add_argument(
        "-k", metavar="TEXT", default="", help="only cases whose group or name contains it"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    names = ["tensorsmith"] + ([options.vs] if options.vs else [])
    chosen = [i for i, c in enumerate(CASES) if options.k in f"{c.group} {c.name}"]
    peers = [Peer(name, options.threads) for name in names]
    ratios: dict[str, list[float]] = {}
    records = []
    print(f"| group | case | {' | '.join(n + ', us' for n in names)} | ratio | rate |")
    print("|---|---|" + "---:|" * len(names) + "---:|---:|")
    for number in tqdm(chosen, disable=not sys.stderr.isatty()):
        results = compare(number, peers, options.rounds)
        records.append(
            {"group": CASES[number].group, "case": CASES[number].name, **dict(zip(names, results))}
        )
        if options.vs and all("seconds" in r for r in results):
            ratios.setdefault(CASES[number].group, []).append(
                results[0]["seconds"] / results[1]["seconds"]
            )
        print(describe(CASES[number], results, names), flush=True)
    for peer in peers:
        peer.close()
    if ratios:
        print("\n| group | geometric mean | worst |\n|---|---:|---:|")
        for group, values in ratios.items():
            print(f"| {group} | {geometric_mean(values):.2f} | {max(values):.2f} |")
    if not options.k:
        for name in names:
            print(f"\nimport {name}: {startup(name) * 1e3:.0f} ms more than numpy")
        cold, warm = first_call()
        print(
            f"first softmax: {cold * 1e3:.0f} ms with an empty kernel cache, "
            f"{warm * 1e3:.1f} ms with a filled one"
        )
    if options.json:
        with open(options.json, "w") as file:
            json.dump(records, file, indent=1)


if __name__ == "__main__":
    main()

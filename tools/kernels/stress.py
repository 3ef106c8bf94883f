"""Many processes, killed at random, on one cache folder.

    python -m tensorsmith.tools.kernels.stress --processes 16 --keys 200 --rounds 20

In each round all processes compile and load the same keys in orders of their own; most are killed
on the way. Afterwards every file must verify, every result must have been right, and no process may
have compiled a key twice in a round.
"""

from __future__ import annotations

import argparse
import ctypes
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ...backends.cache.format import decode
from ...backends.cache.layers import ObjectCache
from ...backends.cache.statistics import statistics
from ...backends.cpu.cache import Recipe, get_object
from ...backends.cpu.loader import load
from ...backends.cpu.machine import Machine, detect_machine


def recipe(number: int, machine: Machine) -> Recipe:
    """A function that returns its number plus its argument."""

    def source() -> str:
        return (
            f'target triple = "{machine.triple}"\n'
            f"define i64 @kernel(i64 %x) {{\n  %y = add i64 %x, {number}\n  ret i64 %y\n}}\n"
        )

    return Recipe(f"number {number}", str(number), machine, ("kernel",), source)


def work(folder: str, keys: int, seed: int, compiled: object, wrong: object) -> None:
    """Compiles or loads all keys in an order of its own, and calls them."""
    rng, machine = random.Random(seed), detect_machine()
    cache = ObjectCache(Path(folder))
    for number in rng.sample(range(keys), keys):
        before = statistics.compiled
        image = get_object(recipe(number, machine), cache)
        address = load(image, ("kernel",))["kernel"]
        found = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(1000)
        with compiled.get_lock():  # type: ignore[attr-defined]
            compiled.value += statistics.compiled - before  # type: ignore[attr-defined]
        if found != 1000 + number:
            with wrong.get_lock():  # type: ignore[attr-defined]
                wrong.value += 1  # type: ignore[attr-defined]


def stress(folder: Path, processes: int, keys: int, rounds: int, seed: int = 0) -> dict[str, int]:
    """Runs the rounds, each on an empty folder.

    Returns:
        `killed` processes, `compiled` objects, `wrong` results, `damaged` files, `left` temporary
        files, and `hung` processes (that did not end within two minutes).
    """
    rng = random.Random(seed)
    # Spawned, not forked: a killed process must not take a lock of this one with it.
    context = multiprocessing.get_context("spawn")
    total = dict.fromkeys(("killed", "compiled", "wrong", "damaged", "left", "hung"), 0)
    for each in range(rounds):
        place = folder / f"round{each}"
        compiled, wrong = context.Value("q", 0), context.Value("q", 0)
        running = [
            context.Process(
                target=work, args=(str(place), keys, seed + 1000 * each + k, compiled, wrong)
            )
            for k in range(processes)
        ]
        for process in running:
            process.start()
        victims = rng.sample(running, processes - max(1, processes // 4))
        for victim in victims:
            time.sleep(rng.expovariate(processes / 3.0))
            if victim.is_alive() and victim.pid:
                os.kill(victim.pid, signal.SIGKILL)
                total["killed"] += 1
        _finish(running, total)
        total["compiled"] += compiled.value
        total["wrong"] += wrong.value
        for path in place.rglob("*"):
            if path.suffix == ".kernel":
                total["damaged"] += decode(path.read_bytes()) is None
            total["left"] += path.name.startswith(".new-")
    return total


def _finish(running: Sequence[multiprocessing.context.SpawnProcess], total: dict[str, int]) -> None:
    for process in running:
        process.join(120)
        if process.is_alive():
            total["hung"] += 1
            process.kill()


def main() -> int:
    """Runs it and prints the figures; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = stress(Path(folder), options.processes, options.keys, options.rounds)
    most = options.processes * options.keys * options.rounds
    print(f"{time.perf_counter() - start:.0f} s, at most {most:,} compilations allowed: {found}")
    bad = found["wrong"] or found["damaged"] or found["hung"] or found["compiled"] > most
    return int(bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())

"""Many processes, killed at random, on one cache folder.

    python -m tensorsmith.tools.kernels.stress --processes 16 --keys 200 --rounds 20

In each round all processes ask for the same keys, twice each, in orders of their own. Most of them
go on until they are killed, at a random moment after a random number of keys. Afterwards every file
must verify, every result must have been right, no process may have failed or compiled a key twice,
and what the killed ones left half written must go when the folder is pruned.
"""

from __future__ import annotations

import argparse
import ctypes
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing.context import SpawnProcess
from multiprocessing.sharedctypes import RawArray, RawValue
from pathlib import Path

from ...backends.cache.bound import SUFFIX
from ...backends.cache.files import TEMPORARY
from ...backends.cache.folder import UserFolder
from ...backends.cache.format import decode
from ...backends.cache.layers import ObjectCache
from ...backends.cache.statistics import statistics
from ...backends.cpu.cache import Recipe, get_object
from ...backends.cpu.loader import load
from ...backends.cpu.machine import Machine, detect_machine
from ...ops.dataclass import dataclass

_PATIENCE = 300.0  # seconds in which a process must do its work


def recipe(number: int, machine: Machine) -> Recipe:
    """A function that returns its number plus its argument."""

    def source() -> str:
        return (
            f'target triple = "{machine.triple}"\n'
            f"define i64 @kernel(i64 %x) {{\n  %y = add i64 %x, {number}\n  ret i64 %y\n}}\n"
        )

    return Recipe(f"number {number}", str(number), machine, ("kernel",), source)


class Account:
    """What one process did, in memory that outlives it: nobody else writes here, so no lock can be
    lost with a process that is killed.

    Attributes:
        compiled: How often it compiled each key.
        asked: How many keys it has asked for.
        wrong: How many results were wrong.
    """

    def __init__(self, keys: int) -> None:
        self.compiled = RawArray("q", keys)
        self.asked, self.wrong = RawValue("q", 0), RawValue("q", 0)


def work(folder: str, keys: int, seed: int, account: Account, endless: bool) -> None:
    """Compiles or loads all keys, twice each, in an order of its own, and calls them.

    Args:
        endless: Goes on until it is killed.
    """
    rng, machine = random.Random(seed), detect_machine()
    cache = ObjectCache(Path(folder))
    while True:
        for number in rng.sample([*range(keys)] * 2, 2 * keys):
            before = statistics.compiled
            image = get_object(recipe(number, machine), cache)
            account.compiled[number] += statistics.compiled - before
            address = load(image, ("kernel",))["kernel"]
            found = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(1000)
            account.wrong.value += found != 1000 + number
            account.asked.value += 1
        if not endless:
            return


@dataclass
class Found:
    """What the rounds came to.

    Attributes:
        killed: Processes that were killed.
        compiled: Compilations of all processes.
        twice: Keys that one process compiled more than once.
        wrong: Results that were wrong.
        damaged: Files that do not verify.
        half: Files that killed processes left half written.
        left: Those of them that are there after pruning, an hour later.
        failed: Processes that ended with an error.
        hung: Processes that did not do their work within the time that they had.
    """

    killed: int = 0
    compiled: int = 0
    twice: int = 0
    wrong: int = 0
    damaged: int = 0
    half: int = 0
    left: int = 0
    failed: int = 0
    hung: int = 0

    def bad(self) -> dict[str, int]:
        """Counts that must be 0, and are not."""
        names = ("twice", "wrong", "damaged", "left", "failed", "hung")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def stress(folder: Path, processes: int, keys: int, rounds: int, seed: int = 0) -> Found:
    """Runs the rounds, each on an empty folder; all but a quarter of the processes are killed."""
    rng, found = random.Random(seed), Found()
    # Spawned, not forked: a killed process must not take a lock of this one with it.
    context = multiprocessing.get_context("spawn")
    survivors = max(1, processes // 4)
    for each in range(rounds):
        place = folder / f"round{each}"
        accounts = [Account(keys) for _ in range(processes)]
        running = [
            context.Process(
                target=work,
                args=(str(place), keys, seed + 1000 * each + k, accounts[k], k >= survivors),
            )
            for k in range(processes)
        ]
        for process in running:
            process.start()
        _kill(running[survivors:], accounts[survivors:], keys, rng, found)
        _finish(running[:survivors], found)
        for account in accounts:
            found.compiled += sum(account.compiled)
            found.twice += sum(count > 1 for count in account.compiled)
            found.wrong += account.wrong.value
        _look_at(place, found)
    return found


def _kill(
    victims: Sequence[SpawnProcess],
    accounts: Sequence[Account],
    keys: int,
    rng: random.Random,
    found: Found,
) -> None:
    """Kills each process when it has asked for a random number of keys, and a moment later."""
    ends = [rng.randrange(1, 2 * keys) for _ in victims]
    waiting, until = set(range(len(victims))), time.monotonic() + _PATIENCE
    while waiting and time.monotonic() < until:
        for k in sorted(waiting):
            if not victims[k].is_alive():
                found.failed += 1
                waiting.remove(k)
            elif accounts[k].asked.value >= ends[k]:
                time.sleep(rng.uniform(0, 0.01))  # in the middle of something
                victims[k].kill()
                found.killed += 1
                waiting.remove(k)
        time.sleep(0.001)
    for k in waiting:
        found.hung += 1
        victims[k].kill()
    for victim in victims:
        victim.join()


def _finish(running: Sequence[SpawnProcess], found: Found) -> None:
    for process in running:
        process.join(_PATIENCE)
        if process.is_alive():
            found.hung += 1
            process.kill()
            process.join()
        elif process.exitcode:
            found.failed += 1


def _look_at(place: Path, found: Found) -> None:
    """Counts what is wrong with the files of a round, and what is left when an hour has passed."""
    half = [path for path in place.rglob("*") if path.name.startswith(TEMPORARY)]
    for path in half:
        os.utime(path, (0, 0))
    found.half += len(half)
    UserFolder(place).prune()
    for path in place.rglob("*"):
        if path.suffix == SUFFIX:
            found.damaged += decode(path.read_bytes()) is None
        found.left += path.name.startswith(TEMPORARY)


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
    seconds = time.perf_counter() - start
    print(f"{seconds:.0f} s, at most {most:,} compilations allowed: {asdict(found)}")
    return int(bool(found.bad()) or not found.killed)


if __name__ == "__main__":
    raise SystemExit(main())

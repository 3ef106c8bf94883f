"""The space of kernels of GPUs, compiled to its end.

`python -m tensorsmith.tools.kernels.gpu_space` runs all rounds, or some. Each is a space for a
compute capability. A log says which texts compiled with which compiler
and options, so that a run which was cut off, or comes after a change, compiles what is new.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, field
from pathlib import Path

from ...backends.cache.key import canonical, digest
from ...backends.cuda import nvrtc
from ...backends.cuda.emit import header
from ...backends.cuda.target import TARGETS
from ...ops.dataclass import dataclass
from ...ops.registry import registry
from ..battery.host import is_computed
from .gpu_work import LONG, QUICK, Compiled, Planned, Text, compile_texts, plan_texts, start
from .processes import interrupts_held, planning_processes, shown
from .programs import PROGRAMS
from .work import Work

TOGETHER = 96 << 10  # characters of a translation unit, as far as it has several kernels
PIECES = 8  # pieces of work that one process plans at a time


@dataclass(frozen=True)
class Round:
    """A space for a GPU.

    Attributes:
        space: Key of `SPACES`; with the core space go the kernels of programs.
        target: Compute capability.
        optimized: Short texts, too, are compiled as for use.
        tensor_floats: Products of float32 by TF32 as well.
    """

    space: str
    target: str
    optimized: bool = False
    tensor_floats: bool = False

    @property
    def name(self) -> str:
        """What the command calls it."""
        return f"{self.target}:{self.space}{':optimized' if self.optimized else ''}"

    def pieces(self) -> list[Work]:
        """Its work."""
        programs = PROGRAMS if self.space == "core" else ()
        ops = [Work("op", name, self.space) for name in registry.names()]
        return [*(Work("program", name) for name in programs), *ops]

    def is_quick(self, text: Text) -> bool:
        """Whether a text is compiled with little optimization."""
        return not self.optimized and len(text.source) < LONG

    def key(self, quick: bool) -> str:
        """What decides whether a text compiles, besides the text."""
        options = (*nvrtc.OPTIONS, *(QUICK if quick else ()))
        return digest(canonical((self.target, options, nvrtc.version(), header())))


ROUNDS = (
    *(Round("core", name) for name in TARGETS),
    Round("dtypes", "sm_90", tensor_floats=True),
    Round("core", "sm_90", optimized=True),
)


class Log:
    """Which texts compiled, a line for each translation unit.

    Attributes:
        path: The file; it is made, and only ever added to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[str, list[Compiled]] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                key, made = json.loads(line)
                self._lines.setdefault(key, []).append(Compiled(**made))
            except (ValueError, TypeError):
                continue  # the line that was being written when a run was cut off

    def note(self, key: str, made: Compiled) -> None:
        """Adds the texts of a translation unit."""
        self._lines.setdefault(key, []).append(made)
        with self.path.open("a") as file:
            file.write(json.dumps([key, {**asdict(made), "failed": {}}]) + "\n")

    def known(self, key: str) -> set[str]:
        """Texts that compiled."""
        return {text for made in self._lines.get(key, ()) for text in made.texts}

    def share(self, key: str, texts: Iterable[str]) -> tuple[float, float, int]:
        """Of some texts, which are a part of what was compiled: seconds, bytes, how many spill."""
        wanted, seconds, nbytes, spilling = set(texts), 0.0, 0.0, 0
        for made in self._lines.get(key, ()):
            here = wanted.intersection(made.texts)
            part = len(here) / max(1, len(made.texts))
            seconds, nbytes = seconds + part * made.seconds, nbytes + part * made.nbytes
            spilling += len(here.intersection(made.spilling))
            wanted -= here
        return seconds, nbytes, spilling


@dataclass
class Outcome:
    """What came of a round.

    Attributes:
        planned: Its kernels.
        seconds: Processor time of the compiler, in this run or an earlier one.
        nbytes: Of machine code.
        spilling: Kernels that have too few registers, among those compiled as for use.
        new: Texts that this run compiled.
        failed: What cannot be planned, written or compiled, and why.
    """

    planned: Planned = field(default_factory=Planned)
    seconds: float = 0.0
    nbytes: float = 0.0
    spilling: int = 0
    new: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def run_round(one: Round, jobs: int, log: Log) -> Outcome:
    """Plans a round and compiles what is not in the log."""
    found = Outcome()
    with planning_processes(jobs, start, ()) as pool:
        pieces = one.pieces()
        with interrupts_held():
            planning = [
                pool.submit(plan_texts, pieces[k : k + PIECES], one.target, one.tensor_floats)
                for k in range(0, len(pieces), PIECES)
            ]
        for done in shown(planning, f"planning {one.name}", quiet=False):
            found.planned.add(done.result())
        for quick in (False, True):
            _compile(one, quick, found, pool, log)
    found.failed.update(found.planned.failed)
    found.failed.update(dict.fromkeys(_left_out(found), "none of its calls was planned"))
    return found


def _compile(one: Round, quick: bool, found: Outcome, pool: ProcessPoolExecutor, log: Log) -> None:
    """Compiles the texts of a round that are, or are not, compiled quickly."""
    texts = {n: t for n, t in found.planned.texts.items() if one.is_quick(t) == quick}
    key = one.key(quick)
    known = log.known(key)
    missing = {name: text for name, text in texts.items() if name not in known}
    waiting = [pool.submit(compile_texts, group, one.target, quick) for group in _groups(missing)]
    for done in shown(waiting, f"compiling {one.name}{' quickly' if quick else ''}", quiet=False):
        made = done.result()
        log.note(key, made)
        found.new += len(made.texts)
        found.failed.update({texts[name].label: why for name, why in made.failed.items()})
    seconds, nbytes, spilling = log.share(key, texts)
    found.seconds, found.nbytes = found.seconds + seconds, found.nbytes + nbytes
    found.spilling += spilling


def _groups(texts: dict[str, Text]) -> Iterator[dict[str, Text]]:
    """Texts for translation units of about the same length."""
    group: dict[str, Text] = {}
    length = 0
    for name, text in texts.items():
        if group and length + len(text.source) > TOGETHER:
            yield group
            group, length = {}, 0
        group[name] = text
        length += len(text.source)
    if group:
        yield group


def _left_out(found: Outcome) -> list[str]:
    """Computed ops of which no kernel was planned."""
    return [name for name in found.planned.without if is_computed(registry.get(name))]


def main(words: Sequence[str] | None = None) -> int:
    """Runs rounds, a line for each; 1 if something does not compile."""
    parser = argparse.ArgumentParser(prog="gpu_space", description=__doc__)
    parser.add_argument("--log", type=Path, default=Path(".gpu_space.jsonl"), metavar="FILE")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes")
    parser.add_argument("--rounds", default="", metavar="NAMES",
                        help="some of " + ",".join(one.name for one in ROUNDS))  # fmt: skip
    options = parser.parse_args(words)
    if nvrtc.why_not():
        print(f"gpu_space: nothing is compiled: {nvrtc.why_not()}")
        return 0
    asked = options.rounds.split(",") if options.rounds else []
    log, wrong = Log(options.log), False
    for one in ROUNDS:
        if asked and one.name not in asked:
            continue
        begin = time.perf_counter()
        found = run_round(one, options.jobs, log)
        print(_line(one, found, time.perf_counter() - begin), flush=True)
        for what, why in found.failed.items():
            print(f"  {what}: {why}", file=sys.stderr)
        wrong = wrong or bool(found.failed)
    return int(wrong)


def _line(one: Round, found: Outcome, wall: float) -> str:
    planned = found.planned
    forms = ", ".join(f"{form} {count:,}" for form, count in sorted(planned.forms.items()))
    return (
        f"{one.name}: {planned.calls:,} calls, "
        f"{planned.kernels:,} kernels ({forms}), {len(planned.texts):,} texts, "
        f"{found.new:,} compiled now; planned in {planned.seconds:.0f} s, compiled in "
        f"{found.seconds:.0f} s of processor time, {found.nbytes / 1e6:.1f} MB, "
        f"{found.spilling} spill; {wall:.0f} s; {len(found.failed)} failed"
    )


if __name__ == "__main__":
    sys.exit(main())

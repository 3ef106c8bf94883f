"""Mutates valid entries: `python -m tensorsmith.tools.fuzz --count 100000 --seed 0`.

Each mutant is read, checked, and if it is valid derived, specialised, bound to small arguments and
lowered to loops. It must be accepted, or refused by an error of the package with a message and a
line. Anything else is a finding: another exception, or more time than `SLOWEST`.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from types import FrameType

import numpy as np

from ..backends.cpu.machine import MACHINES
from ..lowering.schedule import schedule
from ..ops.dataclass import dataclass
from ..ops.derivatives.derive import derive_adjoint, derive_tangent
from ..ops.entries.canonical import entry_text
from ..ops.errors import RegistryError, TensorsmithError
from ..ops.language.op import Op
from ..ops.registry import registry
from ..tensor.layout import dense_strides
from .battery.definition import bind_arguments
from .battery.sampling import arguments_of, samples_of

SLOWEST = 20.0  # seconds of the processor for one mutant; a hang is ended then
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+|[^\w\s]|\n\s*|\s+")
_STRAY = (
    "n", "N", "n1", "m", "0", "1", "-1", "1e400", "9" * 40, "inf", "nan", "'none'", "sum", "max",
    "[", "]", "(", ")", "{", "}", ":", ",", "=", "+", "*", "**", "/", "//", "%", "|", "&", "...",
    "if", "else", "lambda", "import", "Float", "Bool", "int64", "Float[..., N]", "cast", "outside",
    "\n", "\n  ", "\t", "#", "\x00", "é", "\u2028", "!!python/none", "&a", "*a", "<<", "- ",
)  # fmt: skip


class SlowError(BaseException):
    """A mutant took more than its time. Nothing catches it by accident."""


@dataclass
class Outcome:
    """What came of many mutants.

    Attributes:
        counts: How many were valid, refused by the registry, refused at a call, or found wanting.
        messages: Refusals by the first words of their messages.
        findings: Mutants that show a defect, with what happened.
        slowest: Seconds that the slowest took.
    """

    counts: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, str]] = field(default_factory=list)
    slowest: float = 0.0


def mutants(draw: random.Random, texts: Sequence[str]) -> Iterator[str]:
    """Entries, each with one to three changes of its text, without end."""
    changes: list[Callable[[random.Random, list[str], Sequence[str]], None]] = [
        _drop, _double, _swap, _stray, _number, _transplant, _character, _cut, _indent,
    ]  # fmt: skip
    while True:
        tokens = _TOKEN.findall(draw.choice(texts))
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            draw.choice(changes)(draw, tokens, texts)
        yield "".join(tokens)


def _place(draw: random.Random, tokens: list[str]) -> int:
    return draw.randrange(len(tokens)) if tokens else 0


def _drop(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    place = _place(draw, tokens)
    del tokens[place : place + draw.randint(1, 5)]


def _double(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    place = _place(draw, tokens)
    tokens[place:place] = tokens[place : place + draw.randint(1, 8)]


def _swap(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    if tokens:
        a, b = _place(draw, tokens), _place(draw, tokens)
        tokens[a], tokens[b] = tokens[b], tokens[a]


def _stray(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    place = _place(draw, tokens)
    tokens[place : place + draw.randint(0, 1)] = [draw.choice(_STRAY)]


def _number(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    places = [place for place, token in enumerate(tokens) if token.isdigit()]
    if places:
        tokens[draw.choice(places)] = draw.choice(["0", "1", "2", "7", "-3", "64", "1.5", "10**30"])


def _transplant(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    other = _TOKEN.findall(draw.choice(texts))
    start = _place(draw, other)
    place = _place(draw, tokens)
    tokens[place : place + draw.randint(0, 6)] = other[start : start + draw.randint(1, 12)]


def _character(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    if tokens:
        place = _place(draw, tokens)
        token = tokens[place]
        at = draw.randrange(len(token) + 1)
        tokens[place] = token[:at] + chr(draw.randrange(32, 127)) + token[at + 1 :]


def _cut(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    del tokens[_place(draw, tokens) :]


def _indent(draw: random.Random, tokens: list[str], texts: Sequence[str]) -> None:
    places = [place for place, token in enumerate(tokens) if token.startswith("\n")]
    if places:
        tokens[draw.choice(places)] = "\n" + " " * draw.randint(0, 8)


def run(count: int, seed: int, lower: bool = True) -> Outcome:
    """The outcome of mutants of all entries that a user could have written."""
    draw = random.Random(seed)
    outcome = Outcome()
    ops = [registry.get(name) for name in registry.names()]
    texts = [f"fuzz::{entry_text(op)}" for op in ops if op.form in ("derived", "primitive")]
    texts = [text.replace("\n  names:", "\n  # names:", 1) for text in texts]
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        for _, text in zip(range(count), mutants(draw, texts)):
            _one(text, lower, outcome)
    finally:
        signal.signal(signal.SIGPROF, before)
    return outcome


def _stop(number: int, frame: FrameType | None) -> None:
    raise SlowError


def _one(text: str, lower: bool, outcome: Outcome) -> None:
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SLOWEST)
    try:
        ops = registry.read_text(text, "fuzz.yaml")
        kind = "valid"
        for op in ops if lower else ():
            kind = "refused at a call" if not _call(op, outcome) else kind
    except RegistryError as error:
        kind = "refused"
        if not error.message.strip() or not error.line:
            kind = "finding"
            outcome.findings.append((text, f"no line or message: {error}"))
        outcome.messages[" ".join(re.sub(r"'.*?'|\"", "", error.message).split()[:4])] += 1
    except (Exception, SlowError):
        kind = "finding"
        outcome.findings.append((text, traceback.format_exc(limit=-6)))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    outcome.counts[kind] += 1
    outcome.slowest = max(outcome.slowest, time.process_time() - start)


def _call(op: Op, outcome: Outcome) -> bool:
    """Whether a valid mutant can be called with its first sample, and derived."""
    samples = samples_of(op)
    if not samples:
        return True
    try:
        arguments = arguments_of(op, samples[0])
        special, binding = bind_arguments(arguments)
        names = [x.name for x in special.inputs if x.type.word.startswith(("Float", "Inexact"))]
        if names:
            derive_adjoint(special, frozenset(names))
            derive_tangent(special, frozenset(names))
        shapes = {**{n: np.shape(v) for n, v in arguments.tensors.items()}, **binding.shapes}
        strides = {name: dense_strides(shape) for name, shape in shapes.items()}
        schedule(special, binding, strides, MACHINES["x86-64-v3"].target)
    except TensorsmithError as error:
        if not str(error).strip():
            raise
        return False
    return True


def main(given: Sequence[str] | None = None) -> int:
    """Prints counts and findings; 1 if there are findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="mutants (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the changes (default 0)")
    parser.add_argument("--show", type=int, default=5, help="findings to print (default 5)")
    options = parser.parse_args(given)
    outcome = run(options.count, options.seed)
    for kind, count in sorted(outcome.counts.items()):
        print(f"{kind:18} {count:8,}")
    print(f"{'kinds of messages':18} {len(outcome.messages):8,}")
    print(f"{'slowest':18} {outcome.slowest:8.2f} s")
    kinds = Counter(what.strip().splitlines()[-1][:100] for _, what in outcome.findings)
    for what, count in kinds.most_common():
        print(f"{count:6,}  {what}")
    for text, what in outcome.findings[: options.show]:
        print(f"--- {what}\n{text}", file=sys.stderr)
    return int(bool(outcome.findings))


if __name__ == "__main__":
    raise SystemExit(main())

"""What the registry tests run over: every signature of every op with every sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.ops.language.op import Op, Sample
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.sampling import samples_of, signatures


@dataclass(frozen=True, eq=False)
class Sampled:
    """One sample of one signature."""

    op: Op
    sample: Sample
    number: int

    def __str__(self) -> str:
        return f"{self.op.name}-{self.number}"


SAMPLED = [
    Sampled(op, sample, number)
    for name in registry.names()
    for op in signatures(registry.get(name))
    for number, sample in enumerate(samples_of(op))
]


def few(cases: list[Sampled]) -> list[Any]:
    """The first two samples of each op by default, the others as `slow`."""
    return [
        pytest.param(case, marks=() if case.number < 2 else pytest.mark.slow, id=str(case))
        for case in cases
    ]


class Exceptions:
    """Tests that are left out, each with a reason; `exceptions.txt` lists them, a test counts them."""

    def __init__(self) -> None:
        self.reasons: dict[tuple[str, str], str] = {}
        for line in Path(__file__).with_name("exceptions.txt").read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                what, op, reason = (part.strip() for part in line.split("|"))
                self.reasons[what, op] = reason

    def skip_listed(self, what: str, case: Sampled) -> None:
        """Skips the running test if the list has it."""
        for name in (case.op.name, str(case)):
            reason = self.reasons.get((what, name))
            if reason:
                pytest.skip(f"exceptions.txt: {reason}")


exceptions = Exceptions()

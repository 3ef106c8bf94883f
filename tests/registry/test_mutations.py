"""A mistake planted in an entry is caught by the checks of its statements.

`equivalent_mutants.txt` lists what is no mistake: a planted change that has the same meaning, or
shows only where another test looks. By default two mutants of each entry are tried; `slow` tries
all.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tensorsmith.ops.language.op import Op
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.mutation import mutants, survivors
from tensorsmith.tools.battery.oracle import OracleMissingError
from tensorsmith.tools.battery.sampling import signatures

DEFINED = [op for name in registry.names() for op in signatures(registry.get(name)) if op.define]
FEW = 2
MOST_EQUIVALENTS = 120


def _equivalents() -> list[tuple[str, str]]:
    lines = Path(__file__).with_name("equivalent_mutants.txt").read_text().splitlines()
    rows = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    assert all(len(row) == 3 for row in rows), "op | mutant | reason"
    return [(op.strip(), mutant.strip()) for op, mutant, _ in rows]


EQUIVALENT = _equivalents()


def _check(op: Op, step: int, first: int = 0) -> None:
    try:
        tried, found = survivors(op, step, first)
    except OracleMissingError as missing:
        pytest.skip(f"no oracle: {missing}")
    own = [mutant for name, mutant in EQUIVALENT if fnmatchcase(op.name, name)]
    left = [name for name in found if not any(_matches(name, each) for each in own)]
    assert not left, f"{op.name}: {len(left)} of {tried} planted mistakes were not noticed"


def _matches(name: str, pattern: str) -> bool:
    """`*` at the end of a pattern, or alone, stands for anything."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


@pytest.mark.parametrize("op", DEFINED, ids=lambda op: op.name)
def test_planted_mistakes_are_noticed(op: Op) -> None:
    count = sum(1 for _ in mutants(op))
    step = max(1, count // FEW)
    _check(op, step, first=step // 2)


@pytest.mark.slow
@pytest.mark.parametrize("op", DEFINED, ids=lambda op: op.name)
def test_every_planted_mistake_is_noticed(op: Op) -> None:
    _check(op, 1)


def test_equivalent_mutants_do_not_grow() -> None:
    assert len(EQUIVALENT) <= MOST_EQUIVALENTS

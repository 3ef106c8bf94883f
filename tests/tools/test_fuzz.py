"""Mutated entries are accepted or refused with a message and a line, never anything else."""

from __future__ import annotations

import random

import pytest
from tensorsmith.tools import fuzz


def test_a_few_hundred_mutants_show_no_defect() -> None:
    outcome = fuzz.run(400, seed=5)
    assert not outcome.findings, outcome.findings[0]
    assert outcome.counts["valid"] > 20 and outcome.counts["refused"] > 100
    assert len(outcome.messages) > 50


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_hundred_thousand_mutants_show_no_defect() -> None:
    outcome = fuzz.run(100_000, seed=0)
    assert not outcome.findings, outcome.findings[0]


def test_mutants_are_the_same_for_one_seed() -> None:
    texts = ["a: {b: 1}\n", "c:\n  d: [e, 2]\n"]
    first, second = (fuzz.mutants(random.Random(3), texts) for _ in range(2))
    assert [next(first) for _ in range(20)] == [next(second) for _ in range(20)]


def test_an_exception_of_another_kind_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, file: str) -> list[object]:
        raise KeyError(text)

    monkeypatch.setattr(fuzz.registry, "read_text", broken)
    outcome = fuzz.run(3, seed=0)
    assert len(outcome.findings) == 3 and "KeyError" in outcome.findings[0][1]


def test_a_hang_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(text: str, file: str) -> list[object]:
        while True:
            pass

    monkeypatch.setattr(fuzz, "SLOWEST", 0.05)
    monkeypatch.setattr(fuzz.registry, "read_text", endless)
    outcome = fuzz.run(1, seed=0)
    assert "SlowError" in outcome.findings[0][1]

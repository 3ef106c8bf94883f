"""The examples run from start to end and reach what they promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tensorsmith.ops.registry import registry

FOLDER = Path(__file__).parents[2] / "examples"


def run(name: str, *arguments: str) -> str:
    """What an example prints."""
    command = [sys.executable, str(FOLDER / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_digits_are_told_apart_by_forty_lines() -> None:
    assert len((FOLDER / "digits.py").read_text().splitlines()) <= 42
    shares = re.findall(r"test ([\d.]+)%", run("digits.py"))
    assert len(shares) == 10 and float(shares[-1]) >= 98


@pytest.mark.slow
def test_the_transformer_beats_the_bigram_table() -> None:
    out = run("transformer.py", "--steps", "250")
    model, table = map(float, re.findall(r"transformer ([\d.]+), bigram table ([\d.]+)", out)[0])
    assert model < table


@pytest.mark.slow
def test_the_declared_activation_and_fluid_agree_with_numpy() -> None:
    assert "forward declared" in run("ops/activation.py")
    out = run("ops/lattice.py")
    found, theory = map(float, re.findall(r"viscosity ([\d.]+), theory ([\d.]+)", out)[0])
    assert abs(found / theory - 1) < 0.01


def test_entries_of_examples_are_short_and_right() -> None:
    text = (FOLDER / "ops" / "activation.yaml").read_text()
    (op,) = registry.read_text(text)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert op.name == "act::clipped_glu" and len(lines) == 5
    assert registry.read_text((FOLDER / "ops" / "lattice.yaml").read_text())

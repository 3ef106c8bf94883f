"""What options take, and what is said of the rest."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tensorsmith.backends.cpu.machine import detect_machine
from tensorsmith.tools.commands import arguments


def test_a_pipe_is_a_file_that_is_there_and_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    assert arguments.existing_file(str(tmp_path / "pipe")) == tmp_path / "pipe"


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(argparse.ArgumentTypeError, match="secret must be readable"):
        arguments.existing_file(str(tmp_path / "secret"))


def test_a_target_with_features_stands_for_the_level_too() -> None:
    assert arguments.targets("x86-64-v4+avx512vnni, sm_90") == [
        "x86-64-v4", "x86-64-v4+avx512vnni", "sm_90",
    ]  # fmt: skip
    assert arguments.level_of("x86-64-v4+avx512vnni") == "x86-64-v4"


def test_native_is_this_machine() -> None:
    assert arguments.target("native") == detect_machine().target.spelling
    assert set(arguments.targets("native,native")) == set(arguments.targets("native"))


@pytest.mark.parametrize(
    "kind",
    [
        arguments.given, arguments.existing_file, arguments.new_file, arguments.bundle_file,
        arguments.bundle_place, arguments.target, arguments.targets,
    ],
)  # fmt: skip
def test_nothing_takes_the_empty_text(kind: Callable[[str], object]) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must not be empty"):
        kind("")


def test_looking_at_a_place_leaves_nothing_there(tmp_path: Path) -> None:
    assert arguments.new_file(str(tmp_path / "k.lock")) == tmp_path / "k.lock"
    assert arguments.bundle_place(str(tmp_path / "bundles")) == tmp_path / "bundles"
    assert arguments.bundle_place(str(tmp_path)) == tmp_path
    assert arguments.bundle_file(str(tmp_path / "x.bundle")) == tmp_path / "x.bundle"
    assert not list(tmp_path.iterdir())

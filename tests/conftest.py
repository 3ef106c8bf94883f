"""What holds for all tests: options of plugins that are missing, what `-m cuda` reads, and what
collections of garbage look at."""

from __future__ import annotations

import gc
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ON_GPUS = HERE / "devices"  # all tests that are marked `cuda`


def pytest_addoption(parser: pytest.Parser) -> None:
    """Knows the option of a plugin that a machine with a GPU may not have."""
    if find_spec("pytest_timeout") is None:
        parser.addini("timeout", "seconds that a test may take: nobody looks")


def pytest_configure(config: pytest.Config) -> None:
    """Knows its marker, too."""
    if find_spec("pytest_timeout") is None:
        config.addinivalue_line("markers", "timeout: seconds that the test may take")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m cuda`, or a part of it, reads the tests of devices only: others need more packages."""
    asked = str(config.getoption("markexpr")).split()
    if asked[:1] != ["cuda"] or "or" in asked or collection_path == HERE:
        return None
    inside = collection_path == ON_GPUS or ON_GPUS in collection_path.parents
    return None if inside or HERE not in collection_path.parents else True


def pytest_collection_finish() -> None:
    """Collections look at what tests make, not at the million objects that say which tests there
    are: a full one took longer than most tests."""
    gc.collect()
    gc.freeze()

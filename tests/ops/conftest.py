"""Fixtures of the tests of ops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ops.tape import default_float64


@pytest.fixture
def in_float64() -> Iterator[None]:
    """Float results that no argument decides are float64."""
    with default_float64():
        yield

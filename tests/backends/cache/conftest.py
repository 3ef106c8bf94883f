"""What every test of the cache begins with."""

from __future__ import annotations

import pytest
from tensorsmith.backends.cache import warn


@pytest.fixture(autouse=True)
def _nothing_told() -> None:
    """No warning was given yet."""
    warn._told.clear()

"""Each test has a simulated machine of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver

from ...backends.cuda.machines import simulated


@pytest.fixture
def driver() -> Iterator[SimulatedDriver]:
    with simulated() as made:
        yield made

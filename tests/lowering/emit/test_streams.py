"""Long rows, which are read at several places at a time, fold each element once."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.lowering.emit.streams import STREAM_BYTES, STREAMS

LENGTHS = [STREAMS * STREAM_BYTES // 8 + extra for extra in (-1, 0, 1, 17, 1024, 3333)]


@pytest.mark.parametrize("length", LENGTHS)
def test_sums_and_extremes_of_long_rows_are_exact(length: int) -> None:
    draws = np.random.default_rng(length)
    rows = draws.integers(-1000, 1000, (3, length)).astype(np.float64)
    x = ts.tensor(rows)
    np.testing.assert_array_equal(x.sum(1).numpy(), rows.sum(1))
    np.testing.assert_array_equal(x.amax(1).numpy(), rows.max(1))
    np.testing.assert_array_equal(x.argmin(1).numpy(), rows.argmin(1))  # the first of many

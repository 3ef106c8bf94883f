"""Windows of pooling without any element that is larger than what lies beyond the edges."""

from __future__ import annotations

import math
from typing import Any

import pytest
import tensorsmith as ts
import tensorsmith.nn.functional as F

# Kernel 2, stride 1, padding 1, dilation 2 over 5 places: the first place of the image in each
# window, which PyTorch names where all elements are -inf.
FIRST = [1, 0, 1, 2, 3]


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_max_pool_of_minus_infinity_names_the_first_place_inside(dims: int) -> None:
    pool: Any = getattr(F, f"max_pool{dims}d")
    x = ts.full([1] + [5] * dims, -math.inf)
    values, indices = pool(x, 2, 1, 1, 2, return_indices=True)
    expected = ts.zeros((), dtype=ts.int64)
    for _ in range(dims):
        expected = 5 * expected.unsqueeze(-1) + ts.tensor(FIRST)
    assert indices[0].equal(expected)
    assert bool((values == -math.inf).all())


def test_windows_at_the_edge_read_no_element_that_is_not_theirs() -> None:
    x = ts.tensor([[-0.5, -math.inf, 2, -math.inf, 1]], requires_grad=True)
    values, indices = F.max_pool1d(x, 2, 1, 1, 2, return_indices=True)
    assert values.tolist() == [[-math.inf, 2, -math.inf, 2, -math.inf]]
    assert indices.tolist() == [[1, 2, 1, 2, 3]]
    values.sum().backward()
    assert x.grad.tolist() == [[0, 2, 2, 1, 0]]

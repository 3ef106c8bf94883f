"""Calls in place that change a few rows, and what is known of a row before its elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.lowering.ir.print import print_function

from .calls import NARROW, make, random

ADDRESS = "memref.extract_aligned_pointer_as_index"


def kernels(name: str, **arrays: Any) -> list[str]:
    dim = {"dim": 0} if name == "index_add" else {}
    launches = make(name, arrays, dim).planned(NARROW).launches
    return [print_function(launch.kernel.build()) for launch in launches]


def added() -> list[str]:
    places = np.array([3, 0, 3])
    return kernels("index_add", input=random(5, 70), index=places, source=random(3, 70, seed=1))


def test_a_copy_asks_whether_it_is_made_in_place_and_nothing_else_does() -> None:
    copied, scattered = added()
    assert copied.count(ADDRESS) == 2
    assert ADDRESS not in scattered
    assert all(ADDRESS not in text for text in kernels("exp", input=random(5, 70)))


def test_places_of_rows_are_checked_before_the_loops_over_their_elements() -> None:
    _, scattered = added()
    checks = [number for number, x in enumerate(scattered.splitlines()) if "cmpi ult" in x]
    moved = [number for number, x in enumerate(scattered.splitlines()) if "vector." in x]
    assert len(checks) == 2 - ("alloca" not in scattered)  # once by owner, where rows have one
    assert checks[-1] < min(number for number in moved if number > checks[0])


@pytest.mark.parametrize("strided", [False, True])
def test_rows_added_in_place_leave_the_others_as_they_were(strided: bool) -> None:
    whole = random(40, 300)
    x = ts.tensor(whole)[:, ::2] if strided else ts.tensor(whole)
    wanted = x.numpy().copy()
    source = random(6, wanted.shape[1], seed=2)
    places = np.array([3, 39, 3, 0, 7, 3])
    np.add.at(wanted, places, source)
    apart = x.index_add(0, ts.tensor(places), ts.tensor(source))
    np.testing.assert_allclose(apart.numpy(), wanted, rtol=1e-6, atol=1e-6)
    assert not np.array_equal(x.numpy(), wanted)
    assert x.index_add_(0, ts.tensor(places), ts.tensor(source)) is x
    np.testing.assert_array_equal(x.numpy(), apart.numpy())
    with pytest.raises(IndexError):
        x.index_add_(0, ts.tensor([40]), ts.ones(1, wanted.shape[1]))

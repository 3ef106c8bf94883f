"""Views at given places of the memory stay inside of it; devices are one object for each name."""

from __future__ import annotations

import copy
import pickle

import pytest
import tensorsmith as ts


@pytest.mark.parametrize(
    ("size", "stride", "offset"),
    [
        ((2,), (1,), 2**40),
        ((2,), (1,), -1),
        ((10,), (1,), None),
        ((4,), (1,), 2),
        ((2, 2), (1, 2**40), None),
        ((2,), (2**61,), None),
        ((2,), (1,), 2**61),
    ],
)
def test_as_strided_outside_of_the_storage_is_refused(
    size: tuple[int, ...], stride: tuple[int, ...], offset: int | None
) -> None:
    with pytest.raises(RuntimeError, match=r"out of bounds|invalid storage offset"):
        ts.ones(4).as_strided(size, stride, offset)


def test_as_strided_up_to_the_last_element_is_a_view() -> None:
    x = ts.arange(6.0)
    assert x.as_strided((2, 2), (1, 2), 2).tolist() == [[2.0, 4.0], [3.0, 5.0]]
    assert x[2:].as_strided((6,), (1,), 0).tolist() == x.tolist()
    assert x.as_strided((0,), (1,), 4).shape == (0,)


def test_devices_of_one_name_are_one_object() -> None:
    assert ts.device("cpu") is ts.ones(1).device
    assert pickle.loads(pickle.dumps(ts.device("cpu"))) is ts.device("cpu")
    assert copy.deepcopy(ts.device("meta")) is ts.device("meta")
    assert ts.device("cuda:1") == ts.device("cuda", 1)


def test_tensors_that_were_pickled_compute_with_others() -> None:
    x = pickle.loads(pickle.dumps(ts.ones(3, 17)))
    assert (x + ts.ones(3, 17)).sum().item() == 102

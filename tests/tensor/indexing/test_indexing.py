"""Indexing against NumPy, in all mixtures, and its errors."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts


def _part(rng: random.Random, extent: int) -> Any:
    kind = rng.choice(["int", "slice", "slice", "list", "array", "mask"])
    if kind == "int" and extent:
        return rng.randrange(-extent, extent)
    if kind == "list" and extent:
        return [rng.randrange(-extent, extent) for _ in range(3)]
    if kind == "array" and extent:
        return np.array([[rng.randrange(-extent, extent) for _ in range(3)] for _ in range(2)])
    if kind == "mask":  # three or one: they broadcast with the others
        mask = np.zeros(extent, bool)
        mask[: rng.choice([1, 3])] = True
        return mask
    ends = [rng.choice([None, rng.randrange(-extent - 1, extent + 2)]) for _ in range(2)]
    return slice(*ends, rng.choice([None, 1, 2, 3]))


def _index(rng: random.Random, shape: tuple[int, ...]) -> tuple[Any, ...]:
    parts = [_part(rng, extent) for extent in shape[: rng.randrange(len(shape) + 1)]]
    if rng.random() < 0.3:
        parts.insert(rng.randrange(len(parts) + 1), None)
    if rng.random() < 0.3:
        parts.append(Ellipsis)
    return tuple(parts)


def _tensors(index: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(ts.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x for x in index)


@pytest.mark.parametrize("seed", range(150))
def test_get_and_set_agree_with_numpy(seed: int) -> None:
    rng = random.Random(seed)
    shape = tuple(rng.randrange(3, 6) for _ in range(rng.randrange(1, 5)))
    dims = rng.sample(range(len(shape)), len(shape))
    array = np.arange(float(np.prod(shape))).reshape(shape).transpose(dims)
    tensor = ts.from_numpy(np.arange(float(np.prod(shape))).reshape(shape)).permute(dims)
    index = _index(rng, array.shape)
    try:
        wanted = array[index]
    except IndexError:
        with pytest.raises(IndexError):
            tensor[_tensors(index)]
        return
    found = tensor[_tensors(index)]
    assert tuple(found.shape) == wanted.shape
    np.testing.assert_array_equal(found.numpy(), wanted)
    array, tensor = array.copy(), tensor.clone()
    values = rng.random()
    array[index], tensor[_tensors(index)] = values, values
    np.testing.assert_array_equal(tensor.numpy(), array)


def test_basic_indices_share_memory_and_others_copy() -> None:
    x = ts.arange(6).reshape(2, 3)
    x[0][1] = 7
    assert x.tolist() == [[0, 7, 2], [3, 4, 5]]
    x[[0]][0, 0] = 99
    assert x[0, 0].item() == 0


def test_put_adds_where_indices_repeat() -> None:
    x = ts.zeros(3)
    x.index_put_((ts.tensor([0, 0, 2]),), ts.ones(3), accumulate=True)
    assert x.tolist() == [2, 0, 1]


def test_gradients_flow_through_get_and_set() -> None:
    x = ts.ones(3, 2, requires_grad=True)
    x[ts.tensor([0, 0, 2])].sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[2, 2], [0, 0], [1, 1]]
    value = ts.ones(2, requires_grad=True)
    target = ts.zeros(3)
    target[ts.tensor([2, 0])] = value * ts.tensor([3.0, 5.0])
    target[0].backward()
    assert value.grad is not None and value.grad.tolist() == [0, 5]


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        (5, IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        ((0, ts.tensor([3])), IndexError, "index 3 is out of bounds"),
        ((0, 0, 0), IndexError, "too many indices"),
        ((..., ..., 0), IndexError, "after a second ellipsis"),
        (1.5, IndexError, "only integers, slices"),
        (ts.tensor([1.5]), IndexError, "tensors used as indices must be long"),
        (ts.tensor([True, False, True]), IndexError, "shape of the mask"),
        (slice(None, None, -1), ValueError, "step must be greater than zero"),
        (ts.ones(2, 3, dtype=ts.int64)[0, :2], None, ""),
    ],
)
def test_wrong_indices_say_what_is_wrong(index: Any, error: Any, words: str) -> None:
    x = ts.arange(6).reshape(2, 3)
    if error is None:
        assert x[index].shape == (2, 3)
        return
    with pytest.raises(error, match=words):
        x[index]


HUGE = 2**70


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize(
    "index",
    [
        slice(0, HUGE), slice(-HUGE, None), slice(HUGE, None), slice(None, -HUGE),
        slice(None, None, HUGE), slice(1, None, 2**62), (slice(1, HUGE), 0),
        (slice(None, None, 2**61), slice(None, None, 2**62)),
    ],
)  # fmt: skip
def test_bounds_of_slices_are_cut_off_however_often_they_come(index: Any, recorded: bool) -> None:
    x = ts.arange(12.0).reshape(3, 4).requires_grad_(recorded)
    expected = np.arange(12.0).reshape(3, 4)[index].tolist()
    for _ in range(4):
        assert x[index].tolist() == expected
        x[0:3]  # served from the second time on
    x.detach()[index] = 0.0
    assert not x.detach()[index].any()


class Shrinking:
    """An index that gives a tensor other elements when it is asked for its value."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def __index__(self) -> int:
        self.tensor.data = ts.ones(1)
        return 0


def test_an_index_that_changes_the_tensor_makes_no_view_beyond_it() -> None:
    for _ in range(3):
        x = ts.arange(1000.0)
        assert x[0:500].shape == (500,) and x[1:500].shape == (499,)
        found = x[Shrinking(x) : 500]
        assert found.tolist() == [1.0] and found.untyped_storage().nbytes() == 4
        y = ts.arange(12.0).reshape(3, 4)
        assert y[0:2, 1].shape == (2,)
        with pytest.raises(IndexError):
            y[Shrinking(y) : 2, 1]

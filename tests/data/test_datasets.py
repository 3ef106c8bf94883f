"""Data sets, samplers and collation."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    random_split,
)

from .streams import Range, Squares


def test_tensor_datasets_cut_along_the_first_dim() -> None:
    data = TensorDataset(ts.arange(6).view(3, 2), ts.arange(3))
    assert len(data) == 3 and [x.tolist() for x in data[1]] == [[2, 3], 1]
    with pytest.raises(AssertionError, match="same first extent"):
        TensorDataset(ts.ones(2), ts.ones(3))


def test_concatenated_datasets_count_on() -> None:
    data = Squares(3) + Squares(2)
    assert isinstance(data, ConcatDataset) and len(data) == 5
    assert [data[i].item() for i in (2, 3, -1)] == [4, 0, 1]
    with pytest.raises(ValueError, match="index must be at least -5"):
        _ = data[-6]
    with pytest.raises(AssertionError, match="at least one data set"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="use ChainDataset"):
        ConcatDataset([Range(0, 1)])


def test_chained_streams_follow_each_other() -> None:
    assert list(Range(0, 2) + Range(5, 7)) == [0, 1, 5, 6]
    assert isinstance(Range(0, 2) + Range(5, 7), ChainDataset)


def test_random_splits_are_disjoint_and_repeatable() -> None:
    splits = [
        random_split(Squares(10), (0.5, 0.25, 0.25), ts.Generator().manual_seed(1))
        for _ in range(2)
    ]
    indices = [[list(part.indices) for part in split] for split in splits]
    assert indices[0] == indices[1] and [len(i) for i in indices[0]] == [6, 2, 2]
    assert sorted(sum(indices[0], [])) == list(range(10))  # noqa: RUF017
    assert [len(part) for part in random_split(Squares(5), [2, 3])] == [2, 3]
    with pytest.raises(ValueError, match="does not equal the length of the input dataset"):
        random_split(Squares(5), [2, 2])
    assert Subset(Squares(5), [4, 2])[0].item() == 16


def test_samplers_visit_what_they_promise() -> None:
    assert list(SequentialSampler(range(3))) == [0, 1, 2]
    assert sorted(RandomSampler(range(5))) == list(range(5))
    assert len(list(RandomSampler(range(3), num_samples=7))) == 7
    drawn = list(RandomSampler(range(3), replacement=True, num_samples=50))
    assert set(drawn) <= {0, 1, 2} and len(drawn) == 50
    assert sorted(SubsetRandomSampler([7, 9])) == [7, 9]
    weighted = list(WeightedRandomSampler([0.0, 1.0, 3.0], 2000))
    assert 0 not in weighted and 2.4 < weighted.count(2) / weighted.count(1) < 3.7
    assert sorted(WeightedRandomSampler([1.0, 2.0, 3.0], 3, replacement=False)) == [0, 1, 2]
    assert list(BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]
    assert len(BatchSampler(range(5), 2, False)) == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: RandomSampler(range(3), replacement=1),  # type: ignore[arg-type]
        lambda: RandomSampler(range(3), num_samples=-1),
        lambda: WeightedRandomSampler([1.0], 0),
        lambda: WeightedRandomSampler([[1.0]], 1),  # type: ignore[list-item]
        lambda: BatchSampler(range(3), 2, 1),  # type: ignore[arg-type]
    ],
)
def test_samplers_refuse_bad_options(make: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        make()  # type: ignore[operator]


def test_collation_keeps_structures() -> None:
    Point = namedtuple("Point", "x y")
    batch = default_collate([(1, 2.0, "a", Point(1, True)), (3, 4.0, "b", Point(2, False))])
    assert batch[0].tolist() == [1, 3] and batch[0].dtype is ts.int64
    assert batch[1].dtype is ts.float64 and batch[2] == ["a", "b"]
    assert isinstance(batch[3], Point) and batch[3].y.dtype is ts.bool
    stacked = default_collate([{"x": ts.ones(2)}, {"x": ts.zeros(2)}])
    assert stacked["x"].tolist() == [[1, 1], [0, 0]]
    assert default_collate([np.ones(2, np.float32)] * 3).shape == (3, 2)
    assert default_collate([np.float64(1), np.float64(2)]).dtype is ts.float64


def test_what_cannot_be_stacked_is_refused() -> None:
    with pytest.raises(RuntimeError, match="should be of equal size"):
        default_collate([[1, 2], [3]])
    with pytest.raises(TypeError, match="default_collate: batch must contain tensors"):
        default_collate([object()])
    with pytest.raises(RuntimeError):
        default_collate([ts.ones(2), ts.ones(3)])


def test_conversion_turns_arrays_into_tensors_only() -> None:
    got = default_convert({"a": np.ones(2), "b": "text", "c": [np.int64(3)]})
    assert isinstance(got["a"], ts.Tensor) and got["b"] == "text"

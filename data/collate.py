"""Collation: a list of samples becomes a batch of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor, as_tensor, float64, stack, tensor
from ..tensor.results import rebuilt


def default_convert(data: Any) -> Any:
    """The same structure with NumPy arrays turned into tensors."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray) and data.dtype.kind in "biufc":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return rebuilt(type(data), [default_convert(value) for value in data])
    if isinstance(data, (tuple, list)):
        return [default_convert(value) for value in data]
    return data


def pinned(data: Any) -> Any:
    """The same structure with its tensors in pinned memory."""
    if isinstance(data, Tensor) or hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, Mapping):
        return {key: pinned(value) for key, value in data.items()}
    if isinstance(data, (tuple, list)):
        return rebuilt(type(data), [pinned(value) for value in data])
    return data


def default_collate(batch: Sequence[Any]) -> Any:
    """A batch made of samples: tensors are stacked along a new first dim, structures are kept.

    Args:
        batch: Samples of one structure: tensors, arrays, numbers, strings, mappings, sequences.

    Raises:
        TypeError: A sample holds something that cannot be stacked.
        RuntimeError: Sequences of one batch have different lengths.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, (np.ndarray, np.generic)):
        if first.dtype.kind not in "biufc":
            raise TypeError(f"default_collate: an array must hold numbers, got dtype {first.dtype}")
        return stack([as_tensor(np.asarray(sample)) for sample in batch], 0)
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, (bool, int)):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        return _collate_sequences(first, batch)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first)}"
    )


def _collate_sequences(first: Any, batch: Sequence[Any]) -> Any:
    if any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    columns = [default_collate(column) for column in zip(*batch)]
    if hasattr(first, "_fields"):
        return rebuilt(type(first), columns)
    return columns

"""The libraries that cases are prepared with."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class NumPy:
    """As much of NumPy, under the names that cases use, as matrix products need."""

    float32 = np.float32
    float64 = np.float64

    def __init__(self) -> None:
        self._generator = np.random.default_rng(0)

    def rand(self, *shape: int, dtype: Any = np.float32) -> Array:
        """Uniform numbers in [0, 1)."""
        return self._generator.random(shape, dtype)


def open_library(name: str, threads: int) -> Any:
    """A library, its generator seeded, that runs on so many threads.

    NumPy's threads are those that its environment says (`peers.environment_of`).
    """
    if name == "numpy":
        return NumPy()
    library: Any = importlib.import_module(name)
    library.manual_seed(0)
    library.set_num_threads(threads)
    return library

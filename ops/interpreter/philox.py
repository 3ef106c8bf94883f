"""Counter-based random numbers: Philox 4x32-10, the same bits on every backend.

Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3". The key is the
64-bit seed; the 128-bit counter is the element number (low half) and the stream (high half).
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def words(seed: object, element: Any) -> tuple[Array, Array, Array, Array]:
    """Four 32-bit words (as uint64 arrays) for each element number.

    Args:
        seed: The key, or a pair `(key, stream)`; integers, taken modulo 2**64.
        element: int64 array of element numbers.
    """
    key, stream = seed if isinstance(seed, (tuple, list)) else (seed, 0)
    key, stream = int(key) & (2**64 - 1), int(stream) & (2**64 - 1)
    number = np.asarray(element, np.int64).astype(np.uint64)
    counter = [
        number & _LOW,
        number >> _HALF,
        np.full_like(number, stream & 0xFFFFFFFF),
        np.full_like(number, stream >> 32),
    ]
    keys = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        first = _MULTIPLIERS[0] * counter[0]
        second = _MULTIPLIERS[1] * counter[2]
        counter = [
            (second >> _HALF) ^ counter[1] ^ np.uint64(keys[0]),
            second & _LOW,
            (first >> _HALF) ^ counter[3] ^ np.uint64(keys[1]),
            first & _LOW,
        ]
        keys = [(keys[0] + _WEYL[0]) & 0xFFFFFFFF, (keys[1] + _WEYL[1]) & 0xFFFFFFFF]
    return counter[0], counter[1], counter[2], counter[3]


def uniform32(seed: object, element: Any, second: bool = False) -> Array:
    """float32 in [0, 1): the upper 24 bits of the first word, or of the third, times 2**-24."""
    first = words(seed, element)[2 if second else 0]
    return np.asarray((first >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-24))


def uniform64(seed: object, element: Any, second: bool = False) -> Array:
    """float64 in [0, 1): the upper 53 bits of second word, first word, times 2**-53.

    `second` takes the fourth word and the third instead.
    """
    low, high = words(seed, element)[2:] if second else words(seed, element)[:2]
    bits = (high << _HALF) | low
    return np.asarray((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def random_bits(seed: object, element: Any) -> Array:
    """int64 in [0, 2**63): the second word followed by the first, without the lowest bit."""
    first, second, _, _ = words(seed, element)
    return np.asarray((((second << _HALF) | first) >> np.uint64(1)).astype(np.int64))

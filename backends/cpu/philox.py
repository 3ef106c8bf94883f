"""Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011)."""

from __future__ import annotations

from .code import Code
from .word import Word

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = 0xFFFFFFFF
TURNS = 10


def philox(code: Code, seed: Word, counter: Word, which: str) -> Word:
    """Two of the four words of a draw, as one i64.

    Args:
        code: Where to write.
        seed: i64, the key: low and high word.
        counter: i64, the lower half of the counter; the upper is 0.
        which: `low` for words 0 and 1, `high` for words 2 and 3.
    """
    if counter.lanes and not seed.lanes:
        seed = code.splat(seed, counter.lanes)
    c0, c1, c2, c3 = _words(seed, counter)
    return (c1 << 32) | (c0 & _LOW) if which == "low" else (c3 << 32) | (c2 & _LOW)


def _words(seed: Word, counter: Word) -> tuple[Word, Word, Word, Word]:
    """The four words after ten turns, in 64-bit lanes, so that a product has all its bits.

    Upper halves hold what is left of products: only the lower ones count, and a product of lower
    halves is one instruction, which looks at nothing else.
    """
    c0, c1, c2, c3 = counter, counter >> 32, counter.of(0), counter.of(0)
    k0, k1 = seed, seed >> 32
    for _ in range(TURNS):
        first, second = (c0 & _LOW) * _MULTIPLIERS[0], (c2 & _LOW) * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (second >> 32) ^ c1 ^ k0, second, (first >> 32) ^ c3 ^ k1, first
        k0, k1 = k0 + _WEYL[0], k1 + _WEYL[1]
    return c0, c1, c2, c3

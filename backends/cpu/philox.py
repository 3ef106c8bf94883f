"""Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011)."""

from __future__ import annotations

from .code import Code, Word

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = 0xFFFFFFFF


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
    # 32-bit words in 64-bit lanes, so that a product has all its bits.
    c0, c1 = counter & _LOW, counter >> 32
    c2 = c3 = counter.of(0)
    k0, k1 = seed & _LOW, seed >> 32
    for turn in range(10):
        if turn:
            k0, k1 = (k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW
        first, second = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            (second >> 32) ^ c1 ^ k0, second & _LOW, (first >> 32) ^ c3 ^ k1, first & _LOW,
        )  # fmt: skip
    return (c1 << 32) | c0 if which == "low" else (c3 << 32) | c2

"""Counter-based random numbers: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011)."""

from __future__ import annotations

from .code import Code, Word

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
    first = 0 if which == "low" else 2

    def write(code: Code, seed: Word, counter: Word) -> Word:
        words = _words(code, seed, counter)
        return (words[first + 1] << 32) | (words[first] & _LOW)

    return code.outlined(f"philox_{which}", [seed, counter], write)


def _words(code: Code, seed: Word, counter: Word) -> list[Word]:
    """The four words after ten turns, in 64-bit lanes, so that a product has all its bits.

    Upper halves hold what is left of products: only the lower ones count, and a product of lower
    halves is one instruction, which looks at nothing else.
    """
    nothing = code.constant(0, "i64", counter.lanes)

    def turn(state: list[Word]) -> tuple[Word, list[Word]]:
        number, c0, c1, c2, c3, k0, k1 = state
        first, second = (c0 & _LOW) * _MULTIPLIERS[0], (c2 & _LOW) * _MULTIPLIERS[1]
        mixed = [(second >> 32) ^ c1 ^ k0, second, (first >> 32) ^ c3 ^ k1, first]
        number = number + 1
        return number < TURNS, [number, *mixed, k0 + _WEYL[0], k1 + _WEYL[1]]

    begin = [counter, counter >> 32, nothing, nothing, seed, seed >> 32]
    return code.repeat([code.constant(0, "i32"), *begin], turn)[1:5]

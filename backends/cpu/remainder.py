"""C's fmod, exactly, without a call into libm."""

from __future__ import annotations

from .code import Code
from .word import Word


def float_remainder(code: Code, a: Word, b: Word) -> Word:
    """a - trunc(a / b) * b, exact, with the sign of a; NaN for b = 0 or infinite a."""
    return code.outlined("fmod", [a, b], _write)


def _write(code: Code, a: Word, b: Word) -> Word:
    """Long division, each step exact. Lanes that are done idle until all are."""
    rest, divisor = a.absolute(), b.absolute()
    valid = (divisor > 0.0) & (rest < float("inf")) & ~b.is_nan()
    start = code.select(valid, rest, 0.0)
    used = code.select(valid, divisor, 1.0)
    divide = _by_quotients if code.machine.fma else _by_bits
    following = divide(code, start, used)
    infinite = divisor.equals(float("inf"))
    result = code.select(valid & ~infinite, following, rest)
    return code.select(valid, code.with_sign(result, a), float("nan"))


def _by_quotients(code: Code, rest: Word, divisor: Word) -> Word:
    """Many binary digits of the quotient at a time.

    A quotient of fewer digits than a number holds is wrong by one at most, and what is then left is
    a multiple of the divisor's last digit and less than the divisor: a fused multiply-add gives it
    exactly. Most quotients are so short; else the divisor is scaled by a power of two first.
    """
    digits = 22 if rest.kind == "float" else 51
    quotient = rest / divisor
    short = quotient < 2.0**digits
    first = code.select(short, _left(code, rest, divisor, quotient), rest)

    def subtract(state: list[Word]) -> tuple[Word, list[Word]]:
        (current,) = state
        scaled = _scaled(code, divisor, _steps(code, current, divisor, digits))
        after = _left(code, current, scaled, current / scaled)
        following = code.select(current >= divisor, after, current)
        return code.any(following >= divisor), [following]

    with code.when(code.any(first >= divisor)) as before:
        (last,) = code.repeat([first], subtract)
    return code.joined(before, first, last)


def _left(code: Code, rest: Word, divisor: Word, quotient: Word) -> Word:
    """What is left of `rest`, given its quotient rounded to nearest."""
    left = code.fma(-code.intrinsic("trunc", [quotient]), divisor, rest)
    left = code.select(left < 0.0, left + divisor, left)
    return code.select(left >= divisor, left - divisor, left)


def _by_bits(code: Code, rest: Word, divisor: Word) -> Word:
    """One binary digit of the quotient at a time, without a fused multiply-add.

    As long as the rest is not less than the divisor, the largest divisor * 2**n that does not
    exceed it is taken away: an exact subtraction (Sterbenz).
    """

    def subtract(state: list[Word]) -> tuple[Word, list[Word]]:
        (current,) = state
        scaled = _scaled(code, divisor, _steps(code, current, divisor))
        scaled = code.select(scaled > current, scaled * 0.5, scaled)
        following = code.select(current >= divisor, current - scaled, current)
        return code.any(following >= divisor), [following]

    (following,) = code.repeat([rest], subtract)
    return following


def _steps(code: Code, rest: Word, divisor: Word, fewer: int = 0) -> Word:
    """By how many powers of two the rest exceeds the divisor, less `fewer`; at least 0."""
    steps = _exponent(code, rest) - _exponent(code, divisor) - fewer
    return code.intrinsic("smax", [steps, steps.of(0)])


def _scaled(code: Code, divisor: Word, steps: Word) -> Word:
    """divisor * 2**steps."""
    mantissa, bias = _format(divisor)
    # In three factors: from the smallest denormal to the largest number is more than one holds.
    left = steps
    for _ in range(3):
        part = code.intrinsic("smin", [left, left.of(bias)])
        divisor = divisor * ((part + bias) << mantissa).floats()
        left = left - part
    return divisor


def _format(x: Word) -> tuple[int, int]:
    """Bits of the mantissa, and the bias of exponents."""
    return (23, 0x7F) if x.kind == "float" else (52, 0x3FF)


def _exponent(code: Code, x: Word) -> Word:
    """Biased binary exponent of positive x; below 1 for denormals."""
    mantissa, bias = _format(x)
    field = (x.bits() >> mantissa) & (2 * bias + 1)
    normalized = ((x * 2.0**64).bits() >> mantissa) - 64
    return code.select(field.equals(0), normalized, field)

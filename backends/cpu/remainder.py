"""C's fmod, exactly, without a call into libm."""

from __future__ import annotations

from .code import Code, Word


def float_remainder(code: Code, a: Word, b: Word) -> Word:
    """a - trunc(a / b) * b, exact, with the sign of a; NaN for b = 0 or infinite a."""
    return code.outlined("fmod", [a, b], _write)


def _write(code: Code, a: Word, b: Word) -> Word:
    """Long division in binary, each step exact.

    As long as the rest is not less than |b|, the largest b * 2**n that does not exceed it is taken
    away: an exact subtraction (Sterbenz). Lanes that are done idle until all are.
    """
    rest, divisor = a.absolute(), b.absolute()
    valid = (divisor > 0.0) & (rest < float("inf")) & ~b.is_nan()
    start = code.select(valid, rest, 0.0)
    divisor_used = code.select(valid, divisor, 1.0)

    def subtract(state: list[Word]) -> tuple[Word, list[Word]]:
        (current,) = state
        busy = current >= divisor_used
        scaled = _aligned(code, current, divisor_used)
        following = code.select(busy, current - scaled, current)
        return code.any(following >= divisor_used), [following]

    (following,) = code.repeat([start], subtract)
    infinite = divisor.equals(float("inf"))
    result = code.select(valid & ~infinite, following, rest)
    return code.select(valid, code.with_sign(result, a), float("nan"))


def _aligned(code: Code, rest: Word, divisor: Word) -> Word:
    """divisor * 2**n with the largest n >= 0 such that it does not exceed rest."""
    mantissa, bias = (23, 0x7F) if rest.kind == "float" else (52, 0x3FF)
    steps = _exponent(code, rest, mantissa, bias) - _exponent(code, divisor, mantissa, bias)
    steps = code.intrinsic("smax", [steps, steps.of(0)])
    # In three factors: from the smallest denormal to the largest number is more than one holds.
    scaled, left = divisor, steps
    for _ in range(3):
        part = code.intrinsic("smin", [left, left.of(bias)])
        scaled = scaled * ((part + bias) << mantissa).floats()
        left = left - part
    return code.select(scaled > rest, scaled * 0.5, scaled)


def _exponent(code: Code, x: Word, mantissa: int, bias: int) -> Word:
    """Biased binary exponent of positive x; below 1 for denormals."""
    field = (x.bits() >> mantissa) & (2 * bias + 1)
    normalized = ((x * 2.0**64).bits() >> mantissa) - 64
    return code.select(field.equals(0), normalized, field)

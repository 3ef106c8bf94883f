"""Exponentials and logarithms as polynomials, on scalars and vectors of float and double.

Errors in units in the last place, measured against mpmath (float, double): exp 1, 1; expm1 2, 2;
log 1, 1; log1p 2, 2; log2 2, 2; tanh 2, 3; sinh, cosh 1, 3. Each handles NaN, infinities, signed
zeros and denormals. The reductions are Cody and Waite's, the logarithm follows fdlibm's e_log.c.
"""

from __future__ import annotations

from . import coefficients as fit
from .code import Code
from .word import Word

INFINITY, NAN = float("inf"), float("nan")
_LOG2_E = 1.4426950408889634
# log(2) in two parts; the first has trailing zeros, so that its multiples are exact.
LN2 = {
    "float": (0.693145751953125, 1.428606765330187e-06),
    "double": (0.6931471803691238, 1.9082149292705877e-10),
}
_MANTISSA = {"float": 23, "double": 52}
_BIAS = {"float": 127, "double": 1023}
_RANGE = {"float": (-105.0, 90.0), "double": (-750.0, 711.0)}


def at_most(code: Code, x: Word, limit: float) -> Word:
    """The smaller of the two; NaN stays NaN."""
    bound = x.of(limit)
    return code.select(bound < x, bound, x)


def at_least(code: Code, x: Word, limit: float) -> Word:
    """The larger of the two; NaN stays NaN."""
    bound = x.of(limit)
    return code.select(bound > x, bound, x)


def power_of_two(n: Word, kind: str) -> Word:
    """2**n for integer n within the exponents of normal numbers."""
    return ((n + _BIAS[kind]) << _MANTISSA[kind]).floats()


def _reduced(code: Code, x: Word) -> tuple[Word, Word, Word]:
    """Integer n, r with x = n log(2) + r and |r| <= log(2) / 2, and exp(r) - 1 - r over r**2."""
    # Adding 1.5 * 2**mantissa rounds to an integer and leaves it in the low bits.
    magic = 1.5 * 2.0 ** _MANTISSA[x.kind]
    shifted = code.fma(x, _LOG2_E, magic)
    rounded = shifted - magic
    n = shifted.bits() - x.of(magic).bits()
    high, low = LN2[x.kind]
    r = code.fma(rounded, -high, x)
    r = code.fma(rounded, -low, r)
    table = fit.EXP32 if x.kind == "float" else fit.EXP64
    return n, r, code.polynomial(r, table)


def exp(code: Code, x: Word) -> Word:
    """e**x."""
    low, high = _RANGE[x.kind]
    n, r, p = _reduced(code, at_least(code, at_most(code, x, high), low))
    value = code.fma(r * r, p, r) + 1.0
    # Two factors: 2**n itself may not be a normal number.
    half = n.arithmetic_shift(1)
    return value * power_of_two(half, x.kind) * power_of_two(n - half, x.kind)


def exp2_near(code: Code, x: Word) -> Word:
    """2**x of float within 2e-7, for -126 < x < 127.

    What is added rounds x to an integer, and leaves that in the low bits as an exponent is stored.
    """
    magic = 1.5 * 2.0 ** _MANTISSA["float"] + _BIAS["float"]
    shifted = x + magic
    power = (shifted.bits() << _MANTISSA["float"]).floats()
    r = x - (shifted - magic)
    return code.fma(r, code.polynomial(r, fit.EXP2_32), 1.0) * power


def exp_of_sum(code: Code, high: Word, low: Word) -> Word:
    """e**(high + low), where low is tiny against 1."""
    value = exp(code, high)
    corrected = code.fma(value, low, value)
    return code.select(value.absolute() < INFINITY, corrected, value)


def expm1(code: Code, x: Word) -> Word:
    """e**x - 1."""
    high = 89.0 if x.kind == "float" else 710.0
    n, r, p = _reduced(code, at_least(code, at_most(code, x, high), -40.0))
    small = code.fma(r * r, p, r)
    # Half of 2**n: n can be one more than the largest exponent.
    scale = power_of_two(n - 1, x.kind)
    value = code.fma(small, scale, scale - 0.5) * 2.0
    # x itself where it is tiny keeps -0 and denormals.
    return code.select(x.absolute() < 1e-20, x, value)


def split(code: Code, x: Word) -> tuple[Word, Word]:
    """Exponent e (as a float) and m in [sqrt(1/2), sqrt(2)) with x = m * 2**e, for positive x."""
    kind, mantissa = x.kind, _MANTISSA[x.kind]
    tiny = x < 2.0 ** (1 - _BIAS[kind])
    scaled = code.select(tiny, x * 2.0**mantissa, x)
    root = 0x3F3504F3 if kind == "float" else 0x3FE6A09E667F3BCD
    bits = scaled.bits()
    e = (bits - root).arithmetic_shift(mantissa)
    m = (bits - (e << mantissa)).floats()
    exponent = e.convert("sitofp", kind)
    return code.select(tiny, exponent - float(mantissa), exponent), m


def _special_log(code: Code, x: Word, value: Word) -> Word:
    """The logarithm's value at 0, infinity, NaN and below 0."""
    edge = code.select(x.equals(0.0), x.of(-INFINITY), NAN)
    value = code.select(x > 0.0, value, edge)
    return code.select(x.equals(INFINITY), x, value)


def _log_tail(code: Code, f: Word) -> tuple[Word, Word]:
    """f**2 / 2 and t with log(1 + f) = f - f**2 / 2 + t."""
    square = f * f
    if f.kind == "float":
        return square * 0.5, square * f * code.polynomial(f, fit.LOG32)
    s = f / (f + 2.0)
    z = s * s
    half = square * 0.5
    return half, s * (half + z * code.polynomial(z, fit.LOG64))


def log(code: Code, x: Word) -> Word:
    """Natural logarithm."""
    e, m = split(code, x)
    high, low = LN2[x.kind]
    f = m - 1.0
    half, tail = _log_tail(code, f)
    value = code.fma(e, high, f - (half - code.fma(e, low, tail)))
    return _special_log(code, x, value)


def log2(code: Code, x: Word) -> Word:
    """Logarithm to base 2."""
    e, m = split(code, x)
    f = m - 1.0
    half, tail = _log_tail(code, f)
    # log2(e) in two parts, the first of which f - half can be multiplied with exactly enough.
    value = f - half + tail
    rest = (f - value) - half + tail
    high, low = (
        (1.44269502, 1.925963e-08) if x.kind == "float" else (_LOG2_E, 2.0355273740931033e-17)
    )
    scaled = code.fma(value, high, code.fma(value, low, rest * high))
    return _special_log(code, x, e + scaled)


def log1p(code: Code, x: Word) -> Word:
    """log(1 + x), exact where x is small."""
    u = x + 1.0
    # What rounding 1 + x lost.
    larger = x.absolute() > 1.0
    lost = code.select(larger, 1.0 - (u - x), x - (u - 1.0))
    value = log(code, u) + lost / u
    regular = (x > -1.0) & (x < INFINITY)
    edge = code.select(x.equals(-1.0), x.of(-INFINITY), code.select(x < -1.0, NAN, x))
    value = code.select(regular, value, edge)
    return code.select(x.absolute() < (1e-10 if x.kind == "float" else 1e-20), x, value)


def tanh(code: Code, x: Word) -> Word:
    """Hyperbolic tangent, from expm1(2 |x|)."""
    magnitude = at_most(code, x.absolute(), 10.0 if x.kind == "float" else 22.0)
    t = expm1(code, magnitude + magnitude)
    return code.with_sign(t / (t + 2.0), x)


def sinh(code: Code, x: Word) -> Word:
    """Hyperbolic sine."""
    magnitude = x.absolute()
    t = expm1(code, magnitude)
    value = (t + t / (t + 1.0)) * 0.5
    return code.with_sign(code.select(magnitude < 700.0, value, _half_exp(code, magnitude)), x)


def cosh(code: Code, x: Word) -> Word:
    """Hyperbolic cosine."""
    magnitude = x.absolute()
    e = exp(code, magnitude)
    value = e * 0.5 + 0.5 / e
    return code.select(magnitude < 700.0, value, _half_exp(code, magnitude))


def _half_exp(code: Code, x: Word) -> Word:
    """e**x / 2 without overflow on the way; NaN stays NaN."""
    half = exp(code, x * 0.5)
    return half * 0.5 * half

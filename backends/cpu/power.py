"""x**y, on scalars and vectors of float and double.

Error at most 2 units in the last place. For double the logarithm is taken in two doubles, some 100
bits, since the exponential magnifies its error by up to 700; for float one double is enough, and
exponents that stand for a product, a root or a quotient are taken as that. C's rules at the edges:
1**y and x**0 are 1, a negative base takes integer exponents only.
"""

from __future__ import annotations

import math

from . import coefficients as fit
from .code import Code
from .exponential import INFINITY, NAN, at_least, at_most, exp_of_sum, power_of_two, split
from .word import Word

Pair = tuple[Word, Word]

_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_LN2_REST = 1.1612227229362532e-26
COMMON = (2.0, 3.0, 0.5, -1.0, 1.0)
"""Exponents of float that take no logarithm."""

_ROOT_HALF = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
_MAGIC = 1.5 * 2.0**52
# log2((1 + s) / (1 - s)) / s in s**2 for |s| < 0.172, and 2**r for |r| <= 1/2: their Taylor series.
_LOG2_SERIES = tuple(2.0 / math.log(2.0) / (2 * k + 1) for k in range(8))
_EXP2_SERIES = tuple(math.log(2.0) ** k / math.factorial(k) for k in range(9))
_TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)


def two_sum(a: Word, b: Word) -> Pair:
    """a + b and what rounding lost (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def fast_two_sum(a: Word, b: Word) -> Pair:
    """The same where |a| >= |b| (Dekker)."""
    total = a + b
    return total, b - (total - a)


def two_product(code: Code, a: Word, b: Word) -> Pair:
    """a * b and what rounding lost."""
    product = a * b
    if code.machine.fma:
        return product, code.fma(a, b, -product)
    a1, b1 = _upper(a), _upper(b)
    a2, b2 = a - a1, b - b1
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _upper(a: Word) -> Word:
    """The upper 26 bits of a mantissa."""
    return (a.bits() & -(1 << 27)).floats()


def _long_log(code: Code, x: Word) -> Pair:
    """log(x) as the sum of two doubles, for positive finite x."""
    e, m = split(code, x)
    f, g = m - 1.0, m + 1.0
    g_low = m - (g - 1.0)
    # s = f / g in two parts.
    s = f / g
    product, lost = two_product(code, s, g)
    s_low = (((f - product) - lost) - s * g_low) / g
    z, z_low = two_product(code, s, s)
    z_low = code.fma(s * 2.0, s_low, z_low)
    # log(m) = 2 s + s z (2/3 + z (...)): the first two terms in two parts.
    series = z * code.polynomial(z, fit.LOG_LONG)
    c, c_low = fast_two_sum(series.of(_TWO_THIRDS[0]), series)
    c_low = c_low + _TWO_THIRDS[1]
    t, t_low = two_product(code, z, c)
    t_low = t_low + (z * c_low + z_low * c)
    u, u_low = two_product(code, s, t)
    u_low = u_low + (s * t_low + s_low * t)
    high, low = fast_two_sum(s * 2.0, u)
    low = low + (u_low + s_low * 2.0)
    # e log(2): its first part is exact.
    total, rest = two_sum(e * _LN2_HIGH, high)
    second, second_rest = two_product(code, e, e.of(_LN2_LOW))
    rest = rest + (low + (second_rest + e * _LN2_REST))
    total, carry = two_sum(total, second)
    return fast_two_sum(total, carry + rest)


def pow_double(code: Code, x: Word, y: Word) -> Word:
    """x**y of double."""
    base = x.absolute()
    regular = (base > 0.0) & (base < INFINITY)
    log_high, log_low = _long_log(code, code.select(regular, base, 1.0))
    high, lost = two_product(code, log_high, y)
    low = code.fma(log_low, y, lost)
    low = code.select(low.absolute() < 1.0, low, 0.0)  # what overflowed has no lower part
    value = exp_of_sum(code, high, low)
    return _edges(code, x, y, value, regular)


def pow_float(code: Code, x: Word, y: Word) -> Word:
    """x**y of float."""
    plain = y.equals(COMMON[0])
    for exponent in COMMON[1:]:
        plain = plain | y.equals(exponent)
    mixed = code.any(~plain)
    with code.when(~mixed) as before:
        common = _common_power(code, x, y)
    value = code.joined(before, x, common)
    with code.when(mixed) as before:
        general = _general_power(code, x, y)
    return code.joined(before, value, general)


def _common_power(code: Code, x: Word, y: Word) -> Word:
    """The power where all exponents are among `COMMON`."""
    root = code.select(x.equals(-INFINITY), INFINITY, (x + 0.0).sqrt())
    square = x * x
    value = code.select(y.equals(2.0), square, square * x)
    value = code.select(y.equals(0.5), root, value)
    value = code.select(y.equals(-1.0), 1.0 / x, value)
    return code.select(y.equals(1.0), x, value)


def _general_power(code: Code, x: Word, y: Word) -> Word:
    """The power of float by logarithm and exponential to base 2, in double."""
    base = x.absolute()
    regular = (base > 0.0) & (base < INFINITY)
    safe = code.select(regular, base, 1.0).convert("fpext", "double")
    value = _power_in_double(code, safe, y.convert("fpext", "double")).convert("fptrunc", "float")
    plain = regular & (x > 0.0) & (y.absolute() < INFINITY)
    with code.when(code.any(~plain)) as before:
        edges = _edges(code, x, y, value, regular)
    return code.joined(before, value, edges)


def _power_in_double(code: Code, x: Word, y: Word) -> Word:
    """x**y to some 30 bits, for positive normal x; beyond the exponents of float it is bounded."""
    bits = x.bits()
    e = (bits - _ROOT_HALF).arithmetic_shift(52)
    m = (bits - (e << 52)).floats()
    # An integer below 2**51 and the bits of 1.5 * 2**52 add up to a double that holds both.
    exponent = (e + x.of(_MAGIC).bits()).floats() - _MAGIC
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    t = code.fma(s, code.polynomial(z, _LOG2_SERIES), exponent) * y
    t = at_least(code, at_most(code, t, 200.0), -200.0)
    shifted = t + _MAGIC
    n = shifted.bits() - x.of(_MAGIC).bits()
    value = code.polynomial(t - (shifted - _MAGIC), _EXP2_SERIES)
    return value * power_of_two(n, "double")


def _edges(code: Code, x: Word, y: Word, value: Word, regular: Word) -> Word:
    """The power, given that of |x| where that is regular."""
    base = x.absolute()
    grows = (base > 1.0) ^ (y < 0.0)  # at infinity, or away from it at 0
    value = code.select(regular, value, code.select(grows, x.of(INFINITY), 0.0))
    endless = y.absolute().equals(INFINITY)
    value = code.select(endless & ~base.equals(1.0), code.select(grows, x.of(INFINITY), 0.0), value)
    floor = code.intrinsic("floor", [y])
    integer = floor.equals(y)
    half = y * 0.5
    odd = integer & ~code.intrinsic("floor", [half]).equals(half)
    negative = x.bits() < 0
    value = code.select(negative & odd, -value, value)
    wrong = (x < 0.0) & ~integer & (base < INFINITY)
    value = code.select(wrong, NAN, value)
    value = code.select(x.is_nan() | y.is_nan(), x + y, value)
    one = y.equals(0.0) | x.equals(1.0) | (x.equals(-1.0) & endless)
    return code.select(one, 1.0, value)

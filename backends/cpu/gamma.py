"""lgamma, digamma and polygamma, on scalars and vectors of double.

Errors against mpmath: 4 units in the last place for positive arguments (absolute near the zeros at
negative ones, as in SciPy). Polynomials near the zeros of lgamma and digamma, Stirling's series
from 10 on, recurrences in between, reflection below zero; polygamma by Euler and Maclaurin's sum.
"""

from __future__ import annotations

from . import coefficients as fit
from .code import Code
from .exponential import INFINITY, NAN, log
from .power import pow_double
from .trigonometric import PI, sin, tan
from .word import Word

# B(2k) / (2k (2k - 1)), B(2k) / (2k), B(2k) / (2k)!: Bernoulli's numbers as the series have them.
_STIRLING = (
    1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400,
)  # fmt: skip
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)
_ZETA = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000,
    1 / 74724249600, -3617 / 10670622842880000,
)  # fmt: skip
_HALF_LOG_TWO_PI = 0.9189385332046728
_LOG_PI = 1.1447298858494002
_ROOT, _ROOT_LOW = 1.4616321449683622, 9.549995429965697e-17


def _is_integer(code: Code, x: Word) -> Word:
    return x.equals(code.intrinsic("floor", [x]))


def lgamma(code: Code, x: Word) -> Word:
    """Logarithm of the absolute value of the gamma function."""
    t = x.absolute()
    reflected = x < 0.0
    value = _lgamma_positive(code, t)
    # gamma(x) gamma(-x) = -pi / (x sin(pi x))
    fraction = t - code.intrinsic("floor", [t])
    wave = sin(code, fraction * PI).absolute()
    mirrored = _LOG_PI - log(code, t * wave) - value
    mirrored = code.select(_is_integer(code, t), INFINITY, mirrored)
    mirrored = code.select(t < 1e-100, value, mirrored)  # there t sin(pi t) is no longer normal
    value = code.select(reflected, mirrored, value)
    return code.select(t.equals(INFINITY), INFINITY, value)


def _lgamma_positive(code: Code, x: Word) -> Word:
    """lgamma(x) for x >= 0, infinity at both ends."""
    # Up by one below 1/2, down to [1.5, 2.5] up to 10; what that divides by is kept as a product.
    low = x < 0.5
    y = code.select(low, x + 1.0, x)
    product = y.of(1.0)
    for _ in range(8):
        more = y > 2.5
        below = y - 1.0
        product = code.select(more, product * below, product)
        y = code.select(more, below, y)
    one = y < 1.5
    u = code.select(one, y - 1.0, y - 2.0)
    table = code.select(one, code.polynomial(u, fit.LGAMMA1), code.polynomial(u, fit.LGAMMA2))
    shift = log(code, code.select(low, x, product))
    middle = code.fma(u, table, code.select(low, -shift, shift))
    far = _stirling(code, x)
    return code.select(x > 10.0, far, middle)


def _stirling(code: Code, x: Word) -> Word:
    inverse = 1.0 / x
    series = inverse * code.polynomial(inverse * inverse, _STIRLING)
    return (x - 0.5) * (log(code, x) - 1.0) + (series + (_HALF_LOG_TWO_PI - 0.5))


def digamma(code: Code, x: Word) -> Word:
    """Derivative of lgamma."""
    reflected = x < 0.0
    t = code.select(reflected, 1.0 - x, x)
    value = _digamma_positive(code, t)
    # The angle of a fraction of a turn keeps its digits where x is large.
    fraction = x - code.intrinsic("rint", [x])
    mirrored = value - PI / tan(code, fraction * PI)
    mirrored = code.select(_is_integer(code, x), NAN, mirrored)
    value = code.select(reflected, mirrored, value)
    zero = code.with_sign(x.of(INFINITY), -x)
    return code.select(x.equals(0.0), zero, value)


def _digamma_positive(code: Code, x: Word) -> Word:
    low = x < 1.0
    y = code.select(low, x + 1.0, x)
    total = code.select(low, -1.0 / x, 0.0)
    for _ in range(8):
        more = y > 2.0
        below = y - 1.0
        total = code.select(more, total + 1.0 / below, total)
        y = code.select(more, below, y)
    from_root = (y - _ROOT) - _ROOT_LOW
    middle = code.fma(from_root, code.polynomial(y - 1.5, fit.DIGAMMA), total)
    inverse = 1.0 / x
    square = inverse * inverse
    far = log(code, x) - 0.5 * inverse - square * code.polynomial(square, _DIGAMMA)
    far = code.select(x.equals(INFINITY), x, far)
    return code.select(x > 10.0, far, middle)


def polygamma(code: Code, order: Word, x: Word) -> Word:
    """The derivative of digamma of an integer order (given as a float); order 0 is digamma."""
    derivative = _higher(code, order, x)
    return code.select(order.equals(0.0), code.outlined("digamma", [x], digamma), derivative)


def _higher(code: Code, order: Word, x: Word) -> Word:
    """(-1)**(n + 1) n! zeta(n + 1, x), for n >= 1."""
    s = order + 1.0
    factorial = _product_to(code, order)
    half = order * 0.5
    even = half.equals(code.intrinsic("floor", [half]))
    value = factorial * _hurwitz_zeta(code, s, x)
    value = code.select(even, -value, value)
    pole = (x <= 0.0) & _is_integer(code, x)
    return code.select(pole, INFINITY, value)


def _product_to(code: Code, n: Word) -> Word:
    """n! for a float n, by multiplication."""

    def multiply(state: list[Word]) -> tuple[Word, list[Word]]:
        product, k = state
        product = code.select(k <= n, product * k, product)
        # Beyond 170 it is infinite.
        return code.any((k < n) & (k < 171.0)), [product, k + 1.0]

    return code.repeat([n.of(1.0), n.of(2.0)], multiply)[0]


def _hurwitz_zeta(code: Code, s: Word, x: Word) -> Word:
    """Sum of (x + k)**-s over k >= 0: the first terms, then Euler and Maclaurin's series."""
    enough = s + 10.0  # from here on the series has all its digits

    def power(base: Word) -> Word:
        return code.outlined("pow", [base, -s], pow_double)

    def add_term(state: list[Word]) -> tuple[Word, list[Word]]:
        total, y = state
        more = y < enough
        total = code.select(more, total + power(y), total)
        y = code.select(more, y + 1.0, y)
        return code.any(y < enough), [total, y]

    # Far below zero the terms would take hours; their sum is that of the last million.
    start = code.larger(x, code.intrinsic("ceil", [x]) - x - 1.0e6)
    start = code.select(x < -1.0e6, start, x)
    total, y = code.repeat([x.of(0.0), start], add_term)
    tail = power(y)
    inverse = 1.0 / y
    square = inverse * inverse
    series, factor = x.of(0.0), s * inverse
    for k, coefficient in enumerate(_ZETA):
        series = code.fma(factor, coefficient, series)
        rising = (s + float(2 * k + 1)) * (s + float(2 * k + 2))
        factor = factor * rising * square
    return total + tail * (y / (s - 1.0) + (series + 0.5))

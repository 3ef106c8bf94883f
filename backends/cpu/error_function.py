"""erf, erfc and the inverse of erf, on scalars and vectors of float and double.

Errors in units in the last place against mpmath (float, double): erf 1, 2; erfc 1, 4; erfinv 1, 4.
erfc is exp(-x**2) times a polynomial in (x - 4) / (x + 4) that serves all positive x (Shepherd and
Laframboise 1981); the inverse starts as in Giles 2010, "Approximating the erfinv function".
"""

from __future__ import annotations

from . import coefficients as fit
from .code import Code
from .exponential import INFINITY, NAN, at_most, exp2_near, exp_of_sum, log1p
from .power import two_product
from .word import Word

_TWO_OVER_ROOT_PI = 1.1283791670955126
_NEAR = (
    1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-06,
    -3.5233877e-06, 3.43273939e-07, 2.81022636e-08,
)  # fmt: skip
# erfinv(x) / x in sqrt(w) - 4, where w = -log(1 - x**2) from 5 to 37: a fit within 6e-6.
_FAR = (
    3.839783409, 1.009492139, 0.001268656518, -0.0008738635147, 0.0002991125357, -9.548236679e-05,
    6.758635179e-05, -5.347626653e-05, 2.154057998e-05, -3.248489363e-06,
)  # fmt: skip


def erf_float(code: Code, x: Word) -> Word:
    """Error function of float."""
    t = x.absolute()
    z = t * t
    near = code.fma(t, code.polynomial(z, fit.ERF32), t)
    far = at_most(code, t, 4.0)
    far = 1.0 - exp2_near(code, far * code.polynomial(far, fit.ERF32_FAR))
    return code.with_sign(code.select(t < 1.0, near, far), x)


def minus_square(code: Code, x: Word) -> tuple[Word, Word]:
    """-x**2, and what rounding it lost."""
    square, lost = two_product(code, x, x)
    return -square, -lost


def _erfc_positive(code: Code, x: Word) -> Word:
    """erfc(x) for x >= 0."""
    bounded = at_most(code, x, 30.0)
    t = (bounded - 4.0) / (bounded + 4.0)
    scaled = code.polynomial(t, fit.ERFCX) / code.fma(bounded, 2.0, 1.0)
    return exp_of_sum(code, *minus_square(code, bounded)) * scaled


def erf(code: Code, x: Word) -> Word:
    """Error function of double."""
    t = x.absolute()
    near = t * code.polynomial(t * t, fit.ERF64)
    return code.with_sign(code.select(t < 1.0, near, 1.0 - _erfc_positive(code, t)), x)


def erfc(code: Code, x: Word) -> Word:
    """1 - erf of double, without cancellation."""
    t = x.absolute()
    far = _erfc_positive(code, t)
    far = code.select(x < 0.0, 2.0 - far, far)
    near = 1.0 - x * code.polynomial(t * t, fit.ERF64)
    return code.select(t < 0.25, near, far)


def erfinv(code: Code, x: Word) -> Word:
    """Inverse of erf on double: an approximation to 6 digits, then two steps of Halley."""
    t = x.absolute()
    w = -log1p(code, -(t * t))
    near = code.polynomial(w - 2.5, _NEAR)
    far = code.polynomial(w.sqrt() - 4.0, _FAR)
    y = t * code.select(w < 5.0, near, far)
    for _ in range(2):
        below = y * code.polynomial(y * y, fit.ERF64) - t
        above = (1.0 - t) - _erfc_positive(code, y)
        off = code.select(y < 0.5, below, above)
        slope = exp_of_sum(code, *minus_square(code, y)) * _TWO_OVER_ROOT_PI
        step = off / slope
        y = y - step / code.fma(step, y, 1.0)
    y = code.select(t.equals(1.0), INFINITY, code.select(t < 1.0, y, NAN))
    return code.with_sign(code.select(t < 1e-150, t * (1 / _TWO_OVER_ROOT_PI), y), x)

"""Trigonometric functions and their inverses, on scalars and vectors of double.

Float goes by way of double, where short polynomials are enough. Errors in units in the last place
against mpmath (float, double): sin, cos 1, 1; tan 1, 3; asin, acos, atan, atan2 1, 2. Arguments up
to 2**20 are reduced in three parts (fdlibm's e_rem_pio2.c), larger ones lane by lane with as many
bits of 2/pi as it takes (Payne and Hanek), so that every finite argument has its exact quadrant.
"""

from __future__ import annotations

from itertools import pairwise

from . import coefficients as fit
from .code import Code
from .exponential import NAN
from .word import Word

PI, PI_LOW = 3.141592653589793, 1.2246467991473532e-16
_HALF_PI = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)
_LARGE = 1.0e6
# 2/pi: the first 1280 bits after the binary point, in words of 64, first bits first. One word of
# zeros before them serves arguments whose product with 2/pi starts above the point.
_TWO_OVER_PI = (
    0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561,
    0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484,
    0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F,
    0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B,
    0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
)  # fmt: skip


def _reduced(code: Code, x: Word) -> tuple[Word, Word, Word]:
    """Quadrant (an integer) and r, its rounding error: x = quadrant * pi/2 + r + error."""
    magic = 1.5 * 2.0**52
    shifted = code.fma(x, 2 / PI, magic)
    k = shifted - magic
    quadrant = shifted.bits()
    a = code.fma(k, -_HALF_PI[0], x)  # exact: k and the part have 20 + 33 bits
    b = k * _HALF_PI[1]
    r = a - b
    error = (a - r) - b
    c = k * _HALF_PI[2]
    rest = r - c
    error = error + ((r - rest) - c)
    return quadrant, rest, error


def _large_reduced(code: Code, x: Word) -> tuple[Word, Word]:
    """Quadrant and remainder of a scalar of any size, from the bits of 2/pi that matter.

    With x = m * 2**s, bits of 2/pi worth 2**(2 - s) and more add whole turns only. The product of m
    and the 192 bits after those, modulo 2**192, is the angle in turns: its first two bits are the
    quadrant, the rest the fraction of one.
    """
    words = ", ".join(f"i64 {w - (1 << 64) if w >> 63 else w}" for w in _TWO_OVER_PI)
    table = f"[{len(_TWO_OVER_PI)} x i64]"
    code.declare(f"@two_over_pi = private constant {table} [{words}]")
    code.declare("declare i64 @llvm.fshl.i64(i64, i64, i64)")
    bits = x.bits()
    exponent = (bits >> 52) & 0x7FF
    m = ((bits & ((1 << 52) - 1)) | (1 << 52)).convert("zext", "i128")
    start = exponent - 1013  # of the bits that matter, in the table with its leading zeros
    start = code.intrinsic("smax", [start, start.of(0)])
    word, shift = start >> 6, start & 63
    parts = []
    for offset in range(4):
        place = code.emit(f"getelementptr {table}, ptr @two_over_pi, i64 0, {word + offset}", "ptr")
        parts.append(code.emit(f"load i64, {place}, align 8", "i64"))
    first, second, third = (
        code.emit(f"call i64 @llvm.fshl.i64({high}, {low}, {shift})", "i64").convert("zext", "i128")
        for high, low in pairwise(parts)
    )
    product = ((first * m) << 64) + second * m + ((third * m) >> 64)
    fraction = product << 2
    negative = fraction < 0
    quadrant = (product >> 126).convert("trunc", "i64") + negative.convert("zext", "i64")
    magnitude = code.select(negative, -fraction, fraction) | 1
    # To a double by hand: the conversion from 128 bits would be a library call.
    code.declare("declare i128 @llvm.ctlz.i128(i128, i1)")
    zeros = code.emit(f"call i128 @llvm.ctlz.i128({magnitude}, i1 true)", "i128")
    top = ((magnitude << zeros) >> 65).convert("trunc", "i64").convert("sitofp", "double")
    scale = ((960 - zeros.convert("trunc", "i64")) << 52).floats()  # 2**(-63 - zeros)
    angle = top * scale * (PI / 2)
    angle = code.select(negative, -angle, angle)
    backwards = x < 0.0
    quadrant = code.select(backwards, -quadrant, quadrant)
    return quadrant, code.select(backwards, -angle, angle)


def _sine(code: Code, quadrant: Word, r: Word, error: Word | None) -> Word:
    """sin(quadrant * pi/2 + r + error); short polynomials where the error is None."""
    z = r * r
    if error is None:
        sine = code.fma(r * z, code.polynomial(z, fit.SIN32), r)
        cosine = code.fma(z * z, code.polynomial(z, fit.COS32), code.fma(z, -0.5, 1.0))
    else:
        sine = r + code.fma(r * z, code.polynomial(z, fit.SIN64), error)
        half = z * 0.5
        whole = 1.0 - half
        lost = (1.0 - whole) - half
        tail = code.fma(z * z, code.polynomial(z, fit.COS64), lost - r * error)
        cosine = whole + tail
    odd = (quadrant & 1).compare("ne", 0)
    value = code.select(odd, cosine, sine)
    sign = (quadrant & 2) << 62
    return (value.bits() ^ sign).floats()


def _tangent(code: Code, quadrant: Word, r: Word, error: Word | None) -> Word:
    sine = _sine(code, quadrant & 0, r, error)
    cosine = _sine(code, (quadrant & 0) + 1, r, error)
    odd = (quadrant & 1).compare("ne", 0)
    return code.select(odd, -cosine, sine) / code.select(odd, sine, cosine)


def _large_sine(code: Code, x: Word) -> Word:
    quadrant, r = _large_reduced(code, x)
    return _finite(code, x, _sine(code, quadrant, r, r.of(0.0)))


def _large_cosine(code: Code, x: Word) -> Word:
    quadrant, r = _large_reduced(code, x)
    return _finite(code, x, _sine(code, quadrant + 1, r, r.of(0.0)))


def _large_tangent(code: Code, x: Word) -> Word:
    quadrant, r = _large_reduced(code, x)
    return _finite(code, x, _tangent(code, quadrant, r, r.of(0.0)))


def _finite(code: Code, x: Word, value: Word) -> Word:
    return code.select(x.absolute() < float("inf"), value, NAN)


def sin(code: Code, x: Word, short: bool = False) -> Word:
    """Sine; `short` where the result will be rounded to float."""
    quadrant, r, error = _reduced(code, x)
    value = _sine(code, quadrant, r, None if short else error)
    value = code.select(x.equals(0.0), x, value)  # keeps -0
    return code.lanes_where(x.absolute() > _LARGE, value, x, "sin_large", _large_sine)


def cos(code: Code, x: Word, short: bool = False) -> Word:
    """Cosine."""
    quadrant, r, error = _reduced(code, x)
    value = _sine(code, quadrant + 1, r, None if short else error)
    return code.lanes_where(x.absolute() > _LARGE, value, x, "cos_large", _large_cosine)


def tan(code: Code, x: Word, short: bool = False) -> Word:
    """Tangent."""
    quadrant, r, error = _reduced(code, x)
    value = _tangent(code, quadrant, r, None if short else error)
    value = code.select(x.equals(0.0), x, value)
    return code.lanes_where(x.absolute() > _LARGE, value, x, "tan_large", _large_tangent)


def _arctangent(code: Code, t: Word) -> tuple[Word, Word, Word]:
    """For t in [0, 1] (NaN too): high, low and value whose sum is atan(t)."""
    steep = t > 0.4142135623730951
    u = code.select(steep, t - 1.0, t) / code.select(steep, t + 1.0, 1.0)
    z = u * u
    value = code.fma(u * z, code.polynomial(z, fit.ATAN64), u)
    return code.select(steep, t.of(PI / 4), 0.0), code.select(steep, t.of(PI_LOW / 4), 0.0), value


def atan(code: Code, x: Word) -> Word:
    """Arc tangent."""
    magnitude = x.absolute()
    large = magnitude > 1.0
    t = code.select(large, 1.0 / magnitude, magnitude)
    high, low, value = _arctangent(code, t)
    small = high + (value + low)
    turned = (PI / 2 - high) - (value + low - PI_LOW / 2)
    return code.with_sign(code.select(large, turned, small), x)


def atan2(code: Code, y: Word, x: Word) -> Word:
    """Angle of the point (x, y)."""
    a, b = y.absolute(), x.absolute()
    swapped = a > b
    low, high = code.select(swapped, b, a), code.select(swapped, a, b)
    infinite = float("inf")
    t = low / high
    t = code.select(high.equals(0.0), 0.0, t)
    t = code.select(low.equals(infinite), 1.0, t)
    start, rest, value = _arctangent(code, t)
    rest = value + rest
    angle = start + rest
    angle = code.select(swapped, (PI / 2 - start) - (rest - PI_LOW / 2), angle)
    behind = x.bits() < 0
    base = code.select(behind, PI - angle + PI_LOW, angle)
    value = code.with_sign(base, y)
    return code.select(x.is_nan() | y.is_nan(), x + y, value)


def _arcsine_parts(code: Code, x: Word) -> tuple[Word, Word, Word]:
    """Whether |x| > 1/2, and asin of |x| or of sqrt((1 - |x|) / 2), as s plus a rest."""
    magnitude = x.absolute()
    large = magnitude > 0.5
    z = code.select(large, (1.0 - magnitude) * 0.5, magnitude * magnitude)
    s = code.select(large, z.sqrt(), magnitude)
    return large, s, s * z * code.polynomial(z, fit.ASIN64)


def asin(code: Code, x: Word) -> Word:
    """Arc sine; NaN outside of [-1, 1]."""
    large, s, rest = _arcsine_parts(code, x)
    turned = PI / 2 - (2.0 * s + (2.0 * rest - PI_LOW / 2))
    return code.with_sign(code.select(large, turned, s + rest), x)


def acos(code: Code, x: Word) -> Word:
    """Arc cosine; NaN outside of [-1, 1]."""
    large, s, rest = _arcsine_parts(code, x)
    backwards = x < 0.0
    near = 2.0 * (s + rest)
    near = code.select(backwards, PI - (near - PI_LOW), near)
    signed, signed_rest = code.with_sign(s, x), code.select(backwards, -rest, rest)
    middle = PI / 2 - (signed - (PI_LOW / 2 - signed_rest))
    return code.select(large, near, middle)

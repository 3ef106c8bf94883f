"""float16 and bfloat16 as 16-bit patterns, to and from float32, without library calls."""

from __future__ import annotations

from .code import Code
from .word import Word


def widen(word: Word, name: str) -> Word:
    """The f32 that equals an `f16` or `bf16` given as its i16 pattern."""
    if name == "bf16":
        return (word.convert("zext", "i32") << 16).floats()
    if word.code.machine.half:
        return word.convert("bitcast", "half").convert("fpext", "float")
    return _widen_half(word.code, word)


def narrow(word: Word, name: str) -> Word:
    """The i16 pattern of the `f16` or `bf16` nearest to an f32, ties to even."""
    if name == "bf16":
        return _narrow_bfloat(word.code, word)
    if word.code.machine.half:
        return word.convert("fptrunc", "half").convert("bitcast", "i16")
    return _narrow_half(word.code, word)


def _narrow_bfloat(code: Code, x: Word) -> Word:
    bits = x.bits()
    odd = (bits >> 16) & 1
    rounded = (bits + 0x7FFF + odd) >> 16
    quiet = (bits >> 16) | 0x40
    return code.select(x.is_nan(), quiet, rounded).convert("trunc", "i16")


def _widen_half(code: Code, pattern: Word) -> Word:
    """Exponent moved by a multiplication with 2**112, which also scales denormals right."""
    wide = pattern.convert("zext", "i32")
    magnitude = (wide & 0x7FFF) << 13
    scaled = (magnitude.floats() * 2.0**112).bits()
    special = magnitude.compare("uge", 0x7C00 << 13)
    value = code.select(special, magnitude | 0x7F800000, scaled)
    return (value | ((wide & 0x8000) << 16)).floats()


def _narrow_half(code: Code, x: Word) -> Word:
    bits = x.bits()
    sign = (bits >> 16) & 0x8000
    magnitude = bits & 0x7FFFFFFF
    # Normal results: round the mantissa to 10 bits in place, then move the exponent's bias.
    odd = (magnitude >> 13) & 1
    normal = (magnitude + 0xFFF + odd - (112 << 23)) >> 13
    # Denormal results: adding 0.5 leaves the 10 rounded bits at the end of the sum.
    small = (magnitude.floats() + 0.5).bits() - 0x3F000000
    finite = code.select(magnitude.compare("ult", 113 << 23), small, normal)
    large = magnitude.compare("uge", 0x47800000)  # 65536 and above, infinity, NaN
    special = code.select(magnitude.compare("ugt", 0x7F800000), 0x7E00, magnitude.of(0x7C00))
    return (code.select(large, special, finite) | sign).convert("trunc", "i16")

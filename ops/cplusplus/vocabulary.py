"""The words of element functions: types, operators, functions of <cmath>."""

from __future__ import annotations

TYPES = {
    "float": "real", "double": "real", "int": "int", "long": "int", "int32_t": "int",
    "int64_t": "int", "bool": "bool",
}  # fmt: skip

OTHER_TYPES = (
    "char", "short", "signed", "unsigned", "size_t", "int8_t", "int16_t", "uint8_t", "uint16_t",
    "uint32_t", "uint64_t",
)  # fmt: skip
"""Types that wrap around where the integers of an element function, of 64 bits, do not."""

LEVELS = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"),
    ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
OPERATORS = {
    "||": "or", "&&": "and", "|": "bitor", "^": "bitxor", "&": "bitand", "==": "eq", "!=": "ne",
    "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "<<": "shl", ">>": "shr", "+": "add", "-": "sub",
    "*": "mul",
}  # fmt: skip
TRUTHS = ("or", "and")
COMPARISONS = ("eq", "ne", "lt", "gt", "le", "ge")
BITS = ("bitor", "bitxor", "bitand", "shl", "shr")

FUNCTIONS: dict[str, tuple[str, int, str]] = {
    **{name: (name, 1, "real") for name in (
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos",
        "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf",
        "erfc", "erfinv", "lgamma", "digamma", "floor", "ceil", "trunc",
    )},
    **{name: (name, 2, "real") for name in ("pow", "atan2", "copysign", "hypot", "nextafter")},
    "rint": ("round", 1, "real"), "nearbyint": ("round", 1, "real"),
    "fmod": ("remainder_trunc", 2, "real"),
    "abs": ("abs", 1, ""), "fabs": ("abs", 1, "real"),
    "max": ("maximum", 2, ""), "min": ("minimum", 2, ""),
    "isnan": ("isnan", 1, "bool"), "isinf": ("isinf", 1, "bool"),
    "isfinite": ("isfinite", 1, "bool"),
}  # fmt: skip
"""C++ name -> function of the op language, arguments, kind of the result ("": that of them)."""

COMPOSED: dict[str, tuple[str, str]] = {
    "round": ("trunc(x) + (copysign(1, x) if abs(x - trunc(x)) >= 0.5 else 0)", "real"),
    "fmax": ("y if isnan(x) else (x if isnan(y) else maximum(x, y))", "real"),
    "fmin": ("y if isnan(x) else (x if isnan(y) else minimum(x, y))", "real"),
    "fdim": ("0 if x <= y else x - y", "real"),
    "cbrt": ("copysign(1, x) * abs(x) ** (1.0 / 3)", "real"),
    "ldexp": ("x * 2.0 ** y", "real"),
    "signbit": ("copysign(1, x) < 0", "bool"),
}
"""C++ name -> its value in the op language, of x and y, and kind of the result."""

REFUSED = {
    "fma": "it rounds once, which x * y + z may not do",
    "tgamma": "write exp(lgamma(x)) for x > 0",
    "remainder": "its quotient is exact; use fmod",
    "logb": "it reads the exponent of a number; use floor(log2(fabs(x)))",
    "ilogb": "it reads the exponent of a number; use floor(log2(fabs(x)))",
    "frexp": "it has two results", "modf": "it has two results", "remquo": "it has two results",
    "scalbn": "use ldexp", "scalbln": "use ldexp",
    "lround": "use round", "llround": "use round", "lrint": "use rint", "llrint": "use rint",
    "nan": "use NAN", "nexttoward": "use nextafter",
    "fpclassify": "use isnan and isinf", "isnormal": "use isnan and isinf",
}  # fmt: skip
"""Functions of <cmath> that element functions do not have, and why."""

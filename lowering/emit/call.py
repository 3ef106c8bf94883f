"""A scalar primitive -> instructions, on values of one type, scalars and vectors alike."""

from __future__ import annotations

from ...ops.errors import LoweringError
from ..ir.builder import Builder, bits, like
from ..ir.kinds import COMPARISONS, Kind
from ..ir.loops import F32, I1, I32, Value

DIRECT = frozenset(
    [
        "exp",
        "expm1",
        "log",
        "log1p",
        "log2",
        "sqrt",
        "rsqrt",
        "sin",
        "cos",
        "asin",
        "atan",
        "atan2",
        "tanh",
        "erf",
        "erfc",
        "copysign",
    ]
)
SPECIAL = frozenset(["cospi", "erfinv", "lgamma", "digamma", "polygamma", "nextafter"])
ROUNDING = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "round": "roundeven"}
FLOAT_PREDICATES = {"eq": "oeq", "ne": "une", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"}
SIGNED_PREDICATES = {"eq": "eq", "ne": "ne", "lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge"}
UNSIGNED_PREDICATES = {"eq": "eq", "ne": "ne", "lt": "ult", "le": "ule", "gt": "ugt", "ge": "uge"}


def emit_call(builder: Builder, function: str, kind: Kind, values: list[Value]) -> Value:
    """Result of a primitive whose arguments were brought to `kind` and to one type.

    Raises:
        LoweringError: The primitive is not defined for the kind.
    """
    if function in COMPARISONS:
        return compare(builder, function, kind, values[0], values[1])
    if kind.category == 2:
        return _float_call(builder, function, values)
    if kind.category == 1:
        return _integer_call(builder, function, kind, values)
    return _truth_call(builder, function, values)


def compare(builder: Builder, function: str, kind: Kind, a: Value, b: Value) -> Value:
    """Truth of a comparison."""
    if kind.category == 2:
        return builder.compare(FLOAT_PREDICATES[function], a, b)
    table = SIGNED_PREDICATES if kind.signed and kind.category == 1 else UNSIGNED_PREDICATES
    return builder.compare(table[function], a, b)


def negate(builder: Builder, value: Value) -> Value:
    """Not a truth value."""
    return builder.add("arith.xori", [value, builder.constant(True, value.type)], value.type)


def both(builder: Builder, a: Value, b: Value) -> Value:
    """And of two truth values."""
    return builder.add("arith.andi", [a, b], a.type)


def either(builder: Builder, a: Value, b: Value) -> Value:
    """Or of two truth values."""
    return builder.add("arith.ori", [a, b], a.type)


def _float_call(b: Builder, function: str, v: list[Value]) -> Value:
    type_ = v[0].type
    if function in DIRECT:
        return b.math(function, *v)
    if function in SPECIAL:
        return b.add(f"ts.{function}", v, type_)
    if function in ROUNDING:
        return b.math(ROUNDING[function], v[0])
    match function:
        case "neg":
            return b.add("arith.negf", v, type_)
        case "add":
            return b.plus(v[0], v[1])
        case "sub":
            return b.minus(v[0], v[1])
        case "mul":
            return b.times(v[0], v[1])
        case "div":
            return b.add("arith.divf", v, type_)
        case "maximum":
            return b.add("arith.maximumf", v, type_)
        case "minimum":
            return b.add("arith.minimumf", v, type_)
        case "abs":
            return b.math("absf", v[0])
        case "sign":
            return _float_sign(b, v[0])
        case "floordiv":
            return _float_floordiv(b, v[0], v[1])
        case "mod":
            return _float_mod(b, v[0], v[1])
        case "trunc_div":
            return b.math("trunc", b.add("arith.divf", v, type_))
        case "remainder_trunc":
            return b.add("arith.remf", v, type_)
        case "pow":
            return b.math("powf", v[0], v[1])
    raise LoweringError(f"{function}: must not be applied to floating-point numbers")


def _float_sign(b: Builder, u: Value) -> Value:
    zero = b.constant(0.0, u.type)
    negative = b.select(b.compare("olt", u, zero), b.constant(-1.0, u.type), zero)
    return b.select(b.compare("ogt", u, zero), b.constant(1.0, u.type), negative)


def _signs_differ(b: Builder, remainder: Value, divisor: Value) -> Value:
    """The remainder is not zero and lies on the other side of zero than the divisor."""
    zero = b.constant(0.0, divisor.type)
    opposite = b.add(
        "arith.xori",
        [b.compare("olt", remainder, zero), b.compare("olt", divisor, zero)],
        like(divisor.type, I1),
    )
    return both(b, b.compare("one", remainder, zero), opposite)


def _float_mod(b: Builder, u: Value, v: Value) -> Value:
    remainder = b.add("arith.remf", [u, v], u.type)
    return b.select(_signs_differ(b, remainder, v), b.plus(remainder, v), remainder)


def _float_floordiv(b: Builder, u: Value, v: Value) -> Value:
    # As PyTorch: from the exact remainder, so that 1 // 0.1 is 9.
    quotient = b.add("arith.divf", [u, v], u.type)
    remainder = b.add("arith.remf", [u, v], u.type)
    exact = b.add("arith.divf", [b.minus(u, remainder), v], u.type)
    one, zero = b.constant(1.0, u.type), b.constant(0.0, u.type)
    exact = b.select(_signs_differ(b, remainder, v), b.minus(exact, one), exact)
    floored = b.math("floor", exact)
    high = b.compare("ogt", b.minus(exact, floored), b.constant(0.5, u.type))
    floored = b.select(high, b.plus(floored, one), floored)
    signed_zero = b.math("copysign", zero, quotient)
    result = b.select(b.compare("oeq", exact, zero), signed_zero, floored)
    return b.select(b.compare("oeq", v, zero), quotient, result)


def _integer_sign(b: Builder, kind: Kind, x: Value, zero: Value) -> Value:
    one, minus = b.constant(1, x.type), b.constant(-1, x.type)
    if not kind.signed:
        return b.select(b.compare("ne", x, zero), one, zero)
    negative = b.select(b.compare("slt", x, zero), minus, zero)
    return b.select(b.compare("sgt", x, zero), one, negative)


def _integer_call(b: Builder, function: str, kind: Kind, v: list[Value]) -> Value:
    type_ = v[0].type
    if function in ROUNDING:
        return v[0]
    sign = "s" if kind.signed else "u"
    plain = {
        "maximum": f"arith.max{sign}i",
        "minimum": f"arith.min{sign}i",
        "bitand": "arith.andi",
        "bitor": "arith.ori",
        "bitxor": "arith.xori",
    }
    if function in plain:
        return b.add(plain[function], v, type_)
    zero = b.constant(0, type_)
    match function:
        case "neg":
            return b.minus(zero, v[0])
        case "add":
            return b.plus(v[0], v[1])
        case "sub":
            return b.minus(v[0], v[1])
        case "mul":
            return b.times(v[0], v[1])
        case "abs":
            if not kind.signed:
                return v[0]
            return b.select(b.compare("slt", v[0], zero), b.minus(zero, v[0]), v[0])
        case "sign":
            return _integer_sign(b, kind, v[0], zero)
        case "bitnot":
            return b.add("arith.xori", [v[0], b.constant(-1, type_)], type_)
        case "pow":
            return _integer_pow(b, kind, v[0], v[1])
        case "shl" | "shr":
            return _shift(b, function, kind, v[0], v[1])
        case "floordiv" | "mod" | "trunc_div" | "remainder_trunc":
            return _divide(b, function, kind, v[0], v[1])
    raise LoweringError(f"{function}: must not be applied to integers")


def _divide(b: Builder, function: str, kind: Kind, u: Value, v: Value) -> Value:
    """Quotients and remainders; by zero 0, and without the overflow of the least number by -1."""
    zero, one = b.constant(0, u.type), b.constant(1, u.type)
    by_zero = b.compare("eq", v, zero)
    if not kind.signed:
        safe = b.select(by_zero, one, v)
        name = "arith.divui" if function in ("floordiv", "trunc_div") else "arith.remui"
        return b.select(by_zero, zero, b.add(name, [u, safe], u.type))
    by_minus = b.compare("eq", v, b.constant(-1, u.type))
    safe = b.select(either(b, by_zero, by_minus), one, v)
    quotient = b.add("arith.divsi", [u, safe], u.type)
    remainder = b.minus(u, b.times(quotient, safe))
    opposite = b.compare("slt", b.add("arith.xori", [remainder, safe], u.type), zero)
    fix = both(b, opposite, b.compare("ne", remainder, zero))
    if function == "floordiv":
        quotient = b.select(fix, b.minus(quotient, one), quotient)
    if function in ("floordiv", "trunc_div"):
        quotient = b.select(by_minus, b.minus(zero, u), quotient)
        return b.select(by_zero, zero, quotient)
    if function == "mod":
        remainder = b.select(fix, b.plus(remainder, safe), remainder)
    return b.select(either(b, by_zero, by_minus), zero, remainder)


def _shift(b: Builder, function: str, kind: Kind, u: Value, v: Value) -> Value:
    """Shifts; by the width or more all bits go (the sign fills them from the left)."""
    width = bits(u.type)
    top = b.constant(width - 1, u.type)
    far = b.compare("ugt", v, top)
    safe = b.select(far, top, v)
    if function == "shl":
        shifted = b.add("arith.shli", [u, safe], u.type)
        return b.select(far, b.constant(0, u.type), shifted)
    if kind.signed:
        return b.add("arith.shrsi", [u, safe], u.type)
    shifted = b.add("arith.shrui", [u, safe], u.type)
    return b.select(far, b.constant(0, u.type), shifted)


def _integer_pow(b: Builder, kind: Kind, u: Value, v: Value) -> Value:
    """Power by squaring, wrapping around; to negative powers 1 and -1 survive, all else is 0."""
    one, zero = b.constant(1, u.type), b.constant(0, u.type)
    start, end = b.constant(0), b.constant(bits(u.type) - (1 if kind.signed else 0))
    with b.loop(start, end, carried=[one, u, v]) as loop:
        result, base, exponent = loop.carried
        odd = b.compare("ne", b.add("arith.andi", [exponent, one], u.type), zero)
        result = b.select(odd, b.times(result, base), result)
        loop.next = [result, b.times(base, base), b.add("arith.shrui", [exponent, one], u.type)]
    power = loop.results[0]
    if not kind.signed:
        return power
    minus = b.constant(-1, u.type)
    even = b.compare("eq", b.add("arith.andi", [v, one], u.type), zero)
    unit = b.select(even, one, minus)
    reciprocal = b.select(b.compare("eq", u, minus), unit, zero)
    reciprocal = b.select(b.compare("eq", u, one), one, reciprocal)
    return b.select(b.compare("slt", v, zero), reciprocal, power)


def _truth_call(b: Builder, function: str, v: list[Value]) -> Value:
    match function:
        case "and" | "mul" | "bitand" | "minimum":
            return both(b, v[0], v[1])
        case "or" | "add" | "bitor" | "maximum":
            return either(b, v[0], v[1])
        case "not" | "bitnot":
            return negate(b, v[0])
        case "bitxor":
            return b.add("arith.xori", v, v[0].type)
        case "sign" | "abs":
            return v[0]
    raise LoweringError(f"{function}: must not be applied to truth values")


def uniform(b: Builder, kind: Kind, seed: Value, counter: Value, second: bool) -> Value:
    """A float in [0, 1): 24 bits of the first word of Philox, or 53 of the first two.

    `second` takes the third word, or the last two.
    """
    which = "high" if second else "low"
    word = b.add("ts.philox", [seed, counter], counter.type, which=which)
    if kind.scalar == F32:
        narrow = b.add("arith.trunci", [word], like(word.type, I32))
        high = b.add("arith.shrui", [narrow, b.constant(8, narrow.type)], narrow.type)
        drawn = b.convert(high, F32)
        return b.times(drawn, b.constant(2.0**-24, drawn.type))
    high = b.add("arith.shrui", [word, b.constant(11, word.type)], word.type)
    drawn = b.convert(high, kind.scalar)
    return b.times(drawn, b.constant(2.0**-53, drawn.type))


def random_bits(b: Builder, seed: Value, counter: Value) -> Value:
    """An int64 in [0, 2**63): the first two words of Philox without the lowest bit."""
    word = b.add("ts.philox", [seed, counter], counter.type, which="low")
    return b.add("arith.shrui", [word, b.constant(1, word.type)], word.type)

"""Statements of entries as MathML, which browsers show without any script."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    Word,
)
from ..ops.language.op import Block
from ..ops.language.signature import print_condition
from ..ops.language.text import print_expression

_SIGNS = {
    "add": ("+", 10), "sub": ("\u2212", 10), "mul": ("\u22c5", 11), "mod": ("mod", 11),
    "lt": ("<", 6), "le": ("\u2264", 6), "gt": (">", 6), "ge": ("\u2265", 6), "eq": ("=", 6),
    "ne": ("\u2260", 6), "and": ("\u2227", 3), "or": ("\u2228", 2), "bitand": ("&", 9),
    "bitor": ("|", 7), "bitxor": ("\u2295", 8), "shl": ("\u226a", 9), "shr": ("\u226b", 9),
}  # fmt: skip
"""Function -> its sign and how tightly it binds; a call binds tightest."""

_CALL = 20
_LARGE = {"sum": "\u2211", "prod": "\u220f", "any": "\u22c1", "all": "\u22c0"}
_GREEK = {
    name: chr(code)
    for name, code in (
        ("alpha", 0x3B1), ("beta", 0x3B2), ("gamma", 0x3B3), ("delta", 0x3B4), ("eps", 0x3B5),
        ("lambd", 0x3BB), ("mu", 0x3BC), ("rho", 0x3C1), ("sigma", 0x3C3), ("tau", 0x3C4),
        ("omega", 0x3C9),
    )
}  # fmt: skip


def statements(body: tuple[Statement | Block, ...]) -> str:
    """The statements of an entry, one formula a line; conditions in words before them."""
    return "\n".join(_lines(body))


def _lines(body: tuple[Statement | Block, ...], when: str = "") -> Iterator[str]:
    for each in body:
        if isinstance(each, Block):
            words = " and ".join(print_condition(condition) for condition in each.conditions)
            yield from _lines(each.statements, f"{when} and {words}" if when else words)
        else:
            told = f'<p class="when">if {escape(when)}</p>\n' if when else ""
            sign = "+=" if each.accumulate else "="
            left, right = formula(each.target), formula(each.value)
            yield f'{told}<math display="block">{left}<mo>{sign}</mo>{right}</math>'


def formula(node: Expression) -> str:
    """An expression."""
    return _write(node)[0]


def _write(node: Expression) -> tuple[str, int]:
    """MathML of a node, and how tightly it binds."""
    match node:
        case Constant(value):
            return _number(value), (_CALL if value is True or value is False or value >= 0 else 10)
        case Size(name) | Attribute(name):
            return _name(name), _CALL
        case Index(name):
            return _name(name), _CALL
        case Word(text):
            return f"<mtext>{escape(text)}</mtext>", _CALL
        case Product(parts):
            return f"<mrow><mo>(</mo>{_list(parts)}<mo>)</mo></mrow>", _CALL
        case Read(name, indices):
            if not indices:
                return _name(name), _CALL
            return f"<msub>{_name(name)}<mrow>{_list(indices)}</mrow></msub>", _CALL
        case Reduce(kind, names, body):
            return _reduction(kind, ",".join(names), body), 11
        case Scan(kind, index, until, body, reverse):
            sign = "\u2265" if reverse else "\u2264"
            return _reduction(kind, f"{index} {sign} {until.name}", body), 11
        case Order(index, body, place, falling):
            way = "" if falling == Constant(False) else f", {print_expression(falling)}"
            sort = f"<munder><mi>argsort</mi><mtext>{escape(index + way)}</mtext></munder>"
            inner = f"<mrow>{sort}{_inside(body, 11)}</mrow>"
            return f"<msub>{inner}<mrow>{formula(place)}</mrow></msub>", _CALL
        case Cast(body, _):
            return _write(body)
        case Call(function, arguments):
            return _call(function, arguments)
    return f"<mtext>{escape(str(node))}</mtext>", _CALL


def _reduction(kind: str, below: str, body: Expression) -> str:
    under = f"<mtext>{escape(below)}</mtext>"
    if kind in _LARGE:
        return f"<mrow><munder><mo>{_LARGE[kind]}</mo>{under}</munder>{_inside(body, 11)}</mrow>"
    return f"<mrow><munder><mi>{kind}</mi>{under}</munder>{_inside(body, 11)}</mrow>"


def _call(function: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
    match function, arguments:
        case "div", (above, below):
            return f"<mfrac><mrow>{formula(above)}</mrow><mrow>{formula(below)}</mrow></mfrac>", 12
        case "floordiv", (above, below):
            inner = f"<mfrac><mrow>{formula(above)}</mrow><mrow>{formula(below)}</mrow></mfrac>"
            return f"<mrow><mo>\u230a</mo>{inner}<mo>\u230b</mo></mrow>", _CALL
        case "pow", (base, power):
            return f"<msup>{_inside(base, 14)}<mrow>{formula(power)}</mrow></msup>", 13
        case "exp", (power,):
            return f"<msup><mi>e</mi><mrow>{formula(power)}</mrow></msup>", 13
        case "sqrt", (inner,):
            return f"<msqrt>{formula(inner)}</msqrt>", _CALL
        case "rsqrt", (inner,):
            return f"<mfrac><mn>1</mn><msqrt>{formula(inner)}</msqrt></mfrac>", 12
        case "abs", (inner,):
            return f"<mrow><mo>|</mo>{formula(inner)}<mo>|</mo></mrow>", _CALL
        case ("floor" | "ceil") as kind, (inner,):
            left, right = ("\u230a", "\u230b") if kind == "floor" else ("\u2308", "\u2309")
            return f"<mrow><mo>{left}</mo>{formula(inner)}<mo>{right}</mo></mrow>", _CALL
        case "neg", (inner,):
            return f"<mrow><mo>\u2212</mo>{_inside(inner, 12)}</mrow>", 10
        case "not", (inner,):
            return f"<mrow><mo>\u00ac</mo>{_inside(inner, 12)}</mrow>", 4
        case "select", (test, then, otherwise):
            rows = (
                f"<mtr><mtd>{formula(then)}</mtd><mtd><mtext>if&#160;</mtext>{formula(test)}</mtd>"
                f"</mtr><mtr><mtd>{formula(otherwise)}</mtd><mtd><mtext>else</mtext></mtd></mtr>"
            )
            return f"<mrow><mo>{{</mo><mtable>{rows}</mtable></mrow>", 1
        case name, (left, right) if name in _SIGNS:
            sign, strength = _SIGNS[name]
            first, second = _inside(left, strength), _inside(right, strength + (name == "sub"))
            return f"<mrow>{first}<mo>{escape(sign)}</mo>{second}</mrow>", strength
    shown = {"maximum": "max", "minimum": "min"}.get(function, function)
    return f"<mrow>{_name(shown)}<mo>(</mo>{_list(arguments)}<mo>)</mo></mrow>", _CALL


def _inside(node: Expression, strength: int) -> str:
    text, own = _write(node)
    return text if own >= strength else f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"


def _list(nodes: tuple[Expression, ...]) -> str:
    return "<mo>,</mo>".join(formula(each) for each in nodes)


def _name(name: str) -> str:
    return f"<mi>{escape(_GREEK.get(name, name))}</mi>"


def _number(value: float | bool) -> str:
    return f"<mn>{escape(str(value))}</mn>"

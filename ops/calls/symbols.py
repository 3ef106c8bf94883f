"""Integers that remember how they came about and what was asked of them.

Code that plans with integers is run once on symbols in their place. What it computes becomes
formulas over the integers that it was given; every decision that it takes (`if n == 1`,
`max(n, 64)`, a sort) is a comparison, and becomes a guard. For other integers the guards say
whether that code would have gone the same way; if so, the formulas give what it would have given,
and it need not be run again.

Nothing is asked of such code. Where Python needs a true number (an index, a key of a dict, text, a
call of a library) the symbol is *pinned*: a guard says that it equals the number that it stands
for. So formulas can be less general than hoped, but never wrong.

`one_step` makes them more general: a function of integers that formulas call as a whole.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

Evaluate = Callable[..., Any]

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "<<": operator.lshift,
    ">>": operator.rshift, "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
_SIGNS = {"neg": ("-", operator.neg), "invert": ("~", operator.invert)}
_FUNCTIONS = {"abs": abs, "floor": math.floor, "ceil": math.ceil, "trunc": math.trunc}
MOST_STEPS = 1 << 13
_NEUTRAL = {("+", 0), ("-", 0), ("*", 1), ("//", 1), ("<<", 0), (">>", 0)}


class Trace:
    """What a piece of code asks of integers, and computes from them.

    Attributes:
        inputs: The integers, in the order in which formulas take them.
    """

    def __init__(self, values: Sequence[int]) -> None:
        self._lines: list[tuple[str, str]] = []  # name and text; the name is empty for a guard
        self._names: dict[str, Symbol] = {}  # text of a computation -> its result
        self._guards: set[str] = set()
        self._equal: dict[str, str] = {}  # name -> what it was found to be equal to
        self._functions: dict[Callable[..., Any], str] = {}
        self._closed = False
        self.inputs = tuple(Symbol(self, f"v{i}", value) for i, value in enumerate(values))

    def apply(self, text: str, value: Any) -> Symbol:
        """The symbol of a computation, one object for equal ones."""
        self._check()
        found = self._names.get(text)
        if found is None:
            found = self._names[text] = Symbol(self, f"t{len(self._names)}", value)
            self._lines.append((found.name, text))
        return found

    def call(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        """What a function gives, as one step; a tuple of symbols where it gives a tuple."""
        name = self._functions.setdefault(function, f"f{len(self._functions)}")
        value = function(*map(value_of, arguments))
        text = f"{name}({', '.join(map(self.atom, arguments))})"
        found = self.apply(text, value)
        if not isinstance(value, tuple):
            return found
        return tuple(self.apply(f"{found.name}[{i}]", each) for i, each in enumerate(value))

    def decide(self, left: str, sign: str, right: str, outcome: bool) -> bool:
        """Notes that a comparison has an outcome."""
        self._check()
        if left == right or not (_is_name(left) or _is_name(right)):
            return outcome
        text = f"{left} {sign} {right}" if outcome else f"not {left} {sign} {right}"
        if text not in self._guards:
            self._guards.add(text)
            self._lines.append(("", text))
        if outcome and sign == "==":
            self._equate(left, right)
        return outcome

    def _equate(self, left: str, right: str) -> None:
        """From now on two names are one: a number if there is one, else what was given."""
        if not _is_name(left) or (left[0] == "v" and right[0] == "t"):
            left, right = right, left
        self._equal[left] = right

    def atom(self, value: Any) -> str:
        """The text of a symbol or a number."""
        if type(value) is not Symbol:
            text = repr(value)
            return f"({text})" if text[0] == "-" else text
        name = value.name
        while name in self._equal:
            name = self._equal[name]
        return name

    def formulas(self, results: Any) -> Evaluate:
        """A function of the integers that gives `results` for them, or None if some guard fails.

        Args:
            results: Symbols and anything else, in tuples and in dicts by text. The trace is closed:
                symbols that outlive it refuse whatever is asked of them.
        """
        constants: list[Any] = []
        text = self._text(results, constants)
        self._closed = True
        needed = set(_words(text))
        lines: list[str] = []
        for name, expression in reversed(self._lines):
            if not name:
                lines.append(f"if {_negated(expression)}: return None")
            elif name in needed:
                lines.append(f"{name} = {expression}")
            else:
                continue
            needed.update(_words(expression))
        arguments = ", ".join(x.name for x in self.inputs)
        body = "\n    ".join([*reversed(lines), f"return {text}"])
        scope = {
            "__builtins__": {}, "inf": math.inf, "nan": math.nan, **_FUNCTIONS,
            **{f"k{i}": value for i, value in enumerate(constants)},
            **{name: function for function, name in self._functions.items()},
        }  # fmt: skip
        exec(f"def evaluate({arguments}):\n    {body}", scope)
        evaluate: Evaluate = scope["evaluate"]
        return evaluate

    @property
    def guards(self) -> tuple[str, ...]:
        """What must hold of the integers, in the order in which it was asked."""
        return tuple(text for name, text in self._lines if not name)

    def _text(self, value: Any, constants: list[Any]) -> str:
        kind = type(value)
        if kind is Symbol or kind in (int, float):
            return self.atom(value)
        if isinstance(value, tuple):  # a shape is a tuple of its own kind
            return f"({''.join(self._text(each, constants) + ', ' for each in value)})"
        if isinstance(value, Mapping):
            pairs = (f"{key!r}: {self._text(each, constants)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        constants.append(value)
        return f"k{len(constants) - 1}"

    def _check(self) -> None:
        if self._closed:
            raise RuntimeError("a symbol must not outlive the trace that it belongs to")
        if len(self._lines) > MOST_STEPS:
            raise RuntimeError(f"formulas must have at most {MOST_STEPS} steps")


class Symbol:
    """An integer (or a fraction of integers) of a trace.

    Attributes:
        trace: Where it belongs.
        name: In the formulas.
        value: The number that it stands for while the code runs.
    """

    __slots__ = ("name", "trace", "value")

    def __init__(self, trace: Trace, name: str, value: Any) -> None:
        self.trace, self.name, self.value = trace, name, value

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """That of the number: code that asks for an `int` is given one."""
        return type(self.value)

    def pin(self) -> Any:
        """The number, which the formulas are then for."""
        self.trace.decide(self.trace.atom(self), "==", self.trace.atom(self.value), True)
        return self.value

    __index__ = __round__ = pin

    def __int__(self) -> int:
        return int(self.pin())

    def __float__(self) -> float:
        return float(self.pin())

    def __hash__(self) -> int:
        return hash(self.pin())

    def __repr__(self) -> str:
        return repr(self.pin())

    def __format__(self, form: str) -> str:
        return format(self.pin(), form)

    def __bool__(self) -> bool:
        return bool(_compare(self, "!=", 0))

    def __pos__(self) -> Symbol:
        return self


def _is_name(text: str) -> bool:
    """A text is that of a symbol, not of a number."""
    return text[0] in "vt"


def value_of(value: Any) -> Any:
    """The number that a symbol stands for; a number itself."""
    return value.value if type(value) is Symbol else value


def _is_number(value: Any) -> bool:
    return type(value) in (Symbol, int, float, bool)


def _operate(left: Any, sign: str, right: Any, trace: Trace) -> Any:
    if not (_is_number(left) and _is_number(right)):
        return NotImplemented
    first, second = trace.atom(left), trace.atom(right)
    value = _ARITHMETIC[sign](value_of(left), value_of(right))
    if not (_is_name(first) or _is_name(second)):
        return value
    if type(value) is int:
        if (sign, second) in _PLAIN and type(right) is not float:
            return left
        if sign in "+*" and (sign, first) in _PLAIN:
            return right
        if sign == "*" and "0" in (first, second):
            return 0
    return trace.apply(f"{first} {sign} {second}", value)


_PLAIN = {(sign, str(number)) for sign, number in _NEUTRAL}


def _apply(operand: Symbol, name: str, function: Callable[[Any], Any]) -> Any:
    trace = operand.trace
    atom = trace.atom(operand)
    if not _is_name(atom):
        return function(operand.value)
    text = f"{name}({atom})" if name in _FUNCTIONS else f"{name}{atom}"
    return trace.apply(text, function(operand.value))


def _compare(left: Symbol, sign: str, right: Any) -> Any:
    if not _is_number(right):
        return NotImplemented
    trace = left.trace
    outcome = _COMPARISONS[sign](left.value, value_of(right))
    return trace.decide(trace.atom(left), sign, trace.atom(right), outcome)


def _define(name: str, method: Callable[..., Any]) -> None:
    setattr(Symbol, name, method)


def _define_all() -> None:
    names = {
        "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod",
        "**": "pow", "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor",
    }  # fmt: skip
    for sign, name in names.items():
        _define(f"__{name}__", lambda self, x, s=sign: _operate(self, s, x, self.trace))
        _define(f"__r{name}__", lambda self, x, s=sign: _operate(x, s, self, self.trace))
    comparisons = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
    for sign, name in comparisons.items():
        _define(f"__{name}__", lambda self, x, s=sign: _compare(self, s, x))
    for name, (sign, function) in _SIGNS.items():
        _define(f"__{name}__", lambda self, s=sign, f=function: _apply(self, s, f))
    for name, function in _FUNCTIONS.items():
        _define(f"__{name}__", lambda self, n=name, f=function: _apply(self, n, f))


_define_all()


def whole(value: Any) -> int:
    """`int(value)`, a symbol where the value is one that stands for an integer."""
    if type(value) is Symbol and type(value.value) is int:
        return value  # type: ignore[return-value]
    return int(value)


def _negated(text: str) -> str:
    return text[4:] if text.startswith("not ") else f"not {text}"


def _words(text: str) -> list[str]:
    """The names in a text."""
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def one_step(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of integers that formulas call: what it decides inside is none of their guards.

    It must depend on its arguments only, and give integers or a tuple of them. Planning is right
    without it; it is for functions that decide much, or that call what would pin a symbol.
    """

    @wraps(function)
    def step(*arguments: Any) -> Any:
        for each in arguments:
            if type(each) is Symbol and is_free(each):
                return each.trace.call(function, arguments)
        return function(*map(value_of, arguments))

    return step


maximum, minimum = one_step(max), one_step(min)


def is_free(value: Any) -> bool:
    """A symbol may still stand for several numbers."""
    return type(value) is Symbol and _is_name(value.trace.atom(value))

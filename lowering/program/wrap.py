"""Places that wrap around, without a division for each: `(n + c) % N` where `n` runs over N.

With `s = c % N`, which does not depend on `n`, the place is `n + s`, less N if that reaches N.
"""

from __future__ import annotations

from collections.abc import Callable

from ...ops.language.expression import Call, Constant, Expression, Index, Size, transform, walk

IsWhole = Callable[[Expression], bool]


def wrapped(value: Expression, is_whole: IsWhole) -> Expression:
    """A value whose remainders of places are differences.

    Args:
        is_whole: Whether a read or an attribute is an integer.
    """

    def visit(node: Expression) -> Expression:
        match node:
            case Call("mod", (place, Size() as size)):
                return _wrapped(place, size, is_whole) or node
        return node

    return transform(value, visit)


def _wrapped(place: Expression, size: Size, is_whole: IsWhole) -> Expression | None:
    terms = _terms(place)
    runs = [term for sign, term in terms if sign > 0 and isinstance(term, Index)
            and term.size == size.name]  # fmt: skip
    if len(runs) != 1:
        return None
    (index,) = runs
    rest = [(sign, term) for sign, term in terms if term != index and term != size]
    inside = [node for _, term in rest for node in walk(term)]
    if index in inside or not all(_is_whole(term, is_whole) for _, term in rest):
        return None
    start: Expression = Constant(0)
    for sign, term in rest:
        start = Call("add" if sign > 0 else "sub", (start, term))
    moved = Call("add", (index, Call("mod", (start, size))))
    return Call("select", (Call("lt", (moved, size)), moved, Call("sub", (moved, size))))


def _terms(place: Expression) -> list[tuple[int, Expression]]:
    """The terms of a sum with their signs."""
    match place:
        case Call("add", (a, b)):
            return _terms(a) + _terms(b)
        case Call("sub", (a, b)):
            return _terms(a) + [(-sign, term) for sign, term in _terms(b)]
        case Call("neg", (a,)):
            return [(-sign, term) for sign, term in _terms(a)]
    return [(1, place)]


def _is_whole(term: Expression, is_whole: IsWhole) -> bool:
    match term:
        case Constant(value):
            return type(value) is int
        case Size() | Index():
            return True
        case Call("add" | "sub" | "mul" | "neg", arguments):
            return all(_is_whole(each, is_whole) for each in arguments)
    return is_whole(term)

"""Scatters turned into gathers: `d[o + k] += v[o, k]` is `d[h] = sum[k](v[h - k, k])`.

Each place of the target is an equation between the element's index and an affine form of the
statement's indices. One index of the form is solved for; where the solution is no integer or lies
outside, nothing is added. Indices that no equation determines are summed over. What remains a
scatter is a place that is itself read from memory; and where most solutions are no integers, as in
`d[2*o + k] += v[o]`, unless what is added is a product.
"""

from __future__ import annotations

from collections.abc import Callable

from ...ops.calls.binding import Binding
from ...ops.dataclass import dataclass
from ...ops.language.algebra import add, call, mul, neg, sub
from ...ops.language.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Product,
    Size,
    free_indices,
    once,
    walk,
)
from .program import Factors, product_factors, size_extent, substitute


@dataclass(frozen=True)
class Contribution:
    """One `target[indices] += sum[bound](value)`."""

    indices: tuple[Expression, ...]
    value: Expression
    bound: tuple[str, ...]


def invert(
    contribution: Contribution,
    places: tuple[Expression, ...],
    axes: tuple[Factors, ...],
    binding: Binding,
) -> tuple[Expression, tuple[str, ...]] | None:
    """What the element at `places` gets: a value and the indices to sum it over.

    None if a place is not affine in the statement's indices; and if solutions are divided, unless
    products are added: a division and a condition for each element cost more than going through
    what is added, one after the other.
    """
    contribution = _apart(contribution)
    solution: dict[str, Expression] = {}
    conditions: list[Expression] = []
    determined = {name for place in places for name in free_indices(place)}
    for place, index, axis in zip(places, contribution.indices, axes):
        for left, right in _equations(place, index, axis):
            if not _solve(
                left, substitute(right, solution), determined, solution, conditions, binding
            ):
                return None
    divided = any(isinstance(n, Call) and n.function == "mod" for c in conditions for n in walk(c))
    if divided and len(product_factors(contribution.value)) < 2:
        return None
    value = substitute(contribution.value, solution)
    names = free_indices(contribution.value)
    extra = [n for i in contribution.indices for n in free_indices(i)] + list(names)
    bound = [*contribution.bound, *extra]
    left_over = tuple(dict.fromkeys(n for n in bound if n not in solution))
    conditions = [substitute(condition, solution) for condition in conditions]
    if conditions:
        condition = conditions[0]
        for other in conditions[1:]:
            condition = call("and", condition, other)
        value = call("select", condition, value, Constant(0))
    return value, left_over


def _apart(contribution: Contribution) -> Contribution:
    """The contribution with index names that do not meet those of the target."""
    parts = (*contribution.indices, contribution.value)
    names = dict.fromkeys([n for p in parts for n in free_indices(p)] + list(contribution.bound))
    mapping: dict[str, Expression] = {
        name: Index(f"{name.rstrip('0123456789')}{100 + number}")
        for number, name in enumerate(names)
    }
    return Contribution(
        tuple(substitute(i, mapping) for i in contribution.indices),
        substitute(contribution.value, mapping),
        tuple(_name(mapping[n]) for n in contribution.bound),
    )


def _name(index: Expression) -> str:
    assert isinstance(index, Index)
    return index.name


def _equations(
    place: Expression, index: Expression, axis: Factors
) -> list[tuple[Expression, Expression]]:
    """`place == index`, taken apart where both are products over the same factors."""
    products = isinstance(place, Product) and isinstance(index, Product)
    if products and len(place.children) == len(index.children):
        return list(zip(place.children, index.children))
    return [(place, index)]


def _solve(
    left: Expression,
    right: Expression,
    determined: set[str],
    solution: dict[str, Expression],
    conditions: list[Expression],
    binding: Binding,
) -> bool:
    """Adds to the solution what `left == right` says about one index of `right`."""
    plain = isinstance(right, Index) and isinstance(left, Index) and right.size == left.size
    if plain and isinstance(right, Index) and right.name not in determined:
        solution[right.name] = left
        return True
    form = affine(right)
    if form is None:
        return False
    terms, rest = form
    open_terms = {n: c for n, c in terms.items() if n not in determined}
    for name, coefficient in terms.items():
        if name in determined:
            rest = add(rest, mul(coefficient, Index(name)))
    values = {n: integer(c, binding) for n, c in open_terms.items()}
    candidates = [n for n, value in values.items() if value]
    if not candidates:
        conditions.append(call("eq", left, right))
        return all(value is not None for value in values.values())
    name = max(candidates, key=lambda n: size_extent(Index(n).size, binding.sizes))
    for other, coefficient in open_terms.items():
        if other != name:
            rest = add(rest, mul(coefficient, Index(other)))
    distance, step = sub(left, rest), open_terms[name]
    if abs(values[name] or 0) == 1:
        place = distance if values[name] == 1 else neg(distance)
    else:
        conditions.append(call("eq", call("mod", distance, step), 0))
        place = call("floordiv", distance, step)
    conditions += [call("ge", place, 0), call("lt", place, Size(Index(name).size))]
    for key in list(solution):
        solution[key] = substitute(solution[key], {name: place})
    solution[name] = place
    return True


@once
def affine(expression: Expression) -> tuple[dict[str, Expression], Expression] | None:
    """Index -> coefficient, and the rest, of an expression that is affine in its indices."""
    if isinstance(expression, Index):
        return {expression.name: Constant(1)}, Constant(0)
    if not free_indices(expression):
        return ({}, expression) if _is_known(expression) else None
    if isinstance(expression, Product):
        result: Expression = Constant(0)
        for part in expression.parts:
            if not isinstance(part, Index):
                return None
            result = add(mul(result, Size(part.size)), part)
        return affine(result)
    if not isinstance(expression, Call):
        return None
    forms = [affine(argument) for argument in expression.arguments]
    if any(form is None for form in forms):
        return None
    known = [form for form in forms if form is not None]
    match expression.function:
        case "neg":
            return _scale(known[0], Constant(-1))
        case "add":
            return _sum(known[0], known[1])
        case "sub":
            return _sum(known[0], _scale(known[1], Constant(-1)))
        case "mul":
            for one, other in ((known[0], known[1]), (known[1], known[0])):
                if not one[0]:
                    return _scale(other, one[1])
    return None


Affine = tuple[dict[str, Expression], Expression]


def _scale(form: Affine, factor: Expression) -> Affine:
    return {n: mul(c, factor) for n, c in form[0].items()}, mul(form[1], factor)


def _sum(a: Affine, b: Affine) -> Affine:
    terms = dict(a[0])
    for name, coefficient in b[0].items():
        terms[name] = add(terms[name], coefficient) if name in terms else coefficient
    return terms, add(a[1], b[1])


def _is_known(expression: Expression) -> bool:
    """The expression is made of sizes, attributes and numbers."""
    if isinstance(expression, (Constant, Size, Attribute)):
        return True
    return isinstance(expression, Call) and all(_is_known(a) for a in expression.arguments)


def integer(expression: Expression, binding: Binding) -> int | None:
    """The value of an expression over sizes, integer attributes and numbers; else None."""
    match expression:
        case Constant(value) if isinstance(value, int):
            return int(value)
        case Size(name):
            return size_extent(name, binding.sizes)
        case Attribute(name):
            known = binding.attributes.get(name)
            return known if isinstance(known, int) else None
        case Call(function, arguments):
            values = [integer(argument, binding) for argument in arguments]
            if any(value is None for value in values) or function not in _INTEGER:
                return None
            return _INTEGER[function]([v for v in values if v is not None])
    return None


def _quotient(v: list[int]) -> int:
    return v[0] // v[1] if v[1] else 0


_INTEGER: dict[str, Callable[[list[int]], int]] = {
    "neg": lambda v: -v[0],
    "add": lambda v: v[0] + v[1],
    "sub": lambda v: v[0] - v[1],
    "mul": lambda v: v[0] * v[1],
    "floordiv": _quotient,
    "mod": lambda v: v[0] % v[1] if v[1] else 0,
    "minimum": min,
    "maximum": max,
    "abs": lambda v: abs(v[0]),
}

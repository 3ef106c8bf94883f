"""Adjoints and tangents of running reductions: each is a scan again, or a scatter.

The fast forms of a running product (linear in the length, dividing by elements that are not 0) and
of a running logaddexp (by the sign of the cotangent) are right, but their own derivatives are not
where an element or a cotangent is 0. The exact forms are quadratic; they are what a second
derivative is taken of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from ..language.algebra import ONE, ZERO, add, call, div, mul, neg, select, sub
from ..language.expression import Constant, Expression, Index, Read, Reduce, Scan, Statement
from ..language.hoist import all_indices, fresh_index, rename
from .partials import scaled
from .program import Derivation

Flow = tuple[Expression, Expression, tuple[str, ...]]


class ScanPlace:
    """Names around one scan: `T[.., n, ..] = running_kind[n1 <= n](body(n1))`."""

    def __init__(self, statement: Statement, scan: Scan, known: Read) -> None:
        self.scan = scan
        self.known = known
        self.used = all_indices(scan, *known.indices)
        self.end = scan.until  # n
        self.place = Index(scan.index)  # n1
        self.domain = tuple(
            scan.index if name == scan.until.name else name for name in statement.indices
        )
        self.at_place = self.moved(known, self.place)

    def moved(self, expression: Expression, index: Index) -> Expression:
        """An expression over n, at another index instead."""
        return rename(expression, {self.end.name: index})

    def body_at(self, index: Index) -> Expression:
        """The body at another index instead of n1."""
        return rename(self.scan.body, {self.place.name: index})

    def fresh(self) -> Index:
        """One more index over the same axis."""
        return Index(fresh_index(self.end.name, self.used))

    def later(self, a: Expression, b: Expression) -> Expression:
        """Whether the scan meets a after b, or a is b."""
        return call("le" if self.scan.reverse else "ge", a, b)

    def before(self, index: Expression) -> Expression:
        """The index that the scan meets before."""
        return call("add" if self.scan.reverse else "sub", index, 1)


def scan_cotangents(
    run: Derivation, statement: Statement, scan: Scan, seed: Read, known: Read
) -> Iterator[Flow]:
    """Bodies, their cotangents and the indices to run over.

    Args:
        run: The derivation; new intermediates go there.
        statement: `known = scan`.
        scan: The scan.
        seed: Cotangent of the target, at the target's indices.
        known: The target.
    """
    place = ScanPlace(statement, scan, known)
    match scan.kind:
        case "sum":
            yield scan.body, backward_sum(run, place, seed), place.domain
        case "max" | "min":
            extreme = Scan(f"arg{scan.kind}", scan.index, scan.until, scan.body, scan.reverse)
            found = run.local("place", known.indices, extreme)
            yield rename(scan.body, {scan.index: found}), seed, statement.indices
        case "prod":
            run.approximate = True
            form = _exact_product if run.exact else _fast_product
            yield scan.body, form(run, place, seed), place.domain
        case "logaddexp":
            run.approximate = True
            form = _exact_logaddexp if run.exact else _fast_logaddexp
            yield scan.body, form(run, place, seed), place.domain


def backward_sum(run: Derivation, place: ScanPlace, seed: Expression) -> Expression:
    """The sum of a value over n from n1 to the end of the scan, stored at n1."""
    other = place.fresh()
    value = Scan("sum", other.name, place.place, place.moved(seed, other), not place.scan.reverse)
    assert isinstance(place.at_place, Read)
    return run.local("rest", place.at_place.indices, value)


def _zeros(run: Derivation, place: ScanPlace) -> Read:
    """How many elements up to n are 0."""
    other = place.fresh()
    count = select(call("eq", place.body_at(other), 0), 1, ZERO)
    scan = Scan("sum", other.name, place.end, count, place.scan.reverse)
    return run.local("zeros", place.known.indices, scan)


def first_zero_product(run: Derivation, place: ScanPlace) -> tuple[Read, Read]:
    """The number of zeros up to n, and the running product with the first zero left out."""
    zeros = _zeros(run, place)
    other = place.fresh()
    there = rename(zeros, {place.end.name: other})
    element = place.body_at(other)
    first = call("and", call("eq", element, 0), call("eq", there, 1))
    value = Scan("prod", other.name, place.end, select(first, ONE, element), place.scan.reverse)
    return zeros, run.local("rest_product", place.known.indices, value)


def _fast_product(run: Derivation, place: ScanPlace, seed: Read) -> Expression:
    """Before the first zero, the rest of seed * product divided by the element; at the first zero
    the same of the product without it; beyond it nothing.
    """
    zeros, product = first_zero_product(run, place)
    plain_rest = backward_sum(run, place, mul(seed, place.known))
    zero_rest = backward_sum(run, place, mul(seed, product))
    here = rename(zeros, {place.end.name: place.place})
    element = place.scan.body
    first = call("and", call("eq", element, 0), call("eq", here, 1))
    return select(call("eq", here, 0), div(plain_rest, element), select(first, zero_rest, ZERO))


def exact_products(run: Derivation, place: ScanPlace) -> tuple[Read, Read]:
    """The product of the elements before n1, and that of those after n1 up to n; quadratic."""
    assert isinstance(place.at_place, Read)
    other = place.fresh()
    scan = Scan("prod", other.name, place.place, place.body_at(other), place.scan.reverse)
    whole = run.local("product", place.at_place.indices, scan)
    run.program.outside[whole.tensor] = Constant(1)
    indices = tuple(place.before(i) if i == place.place else i for i in place.at_place.indices)
    another = place.fresh()
    beyond = call("lt" if place.scan.reverse else "gt", another, place.place)
    between = Scan(
        "prod",
        another.name,
        place.end,
        select(beyond, place.body_at(another), ONE),
        place.scan.reverse,
    )
    span = run.local("between", (place.place, *place.known.indices), between)
    return Read(whole.tensor, indices), span


def _exact_product(run: Derivation, place: ScanPlace, seed: Read) -> Expression:
    before, between = exact_products(run, place)
    term = select(place.later(place.end, place.place), mul(seed, between), ZERO)
    assert isinstance(place.at_place, Read)
    rest = run.local("rest", place.at_place.indices, Reduce("sum", (place.end.name,), term))
    return scaled(rest, before)


def _exact_logaddexp(run: Derivation, place: ScanPlace, seed: Read) -> Expression:
    weight = call("exp", sub(place.scan.body, place.known))
    seen = call("and", place.later(place.end, place.place), call("gt", place.known, -math.inf))
    assert isinstance(place.at_place, Read)
    value = Reduce("sum", (place.end.name,), select(seen, mul(seed, weight), ZERO))
    return run.local("rest", place.at_place.indices, value)


def _fast_logaddexp(run: Derivation, place: ScanPlace, seed: Read) -> Expression:
    """exp(body + log(sum of seed / exp(T))), for positive and negative seeds apart."""
    assert isinstance(place.at_place, Read)
    parts: list[Expression] = []
    for sign, size in (("gt", seed), ("lt", neg(seed))):
        other = place.fresh()
        seen = call("and", call(sign, seed, 0), call("gt", place.known, -math.inf))
        term = select(seen, sub(call("log", size), place.known), Constant(-math.inf))
        value = Scan(
            "logaddexp", other.name, place.place, place.moved(term, other), not place.scan.reverse
        )
        rest = run.local("rest", place.at_place.indices, value)
        reached = call("gt", rest, -math.inf)
        power = call("exp", call("add", place.scan.body, rest))
        parts.append(select(reached, power, ZERO))
    return sub(parts[0], parts[1])


def scan_tangent(
    run: Derivation,
    statement: Statement,
    scan: Scan,
    known: Read,
    push: Callable[[Expression], Expression],
) -> Expression:
    """The tangent of `known = scan`.

    Args:
        run: The derivation; new intermediates go there.
        statement: `known = scan`.
        scan: The scan.
        known: The target.
        push: The tangent of a scalar expression.
    """
    place = ScanPlace(statement, scan, known)
    moving = push(scan.body)
    match scan.kind:
        case "sum":
            return Scan("sum", scan.index, scan.until, moving, scan.reverse)
        case "max" | "min":
            extreme = Scan(f"arg{scan.kind}", scan.index, scan.until, scan.body, scan.reverse)
            found = run.local("place", known.indices, extreme)
            return rename(moving, {scan.index: found})
        case "prod":
            run.approximate = True
            return (_exact_product_tangent if run.exact else _fast_product_tangent)(
                run, place, moving
            )
        case "logaddexp":
            run.approximate = True
            if run.exact:
                weight = call("exp", sub(scan.body, known))
                seen = call(
                    "and", place.later(place.end, place.place), call("gt", known, -math.inf)
                )
                return Reduce("sum", (scan.index,), select(seen, mul(moving, weight), ZERO))
            return _fast_logaddexp_tangent(run, place, moving)
    raise AssertionError(scan.kind)


def _running_sum(run: Derivation, place: ScanPlace, value: Expression) -> Read:
    """The running sum of a value over n1, along the scan."""
    scan = Scan("sum", place.place.name, place.end, value, place.scan.reverse)
    return run.local("so_far", place.known.indices, scan)


def _fast_product_tangent(run: Derivation, place: ScanPlace, moving: Expression) -> Expression:
    """The product times the sum of relative changes; past one zero, only its own change counts."""
    zeros, product = first_zero_product(run, place)
    here = rename(zeros, {place.end.name: place.place})
    element = place.scan.body
    relative = select(call("eq", element, 0), ZERO, div(moving, element))
    first = call("and", call("eq", element, 0), call("eq", here, 1))
    smooth = _running_sum(run, place, relative)
    single = _running_sum(run, place, select(first, moving, ZERO))
    return select(
        call("eq", zeros, 0),
        mul(place.known, smooth),
        select(call("eq", zeros, 1), mul(product, single), ZERO),
    )


def _exact_product_tangent(run: Derivation, place: ScanPlace, moving: Expression) -> Expression:
    before, between = exact_products(run, place)
    term = mul(mul(moving, before), between)
    within = place.later(place.end, place.place)
    return Reduce("sum", (place.place.name,), select(within, term, ZERO))


def _fast_logaddexp_tangent(run: Derivation, place: ScanPlace, moving: Expression) -> Expression:
    """The sum of moving * exp(body) over exp(T), for positive and negative changes apart."""
    parts: list[Expression] = []
    for sign, size in (("gt", moving), ("lt", neg(moving))):
        term = add(place.scan.body, call("log", size))
        value = select(call(sign, moving, 0), term, Constant(-math.inf))
        scan = Scan("logaddexp", place.place.name, place.end, value, place.scan.reverse)
        part = run.local("so_far", place.known.indices, scan)
        parts.append(select(call("gt", part, -math.inf), call("exp", sub(part, place.known)), ZERO))
    return sub(parts[0], parts[1])

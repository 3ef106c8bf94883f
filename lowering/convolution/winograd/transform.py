"""Blocks of vectors multiplied by a constant matrix from both sides."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...ir.builder import Builder
from ...ir.instructions import is_float
from ...ir.loops import Value
from .points import Matrix

Block = list[list[Value]]


def transformed(builder: Builder, matrix: Matrix, block: Block) -> Block:
    """M X M^T for a block X of vectors."""
    half = [multiplied(builder, matrix, list(column)) for column in zip(*block)]
    return [multiplied(builder, matrix, list(row)) for row in zip(*half)]


def multiplied(builder: Builder, matrix: Matrix, values: list[Value]) -> list[Value]:
    """M v. What belongs to a point and to its negative is computed as a sum and a difference."""
    b = builder
    sums, differences = list(values), list(values)
    width, column = len(values), 0
    taken = [False] * width
    while column + 1 < width:
        if _mirrored([row[column] for row in matrix], [row[column + 1] for row in matrix]):
            sums[column] = b.plus(values[column], values[column + 1])
            differences[column] = b.minus(values[column], values[column + 1])
            taken[column + 1] = True
            column += 1
        column += 1
    result: list[Value] = []
    while len(result) < len(matrix):
        number = len(result)
        row = [Fraction(0) if skip else c for c, skip in zip(matrix[number], taken)]
        if number + 1 < len(matrix) and _mirrored(row, list(matrix[number + 1])):
            even = combined(b, row[::2], values[::2])
            odd = combined(b, row[1::2], values[1::2])
            result += [b.plus(even, odd), b.minus(even, odd)]
        else:
            result.append(combined(b, row, differences if number % 2 else sums))
    return result


def _mirrored(first: Sequence[Fraction], second: Sequence[Fraction]) -> bool:
    """Whether the second are the first with every other sign changed."""
    return any(first[1::2]) and all(
        b == (-a if number % 2 else a) for number, (a, b) in enumerate(zip(first, second))
    )


def combined(builder: Builder, factors: Sequence[Fraction], values: Sequence[Value]) -> Value:
    """A sum of multiples; there is at least one that is not zero."""
    b = builder
    terms = [(c, v) for c, v in zip(factors, values) if c]
    terms.sort(key=lambda term: abs(term[0]) != 1)  # what needs no product starts the sum
    factor, total = terms[0]
    assert is_float(total.type), "fractions are no integers"
    if factor != 1:
        total = b.times(total, b.constant(float(factor), total.type))
    for factor, value in terms[1:]:
        if factor == 1:
            total = b.plus(total, value)
        elif factor == -1:
            total = b.minus(total, value)
        else:
            total = b.multiply_add(value, b.constant(float(factor), value.type), total)
    return total

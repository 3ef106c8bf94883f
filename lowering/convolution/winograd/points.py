"""The matrices of minimal filtering: y = A^T ((G w) * (B^T d)) for m results of r taps.

A product of polynomials is found from its values at m + r - 2 points and at infinity; a filter and
its results trade places by transposition, which makes a convolution of the product.

Source:
    Toom 1963; Cook 1966; for convolutions Lavin and Gray 2016, arXiv:1509.09308, section 4.1.
    Points that are each other's reciprocals keep the powers of all of them small: the largest error
    is a fifth of that with 0, 1, -1, 2, -2 (Barabasz et al. 2018, arXiv:1803.10986, try many).
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

Matrix = tuple[tuple[Fraction, ...], ...]

POINTS = tuple(map(Fraction, ("0", "2/3", "-2/3", "3/2", "-3/2")))
"""Of F(4, 3); a point and its negative stand side by side, so that they share work."""

TILE, TAPS = 4, 3
SPAN = TILE + TAPS - 1  # elements that a tile's results read along a dim, and points with infinity


def result_matrix() -> Matrix:
    """A^T: powers of the points, a row for each result; infinity gives the last one alone."""
    return tuple(
        (*(point**row for point in POINTS), Fraction(row == TILE - 1)) for row in range(TILE)
    )


def filter_matrix() -> Matrix:
    """G: values of the filter's polynomial, divided by the distances of the points."""
    rows = []
    for point in POINTS:
        distance = prod(point - other for other in POINTS if other != point)
        rows.append(tuple(point**power / distance for power in range(TAPS)))
    return (*rows, tuple(Fraction(power == TAPS - 1) for power in range(TAPS)))


def input_matrix() -> Matrix:
    """B^T: coefficients of the polynomials that are zero at all points but one."""
    rows = [_roots(tuple(p for p in POINTS if p != point)) for point in POINTS]
    return (*((*row, Fraction(0)) for row in rows), _roots(POINTS))


def transpose(matrix: Matrix) -> Matrix:
    """Rows as columns."""
    return tuple(zip(*matrix))


def _roots(points: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Coefficients of the product of (x - p), the constant one first."""
    result = [Fraction(1)]
    for point in points:
        shifted = [Fraction(0), *result]
        result = [a - point * b for a, b in zip(shifted, [*result, Fraction(0)])]
    return tuple(result)

"""Which contractions are convolutions of 3x3 taps with step 1, or gradients of their filters, and
when tiles pay.
"""

from __future__ import annotations

import os
from dataclasses import replace

from ....ops.dataclass import dataclass
from ...contraction.factors import Factor, Guard
from ...contraction.problem import Problem
from ...ir.loops import F32, Scalar
from ...program.layout import Form
from .points import SPAN, TAPS, TILE

LANE_COST = 240  # multiply-adds of a product in the time of one vector of a transform, at a point
LEAST_GAIN = 1.2

ALLOWED = os.environ.get("TENSORSMITH_WINOGRAD", "1") != "0"
"""Tiles may be used; else each result is the plain sum of its products."""


@dataclass(frozen=True)
class Tiles:
    """Loop variables of a convolution that goes tile by tile.

    Attributes:
        problem: The image's factor is the second; all taps step forward. The first is the filter;
            in a gradient of the filter it is the cotangent of the results.
        filters: Of the first factor alone (and the taps, or the places).
        images: Whose planes do not mix: they are free, or summed in a gradient.
        channel: Summed, or free in a gradient; empty if there is one only.
        line, along: Places of results in a plane.
        taps: Down and along.
        gradient: Taps are free, places are summed.
    """

    problem: Problem
    filters: tuple[str, ...]
    images: tuple[str, ...]
    channel: str
    line: str
    along: str
    taps: tuple[str, str]
    gradient: bool

    def count(self, name: str) -> int:
        """Extent of a variable; 1 for an empty name."""
        return self.problem.extents[name] if name else 1

    @property
    def lines(self) -> int:
        """Tiles in a column."""
        return -(-self.count(self.line) // TILE)

    @property
    def columns(self) -> int:
        """Tiles in a line."""
        return -(-self.count(self.along) // TILE)


def find_tiles(problem: Problem, stored: tuple[Scalar, Scalar], lanes: int) -> Tiles | None:
    """The convolution as tiles; None where it is none, or where tiles cost more than they save.

    Args:
        problem: With all its guards: they say along what the window slides.
        stored: Element types of the factors.
        lanes: Of a vector.
    """
    if not ALLOWED or stored != (F32, F32):
        return None
    for second in (1, 0):
        image, other = problem.factors[second], problem.factors[1 - second]
        if len(image.guards) != 2 or other.guards:
            continue
        for gradient in (False, True):
            found = _tiles(replace(problem, factors=(other, image)), gradient)
            if found is not None and pays(found, lanes):
                return found
    return None


def _tiles(problem: Problem, gradient: bool) -> Tiles | None:
    extents = problem.extents
    other, image = problem.factors
    slid = [_slides(problem, guard, gradient) for guard in image.guards]
    places = [found[0] for found in slid if found is not None]
    taps = [found[1] for found in slid if found is not None]
    if len(places) != 2 or image.guards[1].stride != 1 or len({*places, *taps}) != 4:
        return None
    if any(image.form.coefficient(v) for v in (*places, *taps)):
        return None
    written = other.form if gradient else problem.result
    if written.coefficient(places[1]) != 1 or any(written.coefficient(v) for v in taps):
        return None
    for tap, guard in zip(taps, image.guards):
        if guard.form.coefficient(tap) < 0:
            problem = _turned(problem, tap)
    rest = [v for v in (*problem.free, *problem.depth) if extents[v] != 1]
    groups = _grouped(problem, [v for v in rest if v not in (*places, *taps)], gradient)
    if groups is None:
        return None
    return Tiles(problem, *groups, places[0], places[1], (taps[0], taps[1]), gradient)


def _grouped(
    problem: Problem, variables: list[str], gradient: bool
) -> tuple[tuple[str, ...], tuple[str, ...], str] | None:
    """Filters, images and the channel; None where a variable is none of them."""
    other, image = problem.factors
    filters, images, channels = [], [], []
    for v in variables:
        kind = (other.depends(v), image.depends(v), v in problem.free)
        if kind == (True, False, True):
            filters.append(v)
        elif kind == ((True, True, False) if gradient else (False, True, True)):
            images.append(v)
        elif kind == ((False, True, True) if gradient else (True, True, False)):
            channels.append(v)
        else:
            return None
    if len(channels) > 1 or (gradient and len(filters) > 1):
        return None
    return tuple(filters), tuple(images), channels[0] if channels else ""


def _slides(problem: Problem, guard: Guard, gradient: bool) -> tuple[str, str] | None:
    """The place and the tap that a dim is read at the sum of: one is free, the other summed."""
    terms = [(v, c) for v, c in guard.form.terms if problem.extents[v] != 1]
    if guard.divisor != 1 or len(terms) != 2:
        return None
    free, summed = problem.free, problem.depth
    places = [v for v, c in terms if c == 1 and v in (summed if gradient else free)]
    taps = [v for v, c in terms if abs(c) == 1 and v in (free if gradient else summed)]
    if len(places) != 1 or len(taps) != 1 or problem.extents[taps[0]] != TAPS:
        return None
    return places[0], taps[0]


def _turned(problem: Problem, tap: str) -> Problem:
    """The problem with a tap counted from its other end."""

    def turn(form: Form) -> Form:
        c = form.coefficient(tap)
        return form.plus(Form(c * (TAPS - 1), ((tap, -2 * c),))) if c else form

    def turn_factor(factor: Factor) -> Factor:
        guards = tuple(replace(g, form=turn(g.form)) for g in factor.guards)
        return replace(factor, form=turn(factor.form), guards=guards)

    other, image = problem.factors
    reads = {read: turn(form) for read, form in problem.reads.items()}
    factors = (turn_factor(other), turn_factor(image))
    return replace(problem, factors=factors, result=turn(problem.result), reads=reads)


def pays(tiles: Tiles, lanes: int) -> bool:
    """Whether products saved outweigh the transforms, which take a vector of tiles at a time."""
    problem = tiles.problem
    filters, channels = problem.total(tiles.filters), tiles.count(tiles.channel)
    images = problem.total(tiles.images)
    places = images * tiles.count(tiles.line) * tiles.count(tiles.along)
    direct = places * TAPS * TAPS * filters * channels
    count = images * tiles.lines * tiles.columns
    products = count * SPAN * SPAN * filters * channels
    vectors = images * tiles.lines * -(-tiles.columns // lanes)
    moved = vectors * (filters + channels) + filters * -(-channels // lanes)
    transforms = moved * SPAN * SPAN * LANE_COST
    return direct > LEAST_GAIN * (products + transforms)

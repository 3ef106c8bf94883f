"""Schedules of calls that differ in sizes only: the same kernels, other numbers.

A call is scheduled once more with symbols (`ops/calls/symbols.py`) in place of its sizes. What
comes out must be the schedule that is there already, with formulas in place of its numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..lowering.launch import Launch, Number, Schedule
from ..ops.calls.binding import Binding
from ..ops.calls.symbols import value_of
from ..ops.dataclass import dataclass
from ..ops.language.op import Op
from .base import Runner, observers

Numbers = Sequence[tuple[int, tuple[int, ...]]]
"""For each launch its chunks and its numbers."""


@dataclass(frozen=True)
class Template:
    """Runners of calls that differ in sizes only.

    Attributes:
        launches: For each launch its chunks and its numbers, as symbols.
        scratch: Elements of each temporary, as symbols.
        make: A runner from the numbers that those come to.
    """

    launches: Numbers
    scratch: tuple[int, ...]
    make: Callable[[Numbers, Sequence[int]], Any]


class Templated(ABC):
    """A backend whose calls need not be planned anew for other sizes."""

    @property
    def watched(self) -> bool:
        """Somebody wants to see each call planned."""
        return bool(observers)

    def template(
        self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]], runner: Runner
    ) -> Template | None:
        """How runners of calls come about that differ in sizes only; None if they are planned.

        Args:
            op, binding, strides: As `prepare` takes them, with symbols for sizes.
            runner: What `prepare` gave for the numbers that those stand for.
        """
        model = self.model_of(runner)
        if model is None:
            return None
        return template_of(self.schedule(op, binding, strides), model.planned, model)

    @abstractmethod
    def schedule(
        self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]
    ) -> Schedule:
        """The launches that run one call."""

    @abstractmethod
    def model_of(self, runner: Runner) -> Any:
        """A runner that does the same and can be `filled` with other numbers, or None."""


def template_of(planned: Schedule, known: Schedule, runner: Any) -> Template | None:
    """The template that a schedule with symbols gives; None if it is not the known one.

    Args:
        planned: With symbols.
        known: The same for the numbers that those stand for.
        runner: Of that one.
    """
    if known.zeroed or planned.zeroed or len(planned.launches) != len(known.launches):
        return None
    if not all(map(_is_alike, planned.launches, known.launches)):
        return None
    names = [(t.name, t.dtype) for t in planned.temporaries]
    if names != [(t.name, t.dtype) for t in known.temporaries]:
        return None
    launches = tuple((launch.chunks, numbers_of(launch)) for launch in planned.launches)
    scratch = tuple(max(t.elements, 1) for t in planned.temporaries)
    return Template(launches, scratch, runner.filled)


def _is_alike(launch: Launch, known: Launch) -> bool:
    """Two launches are one, numbers and symbols for them taken as equal."""
    if launch.otherwise != known.otherwise:
        return False
    if launch.kernel != known.kernel or len(launch.arguments) != len(known.arguments):
        return False
    return value_of(launch.chunks) == known.chunks and all(
        (isinstance(a, Number) and isinstance(b, Number) and value_of(a.value) == b.value) or a == b
        for a, b in zip(launch.arguments, known.arguments)
    )


def numbers_of(launch: Launch) -> tuple[int, ...]:
    """The numbers among the arguments of a launch."""
    return tuple([x.value for x in launch.arguments if isinstance(x, Number)])


def filled(shape: Schedule, launches: Numbers, scratch: Sequence[int]) -> Schedule:
    """A schedule with other numbers."""
    pairs = zip(shape.launches, launches)
    return Schedule(
        tuple(_filled(launch, chunks, numbers) for launch, (chunks, numbers) in pairs),
        tuple(replace(t, elements=n) for t, n in zip(shape.temporaries, scratch)),
        shape.zeroed,
    )


def _filled(launch: Launch, chunks: int, numbers: tuple[int, ...]) -> Launch:
    following = iter(numbers)
    arguments = tuple(
        Number(next(following)) if isinstance(x, Number) else x for x in launch.arguments
    )
    return Launch(launch.kernel, arguments, chunks, launch.otherwise)

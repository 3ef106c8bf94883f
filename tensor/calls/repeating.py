"""Composites that native code repeats: `@repeated`.

A composite is a Python function that calls ops. Called a second time with the same words (layouts
of tensors, values of all else), it is followed: the calls that it makes are written down, with
where their operands come from. Further calls are made natively (`native/recipes.py`).

What a composite must keep to: it calls ops through `dispatch.call`; apart from its arguments it
depends on nothing but the default dtype and device; it does not warn. A composite that reads
elements, writes in place or makes tensors by other ways is noticed and stays Python's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ...backends.native.view import View
from ...ops.dataclass import dataclass
from ...ops.language.op import Op
from ..base import TensorBase
from ..devices import CPU
from ..interpreters import hold_native, modes
from ..native import recipes
from ..native.arguments import MOST_TENSORS
from ..native.attach import composite, forget_composite, learn_composite
from ..native.runtime import ENABLED, STATE
from ..native.solved import Owner, values_kept
from ..results import Results
from ..tensor import Tensor
from .dispatch import call
from .writing import write

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
Source = tuple[str, int]  # what kind, and which of its kind
MOST_RECIPES = 1024  # of one composite; beyond it they start anew


class Drawn(int):
    """A seed or an offset while a composite is followed.

    Attributes:
        source: Which of the two, of which draw.
    """

    source: Source


@dataclass(frozen=True)
class Called:
    """A call that a composite made.

    Attributes:
        key: What was called, `FRESH` or `LISTED`.
        sources: Where operands and attributes come from.
        results: What came out; nothing if it was written into `target`.
        wanted: Layouts that the results were to have.
        target: Where the tensor comes from that was written into.
    """

    key: Any
    sources: tuple[list[Source], list[Source]]
    results: tuple[Any, ...]
    wanted: tuple[Any, ...] = ()
    target: Source | None = None


class Trace:
    """The calls that a composite makes.

    Attributes:
        broken: It did something that cannot be repeated.
        tensors: Those among the arguments.
        sources: Object's id -> where it comes from.
        steps: The calls.
        ended: The last step has written into a tensor: there must not be another one.
        constants, draws: Values; how far each draw goes.
        mode: What was switched on when it began.
    """

    def __init__(self, arguments: tuple[Any, ...]) -> None:
        self.broken = False
        self.tensors = list(_tensors(arguments))
        self.sources: dict[int, Source] = {}
        for place, tensor in enumerate(self.tensors):
            self.sources.setdefault(id(tensor), ("tensor", place))
        self.steps: list[Called] = []
        self.ended = False
        self.constants: list[Any] = []
        self.draws: list[int] = []
        self.used: set[Source] = set()
        self.results: list[Any] = []
        self.mode = _mode()

    def follow(
        self, name: str | Op, operands: tuple[Any, ...], attributes: tuple[Any, ...], rest: Any
    ) -> Any:
        """The result of a call, which is written down.

        Args:
            rest: The other arguments of `dispatch.call`, in order.
        """
        prefix, out, known, place, layouts = rest
        plain = _plain(attributes)
        modes.trace = None
        try:
            if prefix or known or out is not None or not _is_here(place, operands):
                self.broken = True
                return call(name, operands, plain, prefix, out, known, place, layouts)
            if type(name) is str:
                name = sys.intern(name)
            found = call(name, operands, plain, layouts=layouts)
        finally:
            modes.trace = self
        results = found if isinstance(found, tuple) else (found,)
        self.note(Called(name, self.sources_of(operands, attributes), results, layouts))
        return found

    def write(
        self, name: str | Op, target: Any, operands: tuple[Any, ...], attributes: tuple[Any, ...]
    ) -> Any:
        """The target, after the result of a call was written into it, which is written down."""
        modes.trace = None
        try:
            if type(name) is str:
                name = sys.intern(name)
            write(name, target, operands, _plain(attributes))
        finally:
            modes.trace = self
        into = self.source_of(target)
        self.note(Called(name, self.sources_of(operands, attributes), (), (), into))
        self.ended = True
        return target

    def sources_of(
        self, operands: tuple[Any, ...], attributes: tuple[Any, ...]
    ) -> tuple[list[Source], list[Source]]:
        """Where the operands and the attributes of a call come from."""
        drawn = [x.source if type(x) is Drawn else None for x in attributes]
        values = zip(drawn, _plain(attributes))
        return (
            [self.list_of(x) if type(x) in (tuple, list) else self.source_of(x) for x in operands],
            [source or self.source_of(x) for source, x in values],
        )

    def note(self, step: Called) -> None:
        """Writes a step down."""
        self.broken |= self.ended or self.mode != _mode() or len(step.wanted) > 1
        self.used.update(step.sources[1])
        for result in step.results:
            self.broken |= type(result) is not Tensor
            self.sources[id(result)] = ("result", len(self.results))
            self.results.append(result)
        self.steps.append(step)

    def fixed(self, make: Callable[[], Any]) -> Any:
        """A tensor that follows from the words of the call, and that nobody writes into."""
        modes.trace = None
        try:
            made = make()
        finally:
            modes.trace = self
        self.sources[id(made)] = ("constant", len(self.constants))
        self.constants.append(made)
        return made

    def fresh(self, made: Any) -> Any:
        """A new tensor, its elements undefined."""
        self.note(Called(recipes.FRESH, ([], []), (made,)))
        return made

    def source_of(self, value: Any) -> Source:
        """Where a value comes from; one that is none of a call's is a constant."""
        known = self.sources.get(id(value))
        if known is not None:
            return known
        if type(value) is Drawn or next(_tensors((value,)), None) is not None:
            self.broken = True
        self.sources[id(value)] = ("constant", len(self.constants))
        self.constants.append(value)
        return self.sources[id(value)]

    def list_of(self, parts: tuple[Any, ...] | list[Any]) -> Source:
        """Where a list of tensors comes from, which is made in a step of its own."""
        place = ("result", len(self.results))
        self.steps.append(
            Called(recipes.LISTED, ([self.source_of(x) for x in parts], []), (parts,))
        )
        self.results.append(parts)
        return place

    def draw(self, seed: int, offset: int, elements: int) -> tuple[int, int]:
        """Marks what a draw of the default generator gave."""
        found = Drawn(seed), Drawn(offset)
        for place, number in enumerate(found):
            number.source = ("draw", 2 * len(self.draws) + place)
        self.draws.append(elements)
        return found

    def recipe(self, found: Any) -> Owner | None:
        """What was written down, for a composite that gave `found`; None if it cannot be."""
        several = isinstance(found, tuple)
        results = tuple(found) if several else () if found is None else (found,)
        places = [self.sources.get(id(x)) if isinstance(x, TensorBase) else None for x in results]
        known = [place for place in places if place is not None]
        if self.broken or len(known) < len(places):
            return None
        made = [x for x in self.results if isinstance(x, TensorBase)]
        if any(x._requires and id(x) not in map(id, self.tensors) for x in made):
            return None
        drawn = {("draw", place) for place in range(2 * len(self.draws))}
        if not drawn <= self.used or not isinstance(found, (tuple, TensorBase, type(None))):
            return None
        if several and type(found) is not tuple and not isinstance(found, Results):
            return None
        return self._written(known, type(found))

    def _written(self, places: list[Source], kind: type) -> Owner | None:
        counts = {
            "tensor": len(self.tensors), "constant": len(self.constants),
            "draw": 2 * len(self.draws), "result": len(self.results),
        }  # fmt: skip
        firsts, total = {}, 0
        for word, count in counts.items():
            firsts[word], total = total, total + count
        if total > recipes.MOST_ROOM or len(self.tensors) > MOST_TENSORS:
            return None
        owner = Owner(View(recipes.Recipe))
        recipe: Any = owner.struct
        recipe.owner = id(owner)
        recipe.tensors, recipe.constants = len(self.tensors), len(self.constants)
        recipe.constant = owner.array([owner.reference(x) for x in self.constants])
        recipe.draws, recipe.elements = len(self.draws), owner.array(self.draws)
        steps = [_written_step(owner, called, firsts) for called in self.steps]
        recipe.steps, recipe.step = len(steps), owner.array(steps)
        several = issubclass(kind, tuple)
        recipe.results = len(places) if several else recipes.ONE if places else recipes.NONE_AT_ALL
        recipe.sources = owner.array([firsts[word] + place for word, place in places])
        recipe.kind = owner.reference(kind) if several and kind is not tuple else 0
        return owner


def _written_step(owner: Owner, called: Called, firsts: dict[str, int]) -> int:
    """The address of a call as native code makes it again.

    Args:
        firsts: Kind of a source -> number of the first of them.
    """
    step: Any = View(recipes.Step)
    owner.alive.append(step)
    operands, attributes = called.sources
    plain = called.key in (recipes.FRESH, recipes.LISTED)
    step.key = called.key if plain else owner.reference(called.key)
    step.operands, step.attributes = len(operands), len(attributes)
    step.sources = owner.array([firsts[word] + place for word, place in operands + attributes])
    target = called.target
    step.target = -1 if target is None else firsts[target[0]] + target[1]
    step.known = id(called.wanted[0]) if called.wanted else 0
    step.wanted = owner.reference(called.wanted)
    step.outputs = len(called.results)
    layouts = [x._layout for x in called.results if isinstance(x, TensorBase)]
    step.layouts = owner.array([owner.reference(layout) for layout in layouts])
    step.size = layouts[0].nbytes if layouts else 0
    return step.at  # type: ignore[no-any-return]


def _is_here(place: Any, operands: tuple[Any, ...]) -> bool:
    """Where the result lies follows from the operands; without any it lies on the CPU."""
    return place is None or (place is CPU and not operands)


def _mode() -> tuple[bool, bool, int]:
    return modes.grad, modes.inference, modes.autocast


def _plain(attributes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Attributes as ops take them."""
    return tuple(int(x) if type(x) is Drawn else _frozen(x) for x in attributes)


def _frozen(value: Any) -> Any:
    """Tuples for lists, which a user may change later; of equal texts the one that all share."""
    if type(value) is str:
        return sys.intern(value)
    if type(value) in (tuple, list):
        return tuple(_frozen(x) for x in value)
    return value


def _tensors(values: Any) -> Iterator[Any]:
    """Tensors among arguments, in the order in which native code sees them."""
    for value in values:
        if isinstance(value, TensorBase):
            yield value
        elif type(value) in (tuple, list):
            yield from (x for x in value if isinstance(x, TensorBase))


def repeated(function: AnyFunction) -> AnyFunction:
    """Lets native code repeat a composite."""
    return repeated_behind("call_repeated")(function)


def repeated_behind(entry: str) -> Callable[[AnyFunction], AnyFunction]:
    """As `repeated`, behind a native function that has its own ways first."""

    def attach(function: AnyFunction) -> AnyFunction:
        return _repeating(function, entry) if ENABLED else function

    return attach


def _repeating(function: AnyFunction, entry: str) -> AnyFunction:
    owners: list[Owner] = []

    def learn(*arguments: Any, **options: Any) -> Any:
        if modes.trace is not None or modes.stack:
            return function(*arguments, **options)
        values = (*arguments, *options.values())
        trace = Trace(values)
        hold_native(1)
        modes.trace = trace
        try:
            found = function(*arguments, **options)
        finally:
            modes.trace = None
            hold_native(-1)
        if len(owners) >= MOST_RECIPES:
            forget_composite(made)
            owners.clear()
        owner = trace.recipe(found)
        if learn_composite(made, values, tuple(options), owner) and owner is not None:
            owner.alive.append((values_kept(values), tuple(options)))
            owners.append(owner)
        return found

    made = composite(function, learn, entry)
    return made  # type: ignore[no-any-return]


def change_settings() -> None:
    """Lets go of what was learned under other defaults."""
    STATE.epoch += 1

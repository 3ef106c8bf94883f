"""Prefetches: memory that a loop will read, at places that the processor cannot guess."""

from __future__ import annotations

from collections.abc import Iterable

from ..ir.builder import bits
from ..ir.loops import Value
from .shape import AccessShape
from .stores import StoreEmitter

AHEAD = 6
"""Rows that are asked for before they are needed, where each step of a loop is on another page.

More would push each other out of a cache of eight ways when strides are powers of two."""

NAMED_AHEAD, NAMED_LINES = 8, 4
"""Rows named by a list of places that are asked for before they are needed, and lines of each: the
processor guesses the rest."""

LINE_BYTES = 64


class FetchEmitter(StoreEmitter):
    """Asks for what later iterations of a loop read or write; see `nest/fetching.py`."""

    def fetch_ahead(self, name: str, index: Value) -> None:
        """Prefetches what a loop reads some iterations later, where the processor cannot guess it:
        each iteration reads a short piece of another row."""
        b, e, shape = self.b, self.e, self.shape
        if not shape.far or shape.lanes == 1 or not e.bases:
            return
        for _, access in shape.reads:
            slots = dict(access.form.terms)
            strided = slots.get(name) is not None and slots.get(shape.lane or "", 0) is None
            if access.computed or not strided:
                continue
            memory = self.arguments.memory[access.tensor]
            each = max(1, LINE_BYTES * 8 // (shape.lanes * bits(self.stored[access.tensor])))
            e.point[name] = b.plus(index, b.constant(AHEAD))
            copy = e.copy
            for number in range(0, len(e.bases), each):
                e.copy = number
                b.prefetch(memory, e.evaluate_base(access.form))
            e.copy = copy
            e.point[name] = index

    def fetch_named(self, accesses: Iterable[AccessShape], lane: Value) -> None:
        """Prefetches the rows at hand, from a place along the lanes on, of memory that is reached
        through places read from memory."""
        b, e = self.b, self.e
        outer = e.bases, e.copy
        e.bases, e.copy = [lane], 0
        e.scopes.append({})
        for access in accesses:
            if len(access.computed) != 1 or len(access.computed[0].dims) != 1:
                continue
            (computed,) = access.computed
            if e.unsafe(computed.index):
                continue  # it may be read only where a condition holds
            place = e.scaled(e.to_index(e.emit(computed.index)), *computed.dims[0])
            self.fetch_lines(access, b.plus(e.evaluate_base(access.form), place))
        e.scopes.pop()
        e.bases, e.copy = outer

    def fetch_lines(self, access: AccessShape, start: Value) -> None:
        """Prefetches the first lines of a row; the processor guesses the rest."""
        each = LINE_BYTES * 8 // bits(self.stored[access.tensor])
        for line in range(NAMED_LINES):
            at = self.b.plus(start, self.b.constant(line * each))
            self.b.prefetch(self.arguments.memory[access.tensor], at)

    def fetch_later(self, lane: Value, later: Value, skipping: bool = False) -> None:
        """Prefetches, from a place along the lanes on, the row that a later iteration writes.

        Args:
            lane: The place.
            later: That iteration.
            skipping: Iterations leave rows out, so that those they read are prefetched as well.
        """
        e, name = self.e, self.shape.inner[-1]
        index = e.point[name]
        e.point[name] = later
        self.fetch_named(self.writes.values(), lane)
        if skipping:
            self.fetch_read(name, lane)
        e.point[name] = index

    def fetch_read(self, name: str, lane: Value) -> None:
        """Prefetches the rows at hand that are read at places which a variable alone gives."""
        e = self.e
        outer = e.bases, e.copy
        e.bases, e.copy = [lane], 0
        for _, access in self.shape.reads:
            slots = dict(access.form.terms)
            if not access.computed and slots.keys() >= {name, self.shape.lane}:
                self.fetch_lines(access, e.evaluate_base(access.form))
        e.bases, e.copy = outer

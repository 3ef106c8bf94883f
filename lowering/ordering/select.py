"""The element of a row that stands at a given place of its order, without sorting the row.

The elements whose highest digit is that of the wanted one are kept, then those with its next digit,
until few are left or all are equal. What is kept stays in order, so that of equal elements the one
is found that a stable sort puts there.
"""

from __future__ import annotations

from ...ops.dtype import int32, int64
from ..ir.builder import Builder
from ..ir.loops import I1, I64, INDEX, Function, Memref, Value
from ..launch import OUT_OF_RANGE, Kernel, Launch, Schedule, Status, Target, Temporary
from .keys import Elements
from .pairs import SLACK, Layout, Pairs
from .rows import Wanted, arguments_of, grain_of, key_of, layout_of
from .sorting import DIGITS, FEW, Sorter
from .transfer import fill


def select_of_rows(
    elements: Elements, rows: int, length: int, wanted: int | None, results: Wanted, target: Target
) -> Schedule:
    """The launch that finds one element of each row of `input`, and its place.

    Args:
        elements: What is compared, and which way.
        rows, length: Of the input, which is contiguous; the length is at least 1.
        wanted: The place in the order, counted from 0; None where `places` has one for each row,
            which is an error if it is out of range.
        results: Which are written.
        target: The machine.
    """
    layout = layout_of(elements, target)
    grain, room = grain_of(rows, length), length + SLACK
    chunks = -(-rows // grain)
    given = wanted is not None
    names = ["input", "pairs", "counts", *(() if given else ("places",))]
    names += ["values"] * results.values + ["indices"] * results.indices
    numbers = (rows, length, grain, room, *(() if wanted is None else (wanted,)))
    arguments = arguments_of(names, *numbers)
    key = key_of("select", target, layout, given, results)
    kernel = Kernel(key, lambda: _Select(layout, given, results).function())
    return Schedule(
        (Launch(kernel, arguments if given else (Status(), *arguments), chunks),),
        (
            Temporary("pairs", int64, chunks * 2 * layout.planes * room),
            Temporary("counts", int32, chunks * DIGITS),
        ),
    )


class _Select:
    """Writes the kernel of a chunk of rows."""

    def __init__(self, layout: Layout, given: bool, results: Wanted) -> None:
        self.elements = layout.elements
        b = self.b = Builder("select")
        self.status = None if given else b.argument(Memref(I64), "status")
        self.source = b.argument(Memref(layout.elements.scalar), "input")
        self.pairs = Pairs(b, layout)
        self.sorter = Sorter(b, self.pairs)
        self.places = None if given else b.argument(Memref(I64), "places")
        scalar = layout.elements.scalar
        self.values = b.argument(Memref(scalar), "values") if results.values else None
        self.indices = b.argument(Memref(I64), "indices") if results.indices else None
        names = ("rows", "length", "grain", "room", *(("wanted",) if given else ()))
        self.n = {name: b.argument(INDEX, name) for name in names}
        self.pairs.plane = b.times(self.n["room"], b.constant(2))
        step = b.times(self.pairs.plane, b.constant(layout.planes))
        self.one = b.times(b.chunk, step)
        self.other = b.plus(self.one, self.n["room"])
        self.bins = b.times(b.chunk, b.constant(DIGITS))

    def function(self) -> Function:
        """The kernel."""
        b, n = self.b, self.n
        start = b.times(b.chunk, n["grain"])
        end = b.minimum_index(b.plus(start, n["grain"]), n["rows"])
        with b.loop(start, end) as loop:
            row = b.times(loop.index, n["length"])
            wanted = self.wanted(loop.index)
            fill(b, self.source, row, b.constant(0), n["length"], self.pairs, self.one)
            place = self.find(n["length"], wanted)
            if self.values is not None:
                element = b.load(self.source, b.plus(row, b.convert(place, INDEX)))
                b.store(element, self.values, loop.index)
            if self.indices is not None:
                b.store(place, self.indices, loop.index)
        return b.finish()

    def wanted(self, row: Value) -> Value:
        """Which place of the order is wanted in a row; 0 where there is no such place."""
        b, n = self.b, self.n
        if self.places is None:
            return n["wanted"]
        assert self.status is not None
        seen = b.load(self.places, row)
        place, zero = b.convert(seen, INDEX), b.constant(0)
        below = b.compare("slt", place, zero)
        bad = b.add("arith.ori", [below, b.compare("sge", place, n["length"])], I1)
        branch = b.branch(bad, [INDEX])
        with b.inside(branch.then) as yields:
            words = (b.constant(OUT_OF_RANGE, I64), seen, b.convert(n["length"], I64))
            for number, word in enumerate(words):
                b.store(word, self.status, b.constant(number))
            yields.append(zero)
        with b.inside(branch.otherwise) as yields:
            yields.append(place)
        return branch.results[0]

    def find(self, count: Value, wanted: Value) -> Value:
        """The place of the pair that stands at a place of the order."""
        b = self.b
        for digit in reversed(range(self.sorter.digits)):
            many = b.compare("sgt", count, b.constant(FEW[self.pairs.planes]))
            narrowed = b.branch(many, [INDEX, INDEX])
            with b.inside(narrowed.then) as yields:
                yields += self.narrow(count, wanted, digit)
            with b.inside(narrowed.otherwise) as yields:
                yields += [count, wanted]
            count, wanted = narrowed.results
        few = b.branch(b.compare("sle", count, b.constant(FEW[self.pairs.planes])), [INDEX])
        with b.inside(few.then) as yields:
            self.sorter.rank(self.one, self.other, count)
            yields.append(self.other)
        with b.inside(few.otherwise) as yields:
            yields.append(self.one)  # all are equal
        return self.pairs.place(self.pairs.load(b.plus(few.results[0], wanted)))

    def narrow(self, count: Value, wanted: Value, digit: int) -> list[Value]:
        """How many pairs share the digit of the wanted one, and which of them it is; they are moved
        to the front."""
        b, sorter = self.b, self.sorter
        sorter.clear(self.bins, DIGITS)
        with b.loop(b.constant(0), count) as loop:
            word = b.load(self.pairs.memory, b.plus(self.one, loop.index))
            sorter.tick(b.plus(self.bins, self.pairs.digit(word, digit)))
        zero = b.constant(0)
        with b.loop(zero, b.constant(DIGITS), carried=[zero, zero, zero]) as bins:
            total, below, found = bins.carried
            after = b.plus(total, self.count_of(bins.index))
            passed = b.compare("sle", after, wanted)
            step = b.convert(passed, INDEX)
            bins.next = [after, b.select(passed, after, below), b.plus(found, step)]
        _, below, found = bins.results
        with b.loop(zero, count, carried=[zero]) as loop:
            words = self.pairs.load(b.plus(self.one, loop.index))
            self.pairs.store(words, b.plus(self.one, loop.carried[0]))
            kept = b.compare("eq", self.pairs.digit(words[0], digit), found)
            loop.next = [b.plus(loop.carried[0], b.convert(kept, INDEX))]
        return [loop.results[0], b.minus(wanted, below)]

    def count_of(self, digit: Value) -> Value:
        """How many pairs have a digit."""
        b = self.b
        count = b.load(self.sorter.counts, b.plus(self.bins, digit))
        return b.convert(b.add("arith.extui", [count], I64), INDEX)

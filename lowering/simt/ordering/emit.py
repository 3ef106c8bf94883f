"""What all kernels that put rows in order share: keys of elements, and results at their places."""

from __future__ import annotations

from collections.abc import Sequence

from ...ir.builder import Builder
from ...ir.instructions import bits
from ...ir.loops import I1, I32, I64, INDEX, Memref, Scalar, Value
from ...launch import OUT_OF_RANGE
from ...ordering.keys import from_key, is_lossy, to_key
from .shape import DIGIT_BITS, THREADS, OrderShape


class OrderEmitter:
    """Writes one kernel.

    A word is the key of an element with its sign turned over, so that words are in order as
    unsigned integers. That of no element is the greatest, and stands behind all others.

    Attributes:
        n: Integer arguments; `length` is that of a row, `kept` how many elements of it are written.
    """

    def __init__(
        self,
        name: str,
        shape: OrderShape,
        numbers: Sequence[str],
        scratch: Sequence[tuple[str, Scalar]] = (),
    ) -> None:
        self.shape = shape
        b = self.b = Builder(name)
        b.function.threads = THREADS
        self.status = b.argument(Memref(I64), "status") if shape.place == "each" else None
        kinds = {"places": I64, "values": shape.elements.scalar, "indices": I64}
        self.memory = {"input": b.argument(Memref(shape.elements.scalar), "input")}
        for each, scalar in (*scratch, *((each, kinds[each]) for each in shape.names)):
            self.memory[each] = b.argument(Memref(scalar), each)
        self.n = {each: b.argument(INDEX, each) for each in numbers}
        self.thread = b.thread_id()

    # -- elements ----------------------------------------------------------------------------------

    def word(self, row: Value, place: Value) -> Value:
        """The word of an element of a row that begins at `row`; the greatest beyond its end."""
        b, shape = self.b, self.shape
        branch = b.branch(b.compare("slt", place, self.n["length"]), [shape.word])
        with b.inside(branch.then) as yields:
            key = to_key(b, shape.elements, b.load(self.memory["input"], b.plus(row, place)))
            turned = b.constant(shape.elements.least, key.type)
            key = b.add("arith.xori", [key, turned], key.type)
            yields.append(b.convert(key, shape.word, signed=False))
        with b.inside(branch.otherwise) as yields:
            yields.append(b.constant(self.greatest, shape.word))
        return branch.results[0]

    @property
    def greatest(self) -> int:
        """The greatest word."""
        width = self.shape.elements.width
        return -1 if width == bits(self.shape.word) else (1 << width) - 1

    def digit(self, word: Value, number: Value) -> Value:
        """A digit of a word, the lowest being number 0, as i32."""
        b, type_ = self.b, word.type
        shift = b.convert(b.times(number, b.constant(DIGIT_BITS)), self.shape.word)
        low = b.add("arith.shrui", [word, shift], type_)
        return b.convert(b.add("arith.andi", [low, b.constant(THREADS - 1, type_)], type_), I32)

    def comes_before(self, first: Value, second: Value) -> Value:
        """Whether the first of two words is less."""
        return self.b.compare("ult", first, second)

    # -- results -----------------------------------------------------------------------------------

    def wanted(self, row: Value) -> Value | None:
        """Which place of the order is wanted in a row; None if the first ones are. A place that
        does not exist is reported and counts as 0."""
        b = self.b
        if self.shape.place != "each":
            return self.n["wanted"] if self.shape.place == "one" else None
        seen = b.load(self.memory["places"], row)
        place = b.add("ts.place", [seen], INDEX)
        inside = b.compare("ult", place, self.n["length"])
        branch = b.branch(inside)
        with b.inside(branch.then):
            pass
        with b.inside(branch.otherwise):
            assert self.status is not None
            words = [b.constant(OUT_OF_RANGE, I64), seen, b.convert(self.n["length"], I64)]
            b.report(self.status, words)
        return b.select(inside, place, b.constant(0))

    def put(self, row: Value, wanted: Value | None, rank: Value, word: Value, place: Value) -> None:
        """Writes an element if it is wanted.

        Args:
            row: Number of the row.
            wanted: Of `wanted`.
            rank: The element's place in the order; one behind the end of a row is never wanted.
            word: Its word.
            place: Its place in the row, as `index`.
        """
        b, n = self.b, self.n
        if wanted is None:
            inside, to = b.compare("slt", rank, n["kept"]), b.plus(b.times(row, n["kept"]), rank)
        else:
            inside, to = b.compare("eq", rank, wanted), row
        branch = b.branch(inside)
        with b.inside(branch.then):
            if self.shape.wanted.values:
                start = b.times(row, n.get("given", n["length"]))
                b.store(self.element(word, b.plus(start, place)), self.memory["values"], to)
            if self.shape.wanted.indices:
                b.store(b.convert(place, I64), self.memory["indices"], to)
        with b.inside(branch.otherwise):
            pass

    def element(self, word: Value, place: Value) -> Value:
        """The element of a word; where several have it, the one that lies at a place is read."""
        b, elements = self.b, self.shape.elements
        key = b.convert(word, elements.scalar)
        key = b.add("arith.xori", [key, b.constant(elements.least, key.type)], key.type)
        lossy = is_lossy(b, elements, key)
        if lossy is None:
            return from_key(b, elements, key)
        branch = b.branch(lossy, [elements.scalar])
        with b.inside(branch.then) as yields:
            yields.append(b.load(self.memory["input"], place))
        with b.inside(branch.otherwise) as yields:
            yields.append(from_key(b, elements, key))
        return branch.results[0]

    # -- threads -----------------------------------------------------------------------------------

    def split(self, number: Value, power: int) -> tuple[Value, Value]:
        """Quotient and remainder by a power of two."""
        return self.b.quotient(number, power), self.b.rest(number, power)

    def both(self, first: Value, second: Value) -> Value:
        """Whether both conditions hold."""
        return self.b.add("arith.andi", [first, second], I1)

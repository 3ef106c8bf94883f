"""LLVM IR text under construction: typed values with operators, blocks, a module's declarations.

Text is written directly because that is several times faster than building llvmlite's objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from ...ops.dataclass import dataclass
from .word import INTRINSIC_SUFFIX, Awaited, Number, Word, number_text, type_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .machine import Machine


@dataclass
class Module:
    """What a kernel's text has beside the kernel: declarations, tables, outlined functions."""

    machine: Machine
    declarations: dict[str, None] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)

    def text(self, body: str) -> str:
        """The whole module."""
        parts = [f'target triple = "{self.machine.triple}"', *self.declarations]
        return "\n".join([*parts, *self.functions.values(), body, ""])


def _is_wanted(line: str | Awaited) -> bool:
    return isinstance(line, str) or line.wanted


_ACTS = ("load", "call", "phi", "alloca")  # what is no function of its operands, or may not be


class Code:
    """One function being written, at the end of its current block.

    What was computed in a block that is always run before this one is not computed again: so no
    pass of LLVM has to look for it.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.machine = module.machine
        self.lines: list[str | Awaited] = []
        self.block = "entry"
        self._inside = ""  # last block of the latest `when`
        self._counter = 0
        self._known: dict[str, Word] = {}  # instruction -> the value that it gave
        self._order: list[str] = []  # the keys of `_known`

    def name(self, stem: str = "v") -> str:
        """A fresh name without its sigil."""
        self._counter += 1
        return f"{stem}{self._counter}"

    def emit(self, text: str, kind: str, lanes: int = 0) -> Word:
        """The value of an instruction, which is appended unless it is known."""
        if not text.startswith(_ACTS):
            return self._computed(text, kind, lanes)
        self._counter += 1
        name = f"%v{self._counter}"
        self.lines.append(f"  {name} = {text}")
        return Word(self, name, kind, lanes)

    def _computed(self, text: str, kind: str, lanes: int) -> Word:
        """The value of an instruction that depends on its operands alone."""
        found = self._known.get(text)
        if found is None:
            self._counter += 1
            name = f"%v{self._counter}"
            self.lines.append(f"  {name} = {text}")
            found = self._known[text] = Word(self, name, kind, lanes)
            self._order.append(text)
        return found

    def line(self, text: str) -> None:
        """Appends an instruction without result."""
        self.lines.append(f"  {text}")

    def body(self) -> str:
        """The text of all blocks."""
        lines = self.lines
        return "\n".join([x if isinstance(x, str) else x.made for x in lines if _is_wanted(x)])

    def awaited(self, made: str, kind: str, lanes: int = 0, before: str = "") -> Awaited:
        """The value of an instruction, appended after another one if something reads it."""
        self._counter += 1
        name = f"%v{self._counter}"
        word = Awaited(self, name, f"{before}  {name} = {made}", kind, lanes)
        self.lines.append(word)
        return word

    def sum(self, base: Word, distance: int) -> Word:
        """A place and a number: as an address it needs no addition, see `address`."""
        if isinstance(base, Awaited) and base.base is not None:
            distance, base = distance + base.distance, base.base
        key = f"add {base} {distance}"
        found = self._known.get(key)
        if found is None:
            found = self.awaited(f"add {base}, {distance}", base.kind)
            found.base, found.distance = base, distance
            self._known[key] = found
            self._order.append(key)
        return found

    def address(self, memory: Word, kind: str, index: Word) -> Word:
        """Address (or addresses) of an element."""
        distance = 0
        if isinstance(index, Awaited) and index.base is not None:
            distance, index = index.distance, index.base
        place = self.emit(f"getelementptr {kind}, {memory}, {index}", "ptr", index.lanes)
        if distance:
            place = self.emit(f"getelementptr {kind}, {place}, i64 {distance}", "ptr")
        return place

    def start(self, label: str) -> None:
        """Begins a basic block."""
        self.lines.append(f"{label}:")
        self.block = label

    @contextmanager
    def inside(self, label: str) -> Iterator[None]:
        """A block, and those up to the end of the context, which may not run."""
        self.start(label)
        mark = len(self._order)
        yield
        for text in self._order[mark:]:
            del self._known[text]
        del self._order[mark:]

    def constant(self, number: Number, kind: str, lanes: int = 0) -> Word:
        """A number, in every lane."""
        text = number_text(number, kind)
        return Word(self, f"splat ({kind} {text})" if lanes else text, kind, lanes)

    def declare(self, text: str) -> None:
        """Adds a declaration or a global to the module, once."""
        self.module.declarations.setdefault(text)

    def intrinsic(self, name: str, operands: Sequence[Word]) -> Word:
        """`llvm.<name>` over operands of one type, which is the result's too."""
        first = operands[0]
        suffix = INTRINSIC_SUFFIX.get(first.kind, first.kind)
        full = f"llvm.{name}.v{first.lanes}{suffix}" if first.lanes else f"llvm.{name}.{suffix}"
        kind = first.type
        self.declare(f"declare {kind} @{full}({', '.join([kind] * len(operands))})")
        arguments = ", ".join(map(str, operands))
        return self._computed(f"call {kind} @{full}({arguments})", first.kind, first.lanes)

    def fma(self, a: Word, b: Word | Number, c: Word | Number) -> Word:
        """a * b + c, rounded once where the machine can do that."""
        b = b if isinstance(b, Word) else a.of(b)
        c = c if isinstance(c, Word) else a.of(c)
        if not self.machine.fma:
            return a * b + c
        return self.intrinsic("fma", [a, b, c])

    def polynomial(self, x: Word, coefficients: Sequence[Number]) -> Word:
        """Horner's scheme; coefficients from the constant term up."""
        result = x.of(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = self.fma(result, x, coefficient)
        return result

    def select(self, condition: Word, a: Word | Number, b: Word | Number) -> Word:
        """a where the condition holds, else b; one of the two is a Word."""
        like = a if isinstance(a, Word) else b
        assert isinstance(like, Word)
        a = a if isinstance(a, Word) else like.of(a)
        b = b if isinstance(b, Word) else like.of(b)
        return self.emit(f"select {condition}, {a}, {b}", like.kind, like.lanes)

    def smaller(self, a: Word, b: Word | Number) -> Word:
        """a where a < b, else b (so b where a is NaN)."""
        return self.select(a < b, a, b)

    def larger(self, a: Word, b: Word | Number) -> Word:
        """a where a > b, else b (so b where a is NaN)."""
        return self.select(a > b, a, b)

    def with_sign(self, magnitude: Word, sign: Word) -> Word:
        """copysign."""
        return self.intrinsic("copysign", [magnitude, sign])

    def any(self, condition: Word) -> Word:
        """Scalar i1: some lane is true."""
        if not condition.lanes:
            return condition
        whole = self.emit(f"bitcast {condition} to i{condition.lanes}", f"i{condition.lanes}")
        return whole.compare("ne", 0)

    def splat(self, scalar: Word, lanes: int) -> Word:
        """The scalar in every lane."""
        if not lanes:
            return scalar
        vector = type_text(scalar.kind, lanes)
        one = self.emit(f"insertelement {vector} poison, {scalar}, i32 0", scalar.kind, lanes)
        zeros = f"<{lanes} x i32> zeroinitializer"
        text = f"shufflevector {vector} {one.text}, {vector} poison, {zeros}"
        return self.emit(text, scalar.kind, lanes)

    def shuffle(self, vector: Word, lanes: Sequence[int]) -> Word:
        """The lanes named, in that order."""
        mask = ", ".join(f"i32 {lane}" for lane in lanes)
        text = f"shufflevector {vector}, {vector.type} poison, <{len(lanes)} x i32> <{mask}>"
        return self.emit(text, vector.kind, len(lanes))

    def beside(self, a: Word, b: Word) -> Word:
        """The lanes of two vectors, one after the other."""
        mask = ", ".join(f"i32 {lane}" for lane in range(2 * a.lanes))
        text = f"shufflevector {a}, {b}, <{2 * a.lanes} x i32> <{mask}>"
        return self.emit(text, a.kind, 2 * a.lanes)

    @contextmanager
    def when(self, condition: Word) -> Iterator[str]:
        """A block that runs if a scalar condition holds; gives the label of the block before it."""
        before, inside, after = self.block, self.name("then"), self.name("after")
        self.line(f"br {condition}, label %{inside}, label %{after}")
        with self.inside(inside):
            yield before
            self.line(f"br label %{after}")
            self._inside = self.block
        self.start(after)

    def joined(self, before: str, unchanged: Word, changed: Word) -> Word:
        """After `when`: `changed` if its block ran, else `unchanged`."""
        pairs = f"[{unchanged.text}, %{before}], [{changed.text}, %{self._inside}]"
        return self.emit(f"phi {changed.type} {pairs}", changed.kind, changed.lanes)

    def outlined(
        self, name: str, operands: Sequence[Word], write: Callable[..., Word], result: str = ""
    ) -> Word:
        """A call of a function that `write(code, *parameters)` writes when it is first used.

        For what is long: kernels are unrolled, and each copy would hold it. `result` is the element
        type of what it returns; by default that of its first operand.
        """
        first = operands[0]
        suffix = f"v{first.lanes}" if first.lanes else ""
        full = f"{name}.{suffix}{first.kind}"
        kind = result or first.kind
        returned = type_text(kind, first.lanes)
        if full not in self.module.functions:
            self.module.functions[full] = ""  # reserved: it may be used inside itself
            inner = Code(self.module)
            parameters = [Word(inner, f"%a{i}", w.kind, w.lanes) for i, w in enumerate(operands)]
            value = write(inner, *parameters)
            inner.line(f"ret {value}")
            head = f"define internal {returned} @{full}({', '.join(map(str, parameters))})"
            self.module.functions[full] = f"{head} #0 {{\nentry:\n{inner.body()}\n}}"
        arguments = ", ".join(map(str, operands))
        return self._computed(f"call {returned} @{full}({arguments})", kind, first.lanes)

    def lanes_where(
        self,
        condition: Word,
        value: Word,
        operand: Word,
        name: str,
        write: Callable[[Code, Word], Word],
    ) -> Word:
        """`value`, replaced by a scalar function of `operand` in lanes where the condition holds.

        The function is called lane by lane: it is for what is rare.
        """
        with self.when(self.any(condition)) as before:
            if not value.lanes:
                changed = self.outlined(name, [operand], write)
            else:
                changed = self._replace_lanes(condition, value, operand, name, write)
        return self.joined(before, value, changed)

    def _replace_lanes(
        self,
        condition: Word,
        value: Word,
        operand: Word,
        name: str,
        write: Callable[[Code, Word], Word],
    ) -> Word:
        def lane_by_lane(state: list[Word]) -> tuple[Word, list[Word]]:
            lane, current = state
            wanted = self.emit(f"extractelement {condition}, {lane}", "i1")
            with self.when(wanted) as unchanged:
                scalar = self.emit(f"extractelement {operand}, {lane}", operand.kind)
                result = self.outlined(name, [scalar], write)
                text = f"insertelement {current}, {result}, {lane}"
                replaced = self.emit(text, value.kind, value.lanes)
            following = self.joined(unchanged, current, replaced)
            further = lane + 1
            return further < value.lanes, [further, following]

        return self.repeat([self.constant(0, "i32"), value], lane_by_lane)[1]

    def repeat(
        self, initial: Sequence[Word], body: Callable[[list[Word]], tuple[Word, list[Word]]]
    ) -> list[Word]:
        """The state after running `body` once, and again as long as it says so.

        Args:
            initial: The state before.
            body: From a state whether to go on (a scalar) and the next state.
        """
        before, loop, done = self.block, self.name("loop"), self.name("done")
        self.line(f"br label %{loop}")
        with self.inside(loop):
            first = len(self.lines)
            state = [Word(self, f"%{self.name('s')}", word.kind, word.lanes) for word in initial]
            again, following = body(list(state))
            last = self.block
        self.lines[first:first] = [
            f"  {word.text} = phi {word.type} [{start.text}, %{before}], [{end.text}, %{last}]"
            for word, start, end in zip(state, initial, following, strict=True)
        ]
        self.line(f"br {again}, label %{loop}, label %{done}")
        self.start(done)
        return following

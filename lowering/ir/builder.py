"""Makes loop IR: one method for each instruction that kernels use, typed by its operands.

The vocabulary, as backends meet it (every `arith` and `math` instruction works on scalars and on
vectors alike; attributes are written `{name}`; what only kernels for blocks of threads have is in
`thread_instructions.py`):

- `arith.constant {value}`: int, float or bool; one number for all lanes of a vector.
- `arith.addi subi muli divsi divui remsi remui floordivsi andi ori xori shli shrsi shrui maxsi
  minsi maxui minui`, `arith.cmpi {predicate}` with eq ne slt sle sgt sge ult ule ugt uge.
- `arith.addf subf mulf divf remf negf maximumf minimumf maxnumf minnumf` (the `imum` forms give
  NaN if there is one), `arith.cmpf {predicate}` with oeq one olt ole ogt oge ord une uno ueq.
- `arith.select cond, a, b`; the condition is i1 or a vector of i1, or i1 for two vectors.
- `arith.extf truncf extsi extui trunci sitofp uitofp fptosi fptoui bitcast index_cast`: the result
  type says what to. `index` is a 64-bit integer; `index_cast` to and from i64 does nothing.
- `math.exp expm1 log log1p log2 sqrt rsqrt sin cos asin atan atan2 tanh erf erfc
  powf absf absi floor ceil trunc roundeven copysign fma`.
- `scf.for lower, upper, step, carried...` (one block: induction variable, carried values; ends in
  `scf.yield`), `scf.if cond` (two blocks), `scf.yield values...`.
- `memref.load memory, index`, `memref.store value, memory, index`, `memref.prefetch memory, index`
  (a hint: the element need not exist), `memref.extract_aligned_pointer_as_index memory` (in bytes),
  `memref.alloca count` (scratch memory of a small size known beforehand, which lives as long as the
  call; at the head of a function only).
- `vector.load memory, index`, `vector.store value, memory, index` (consecutive elements at any
  address), `vector.maskedload memory, index, mask, otherwise`, `vector.maskedstore memory, index,
  mask, value`,
  `vector.gather memory, index, offsets, mask, otherwise`, `vector.scatter memory, index, offsets,
  mask, value` (element `index + offsets[lane]`; offsets are vectors of `index`),
  `vector.create_mask count` (the first `count` lanes), `vector.broadcast scalar`,
  `vector.step` (0, 1, 2, ... as `index`), `vector.reduction vector {kind}` with add mul minsi
  maxsi minui maxui and or xor minimumf maximumf (floating-point add and mul in any order that is
  fixed), `vector.extract vector {lane}`, `vector.insert scalar, vector {lane}`,
  `vector.shuffle a, b {mask}` (lane numbers; those of b follow those of a).
- `ts.place value`: an i64 of any size as `index`. Where that has 32 bits, 2**29 with its sign
  stands for all that is as far away or further, and is no place.
- `ts.quotient number, reciprocal`: a number of at least 0 and below 2**31, divided by the one whose
  `simt.reciprocal` the i64 is.
- `ts.view memory, index`: the same memory from an element on.
- `vector.bitcast vector`: the same bytes as lanes of another width.
- `ts.dot a, b, c {parts, signed}`: c + the products of the parts of a and b, vectors of i32. Two
  parts are signed integers of 16 bits if c is of i32; bf16 if it is of f32: a product and its sum
  are rounded once, whether or not numbers below the least normal one count as zeros, in any order.
  Four parts are bytes, those of b signed, those of a too if they are `signed`, else unsigned.
- `ts.cospi x`: the cosine of x half turns; `ts.erfinv lgamma digamma polygamma(order, x)
  nextafter`: as their namesakes in `math`; `ts.philox seed, counter {which}` with two i64
  operands: the words of Philox 4x32-10 with key (seed low, seed high) and counter (low, high, 0,
  0); which is `low` for words 0 and 1 as one i64 (word 0 low), `high` for words 2 and 3.

`bool` memory is `i8` holding 0 or 1, unsigned bytes are `i8` read with unsigned instructions.
"""

from __future__ import annotations

from collections.abc import Sequence

from .instructions import Branch, Loop, bits, element, is_float, like
from .loops import F32, F64, I1, I32, I64, INDEX, Memref, Scalar, Type, Value, Vector
from .thread_instructions import ThreadInstructions


class Builder(ThreadInstructions):
    """Appends instructions to the function under construction, by what they compute."""

    # -- arithmetic --------------------------------------------------------------------------------

    def binary(self, integer: str, floating: str, a: Value, b: Value) -> Value:
        """`arith.<integer>` or `arith.<floating>`, by the operands' type."""
        assert a.type == b.type, f"{integer}: {a.type} and {b.type}"
        name = floating if is_float(a.type) else integer
        return self.add(f"arith.{name}", [a, b], a.type)

    def plus(self, a: Value, b: Value) -> Value:
        """a + b."""
        return self.binary("addi", "addf", a, b)

    def minus(self, a: Value, b: Value) -> Value:
        """a - b."""
        return self.binary("subi", "subf", a, b)

    def times(self, a: Value, b: Value) -> Value:
        """a * b."""
        return self.binary("muli", "mulf", a, b)

    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """Truth of `a predicate b`; predicates of `arith.cmpi` and `arith.cmpf`."""
        assert a.type == b.type, f"{predicate}: {a.type} and {b.type}"
        name = "arith.cmpf" if is_float(a.type) else "arith.cmpi"
        return self.add(name, [a, b], like(a.type, I1), predicate=predicate)

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """a where the condition holds, else b."""
        assert a.type == b.type, f"select: {a.type} and {b.type}"
        return self.add("arith.select", [condition, a, b], a.type)

    def divided(self, number: Value, divisor: Value) -> tuple[Value, Value]:
        """Quotient and remainder of a number that is not negative."""
        quotient = self.add("arith.divui", [number, divisor], number.type)
        return quotient, self.minus(number, self.times(quotient, divisor))

    def quotient(self, number: Value, power: int) -> Value:
        """A number that is not negative, over a power of two."""
        shift = self.constant(power.bit_length() - 1, number.type)
        return self.add("arith.shrui", [number, shift], number.type)

    def rest(self, number: Value, power: int) -> Value:
        """What a division by a power of two leaves."""
        return self.add("arith.andi", [number, self.constant(power - 1, number.type)], number.type)

    def whole(self, count: Value, width: Value | int) -> Value:
        """The greatest multiple of a width that is not above a count, which is not negative."""
        if isinstance(width, int):
            if width & width - 1 == 0:
                return self.add("arith.andi", [count, self.constant(-width)], count.type)
            width = self.constant(width)
        return self.times(self.add("arith.divui", [count, width], count.type), width)

    def minimum_index(self, a: Value, b: Value) -> Value:
        """The smaller of two signed integers."""
        return self.add("arith.minsi", [a, b], a.type)

    def maximum_index(self, a: Value, b: Value) -> Value:
        """The larger of two signed integers."""
        return self.add("arith.maxsi", [a, b], a.type)

    def math(self, name: str, *operands: Value) -> Value:
        """`math.<name>` of operands of one type."""
        return self.add(f"math.{name}", operands, operands[0].type)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c, rounded once for floats."""
        if is_float(a.type):
            return self.math("fma", a, b, c)
        return self.plus(self.times(a, b), c)

    def dot(self, a: Value, b: Value, c: Value, parts: int = 2, signed: bool = True) -> Value:
        """c + a0 b0 + a1 b1 ...: each lane of a and b is a word of some numbers; see `join`."""
        return self.add("ts.dot", [a, b, c], c.type, parts=parts, signed=signed)

    def join(self, parts: Sequence[Value]) -> Value:
        """Integers of 16 or 8 bits as one of 32, the first in its lowest bits."""
        width = bits(parts[0].type)
        first, *others = (self.convert(value, I32, signed=False) for value in parts)
        for number, value in enumerate(others, 1):
            far = self.constant(number * width, first.type)
            shifted = self.add("arith.shli", [value, far], first.type)
            first = self.add("arith.ori", [first, shifted], first.type)
        return first

    def bitcast(self, value: Value, to: Scalar) -> Value:
        """The same bits as another scalar type of that width, or as vector lanes of any width."""
        type_ = value.type
        if bits(type_) == bits(to):
            return self.add("arith.bitcast", [value], like(type_, to))
        assert isinstance(type_, Vector), "only vectors become more or fewer lanes"
        lanes = type_.lanes * bits(type_) // bits(to)
        return self.add("vector.bitcast", [value], Vector(lanes, to))

    # -- conversion --------------------------------------------------------------------------------

    def convert(self, value: Value, to: Scalar, signed: bool = True) -> Value:
        """The same number as another scalar type; `signed` says how an integer source is read."""
        source, target = element(value.type), to
        if source == target:
            return value
        result = like(value.type, to)
        if target == I1:
            zero = self.constant(0, value.type)
            return self.compare("une" if is_float(source) else "ne", value, zero)
        if is_float(source) and is_float(target):
            return self._convert_float(value, source, target, result)
        if is_float(source):
            return self._float_to_integer(value, target, result)
        if source == INDEX:
            wide = self.add("arith.index_cast", [value], like(value.type, I64))
            return self.convert(wide, to)
        unsigned = source == I1 or not signed
        if is_float(target):
            name = "arith.uitofp" if unsigned else "arith.sitofp"
            return self.add(name, [value], result)
        if target == INDEX:
            wide = self.convert(value, I64, signed)
            return self.add("arith.index_cast", [wide], result)
        if bits(source) > bits(target):
            return self.add("arith.trunci", [value], result)
        return self.add("arith.extui" if unsigned else "arith.extsi", [value], result)

    def _convert_float(self, value: Value, source: Scalar, target: Scalar, result: Type) -> Value:
        if bits(source) < bits(target):
            return self.add("arith.extf", [value], result)
        if bits(source) > bits(target):
            return self.add("arith.truncf", [value], result)
        return self.convert(self.convert(value, F32), target)  # between f16 and bf16

    def _float_to_integer(self, value: Value, target: Scalar, result: Type) -> Value:
        if bits(value.type) < 32:
            value = self.convert(value, F32)
        if not isinstance(value.type, Vector) or bits(target) > 32:
            return self._by_way_of_64_bits(value, target)
        # Vectors of 64-bit integers are slow: of numbers that fit 32 bits, as most do, they are
        # not needed.
        size = self.add("math.absf", [value], value.type)
        fits = self.compare("olt", size, self.constant(2.0**31, value.type))
        branch = self.branch(self.reduction("and", fits), [result])
        with self.inside(branch.then) as yields:
            narrow = self.add("arith.fptosi", [value], like(result, I32))
            yields.append(self.convert(narrow, target))
        with self.inside(branch.otherwise) as yields:
            yields.append(self._by_way_of_64_bits(value, target))
        return branch.results[0]

    def _by_way_of_64_bits(self, value: Value, target: Scalar) -> Value:
        """A float cut to an integer; narrow integers wrap around as PyTorch's do."""
        wide = self.add("arith.fptosi", [value], like(value.type, I64))
        return self.convert(wide, target)

    # -- memory ------------------------------------------------------------------------------------

    def scratch(self, elements: int, scalar: Scalar) -> Value:
        """Memory that lives as long as the call; to be asked for before any loop."""
        return self.add("memref.alloca", [self.constant(elements)], Memref(scalar))

    def view(self, memory: Value, index: Value) -> Value:
        """The memory from an element on."""
        return self.add("ts.view", [memory, index], memory.type)

    def load(self, memory: Value, index: Value) -> Value:
        """One element."""
        return self.add("memref.load", [memory, index], element(memory.type))

    def store(self, value: Value, memory: Value, index: Value) -> None:
        """Writes one element."""
        self.add("memref.store", [value, memory, index])

    def vector_load(
        self, memory: Value, index: Value, lanes: int, mask: Value | None = None
    ) -> Value:
        """Consecutive elements; zero in lanes that the mask leaves out."""
        result = Vector(lanes, element(memory.type))
        if mask is None:
            return self.add("vector.load", [memory, index], result)
        zero = self.constant(0, result)
        return self.add("vector.maskedload", [memory, index, mask, zero], result)

    def vector_store(
        self, value: Value, memory: Value, index: Value, mask: Value | None = None
    ) -> None:
        """Writes consecutive elements, those that the mask admits."""
        if mask is None:
            self.add("vector.store", [value, memory, index])
        else:
            self.add("vector.maskedstore", [memory, index, mask, value])

    def gather(self, memory: Value, index: Value, offsets: Value, mask: Value) -> Value:
        """Elements `index + offsets[lane]`; zero in lanes that the mask leaves out."""
        assert isinstance(offsets.type, Vector)
        result = Vector(offsets.type.lanes, element(memory.type))
        zero = self.constant(0, result)
        return self.add("vector.gather", [memory, index, offsets, mask, zero], result)

    def scatter(
        self, value: Value, memory: Value, index: Value, offsets: Value, mask: Value
    ) -> None:
        """Writes elements `index + offsets[lane]`, those that the mask admits."""
        self.add("vector.scatter", [memory, index, offsets, mask, value])

    def prefetch(self, memory: Value, index: Value) -> None:
        """Asks for the line of memory that holds an element; the place may be anywhere."""
        self.add("memref.prefetch", [memory, index])

    def address(self, memory: Value) -> Value:
        """Where memory begins, in bytes."""
        return self.add("memref.extract_aligned_pointer_as_index", [memory], INDEX)

    # -- vectors -----------------------------------------------------------------------------------

    def broadcast(self, value: Value, lanes: int) -> Value:
        """The scalar in every lane; a vector is given back as it is."""
        if isinstance(value.type, Vector):
            return value
        assert isinstance(value.type, Scalar)
        return self.add("vector.broadcast", [value], Vector(lanes, value.type))

    def step(self, lanes: int) -> Value:
        """0, 1, 2, ... as a vector of `index`."""
        return self.add("vector.step", [], Vector(lanes, INDEX))

    def mask(self, count: Value, lanes: int) -> Value:
        """True in the first `count` lanes."""
        return self.add("vector.create_mask", [count], Vector(lanes, I1))

    def reduction(self, kind: str, value: Value) -> Value:
        """All lanes combined to one scalar."""
        return self.add("vector.reduction", [value], element(value.type), kind=kind)

    def extract(self, value: Value, lane: int) -> Value:
        """One lane."""
        return self.add("vector.extract", [value], element(value.type), lane=lane)

    def together(self, values: Sequence[Value]) -> Value:
        """Scalars of one type as a vector."""
        result = Vector(len(values), element(values[0].type))
        vector = self.constant(0, result)
        for lane, value in enumerate(values):
            vector = self.add("vector.insert", [value, vector], result, lane=lane)
        return vector

    def shuffle(self, a: Value, b: Value, lanes: Sequence[int]) -> Value:
        """Lanes chosen from two vectors; those of `b` are numbered after those of `a`."""
        return self.add(
            "vector.shuffle", [a, b], Vector(len(lanes), element(a.type)), mask=tuple(lanes)
        )


__all__ = ["F64", "Branch", "Builder", "Loop", "Memref", "bits", "element", "is_float", "like"]

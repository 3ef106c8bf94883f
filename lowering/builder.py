"""Makes loop IR: one method for each instruction that kernels use, typed by its operands.

The vocabulary, as backends meet it (every `arith` and `math` instruction works on scalars and on
vectors alike; attributes are written `{name}`):

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
- In kernels that run in blocks of threads: `gpu.thread_id {dimension}`, `gpu.block_id {dimension}`,
  `gpu.grid_dim {dimension}` (blocks; `index`, dimension x), `gpu.barrier` (all threads of a block
  meet, and see what the others stored), `gpu.shuffle value, offset, width {mode}` (the value of
  another thread of the same 32, all of which take part; offset and width are i32, mode is `xor`,
  `up` or `idx`; `up` gives a thread without a lower one its own). `memref.alloca` of memory that is
  `shared` gives the threads of a block one piece together. `nvvm.bar.warp.sync mask` is the barrier
  of a warp; its mask is all ones.
- `nvvm.match.sync value, mask {kind}` (kind is `any`, the mask all ones): a bit for each thread of
  the warp that has the same i32; `math.ctpop` counts the bits of an i32.
- `nvgpu.mma.sync a, b, c`: c + a b by the 32 threads of a warp, a 16x16 and b 16x8 of f16 or bf16,
  c 16x8 of f32; a thread has 8 elements of a, 4 of b and 4 of c, where PTX's `mma.m16n8k16` has
  them. Of f32 the depth is 8, and a thread has 4 elements of a and 2 of b, of whose mantissas ten
  bits count; `ts.tf32` rounds to those, ties away from zero.
- `nvgpu.ldmatrix memory, index {transpose}`: four matrices of 8x8 elements of 16 bits from shared
  memory; thread k gives the place of row k % 8 of matrix k / 8, 16 bytes that begin at a multiple
  of 16, and gets two neighbours of row lane / 4 of each, or of column lane / 4 if they are
  transposed. Memory of f32 counts as twice as many elements, and is not transposed.
- `nvgpu.device_async_copy shared, place, memory, index, count {elements}`: copies `elements`, 4 to
  16 bytes together, to shared memory while the thread goes on; elements from `count` on are zeros,
  and what they stand for is not read. `nvgpu.device_async_create_group` makes a group of the
  copies of a thread since the last one; `nvgpu.device_async_wait {groups}` waits for all groups but
  the last few. Others see what was copied after a barrier that follows.
- `ts.place value`: an i64 of any size as `index`. Where that has 32 bits, 2**29 with its sign
  stands for all that is as far away or further, and is no place.
- `ts.quotient number, reciprocal`: a number of at least 0 and below 2**31, divided by the one whose
  `simt.reciprocal` the i64 is.
- `ts.wgmma sums, left, i, right, j {columns, turned_left, turned_right, panel}`: begins to add a
  product of 64 rows, 128 or 256 columns and depth 16 to the sums of the 128 threads of a warp
  group, all of which take part. Factors of f16 or bf16 lie in shared memory from an element on, in
  lines of 128 bytes, each cut into packs of 16 bytes: the pack p of the line that begins at the
  byte 128 l of all shared memory lies where the pack p xor (l mod 8) would. A line holds 64 places
  along the depth of a row (or column), lines follow each other; or, of a factor that is turned, 64
  rows (or columns) at a place along the depth, of which the next 64 lie `panel` elements on.
  `sums` is memory of the thread, of f32: element 4 t + 2 h + c is of row 16 w + 8 h + r and column
  8 t + 2 s + c, where w is the thread's warp in the group, and its number in the warp is 4 r + s.
  Between `ts.wgmma_fence sums` and `ts.wgmma_wait sums {groups}`, nothing else may touch sums, nor
  write to the factors. `ts.wgmma_commit` makes a group of the products since the last one; the
  wait is for all groups but the last few. `nvvm.fence.proxy {kind}`, by the thread that stored or
  copied factors and before a barrier, lets products see them; the kind is `async.shared`.
- `ts.copy_box shared, i, map, barriers, j, c, d, ...`: begins to copy a box to shared memory, from
  the place (c, d, ...) of a tensor on, the innermost dim first; zeros stand for what is outside of
  the tensor. A line of the box is 128 bytes, and its packs are turned as products of warp groups
  read them. Its bytes count as arrived at a barrier when they are there.
- `ts.barrier_init barriers, i {count}` makes element i of shared memory of i64 a barrier. A phase
  of it is over when it was arrived at `count` times, and all bytes that were expected in the phase
  have arrived: `ts.barrier_expect barriers, i {bytes}` expects some and arrives,
  `ts.barrier_arrive barriers, i, condition` arrives where the condition holds. `ts.barrier_wait
  barriers, i, parity` waits until a phase of that parity is over that is the present or the last
  one; phases are counted from 0. `ts.show_barriers`, by the thread that made them and before all
  threads meet, lets copies find them.
- `ts.report status, what, seen, extent`: stores the three i64 where the first word of the status is
  still 0; of several threads one succeeds, with all of its words.
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

from .instructions import Branch, Instructions, Loop, bits, element, is_float, like
from .loops import F32, F64, I1, I32, I64, INDEX, Memref, Scalar, Type, Value, Vector

WARP = 32
"""Threads that run in step and exchange values."""

GROUP = 128
"""Threads of a warp group: four warps that multiply matrices together."""


class Builder(Instructions):
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
        # By way of 64 bits, so that narrow integers wrap around as PyTorch's do.
        if bits(value.type) < 32:
            value = self.convert(value, F32)
        wide = self.add("arith.fptosi", [value], like(result, I64))
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

    # -- threads -----------------------------------------------------------------------------------

    def thread_id(self) -> Value:
        """The number of this thread in its block."""
        return self.add("gpu.thread_id", [], INDEX, dimension="x")

    def block_id(self) -> Value:
        """The number of this block."""
        return self.add("gpu.block_id", [], INDEX, dimension="x")

    def grid_dim(self) -> Value:
        """How many blocks there are."""
        return self.add("gpu.grid_dim", [], INDEX, dimension="x")

    def barrier(self) -> None:
        """Waits for all threads of the block."""
        self.add("gpu.barrier", [])

    def warp_barrier(self) -> None:
        """Waits for all threads of the warp."""
        self.add("nvvm.bar.warp.sync", [self.constant(-1, I32)])

    def report(self, status: Value, words: Sequence[Value]) -> None:
        """Stores three words to the status, unless another thread has done so."""
        self.add("ts.report", [status, *words])

    def exchange(self, mode: str, value: Value, offset: int | Value) -> Value:
        """The value of another thread of the same warp; see `gpu.shuffle`."""
        other = self.constant(offset, I32) if isinstance(offset, int) else offset
        return self.add(
            "gpu.shuffle", [value, other, self.constant(WARP, I32)], value.type, mode=mode
        )

    def match(self, value: Value) -> Value:
        """The threads of the warp that have the same i32, a bit for each."""
        return self.add("nvvm.match.sync", [value, self.constant(-1, I32)], I32, kind="any")

    def own(self, elements: int, scalar: Scalar) -> Value:
        """Memory of this thread, at the head of the function wherever it is asked for."""
        return self.at_head("memref.alloca", [self.constant(elements)], Memref(scalar))

    def shared(self, elements: int, scalar: Scalar, alignment: int = 0) -> Value:
        """Memory of the block, at the head of the function wherever it is asked for.

        Args:
            alignment: Its address is a multiple of so many bytes; 0 for what packs need.
        """
        attributes = {"alignment": alignment} if alignment else {}
        memory = Memref(scalar, True)
        return self.at_head("memref.alloca", [self.constant(elements)], memory, **attributes)

    def load_matrices(self, memory: Value, index: Value, transpose: bool) -> Value:
        """This thread's parts of four small matrices in shared memory; see `nvgpu.ldmatrix`."""
        scalar = element(memory.type)
        result = Vector(4 * 32 // bits(scalar), scalar)
        return self.add("nvgpu.ldmatrix", [memory, index], result, transpose=transpose)

    def copy_async(
        self, shared: Value, place: Value, memory: Value, index: Value, count: Value, elements: int
    ) -> None:
        """Begins to copy elements to shared memory; see `nvgpu.device_async_copy`."""
        operands = [shared, place, memory, index, count]
        self.add("nvgpu.device_async_copy", operands, elements=elements)

    def end_group(self) -> None:
        """Makes a group of this thread's copies so far."""
        self.add("nvgpu.device_async_create_group", [])

    def wait_for_groups(self, left: int) -> None:
        """Waits for this thread's copies, except for those of the last groups."""
        self.add("nvgpu.device_async_wait", [], groups=left)

    def round_tf32(self, value: Value) -> Value:
        """The value with ten bits of mantissa."""
        return self.add("ts.tf32", [value], value.type)

    def multiply_matrices(self, a: Value, b: Value, c: Value) -> Value:
        """This thread's part of c + a b; see `nvgpu.mma.sync`."""
        return self.add("nvgpu.mma.sync", [a, b, c], c.type)

    def settle_sums(self, sums: Value, touched: bool = True) -> None:
        """Makes a thread's sums ready for products of its warp group; see `ts.wgmma_fence`.

        Args:
            touched: The thread may have touched them since the last products.
        """
        self.add("ts.wgmma_fence", [sums], touched=int(touched))

    def add_group_product(
        self, sums: Value, left: tuple[Value, Value], right: tuple[Value, Value], columns: int,
        turned: tuple[bool, bool], panel: int,
    ) -> None:  # fmt: skip
        """Begins to add a product to the sums of a warp group; see `ts.wgmma`.

        Args:
            sums: This thread's.
            left, right: Shared memory, and where the factor begins in it.
            columns: Of the product.
            turned: For each factor whether lines lie along its rows (or columns).
            panel: Elements from one panel of 64 rows (or columns) to the next, of such a factor.
        """
        self.add(
            "ts.wgmma", [sums, *left, *right], columns=columns, panel=panel,
            turned_left=int(turned[0]), turned_right=int(turned[1]),
        )  # fmt: skip

    def end_products(self) -> None:
        """Makes a group of the products of a warp group so far."""
        self.add("ts.wgmma_commit", [])

    def wait_for_products(self, sums: Value, left: int) -> None:
        """Waits for all groups of products but the last ones."""
        self.add("ts.wgmma_wait", [sums], groups=left)

    def show_copies(self) -> None:
        """Lets products of warp groups see what this thread has stored to shared memory, or has
        copied there and waited for."""
        self.add("nvvm.fence.proxy", [], kind="async.shared")

    def copy_box(
        self, shared: Value, place: Value, source: Value, barrier: tuple[Value, Value],
        corner: Sequence[Value],
    ) -> None:  # fmt: skip
        """Begins to copy a box of a tensor to shared memory; see `ts.copy_box`."""
        self.add("ts.copy_box", [shared, place, source, *barrier, *corner])

    def make_barrier(self, barrier: tuple[Value, Value], count: int) -> None:
        """Makes an element of shared memory a barrier; see `ts.barrier_init`."""
        self.add("ts.barrier_init", [*barrier], count=count)

    def show_barriers(self) -> None:
        """Lets copies find the barriers that this thread has made."""
        self.add("ts.show_barriers", [])

    def expect_bytes(self, barrier: tuple[Value, Value], count: int) -> None:
        """Arrives, and expects bytes of copies, at a barrier."""
        self.add("ts.barrier_expect", [*barrier], bytes=count)

    def arrive(self, barrier: tuple[Value, Value], condition: Value) -> None:
        """Arrives at a barrier where a condition holds."""
        self.add("ts.barrier_arrive", [*barrier, condition])

    def wait_for_phase(self, barrier: tuple[Value, Value], parity: Value) -> None:
        """Waits for a phase of a barrier."""
        self.add("ts.barrier_wait", [*barrier, parity])

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

"""Makes loop IR that only threads of a GPU run: one method for each instruction.

Barriers, exchanges, copies to shared memory, products of matrices. As backends meet them:

- `gpu.thread_id {dimension}`, `gpu.block_id {dimension}`,
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
"""

from __future__ import annotations

from collections.abc import Sequence

from .instructions import Instructions, bits, element
from .loops import I32, INDEX, Memref, Scalar, Value, Vector

WARP = 32
"""Threads that run in step and exchange values."""

GROUP = 128
"""Threads of a warp group: four warps that multiply matrices together."""


class ThreadInstructions(Instructions):
    """Appends instructions that only kernels for blocks of threads have."""

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

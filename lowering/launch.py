"""What lowering hands to a backend: kernels, and for one call the arguments to launch them with.

A kernel is specialised on op, dtypes, layout class and target, never on sizes: two calls that
differ only in sizes share their kernels and differ in the `Number` arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from ..ops.calls.specialize import title
from ..ops.dataclass import dataclass
from ..ops.dtype import dtype
from .ir.loops import Function


@dataclass(frozen=True)
class Target:
    """What the schedules need to know about a machine.

    Attributes:
        name: `x86-64-v2`, `x86-64-v3`, `x86-64-v4`, `aarch64`; `sm_90` and its like.
        vector_bytes: Width of a vector register in bytes: 16, 32 or 64; of a graphics processor,
            what one thread loads at a time.
        registers: Vector registers that hold accumulators: 16 or 32.
        cache_bytes: First and second level data cache for each core, in bytes.
        features: Instruction sets that only some processors of that name have, in LLVM's spelling:
            `avx512vnni`. Kernels that use one say so; see `Kernel.features`.
        tensor_floats: Products of float32 may go through tensor cores, which take ten bits of the
            mantissa.
        warp_groups: Products of 16-bit floats may go through tensor cores that read shared memory
            (wgmma, which sm_90a alone has).
        tensor_maps: Their factors may be copied in boxes, from tensor maps.
    """

    name: str
    vector_bytes: int
    registers: int
    cache_bytes: tuple[int, int] = (32 << 10, 1 << 20)
    features: tuple[str, ...] = ()
    tensor_floats: bool = False
    warp_groups: bool = False
    tensor_maps: bool = False

    @property
    def spelling(self) -> str:
        """What a user calls it: `x86-64-v4+avx512vnni`."""
        return "+".join((self.name, *self.features))


@dataclass(frozen=True)
class Pointer:
    """Address of an operand's first element (its storage offset included), or of a temporary."""

    operand: str


@dataclass(frozen=True)
class Number:
    """An integer known when the call is planned: a size, a stride in elements, a grain."""

    value: int


@dataclass(frozen=True)
class ScalarArgument:
    """A number known only at the call: an attribute or a Python-number operand, as `dtype`."""

    name: str
    dtype: dtype


@dataclass(frozen=True)
class Status:
    """Address of the status words that a kernel writes when an element is not allowed.

    The first is 0 while all is well, else what went wrong: `OUT_OF_RANGE` (an index: the second and
    third are what was seen and the extent), `DIVIDED_BY_ZERO`, `NEGATIVE_POWER` (of an integer).
    """


@dataclass(frozen=True)
class TensorMap:
    """A description of an operand from which boxes are copied to shared memory, made by the driver.

    Attributes:
        operand: That boxes are of.
        dtype: Of its elements.
        extents: For each dim, the innermost first, the place of its extent among the `Number`
            arguments of the launch.
        strides: Likewise of the distance of neighbours, in elements; those of the innermost dim lie
            next to each other.
        box: Elements of a box in each dim.
    """

    operand: str
    dtype: dtype
    extents: tuple[int, ...]
    strides: tuple[int, ...]
    box: tuple[int, ...]


MAP_WORDS = 16
"""Words of eight bytes of such a description among the parameters of a kernel."""

MAP_ALIGNMENT = 16
"""What addresses of mapped operands, and their strides in bytes, must be multiples of."""


OUT_OF_RANGE, DIVIDED_BY_ZERO, NEGATIVE_POWER = 1, 2, 3


LaunchArgument = Pointer | Number | ScalarArgument | Status | TensorMap


@dataclass(frozen=True)
class Grid:
    """Blocks of threads that a kernel runs in, as a formula of its arguments.

    Attributes:
        threads: Of a block.
        units: Place among the kernel's `Number` arguments of the number of units of work.
        each: Units that a block takes at a time.
        most: Blocks at most; a block goes on with the units that are left.
        shared: Bytes of shared memory that the launch gives each block, beside what the kernel
            brings.
    """

    threads: int
    units: int
    each: int
    most: int = 1 << 16
    shared: int = 0

    def blocks(self, numbers: Sequence[int]) -> int:
        """How many blocks run, given the values of the `Number` arguments."""
        return min(-(-numbers[self.units] // self.each), self.most)


@dataclass(frozen=True)
class Kernel:
    """One compilable function and what identifies it.

    Attributes:
        key: Structure key: op name, statement group, dtypes, layout class, target. Equal keys
            give the same function, so that a backend that has it compiled never builds it again.
        build: Makes the function; called only on a miss.
        op: Name of the op that it was planned for; for people, no part of its identity.
        form: Name of the schedule that planned it; likewise.
        grid: For kernels that run in blocks of threads, how many blocks a call takes.
        entry: For those, the name of the function, which follows from the key.
        features: Those of the target that its code needs; part of its identity, since the same
            loops are compiled with them and without.
        dtypes: Of the memory that it is handed, in the order of its arguments. Part of its
            identity: where two dtypes are one to the code, its source is the same.
        layout: How that memory lies, as far as it shapes the code, in a word: `dense`, `rows`,
            `columns`, `strided`; "" where there is nothing to tell. It follows from the key.
    """

    key: tuple[object, ...]
    build: Callable[[], Function]
    op: str = ""
    form: str = ""
    grid: Grid | None = None
    entry: str = ""
    features: tuple[str, ...] = ()
    dtypes: tuple[dtype, ...] = ()
    layout: str = ""

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Kernel)
            and self.key == other.key
            and self.features == other.features
            and self.dtypes == other.dtypes
        )

    @property
    def label(self) -> str:
        """What people call it: `softmax[f32, rows]`; a kernel that ops share says of which kind it
        is: `matmul[f32, contraction rows x rows]`."""
        name = str(self.key[0])
        return _label(self.op or name, "" if name == self.op else name, self.dtypes, self.layout)


@lru_cache(maxsize=1024)
def _label(op: str, kind: str, dtypes: tuple[dtype, ...], layout: str) -> str:
    seen = " ".join(dict.fromkeys(each.abbreviation for each in dtypes))
    walk = " ".join(filter(None, (kind.replace("_", " "), layout)))
    return f"{title(op)}[{', '.join(filter(None, (seen, walk)))}]"


@dataclass(frozen=True)
class Launch:
    """One kernel with its arguments, run for chunks 0 .. chunks-1 in any order, on any thread.

    `arguments` are those of the function without the last one, the chunk. Where threads run in
    blocks, chunks are those blocks.

    A launch with tensor maps has another kernel `otherwise`, which takes the arguments that are no
    maps, for operands whose address is no multiple of `MAP_ALIGNMENT`.
    """

    kernel: Kernel
    arguments: tuple[LaunchArgument, ...]
    chunks: int
    otherwise: Kernel | None = None

    def without_maps(self) -> Launch:
        """The launch for such operands."""
        assert self.otherwise is not None, "only launches with tensor maps have another kernel"
        kept = tuple(x for x in self.arguments if not isinstance(x, TensorMap))
        return Launch(self.otherwise, kept, self.chunks)

    def alternatives(self) -> tuple[Launch, ...]:
        """This launch, and the one for such operands if there is one."""
        return (self,) if self.otherwise is None else (self, self.without_maps())


@dataclass(frozen=True)
class Temporary:
    """Scratch memory that lives for one call."""

    name: str
    dtype: dtype
    elements: int


@dataclass(frozen=True)
class Schedule:
    """A call, lowered: launches in order, and the memory they share.

    Attributes:
        launches: Run one after the other.
        temporaries: Allocated before, released after.
        zeroed: Operands or temporaries that must be filled with zero bytes first.
    """

    launches: tuple[Launch, ...]
    temporaries: tuple[Temporary, ...] = ()
    zeroed: tuple[str, ...] = ()

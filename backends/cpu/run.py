"""The CPU backend: schedules an op, gets its kernels, and packs the arguments of each call."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from ...lowering.launch import (
    Launch,
    Number,
    Pointer,
    ScalarArgument,
    Schedule,
    Status,
    Target,
)
from ...lowering.schedule import schedule
from ...ops.cached import cached_property
from ...ops.calls.binding import Binding
from ...ops.language.op import Op
from ...ops.lock import PREPARING
from ..arguments import (
    STATUS_WORDS,
    Memory,
    Scalars,
    complaint,
    fitted,
    launch_signature,
    names_of,
    scalar_kinds,
)
from ..base import Runner, observers
from ..native.calling import true_error
from ..slots import Solved, is_busy, solve
from ..template import Templated, filled, numbers_of
from .cache import generator_digest
from .kernels import LoadedKernel, get_kernel
from .machine import Machine, detect_machine
from .pool import allocate
from .threads import parallel_call

Pointers = Sequence[int]
_FORMATS = {
    "float64": "d", "float32": "f4x", "bool": "?7x", "uint8": "B7x", "int8": "b7x", "int16": "h6x",
    "int32": "i4x", "int64": "q",
}  # fmt: skip


class CpuBackend(Templated):
    """Compiles ops for this machine's processor.

    Attributes:
        name: `cpu`.
        machine: What it compiles for.
        target: What schedules know of the machine.
    """

    name = "cpu"

    def __init__(self, machine: Machine | None = None) -> None:
        generator_digest()
        self.machine = machine or detect_machine()
        self.target: Target = self.machine.target
        self.allocate = allocate  # from the pool, without a frame in between

    def prepare(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> Runner:
        """The call that a binding describes, compiled; see `Backend.prepare`."""
        with PREPARING:
            for observe in observers:
                observe(op, binding, strides)
            planned = self.schedule(op, binding, strides)
            zeroed = {
                name: Memory(binding.shapes[name], strides[name], binding.dtypes[name].itemsize)
                for name in planned.zeroed
                if name in binding.shapes
            }
            return make_runner(op.name, planned, self.machine, zeroed)

    def schedule(
        self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]
    ) -> Schedule:
        """The launches that run one call."""
        return schedule(op, binding, strides, self.target)

    def model_of(self, runner: Runner) -> GeneralRunner:
        """A runner that does the same and can be filled with other numbers."""
        assert isinstance(runner, (SimpleRunner, GeneralRunner))
        return runner.general()


def make_runner(
    name: str, planned: Schedule, machine: Machine, zeroed: Mapping[str, Memory] | None = None
) -> Runner:
    """A schedule with its kernels loaded.

    Args:
        name: Of the op, for messages.
        planned: Launches, temporaries, and what is to be zeroed.
        machine: What to compile for.
        zeroed: Where the elements of operands lie that are to be zeroed.
    """
    kernels = [
        get_kernel(launch.kernel, machine, launch_signature(launch)) for launch in planned.launches
    ]
    operands, scalars = names_of(planned)
    where = {
        t.name: Memory((t.elements,), (1,), t.dtype.itemsize) for t in planned.temporaries
    } | dict(zeroed or {})
    general = GeneralRunner(name, operands, scalars, planned, kernels, where)
    if len(planned.launches) == 1 and not planned.temporaries and not planned.zeroed:
        simple = _simple_layout(planned.launches[0], operands, scalars)
        if simple is not None:
            return SimpleRunner(general, planned.launches[0], kernels[0], *simple)
    return general


def _simple_layout(
    launch: Launch, operands: tuple[str, ...], scalars: tuple[str, ...]
) -> tuple[str, bytes] | None:
    """Format of the slots that vary, and the bytes after them, if all that varies comes first."""
    varying = len(operands) + len(scalars)
    head, tail = launch.arguments[:varying], launch.arguments[varying:]
    names: list[str] = []
    layout = "<"
    for argument in head:
        if isinstance(argument, Pointer):
            names.append(argument.operand)
            layout += "Q"
        elif isinstance(argument, ScalarArgument) and argument.dtype.name in _FORMATS:
            names.append(argument.name)
            layout += _FORMATS[argument.dtype.name]
    if names != [*operands, *scalars] or not all(isinstance(a, Number) for a in tail):
        return None
    numbers = [argument.value for argument in tail if isinstance(argument, Number)]
    return layout, struct.pack(f"<{len(numbers)}q", *numbers)


class SimpleRunner:
    """One launch whose varying arguments come first: packs them, appends the rest, calls.

    Attributes:
        operands: Names of the operands, in the order of their pointers.
        scalars: Names of the scalars.
        kernel: The kernel.
        tail: Slots that are the same in each call.
        chunks: How many chunks there are.
    """

    __slots__ = (
        "_general", "_kinds", "_pack", "_run", "chunks", "kernel", "operands", "scalars", "tail",
    )  # fmt: skip

    def __init__(
        self, general: GeneralRunner, launch: Launch, kernel: LoadedKernel, layout: str, tail: bytes
    ) -> None:
        self._general = general
        self.operands = general.operands
        self.scalars = general.scalars
        self.kernel = kernel
        self.tail = tail
        self.chunks = launch.chunks
        self._pack = struct.Struct(layout).pack
        self._kinds = scalar_kinds([launch], general.scalars)
        self._run = launcher(kernel, launch.chunks, is_busy(numbers_of(launch)))

    @property
    def planned(self) -> Schedule:
        """What it runs."""
        return self._general.planned

    @property
    def solved(self) -> Solved | None:
        """The same for native code; None if that cannot run it."""
        return self._general.solved

    def general(self) -> GeneralRunner:
        """A runner that does the same in the way of any schedule."""
        return self._general

    def __call__(self, pointers: Pointers, scalars: Scalars = ()) -> None:
        """Runs the kernel."""
        try:
            packed = self._pack(*pointers, *scalars)
        except (struct.error, OverflowError):
            packed = self._pack(*pointers, *fitted(scalars, self._kinds))
        self._run(packed + self.tail)


def launcher(kernel: LoadedKernel, chunks: int, busy: bool) -> Callable[[bytes], None]:
    """What runs all chunks of a kernel on packed arguments."""
    if chunks <= 0:
        return _run_nothing
    if chunks == 1:
        call = kernel.call if busy else kernel.call_locked
        return _clean(lambda arguments: call(arguments, 0))
    parallel, address = parallel_call(), kernel.address
    return _clean(lambda arguments: parallel(address, arguments, chunks))


def _clean(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """A call by ctypes that says what went wrong if there is no memory for its arguments."""

    def call(arguments: bytes) -> None:
        try:
            run(arguments)
        except ctypes.ArgumentError as error:
            raise true_error(error) from None

    return call


def _run_nothing(arguments: bytes) -> None:
    return


class _Packing:
    """How the slots of one launch are filled: by pointers, then scalars, then temporaries, then
    the status, of a call; or by numbers that are the same in each call.

    Args:
        layout: Format of the slots.
        sources: For each slot its place in the call's values, or None for the next number.
        count: How many values a call has.
    """

    __slots__ = ("_pack", "_pick")

    def __init__(self, layout: str, sources: Sequence[int | None], count: int) -> None:
        places = iter(range(count, count + len(sources)))
        picks = [next(places) if place is None else place for place in sources]
        self._pick = itemgetter(*picks, 0)  # one more than there are slots: always a tuple
        self._pack = struct.Struct(layout).pack

    def pack(self, values: tuple[int | float, ...]) -> bytes:
        """The argument array of a call: its values, then the numbers."""
        return self._pack(*self._pick(values)[:-1])


class GeneralRunner:
    """Any schedule: temporaries from the pool, memory zeroed, launches in order, status checked.

    Attributes:
        name: Of the op.
        operands: Names of the operands, in the order of their pointers.
        scalars: Names of the scalars.
    """

    def __init__(
        self,
        name: str,
        operands: tuple[str, ...],
        scalars: tuple[str, ...],
        planned: Schedule,
        kernels: Sequence[LoadedKernel],
        memory: Mapping[str, Memory],
    ) -> None:
        self.name = name
        self.operands = operands
        self.scalars = scalars
        self.kernels = kernels
        self._shape = planned
        self._zeroed = {name: memory[name] for name in planned.zeroed}
        places = {n: k for k, n in enumerate([*operands, *scalars])}
        shift = len(operands) + len(scalars)
        places |= {t.name: shift + k for k, t in enumerate(planned.temporaries)}
        self._status = shift + len(planned.temporaries)
        self._checked = any(isinstance(a, Status) for la in planned.launches for a in la.arguments)
        self._zeroes = [(places[n], memory[n]) for n in planned.zeroed]
        self._kinds = scalar_kinds(planned.launches, scalars)
        count = self._status + self._checked
        self._packings = [_packing(x, places, self._status, count) for x in planned.launches]
        self.fill(
            tuple((x.chunks, numbers_of(x)) for x in planned.launches),
            tuple(max(t.elements, 1) for t in planned.temporaries),
        )

    def fill(self, launches: Sequence[tuple[int, tuple[int, ...]]], scratch: Sequence[int]) -> None:
        """Takes chunks and numbers of each launch, and elements of scratch memory."""
        self._numbers, self._scratch = launches, scratch
        self._steps = [
            (launcher(kernel, chunks, is_busy(numbers)), packing, numbers)
            for kernel, packing, (chunks, numbers) in zip(self.kernels, self._packings, launches)
        ]
        self._sizes = [n * t.dtype.itemsize for n, t in zip(scratch, self._shape.temporaries)]

    def filled(
        self, launches: Sequence[tuple[int, tuple[int, ...]]], scratch: Sequence[int]
    ) -> GeneralRunner:
        """A runner that differs in numbers only; see `fill`."""
        made = object.__new__(GeneralRunner)
        made.__dict__.update(self.__dict__)
        made.__dict__.pop("planned", None)
        made.__dict__.pop("solved", None)
        made.fill(launches, scratch)
        return made

    def general(self) -> GeneralRunner:
        """Itself."""
        return self

    @cached_property
    def planned(self) -> Schedule:
        """What it runs."""
        return filled(self._shape, self._numbers, self._scratch)

    @cached_property
    def solved(self) -> Solved | None:
        """The same for native code; None if that cannot run it."""
        if not all(memory.dense for memory in self._zeroed.values()):
            return None
        zeroed = {name: memory.nbytes for name, memory in self._zeroed.items()}
        return solve(self.planned, self.kernels, zeroed)

    def __call__(self, pointers: Pointers, scalars: Scalars = ()) -> None:
        """Runs all launches."""
        temporaries = [allocate(size) for size in self._sizes]
        addresses = [block.address for block in temporaries]
        values = (*pointers, *fitted(scalars, self._kinds), *addresses)
        status = (ctypes.c_int64 * STATUS_WORDS)() if self._checked else None
        if status is not None:
            values += (ctypes.addressof(status),)
        for place, memory in self._zeroes:
            for start, size in memory.pieces():
                ctypes.memset(int(values[place]) + start, 0, size)
        for run, packing, numbers in self._steps:
            run(packing.pack(values + numbers))
            if status is not None and status[0]:
                raise complaint(self.name, status[0], status[1], status[2])


def _packing(launch: Launch, places: Mapping[str, int], status: int, count: int) -> _Packing:
    layout = "<"
    sources: list[int | None] = []
    for argument in launch.arguments:
        match argument:
            case Pointer(name):
                layout += "Q"
                sources.append(places[name])
            case ScalarArgument(name, kind):
                layout += _FORMATS[kind.name]
                sources.append(places[name])
            case Status():
                layout += "Q"
                sources.append(status)
            case Number():
                layout += "q"
                sources.append(None)
    return _Packing(layout, sources, count)

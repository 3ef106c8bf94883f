"""What one process does that compiles kernels of GPUs only to see that they compile.

Kernels are planned as for `precompile`. Of those whose CUDA C differs in names alone one stands for
all, and many are compiled in one translation unit; nothing is kept of what comes out.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import field, replace

from ...backends.cache.key import digest
from ...backends.cuda import nvrtc
from ...backends.cuda.emit import header
from ...backends.cuda.kernel import cuda_kernel
from ...backends.cuda.processor import CudaProcessor
from ...backends.cuda.target import TARGETS
from ...lowering.launch import Kernel
from ...ops.dataclass import dataclass
from ...ops.errors import BackendError, TensorsmithError
from ...tensor.calls.entries import forget_plans
from .work import Work, end_with_parent, plan, planning_backend

QUICK = ("--Ofast-compile=max",)
"""A quarter of the time for short texts, more than the usual time for long ones. Types and
instructions are checked, what a kernel takes is not."""

LONG = 20_000  # characters of a text, from where on it is always compiled as for use

REPORTING = ("--ptxas-options=-v",)


@dataclass(frozen=True)
class Text:
    """The CUDA C of a kernel.

    Attributes:
        entry: Its name in the text.
        source: Its definition.
        label: For people.
    """

    entry: str
    source: str
    label: str


@dataclass
class Planned:
    """What planning some pieces of work found.

    Attributes:
        texts: By what identifies them but for names.
        kernels: How many kernels have these texts.
        calls: Calls that were planned.
        forms: How many kernels each schedule made.
        without: Ops of which no kernel runs.
        failed: What could not be planned or written, and why.
        seconds: Processor time.
    """

    texts: dict[str, Text] = field(default_factory=dict)
    kernels: int = 0
    calls: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    without: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, other: Planned) -> None:
        """Adds what other pieces gave."""
        self.texts.update(other.texts)
        self.kernels += other.kernels
        self.calls += other.calls
        self.forms += other.forms
        self.without += other.without
        self.failed.update(other.failed)
        self.seconds += other.seconds


@dataclass(frozen=True)
class Compiled:
    """What came of the texts of one translation unit.

    Attributes:
        texts: Those that compiled.
        nbytes: Of machine code.
        seconds: Processor time.
        spilling: Those among them that have too few registers, where that is asked.
        failed: Text -> what the compiler complains of.
    """

    texts: tuple[str, ...]
    nbytes: int
    seconds: float
    spilling: tuple[str, ...]
    failed: dict[str, str]


def start() -> None:
    """Begins a process; the environment has chosen the planning backend."""
    end_with_parent()
    warnings.simplefilter("ignore")  # of calls that no user made


def plan_texts(pieces: Sequence[Work], target: str, tensor_floats: bool) -> Planned:
    """The kernels of pieces of work for a GPU.

    Args:
        pieces: Ops and programs.
        target: Compute capability.
        tensor_floats: Products of float32 by TF32, besides those in full precision.
    """
    begin, found, backend = time.process_time(), Planned(), planning_backend()
    precisions = (False, True) if tensor_floats else (False,)
    processors = [CudaProcessor(replace(TARGETS[target], tensor_floats=p)) for p in precisions]
    for piece in pieces:
        forget_plans()  # of another piece: a plan that is known is not made again
        backend.plan_for(processors)
        backend.failed.clear()
        found.calls += plan(piece)
        found.failed.update(backend.failed)
        kernels = list(dict.fromkeys(kernel for kernel, _ in backend.planned[target]))
        if not kernels and piece.kind == "op":
            found.without.append(piece.what)
        for kernel in kernels:
            _write(kernel, found)
    found.seconds = time.process_time() - begin
    return found


def _write(kernel: Kernel, found: Planned) -> None:
    label = f"{kernel.op or kernel.key[0]}[{kernel.form}]"
    found.kernels += 1
    found.forms[kernel.form] += 1
    try:
        written = cuda_kernel(kernel)
    except (TensorsmithError, AssertionError) as error:
        found.failed[f"{label} {kernel.entry}"] = f"{type(error).__name__}: {error}"
        return
    name = digest(written.source.replace(written.entry, "kernel"))
    found.texts.setdefault(name, Text(written.entry, written.source, label))


def compile_texts(texts: dict[str, Text], target: str, quick: bool) -> Compiled:
    """Compiles texts together; where that fails, one by one, so that each complaint has its text.

    Args:
        texts: By what identifies them.
        target: Compute capability.
        quick: With `QUICK`, else as for use.
    """
    begin = time.process_time()
    source = header() + "\n".join(text.source for text in texts.values())
    try:
        made = nvrtc.compile_source(source, TARGETS[target], QUICK if quick else REPORTING)
    except BackendError as error:
        if len(texts) == 1:
            seconds = time.process_time() - begin
            return Compiled((), 0, seconds, (), dict.fromkeys(texts, str(error)))
        parts = [compile_texts({name: text}, target, quick) for name, text in texts.items()]
        return Compiled(
            tuple(name for part in parts for name in part.texts),
            sum(part.nbytes for part in parts),
            time.process_time() - begin,
            tuple(name for part in parts for name in part.spilling),
            {name: why for part in parts for name, why in part.failed.items()},
        )
    taken = nvrtc.reported(made.log)
    spilling = [n for n, t in texts.items() if t.entry in taken and taken[t.entry].spilled]
    seconds = time.process_time() - begin
    return Compiled(tuple(texts), len(made.code), seconds, tuple(spilling), {})

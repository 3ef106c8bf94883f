"""What follows from an entry, stop by stop: entry, adjoint, tangent, steps, loops, machine
code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod

import numpy as np

from ..backends.cpu.compile import assembly
from ..backends.cpu.emit import emit
from ..backends.cpu.machine import Machine, detect_machine
from ..backends.cpu.processor import CpuProcessor
from ..backends.cuda.kernel import cuda_kernel
from ..backends.processors import Processor, processor_by_name
from ..lowering.ir.print import print_function
from ..lowering.launch import Launch, Schedule
from ..lowering.program.flatten import flatten
from ..lowering.program.partition import partition
from ..ops import dtype as dtypes
from ..ops.calls.binding import Binding
from ..ops.derivatives.derive import derive_adjoint, derive_tangent
from ..ops.entries.canonical import entry_text
from ..ops.errors import ArgumentValueError, TensorsmithError
from ..ops.language.op import Op
from ..ops.language.text import print_statements
from ..ops.registry import registry
from .battery.definition import bind_arguments
from .battery.sampling import Arguments, arguments_of, samples_of
from .stages import groups_text

CODE_LINES = 60


def show_op(name: str, kind: str | None, target: str | None, only: str | None) -> int:
    """Print the stops of an op's first signature on its first sample; see `dtype_of_example`."""
    op = registry.get(name)
    dtype = dtype_of_example(op, kind)
    processor = processor_by_name(target or detect_machine().target.spelling)
    limit = CODE_LINES if only is None else None
    parts: dict[str, Callable[[], str]] = {
        "entry": lambda: entry_text(op),
        "adjoint": lambda: show_derived(op, dtype, "adjoint"),
        "tangent": lambda: show_derived(op, dtype, "tangent"),
        "steps": lambda: show_steps(op, dtype),
        "loops": lambda: show_loops(op, dtype, processor),
        "code": lambda: show_code(op, dtype, processor, limit),
    }
    for part, text in parts.items():
        if only in (None, part):
            if only is None:
                print(f"-- {part} " + "-" * (76 - len(part)))
            print(text().rstrip() + ("\n" if only is None else ""))
    return 0


def dtype_of_example(op: Op, name: str | None = None) -> dtypes.dtype:
    """The dtype of an example call.

    Args:
        op: Of the registry.
        name: What the user asks for; by default float32, else int64, else the first that the op
            takes.

    Raises:
        ArgumentValueError: The op takes no operands of that dtype; the message names those it
            takes.
    """
    wanted = None if name is None else dtypes.by_name(name)
    if op.form in ("view", "extern"):  # elements move, whatever they are
        return wanted or dtypes.float32
    usual = [dtypes.float32, dtypes.int64] if wanted is None else [wanted]
    taken = [kind for kind in (*usual, *dtypes.DTYPES) if _takes(op, kind)]
    if not taken:
        return wanted or dtypes.float32
    if wanted not in (None, taken[0]):
        names = ", ".join(kind.name for kind in dtypes.DTYPES if kind in taken)
        raise ArgumentValueError(
            f"--dtype must be one that {op.name} takes: {names}; got {wanted.name}"
        )
    return taken[0]


def _takes(op: Op, kind: dtypes.dtype) -> bool:
    """Whether the first sample can be called with operands, or for a result, of a dtype."""
    try:
        arguments = example_arguments(op, kind)
        bind_arguments(arguments)
    except (TensorsmithError, TypeError, ValueError, OverflowError):
        return False
    arrays = [value for value in arguments.operands if isinstance(value, np.ndarray)]
    wanted = dtypes.numpy_dtype(kind)
    if not arrays:
        return arguments.attributes.get("dtype") is kind
    return any(array.dtype == wanted for array in arrays)


def example_arguments(op: Op, kind: dtypes.dtype) -> Arguments:
    """The arguments of the first sample; an op without operands is asked for a result of the
    dtype."""
    arguments = arguments_of(op, samples_of(op)[0], kind=kind)
    if arguments.tensors or not any(spec.kind == "dtype" for spec in op.attributes):
        return arguments
    return replace(arguments, attributes={**arguments.attributes, "dtype": kind})


def example_call(op: Op, kind: dtypes.dtype) -> tuple[Op, Binding]:
    """The specialised op and the binding of its first sample."""
    return bind_arguments(example_arguments(op, kind))


def show_derived(op: Op, kind: dtypes.dtype, way: str) -> str:
    """The statements of the derivative with respect to all floating-point inputs."""
    if op.form in ("view", "extern"):
        view = "a view: its derivative is the view of the same map"
        return f"{op.name} is {view if op.form == 'view' else 'extern'}"
    specialised, binding = example_call(op, kind)
    wanted = frozenset(
        given.name
        for given in specialised.inputs
        if binding.dtypes[given.name].is_floating_point and given.name not in op.nondifferentiable
    )
    if not wanted:
        return "no input carries a derivative"
    derived = (
        derive_adjoint(specialised, wanted)
        if way == "adjoint"
        else derive_tangent(specialised, wanted)
    )
    head = f"{derived.name}({', '.join(given.name for given in derived.inputs)})"
    return f"{head}\n{print_statements(derived.compute or derived.define, '  ')}"


def show_steps(op: Op, kind: dtypes.dtype) -> str:
    """What an example call computes, step by step, in groups that share their rows."""
    if op.form in ("view", "extern"):
        return "no kernel of its own runs"
    return groups_text(partition(flatten(*example_call(op, kind))))


def plan_example(op: Op, kind: dtypes.dtype, processor: Processor) -> Schedule:
    """The launches of the first sample with contiguous operands, for a CPU or a GPU."""
    arguments = example_arguments(op, kind)
    specialised, binding = bind_arguments(arguments)
    shapes: dict[str, tuple[int, ...]] = {
        name: value.shape
        for name, value in arguments.tensors.items()
        if isinstance(value, np.ndarray)
    }
    shapes |= dict(binding.shapes)
    return processor.schedule(specialised, binding, _contiguous(shapes))


def _contiguous(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(prod(shape[i + 1 :]) for i in range(len(shape)))
        for name, shape in shapes.items()
    }


def show_loops(op: Op, kind: dtypes.dtype, processor: Processor) -> str:
    """The kernels of an example call as MLIR."""
    if op.form in ("view", "extern"):
        return "no kernel of its own runs"
    return "\n".join(
        print_function(launch.kernel.build())
        for launch in plan_example(op, kind, processor).launches
    )


def code_lines(launch: Launch, machine: Machine) -> list[str]:
    """A kernel as assembly, without what only the assembler reads."""
    machine = machine.using(launch.kernel.features)
    lines = assembly(emit(launch.kernel.build(), machine), machine).splitlines()
    directives = (".cfi", ".section", ".file", ".p2align")
    return [line for line in lines if not line.lstrip().startswith(directives)]


def _geometry(launch: Launch) -> str:
    """How a kernel for a GPU is launched, as a comment."""
    grid = launch.kernel.grid
    assert grid is not None
    blocks = f"min(ceil(n{grid.units} / {grid.each}), {grid.most}) blocks, here {launch.chunks}"
    return f"// {launch.kernel.form}: {blocks}, of {grid.threads} threads"


def show_code(op: Op, kind: dtypes.dtype, processor: Processor, limit: int | None) -> str:
    """The kernels of an example call as assembly or CUDA C, shortened to a limit of lines."""
    if op.form in ("view", "extern"):
        return "no kernel of its own runs"
    texts = []
    for launch in plan_example(op, kind, processor).launches:
        if isinstance(processor, CpuProcessor):
            kept = code_lines(launch, processor.machine)
        else:
            kept = [_geometry(launch), *cuda_kernel(launch.kernel).source.splitlines()]
        if limit is not None and len(kept) > limit:
            left_out = len(kept) - limit
            kept = [*kept[: limit // 2], f"\t... {left_out} lines ...", *kept[-limit // 2 :]]
        texts.append("\n".join(kept))
    return "\n".join(texts)

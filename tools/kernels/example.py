"""Which call `explain` speaks of, and the keys of its kernels.

Calls are planned in a process of their own, whose backend runs nothing, for any target.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...backends.cache.key import ContentKey, PlanKey
from ...backends.cache.objects import Recipe, full_label
from ...backends.planning import Planned
from ...backends.processors import Processor, processor_by_name
from ...lowering.launch import Kernel
from ...ops.dataclass import dataclass
from ...ops.dtype import DTYPES, by_name
from ...ops.errors import ArgumentValueError, TensorsmithError
from ...ops.language.op import Op
from ...ops.registry import registry
from ...tensor.calls.entries import forget_plans
from ..battery.sampling import Arguments
from ..show import example_arguments
from .classes import LAYOUTS, Shape
from .lock import plan_calls
from .processes import interrupts_held, planning_processes
from .space import REFUSALS, SPACES, Space, cases
from .ways import WAYS, Case
from .work import end_with_parent, planning_backend, source_of

Shapes = tuple[Shape, ...]


class NoSuchCallError(TensorsmithError, ValueError):
    """No call that was looked at needs a kernel."""


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        op: Name of an op, of whose calls one is chosen.
        dtype: Of its operands.
        shapes: Of its operands, in their order; those of the first sample if there are none.
        layout: Key of `LAYOUTS`: how they lie.
        backward: The kernels of the gradients are meant, not those of the call.
        calls: JSON texts of calls of a lock file, instead of a call of an op.
        kernel: Label of one kernel, with its digest, of all those calls or of the op's space.
        file: The lock file, for messages.
        first: Number of the first of the calls in it.
    """

    op: str = ""
    dtype: str = "float32"
    shapes: Shapes = ()
    layout: str = "contiguous"
    backward: bool = False
    calls: tuple[str, ...] = ()
    kernel: str = ""
    file: str = "the lock file"
    first: int = 1


@dataclass(frozen=True)
class Found:
    """A kernel of it.

    Attributes:
        label: With its digest.
        plan: Its key.
        compiler: What compiles it here.
        fits: Says whether some bytes can be its object.
        content: The key of its source; None if that cannot be generated, `why` says why.
    """

    label: str
    plan: PlanKey
    compiler: str
    fits: Callable[[bytes], bool]
    content: ContentKey | None
    why: str = ""


def found_of(recipe: Recipe) -> Found:
    """The keys of an object."""
    plan, compiler = recipe.plan(), recipe.compiler()
    label = full_label(recipe, plan)
    known = partial(Found, label, plan, compiler, recipe.fits)
    try:
        return known(recipe.content(source_of(recipe), compiler))
    except TensorsmithError as error:
        return known(None, str(error))


def plan_asked(asked: Asked, target: str) -> list[Found]:
    """The kernels of a call, planned in a process of its own.

    Raises:
        NoSuchCallError: None of the calls has the kernel that is asked for.
        TensorsmithError: The call is refused.
    """
    with planning_processes(1, _begin, ()) as pool:
        with interrupts_held():
            waiting = pool.submit(_plan, asked, target)
        return waiting.result()


def _begin() -> None:
    end_with_parent()
    warnings.simplefilter("ignore")  # of calls that no user made


def _plan(asked: Asked, target: str) -> list[Found]:
    processor = processor_by_name(target)
    backend = planning_backend()
    backend.plan_for([processor])
    forget_plans()
    planned = backend.planned[processor.target.name]
    if asked.kernel:
        calls = plan_calls(asked.calls, asked.file, asked.first)
        return _named(asked, calls if asked.calls else _of_space(asked), planned, processor)
    if asked.calls:
        for _ in plan_calls(asked.calls, asked.file, asked.first):
            pass
        return _founds(planned, processor)
    op = registry.get(asked.op)
    case = Case(asked_arguments(op, asked), asked.op)
    WAYS["forwards"](case)
    if not asked.backward:
        return _founds(planned, processor)
    before = set(planned)
    WAYS["backwards"](case)
    return _founds((each for each in planned if each not in before), processor)


def _founds(planned: Iterable[tuple[Kernel, str]], processor: Processor) -> list[Found]:
    return [found_of(processor.recipe(*pair)) for pair in planned]


def _named(
    asked: Asked, steps: Iterator[str], planned: Planned, processor: Processor
) -> list[Found]:
    """The kernel of a label, as soon as a call needs it."""
    seen = []
    for step in steps:
        seen.append(step)
        for pair in planned:
            recipe = processor.recipe(*pair)
            if full_label(recipe, recipe.plan()) == asked.kernel:
                return [found_of(recipe)]
        planned.clear()
    where = "the lock file" if asked.calls else f"the kernel space of {asked.op}"
    more = "" if asked.calls else "; a call of a program may, as --lock would find"
    raise NoSuchCallError(
        f"none of the {len(seen)} calls of {where} needs it on {processor.target.spelling}{more}"
    )


def _of_space(asked: Asked) -> Iterator[str]:
    """Plans the calls of an op's kernel space, those of the kernel's dtypes first."""
    op = registry.get(asked.op)
    words = asked.kernel.rpartition("[")[2].partition(",")[0].split()
    likely = [kind.name for kind in DTYPES if kind.abbreviation in words]
    for near in (True, False):
        for space in SPACES["full"]:
            dtypes = tuple(name for name in space.dtypes if (name in likely) is near)
            yield from _of(op, replace(space, dtypes=dtypes))


def _of(op: Op, space: Space) -> Iterator[str]:
    for case in cases(op, space):
        for way in space.ways:
            try:
                WAYS[way](case)
            except REFUSALS:  # there is no such call
                continue
            yield case.label


def asked_arguments(op: Op, asked: Asked) -> Arguments:
    """The arguments of the first sample, in the shapes and the layout that are asked for.

    Raises:
        ArgumentValueError: There are more operands, or fewer, than shapes, or none can be so large.
    """
    arguments = example_arguments(op, by_name(asked.dtype))
    arrays = {n: x for n, x in arguments.tensors.items() if isinstance(x, np.ndarray)}
    if asked.shapes and len(asked.shapes) != len(arrays):
        raise ArgumentValueError(
            f"--shape must give a shape for each of {', '.join(arrays) or 'no operand'}, got "
            f"{len(asked.shapes)}"
        )
    shapes = asked.shapes or tuple(x.shape for x in arrays.values())
    arranged = {
        name: _arranged(name, shape, x.dtype, asked.layout)
        for (name, x), shape in zip(arrays.items(), shapes)
    }
    return replace(arguments, tensors={**arguments.tensors, **arranged})


def _arranged(name: str, shape: Shape, kind: np.dtype[Any], layout: str) -> np.ndarray[Any, Any]:
    """Zeros of a shape, in a layout."""
    try:
        return LAYOUTS[layout](np.zeros(shape, kind))
    except (MemoryError, OverflowError, ValueError) as error:
        raise ArgumentValueError(
            f"--shape must give {name} a shape that memory has room for, got "
            f"{'x'.join(map(str, shape))}: {error}"
        ) from error

"""The entry point: an op and a call of it -> launches.

Statements are flattened into steps, steps that share loops are grouped, and each group goes to the
first schedule that matches its structure. Nothing looks at an op's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..ops.calls.binding import Binding
from ..ops.calls.overwriting import overwritten
from ..ops.dataclass import dataclass
from ..ops.language.op import Op
from . import chain, contraction, convolution, ordering
from .launch import Kernel, Launch, Pointer, Schedule, Target, Temporary
from .nest import single, split, tile
from .nest.nest import Nest
from .nest.reach import check_reach
from .nest.settle import settle
from .program.context import Context, dtype_of
from .program.flatten import flatten
from .program.infer import Inference
from .program.partition import Group, partition
from .program.program import Program


@dataclass(frozen=True)
class Candidate:
    """A schedule.

    Attributes:
        name: For tests and reports.
        match: Whether it takes the group of a nest.
        build: The launches; it may add temporaries to the nest's context.
        windows: It looks at the conditions of reads itself: they say along what a window slides.
    """

    name: str
    match: Callable[[Nest], bool]
    build: Callable[[Nest], list[Launch]]
    windows: bool = False


CANDIDATES: list[Candidate] = [
    Candidate("convolution", convolution.match, convolution.build, windows=True),
    Candidate("contraction", contraction.match, contraction.build, windows=True),
    Candidate("ordering", ordering.match, ordering.build),
    Candidate("split", split.match, split.build),
    Candidate("scatter", single.is_scatter, single.build),
    Candidate("scan", single.is_scan, single.build),
    Candidate("tile", tile.match, tile.build),
    Candidate("pointwise", single.is_pointwise, single.build),
    Candidate("row", single.is_row, single.build),
    Candidate("column", single.is_column, single.build),
    Candidate("scalar", single.is_anything, single.build_scalar),
]
"""Tried in order for each group."""


def schedule(
    op: Op,
    binding: Binding,
    strides: Mapping[str, tuple[int, ...]],
    target: Target,
    candidates: Sequence[Candidate] = CANDIDATES,
    nests: type[Nest] = Nest,
    fuse: Callable[[Context, list[Group]], chain.Fused | None] = chain.fuse,
    program: Program | None = None,
) -> Schedule:
    """The launches that run one call.

    Args:
        op: Specialised or derived.
        binding: The call, solved.
        strides: For each operand in memory, outputs included, in the user's order of dims, in
            elements. An input that is not listed is a number, passed by value.
        target: The machine.
        candidates: Its schedules, tried in order for each group.
        nests: How its kernels walk.
        fuse: Finds groups that are one kernel together.
        program: What flattening the op gives, where it is known; it may be changed.

    Returns:
        Launches in order. Memory of an operand has its dtype in `binding.dtypes`.
    """
    program = flatten(op, binding) if program is None else program
    inference, over = Inference(program, binding), overwritten(op)
    context = Context(op.name, binding, strides, target, program, inference, over)
    launches: list[Launch] = []
    groups = partition(program)
    fused = fuse(context, groups)
    for number, group in enumerate(groups):
        if fused is not None and number in fused.members:
            if number == fused.place:
                launches += [_described(context, launch) for launch in fused.launches]
            continue
        roots = memory_targets(program, groups, number)
        check_reach(context, group.steps, (*group.outer, *group.inner))
        _reserve(context, group, roots)
        nest = nests(context, group.targets, roots, group.outer, group.inner)
        candidate = next((c for c in candidates if c.windows and c.match(nest)), None)
        if candidate is None:
            steps = settle(context, group.targets, (*group.outer, *group.inner))
            if steps != group.targets:
                nest = nests(context, steps, roots, group.outer, group.inner)
            candidate = next(c for c in candidates if not c.windows and c.match(nest))
        launches += [
            _described(context, launch, candidate.name) for launch in candidate.build(nest)
        ]
    return Schedule(
        tuple(launch for launch in launches if launch.chunks),
        tuple(context.temporaries.values()),
    )


def _described(context: Context, launch: Launch, form: str = "") -> Launch:
    """The launch, whose kernels know their op, their schedule, and what memory they are for."""
    names = [x.operand for x in launch.arguments if isinstance(x, Pointer)]
    kinds = tuple(filter(None, map(context.kept_as, names)))

    def described(kernel: Kernel) -> Kernel:
        return replace(kernel, op=context.name, form=form or kernel.form, dtypes=kinds)

    other = launch.otherwise
    return replace(
        launch,
        kernel=described(launch.kernel),
        otherwise=None if other is None else described(other),
    )


def memory_targets(program: Program, groups: list[Group], number: int) -> list[str]:
    """Targets of a group that go to memory: outputs, and what other groups use."""
    own = groups[number].targets
    used = {
        read.tensor
        for other, group in enumerate(groups)
        if other != number
        for step in group.steps
        for read in step.reads()
    }
    used |= {s.target for g in groups for s in g.steps if s.form == "scatter"}
    return [n for n in own if n in used or program.tensors[n].role == "output"]


def _reserve(context: Context, group: Group, roots: list[str]) -> None:
    """Reserves memory for a group's results that are no outputs."""
    for name in roots:
        tensor = context.program.tensors[name]
        if tensor.role != "temporary" or name in context.temporaries:
            continue
        probe = Nest(context, {}, [], group.outer, group.inner)
        kind = context.inference.tensor(name)
        elements = max(1, probe.space.elements(tensor))
        context.temporaries[name] = Temporary(name, dtype_of(kind), elements)

"""What each stage of lowering makes of a call, as text: steps, groups, nests, launches."""

from __future__ import annotations

from ..lowering.launch import Launch, Number, Pointer, ScalarArgument, TensorMap
from ..lowering.nest.nest import Nest
from ..lowering.program.layout import Form
from ..lowering.program.partition import Group
from ..lowering.program.program import Program, Step
from ..ops.language.text import print_expression


def step_text(step: Step) -> str:
    """`total = sum[n] power[n]   for ^ @`."""
    places = ", ".join(print_expression(index) for index in step.indices)
    target = f"{step.target}[{places}]" if places else step.target
    value = print_expression(step.value) if step.form != "merge" else "partial results"
    bound = ", ".join(step.bound)
    rows = f"   for {' '.join(step.free)}" if step.free else ""
    match step.form:
        case "reduce" | "merge":
            value = f"{step.kind}[{bound}] {value}"
        case "scan":
            value = f"running {step.kind}[{bound}{' reversed' * step.reverse}] {value}"
        case "scatter":
            sign = "+=" if step.kind == "add" else "<-"
            return f"{target} {sign} {value}{rows}, in turn for {' '.join(step.bound)}"
    return f"{target} = {value}{rows}"


def program_text(program: Program) -> str:
    """One line for each step."""
    return "\n".join(step_text(step) for step in program.steps)


def groups_text(groups: list[Group]) -> str:
    """Groups with their spaces and targets."""
    lines = []
    for group in groups:
        inner = " ".join(group.inner) or "nothing"
        lines.append(f"rows {' '.join(group.outer)}, elements {inner}:")
        lines += [f"  {step_text(step)}" for step in group.steps]
    return "\n".join(lines)


def passes_text(nest: Nest) -> str:
    """What each walk over a row does."""
    lines = []
    for one in nest.passes:
        verbs = (("folds", one.folds), ("keeps", one.saves), ("writes", one.stores))
        words = [f"{verb} {', '.join(names)}" for verb, names in verbs if names]
        lines.append(f"{'backwards, ' * one.reverse}{'; '.join(words) or 'nothing'}")
    rows = nest.row_roots()
    if rows:
        lines.append(f"after it, for each row: writes {', '.join(rows)}")
    return "\n".join(lines)


def form_text(form: Form) -> str:
    """`4 + 12*a + b`."""
    parts = [f"{c}*{n}" if c != 1 else n for n, c in form.terms]
    if form.offset or not parts:
        parts.insert(0, str(form.offset))
    return " + ".join(parts)


def nest_text(nest: Nest) -> str:
    """Loop variables with extents, the one that has the lanes, and addresses."""
    extents = nest.forms.extents

    def listed(names: list[str]) -> str:
        words = [f"{n}<{extents[n]}{' in lanes' * (n == nest.lane)}" for n in names]
        return ", ".join(words) or "none"

    lines = [f"outer: {listed(nest.outer_variables)}", f"inner: {listed(nest.inner_variables)}"]
    for key, access in nest.forms.accesses.items():
        verb = "writes" if isinstance(key, tuple) else "reads"
        places = [f"{print_expression(c.index)} * {c.dims[0][2]}" for c in access.computed]
        address = " + ".join([form_text(access.form), *places])
        lines.append(f"{verb} {access.tensor} at {address}{'' if access.safe else ', guarded'}")
    return "\n".join(lines)


def launch_text(launch: Launch) -> str:
    """Chunks, and the arguments in order."""
    words = []
    for argument in launch.arguments:
        match argument:
            case Pointer(name) | ScalarArgument(name):
                words.append(name)
            case Number(value):
                words.append(str(value))
            case TensorMap(name):
                words.append(f"map of {name}")
            case _:
                words.append("status")
    return f"{launch.chunks} chunks of ({', '.join(words)})"

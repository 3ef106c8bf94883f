"""What binding needs to know of an op and does not depend on a call: operands, words, steps."""

from __future__ import annotations

from ..dataclass import dataclass
from ..language.expression import Attribute, Cast, walk
from ..language.integers import Formula, formula
from ..language.op import AttributeSpec, Op, each_statement
from ..language.signature import EXTREMES
from .places import Operand, Reduced, operand, reduced_attributes


@dataclass(frozen=True)
class Step:
    """A size to compute, or a requirement to check."""

    name: str
    formula: Formula
    size: bool


@dataclass(frozen=True)
class Outline:
    """What does not depend on a call."""

    op: Op
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    reduced: tuple[Reduced, ...]
    required: frozenset[str]
    words: tuple[tuple[str, tuple[str, ...]], ...]
    uniform: frozenset[str]
    exact: frozenset[str]
    output_words: tuple[str, ...]
    word_of: tuple[tuple[str, str], ...]
    early: tuple[Step, ...]
    late: tuple[Step, ...]
    extremes: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]
    fitting: tuple[tuple[str, str, bool], ...]


_OUTLINES: dict[int, Outline] = {}


def outline(op: Op) -> Outline:
    """What binding needs to know of an op, made once."""
    found = _OUTLINES.get(id(op))
    if found is None or found.op is not op:
        found = _OUTLINES[id(op)] = _make_outline(op)
    return found


def _make_outline(op: Op) -> Outline:
    reduced = reduced_attributes(op)
    inputs = [each for each in op.inputs if not each.variadic]
    groups: dict[str, list[str]] = {}
    for each in inputs:
        groups.setdefault(each.type.word, []).append(each.name)
    casts = [
        node.dtype
        for body in (op.define, op.compute, op.adjoint)
        for statement in each_statement(body)
        for node in walk(statement.value)
        if isinstance(node, Cast)
    ]
    operands = tuple(operand(each.name, each.type, reduced) for each in inputs)
    early, late = _steps(op)
    uniform = frozenset() if op.promotes or op.form == "extern" else _uniform(op)
    return Outline(
        op,
        # a batched operand with a group is solved after those that say how many dims it has
        tuple(sorted(operands, key=lambda each: each.type.batched and bool(each.groups))),
        tuple(operand(each.name, each.type, reduced) for each in op.outputs),
        reduced,
        frozenset(each.name for each in inputs),
        tuple((word, tuple(names)) for word, names in groups.items()),
        uniform,
        _exact(op, tuple(word for word, names in groups.items() if len(names) > 1), uniform),
        tuple(dict.fromkeys([*groups, *(each.type.word for each in op.outputs), *casts])),
        tuple((each.name, each.type.word) for each in (*inputs, *op.outputs)),
        early,
        late,
        tuple((spec.name, spec.follows) for spec in op.attributes if spec.follows in EXTREMES),
        tuple(spec.name for spec in op.attributes if spec.kind in ("int", "float", "number")),
        tuple((spec.name, spec.word, _is_cast(op, spec)) for spec in op.attributes if spec.word),
    )


def _is_cast(op: Op, spec: AttributeSpec) -> bool:
    """Statements read a number only as what it is in the dtype of its word."""
    bodies = (*op.define, *op.compute, *op.adjoint)
    nodes = [node for each in each_statement(bodies) for node in walk(each.value)]
    number = Attribute(spec.name)
    casts = nodes.count(Cast(number, spec.word))
    return 0 < casts == nodes.count(number)


def _uniform(op: Op) -> frozenset[str]:
    """The words of inputs with core axes that are no groups: those do not promote."""
    return frozenset(
        each.type.word
        for each in op.inputs
        if not each.variadic and not all(axis.group for axis in each.type.axes)
    )


def _exact(op: Op, shared: tuple[str, ...], uniform: frozenset[str]) -> frozenset[str]:
    """The outputs that are not converted to the dtype of a tensor which they are written into:
    positions, and products of operands that must have one dtype."""
    words = {word for word in shared if word in uniform}
    if any(each.type.axes for each in op.inputs):
        words.add("int64")
    return frozenset(each.name for each in op.outputs if each.type.word in words)


def _steps(op: Op) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Requirements on attributes alone, then sizes and requirements as names become known."""
    known = {
        size for spec in op.attributes for size in spec.sizes if spec.kind in ("sizes", "size")
    }
    pending = [Step(why, formula(condition), False) for why, condition in op.requirements]
    early = [step for step in pending if known.issuperset(step.formula.sizes)]
    pending = [step for step in pending if step not in early]
    for each in op.inputs:
        known.update(each.type.sizes)
    known |= {size for spec in op.attributes for size in spec.sizes}
    known -= {name for name, _ in op.sizes}
    late: list[Step] = []
    for name, value in (("", None), *op.sizes):
        if value is not None:
            late.append(Step(name, formula(value), True))
            known.add(name)
        ready = [step for step in pending if known.issuperset(step.formula.sizes)]
        pending = [step for step in pending if step not in ready]
        late.extend(ready)
    return tuple(early), tuple(late)

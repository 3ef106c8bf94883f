"""Short intermediate values put in the place where they are read, and what is not read dropped."""

from __future__ import annotations

from dataclasses import replace

from ...ops.language.expression import Call, Cast, Expression, Index, Product, Read, reads, walk
from .partition import is_contraction
from .program import Program, Step, cost, rewrite_reads, substitute

INLINE_COST = 8
INLINE_NODES = 64
INTEGERS = frozenset(["int8", "uint8", "int16", "int32", "int64"])


def _indices_at(step: Step, read: Read) -> dict[str, Expression] | None:
    """What the indices of a step are where it is read; None where that cannot be said."""
    mapping: dict[str, Expression] = {}
    for place, index in zip(step.indices, read.indices):
        if isinstance(place, Index):
            mapping[place.name] = index
        elif isinstance(place, Product) and isinstance(index, Product):
            if len(place.parts) != len(index.parts):
                return None
            pairs = zip(place.parts, index.parts)
            mapping.update((part.name, i) for part, i in pairs if isinstance(part, Index))
        else:
            return None
    return mapping


def inline(program: Program) -> None:
    """Puts short intermediate values in the place where they are read."""
    short: dict[str, Step] = {}
    slow: set[str] = set()  # whose division would be made again for each of several reads
    steps: list[Step] = []
    scattered = {s.target for s in program.steps if s.form == "scatter"}

    def visit(read: Read) -> Expression:
        step = short.get(read.tensor)
        if step is None or (step.target in slow and any(map(_is_computed, read.indices))):
            return read
        mapping = _indices_at(step, read)
        return read if mapping is None else substitute(step.value, mapping)

    def visit_factor(read: Read) -> Expression:
        """A factor of a sum of products stays in memory: it is used again and again."""
        found = visit(read)
        return found if isinstance(found, Read) else read

    for step in program.steps:
        rule = visit_factor if is_contraction(step, program) else visit
        ordered = step.form == "order"  # its value stays in memory, to be read again and again
        step = replace(
            step,
            value=step.value if ordered else rewrite_reads(step.value, rule),
            place=None if step.place is None else rewrite_reads(step.place, visit),
            indices=tuple(rewrite_reads(i, visit) for i in step.indices),
        )
        steps.append(step)
        temporary = program.tensors[step.target].role == "temporary"
        if step.form == "map" and temporary and step.target not in scattered and _short(step):
            short[step.target] = step
            if any(isinstance(n, Call) and n.function == "div" for n in walk(step.value)):
                slow.add(step.target)
    program.steps[:] = steps


def _short(step: Step) -> bool:
    """It is rather computed again than kept; a table over one index spares divisions, and roundings
    to integers, which are made one lane after the other."""
    nodes = sum(1 for _ in walk(step.value))
    if len(step.free) == 2 and any(_divides(node) or _rounds(node) for node in walk(step.value)):
        return False
    if not reads(step.value) and len(step.free) <= 2:
        return True
    return cost(step.value) <= INLINE_COST and nodes <= INLINE_NODES


def _is_computed(index: Expression) -> bool:
    return bool(reads(index))


def _divides(node: Expression) -> bool:
    return isinstance(node, Call) and node.function in ("floordiv", "mod")


def _rounds(node: Expression) -> bool:
    return isinstance(node, Cast) and node.dtype in INTEGERS and not isinstance(node.body, Index)


def drop_unread(program: Program) -> None:
    """Removes steps whose result nobody uses."""
    needed = {name for name, tensor in program.tensors.items() if tensor.role == "output"}
    kept: list[Step] = []
    for step in reversed(program.steps):
        if step.target in needed:
            kept.append(step)
            needed.update(read.tensor for read in step.reads())
    program.steps[:] = reversed(kept)

"""What is written in terms of a sum of products: scale factors, and maps that follow it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...ops.expression import Call, Expression, Index, Read
from ..context import Context
from ..kinds import Kind
from ..program import Step, rewrite_reads
from .shape import SUM


@dataclass(frozen=True)
class Work:
    """What is computed, apart from the problem.

    Attributes:
        context: The call.
        kind: In which products are summed.
        last: The step that is written.
        epilogue: What it writes, in terms of the sum.
    """

    context: Context
    kind: Kind
    last: Step
    epilogue: Expression


def epilogue_of(steps: dict[str, Step], scale: Expression | None) -> Expression:
    """What is written, in terms of a read of the contraction's own target."""
    names = list(steps)
    values: dict[str, Expression] = {}

    def visit(read: Read) -> Expression:
        return values.get(read.tensor, read)

    own: Expression = Read(SUM)
    values[names[0]] = own if scale is None else Call("mul", (own, scale))
    for name in names[1:]:
        values[name] = rewrite_reads(steps[name].value, visit)
    return values[names[-1]]


def is_number(context: Context, read: Read) -> bool:
    """Whether a read is of an operand that is passed by value."""
    tensor = context.program.tensors.get(read.tensor)
    return tensor is not None and tensor.role == "input" and read.tensor not in context.strides


def reads_beside(work: Work) -> list[Read] | None:
    """Tensors that an epilogue reads; None where it depends on its place in another way."""
    found: dict[Read, None] = {}
    for node in _outside_reads(work.epilogue):
        if isinstance(node, Index):
            return None
        if isinstance(node, Read) and node.tensor != SUM and not is_number(work.context, node):
            found[node] = None
    return list(found)


def _outside_reads(expression: Expression) -> Iterator[Expression]:
    """The nodes of an expression but for those inside the indices of reads."""
    yield expression
    if not isinstance(expression, Read):
        for child in expression.children:
            yield from _outside_reads(child)

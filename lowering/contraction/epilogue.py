"""What is written in terms of a sum of products: scale factors, and maps that follow it."""

from __future__ import annotations

from collections.abc import Iterator

from ...ops.dataclass import dataclass
from ...ops.dtype import dtype, float32, float64, int32, int64
from ...ops.language.expression import Call, Cast, Expression, Index, Read, walk
from ..ir.instructions import bits
from ..ir.kinds import Kind
from ..ir.loops import F32, F64, I32, I64, Scalar
from ..program.context import Context
from ..program.program import Step, rewrite_reads
from .shape import SUM

SCRATCH: dict[Scalar, dtype] = {F32: float32, F64: float64, I32: int32, I64: int64}
"""What products are summed in -> dtype of memory that keeps sums."""

RING = frozenset(["add", "sub", "mul", "neg"])
"""Functions whose low bits depend on the low bits of their arguments alone."""


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

    @property
    def scratch(self) -> dtype:
        """Dtype of memory that keeps sums."""
        return SCRATCH[self.kind.scalar]

    @property
    def lanes(self) -> int:
        """Sums in a vector."""
        return self.context.target.vector_bytes // self.scratch.itemsize


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


def summed_in(context: Context, first: Step, last: Step, epilogue: Expression) -> Kind | None:
    """The kind in which products are summed; None where no kernel of a product may.

    Integers wrap around, so that the bits that are written need no wider sums, where they do not
    depend on others: neither within a product nor in what follows the sum.
    """
    inference = context.inference
    product, total = inference.expression(first.value), inference.step(first)
    if total.category == 2:
        return total
    written = inference.tensor(last.target)
    if written.category != 1 or bits(written.scalar) > bits(product.scalar):
        return None
    if not keeps_low_bits(context, epilogue):
        return None
    return Kind(I64 if bits(written.scalar) > 32 else I32)


def keeps_low_bits(context: Context, value: Expression) -> bool:
    """Whether the low bits of a value depend on the low bits of what it reads alone."""
    match value:
        case Call("select", (condition, *values)):
            settled = not any(isinstance(node, Read) for node in walk(condition))
            return settled and all(keeps_low_bits(context, v) for v in values)
        case Call(function, arguments):
            return function in RING and all(keeps_low_bits(context, a) for a in arguments)
        case Read(tensor):
            return tensor == SUM or context.inference.expression(value).category < 2
    return not isinstance(value, Cast) and context.inference.expression(value).category < 2


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

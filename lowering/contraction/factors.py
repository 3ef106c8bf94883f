"""What a contraction multiplies: two factors, each with the conditions under which it is read."""

from __future__ import annotations

from math import prod

from ...ops.dataclass import dataclass
from ...ops.language.expression import Call, Cast, Constant, Expression, Index, Read, Size, walk
from ..ir.instructions import bits
from ..ir.kinds import Kind
from ..program.context import Context
from ..program.gather import integer
from ..program.layout import Form, Space
from ..program.program import Step, is_plain


@dataclass(frozen=True)
class Guard:
    """One dim of a guarded read: place `form / divisor`, a whole number within `extent`.

    Attributes:
        form: Of the place, times the divisor.
        extent: Of the dim.
        divisor: 1 where every place is a whole number.
        stride: Of the dim, in elements.
    """

    form: Form
    extent: int
    divisor: int
    stride: int


@dataclass(frozen=True)
class Factor:
    """How an element of a factor is reached; where a guard fails it is 0.

    Attributes:
        tensor: Its name.
        form: Address, without what the guarded dims add.
        guards: Dims read with a guard, slow to fast.
        packed: It is always read from panels; else the sizes of the product decide, and with them
            which kernel is used.
    """

    tensor: str
    form: Form
    guards: tuple[Guard, ...] = ()
    packed: bool = False

    def depends(self, variable: str) -> bool:
        """Whether the element differs along a loop variable."""
        return bool(self.form.coefficient(variable)) or any(
            g.form.coefficient(variable) for g in self.guards
        )


def find_factors(
    context: Context, space: Space, step: Step
) -> tuple[list[Factor], Expression | None] | None:
    """Two factors that are reached by affine forms, and the part of the product without indices."""
    conditions, product = _conditions(step.value)
    reads: list[tuple[Read, list[Expression]]] = []
    scale: Expression | None = None
    for part in _flat(product):
        own, inner = _conditions(_uncast(context, part))
        if (isinstance(inner, Read) and inner.tensor in context.strides) or _is_temporary(
            context, inner
        ):
            assert isinstance(inner, Read)
            reads.append((inner, own))
        elif not own and not _mentions(part):
            scale = part if scale is None else Call("mul", (scale, part))
        else:
            return None
    if len(reads) != 2:
        return None
    product_kind = context.inference.expression(step.value)
    factors = []
    for read, own in reads:
        mine = [c for c in conditions if _guards(c, read)]
        conditions = [c for c in conditions if c not in mine]
        if not all(_guards(c, read) for c in own):
            return None
        factor = _factor(context, space, read, bool(own or mine))
        if factor is None or not _alike(context.inference.tensor(read.tensor), product_kind):
            return None
        factors.append(factor)
    return None if conditions else (factors, scale)


def _alike(factor: Kind, product: Kind) -> bool:
    """Whether kernels convert a factor to the kind of the product as the definition does."""
    return factor.category == product.category and factor.signed == product.signed


def _uncast(context: Context, node: Expression) -> Expression:
    """What a conversion converts, where it neither rounds nor wraps: kernels do it themselves."""
    if not isinstance(node, Cast):
        return node
    source, target = (context.inference.expression(e) for e in (node.body, node))
    widens = bits(source.scalar) <= bits(target.scalar)
    return node.body if widens and _alike(source, target) else node


def _is_temporary(context: Context, node: Expression) -> bool:
    return isinstance(node, Read) and context.program.tensors[node.tensor].role == "temporary"


def _mentions(expression: Expression) -> bool:
    """Whether a value depends on memory or on an index."""
    return any(isinstance(node, (Read, Index)) for node in walk(expression))


def _flat(expression: Expression) -> list[Expression]:
    if isinstance(expression, Call) and expression.function == "mul":
        return [part for argument in expression.arguments for part in _flat(argument)]
    return [expression]


def _conditions(expression: Expression) -> tuple[list[Expression], Expression]:
    """`value if a and b else 0` taken apart."""
    if isinstance(expression, Call) and expression.function == "select":
        condition, value, other = expression.arguments
        if isinstance(other, Constant) and other.value == 0:
            inner, rest = _conditions(value)
            return _conjuncts(condition) + inner, rest
    return [], expression


def _conjuncts(condition: Expression) -> list[Expression]:
    if isinstance(condition, Call) and condition.function == "and":
        return [part for argument in condition.arguments for part in _conjuncts(argument)]
    return [condition]


def _guards(condition: Expression, read: Read) -> bool:
    """Whether a condition only says that an index of the read lies inside, or is a whole number."""
    if not isinstance(condition, Call):
        return False
    match condition:
        case Call("ge", (place, Constant(0))) | Call("lt", (place, Size() | Call())):
            return place in read.indices
        case Call("eq", (Call("mod", arguments), Constant(0))):
            return Call("floordiv", arguments) in read.indices
    return False


def _factor(context: Context, space: Space, read: Read, guarded: bool) -> Factor | None:
    tensor = context.program.tensors[read.tensor]
    access = space.access(read.tensor, read.indices, ())
    if not guarded:
        return None if access.computed else Factor(read.tensor, access.form)
    if tensor.role == "temporary":
        return None
    plain = tuple(i if is_plain(i, a) else Constant(0) for i, a in zip(read.indices, tensor.axes))
    base = space.access(read.tensor, plain, ())
    if base.computed:
        return None
    guards = _guards_of(context, space, read)
    return None if guards is None else Factor(read.tensor, base.form, guards)


def _guards_of(context: Context, space: Space, read: Read) -> tuple[Guard, ...] | None:
    """A guard for each dim that is read at a place that could lie outside."""
    tensor = context.program.tensors[read.tensor]
    place, strides = context.binding.places[read.tensor], context.strides[read.tensor]
    guards = []
    for axis, dims, index in zip(tensor.axes, place.core, read.indices):
        if is_plain(index, axis):
            continue
        divisor = 1
        if isinstance(index, Call) and index.function == "floordiv":
            found = integer(index.arguments[1], context.binding)
            if not found or found < 0:
                return None
            divisor, index = found, index.arguments[0]
        form = space.value_form(index)
        if form is None or len(dims) != 1 or len(axis) != 1:
            return None
        dim = dims[0]
        extent = prod(space.size_dims(axis[0]))
        guards.append(Guard(form, extent, divisor, 0 if dim is None else strides[dim]))
    return tuple(guards)

"""Shape and dtype rules of every op: one call's arguments solved to a `Binding`.

Sizes are unified, batch axes broadcast, groups and optional axes placed, requirements checked as
soon as their names are known, shapes and dtypes of results computed. Callers cache bindings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from . import dtype as dtypes
from .attributes import complete
from .binding import Argument, Binding, Place
from .check import guarded
from .dtype import accumulation, dtype, numpy_dtype
from .errors import ArgumentError, DimensionError, RequirementError, ShapeError
from .expression import Cast, walk
from .integers import Formula, formula
from .op import Op
from .places import Core, Operand, Reduced, operand, reduced_attributes, split, split_placed
from .signature import EXTREMES, print_axis
from .specialize import title
from .text import print_expression
from .words import solve_words


@dataclass(frozen=True)
class _Step:
    """A size to compute, or a requirement to check."""

    name: str
    formula: Formula
    text: str
    size: bool


@dataclass(frozen=True)
class _Plan:
    """What does not depend on a call."""

    op: Op
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    reduced: tuple[Reduced, ...]
    required: frozenset[str]
    words: tuple[tuple[str, tuple[str, ...]], ...]
    output_words: tuple[str, ...]
    word_of: tuple[tuple[str, str], ...]
    early: tuple[_Step, ...]
    late: tuple[_Step, ...]
    extremes: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]


_PLANS: dict[int, _Plan] = {}


def _plan(op: Op) -> _Plan:
    found = _PLANS.get(id(op))
    if found is None or found.op is not op:
        found = _PLANS[id(op)] = _make_plan(op)
    return found


def _make_plan(op: Op) -> _Plan:
    reduced = reduced_attributes(op)
    inputs = [each for each in op.inputs if not each.variadic]
    groups: dict[str, list[str]] = {}
    for each in inputs:
        groups.setdefault(each.type.word, []).append(each.name)
    casts = [
        node.dtype
        for body in (op.define, op.compute, op.adjoint)
        for _, statement in guarded(body)
        for node in walk(statement.value)
        if isinstance(node, Cast)
    ]
    operands = tuple(operand(each.name, each.type, reduced) for each in inputs)
    early, late = _steps(op)
    return _Plan(
        op,
        # a batched operand with a group is solved after those that say how many dims it has
        tuple(sorted(operands, key=lambda each: each.type.batched and bool(each.groups))),
        tuple(operand(each.name, each.type, reduced) for each in op.outputs),
        reduced,
        frozenset(each.name for each in inputs),
        tuple((word, tuple(names)) for word, names in groups.items()),
        tuple(dict.fromkeys([*groups, *(each.type.word for each in op.outputs), *casts])),
        tuple((each.name, each.type.word) for each in (*inputs, *op.outputs)),
        early,
        late,
        tuple((spec.name, spec.follows) for spec in op.attributes if spec.follows in EXTREMES),
        tuple(spec.name for spec in op.attributes if spec.kind in ("int", "float", "number")),
    )


def _steps(op: Op) -> tuple[tuple[_Step, ...], tuple[_Step, ...]]:
    """Requirements on attributes alone, then sizes and requirements as names become known."""
    known = {
        size for spec in op.attributes for size in spec.sizes if spec.kind in ("sizes", "size")
    }
    pending = [
        _Step(why, formula(condition), print_expression(condition), False)
        for why, condition in op.requirements
    ]
    early = [step for step in pending if known.issuperset(step.formula.sizes)]
    pending = [step for step in pending if step not in early]
    for each in op.inputs:
        known |= {f for axis in each.type.axes for f in axis.factors if isinstance(f, str)}
    known |= {size for spec in op.attributes for size in spec.sizes}
    known -= {name for name, _ in op.sizes}
    late: list[_Step] = []
    for name, value in (("", None), *op.sizes):
        if value is not None:
            late.append(_Step(name, formula(value), "", True))
            known.add(name)
        ready = [step for step in pending if known.issuperset(step.formula.sizes)]
        pending = [step for step in pending if step not in ready]
        late.extend(ready)
    return tuple(early), tuple(late)


def bind(
    op: Op,
    arguments: Mapping[str, Argument],
    attributes: Mapping[str, object],
    prefix: int = 0,
    known: Binding | None = None,
) -> Binding:
    """One call of an op, solved.

    Args:
        op: Specialised: its inputs are those that are given.
        arguments: Input name -> shape and dtype, or a Python number.
        attributes: Attribute name -> Python value; defaults are filled in.
        prefix: How many leading dims of every tensor operand are vmap axes. Their extents are equal
            or 1. Operands without `...` have them too.
        known: The forward call's binding, when `op` is derived from that call's op: sizes, groups,
            words and batch are taken from it, and operands that were broadcast are so again. The
            outputs of a derived op have the full batch shape; the caller sums them down.

    Returns:
        Sizes, places, dtypes and the shapes of results.

    Raises:
        ShapeError: Shapes that do not fit, or a requirement that does not hold.
        DimensionError: A dim that an operand does not have.
        DtypeError: A dtype that a word does not take.
        ArgumentError, ArgumentValueError: Wrong attributes.
    """
    return _Call(_plan(op), arguments, attributes, prefix, known).binding()


@dataclass
class _Seen:
    """An input's dims, before it is known what is broadcast."""

    operand: Operand
    shape: tuple[int, ...]
    prefix: int
    batch: tuple[int, ...]
    core: Core


class _Call:
    """The unknowns of one call while they are being solved."""

    def __init__(
        self,
        plan: _Plan,
        arguments: Mapping[str, Argument],
        attributes: Mapping[str, object],
        prefix: int,
        known: Binding | None,
    ) -> None:
        self.plan = plan
        self.op = plan.op
        self.name = plan.op.name
        self.arguments = arguments
        self.attributes = complete(plan.op, attributes)
        self.prefix = prefix
        self.known = known
        self.sizes: dict[str, int] = dict(known.sizes) if known else {}
        self.groups: dict[str, tuple[int, ...]] = dict(known.groups) if known else {}
        self.origin: dict[str, str] = {}
        self.strict: set[str] = set()
        self.group_ranks = {name: len(extents) for name, extents in self.groups.items()}
        self.batch: list[int] = list(known.batch[known.prefix :]) if known else []
        self.leading: list[int] = [1] * prefix
        self.products: list[tuple[Operand, int, int]] = []
        self.optional: list[tuple[Operand, int, int | None]] = []

    def binding(self) -> Binding:
        plan, arguments = self.plan, self.arguments
        if arguments.keys() != plan.required:
            self.check_arguments()
        self.bind_attributes()
        self.run(plan.early)
        seen = [self.place_input(each) for each in plan.inputs]
        self.solve_optional()
        self.solve_products()
        self.run(plan.late)
        for product in self.products:
            self.solve_product(*product)
        words = solve_words(
            self.op,
            plan.words,
            plan.output_words,
            arguments,
            self.attributes,
            self.prefix,
            self.known.words if self.known else None,
        )
        for name, extreme in plan.extremes:
            if self.attributes[name] is None:
                self.attributes[name] = _extreme(words[plan.word_of[0][1]], extreme)
        for name in plan.numbers:
            if self.attributes[name] is None:
                self.attributes[name] = 0
        batch = (*self.leading, *self.batch)
        places = {each.operand.name: self.input_place(each, batch) for each in seen}
        shapes: dict[str, tuple[int, ...]] = {}
        for each in plan.outputs:
            result = self.place_output(each, batch)
            if result is not None:
                places[each.name], shapes[each.name] = result
        return Binding(
            self.sizes,
            self.groups,
            batch,
            self.prefix,
            places,
            shapes,
            {name: words[word] for name, word in plan.word_of},
            words,
            self.attributes,
        )

    # arguments and attributes -------------------------------------------------------------------

    def check_arguments(self) -> None:
        required, op = self.plan.required, title(self.name)
        for name in required - self.arguments.keys():
            raise ArgumentError(f"{op}() missing required argument '{name}'")
        variadic = {each.name for each in self.op.inputs if each.variadic}
        for name in self.arguments.keys() - required - variadic:
            raise ArgumentError(f"{op}() got an unexpected argument '{name}'")

    def bind_attributes(self) -> None:
        """Takes sizes and groups from attributes."""
        for spec in self.op.attributes:
            if spec.kind not in ("sizes", "size", "Shape"):
                continue
            value = self.attributes[spec.name]
            if value is None:
                continue
            if spec.kind == "Shape":
                assert isinstance(value, tuple)
                group = spec.sizes[0]
                self.groups[group], self.sizes[group] = value, math.prod(value)
                self.group_ranks[group] = len(value)
                self.origin[group] = spec.name
                self.strict.add(group)
                continue
            values = value if isinstance(value, tuple) else (value,)
            for size, extent in zip(spec.sizes, values):
                self.sizes[size] = extent
                self.origin[size] = spec.name

    def run(self, steps: tuple[_Step, ...]) -> None:
        """Computes sizes and checks requirements."""
        for step in steps:
            values = self.attributes
            if not step.size and any(values.get(name) is None for name in step.formula.attributes):
                continue
            value = step.formula.evaluate(self.sizes, values)
            if step.size:
                self.sizes[step.name] = int(value)
                self.origin.setdefault(step.name, "its formula")
            elif not value:
                raise self.requirement_error(step)

    def requirement_error(self, step: _Step) -> Exception:
        seen = [f"{name} = {self.sizes[name]}" for name in step.formula.sizes]
        seen += [f"{name} = {self.attributes[name]}" for name in step.formula.attributes]
        text = f"{title(self.name)}: {step.name}: requires {step.text}, got {', '.join(seen)}"
        if step.name.startswith(("index ", "dim ")):
            return DimensionError(text + self.shapes_seen())
        if step in self.plan.early:
            return RequirementError(text + self.shapes_seen())
        return ShapeError(text + self.shapes_seen())

    def shapes_seen(self) -> str:
        """The shapes of the operands, for the end of a message."""
        shapes = [
            f"{name} {list(each.shape)}" for name, each in self.arguments.items() if not each.number
        ]
        return f"; {', '.join(shapes)}" if shapes else ""

    # inputs -------------------------------------------------------------------------------------

    def place_input(self, each: Operand) -> _Seen:
        argument = self.arguments[each.name]
        shape, prefix = argument.shape, self.prefix
        if argument.number:
            prefix = 0
        elif prefix:
            self.broadcast_prefix(each, shape)
        own = shape[prefix:] if prefix else shape
        rank = len(own)
        if each.by_attribute:
            batch, core, kept = split_placed(
                self.name, each, rank, self.plan.reduced, self.attributes, self.group_ranks, own
            )
            self.check_kept(each, own, kept)
            self.note_reduced(each, own, core)
        elif each.type.axes or not each.type.batched:
            batch, core = self.split(each, own)
        else:
            batch, core = tuple(range(rank)), ()
        if batch:
            self.broadcast_batch(each, [own[dim] for dim in batch])
        for place, dims in enumerate(core):
            self.unify(each, place, [own[dim] for dim in dims])
        return _Seen(each, shape, prefix, batch, core)

    def split(self, each: Operand, own: tuple[int, ...]) -> tuple[tuple[int, ...], Core]:
        """The batch and core dims of an operand that no attribute places."""
        ranks = self.group_ranks
        if len(each.groups) > 1:  # which dims are whose: other operands say
            ranks = {name: len(extents) for name, extents in self.groups.items()}
        elif self.known and not each.type.batched:
            ranks = {}  # it may broadcast within the group: the rank left is the group's
        gone = frozenset[str]()
        if self.known and each.optional:
            gone = frozenset(name for name in each.names if self.known.groups.get(name) == ())
        return split(self.name, each, len(own), ranks, own, gone)

    def broadcast_prefix(self, each: Operand, shape: tuple[int, ...]) -> None:
        if len(shape) < self.prefix:
            raise ShapeError(
                f"{title(self.name)}: {each.name} must have {self.prefix} mapped dims in front, "
                f"got shape {list(shape)}"
            )
        for place in range(self.prefix):
            extent = shape[place]
            if extent != 1 and self.leading[place] not in (1, extent):
                raise ShapeError(
                    f"{title(self.name)}: mapped dims must have equal extents: requires "
                    f"{self.leading[place]}, got {extent} in {each.name}{self.shapes_seen()}"
                )
            if extent != 1:
                self.leading[place] = extent

    def broadcast_batch(self, each: Operand, extents: list[int]) -> None:
        missing = len(extents) - len(self.batch)
        if missing > 0:
            self.batch[:0] = [1] * missing
        offset = len(self.batch) - len(extents)
        for place, extent in enumerate(extents, start=offset):
            held = self.batch[place]
            if extent in (held, 1):
                continue
            if held != 1:
                raise self.broadcast_error(each, held, extent, place)
            self.batch[place] = extent

    def broadcast_error(self, each: Operand, held: int, extent: int, place: int) -> ShapeError:
        dim = place - len(self.batch)
        return ShapeError(
            f"{title(self.name)}: shapes must broadcast: requires equal extents or 1, got {extent} "
            f"in {each.name} where other operands have {held}, at batch dim {dim}"
            f"{self.shapes_seen()}: The size of tensor a ({held}) must match the size of tensor b "
            f"({extent}) at non-singleton dimension {place}"
        )

    def check_kept(self, each: Operand, own: tuple[int, ...], kept: tuple[int, ...]) -> None:
        for dim in kept:
            if own[dim] != 1:
                raise ShapeError(
                    f"{title(self.name)}: kept dims of {each.name} must have extent 1, "
                    f"got {list(own)}"
                )

    def note_reduced(self, each: Operand, own: tuple[int, ...], core: Core) -> None:
        """Remembers the extents that make up the axis of an `Axis` attribute."""
        for attribute, place in zip(self.plan.reduced, each.placed):
            if place is not None and each.names[place] == attribute.size:
                extents = tuple(own[dim] for dim in core[place])
                self.groups.setdefault(attribute.size, extents)

    def unify(self, each: Operand, place: int, extents: list[int]) -> None:
        """One core axis of an operand with the sizes known so far."""
        axis = each.type.axes[place]
        if axis.group and place not in each.placed:
            self.unify_group(each, place, tuple(extents))
        elif axis.optional:
            self.optional.append((each, place, extents[0] if extents else None))
        elif len(axis.factors) > 1:
            if not self.solve_product(each, place, extents[0]):
                self.products.append((each, place, extents[0]))
        else:
            factor = axis.factors[0]
            extent = extents[0] if len(extents) == 1 else math.prod(extents)
            if isinstance(factor, int):
                if factor != extent:
                    raise self.axis_error(each, place, extent, factor, "")
            else:
                held = self.sizes.setdefault(factor, extent)
                if held != extent:
                    raise self.axis_error(each, place, extent, held, self.origin.get(factor, ""))
                self.origin.setdefault(factor, each.name)

    def axis_error(
        self, each: Operand, place: int, extent: object, wanted: object, origin: str
    ) -> ShapeError:
        fit = f" to fit {origin}" if origin else ""
        axis = print_axis(each.type.axes[place]).lstrip("*").rstrip("?")
        return ShapeError(
            f"{title(self.name)}: axis {axis} of {each.name} is {extent}, but {wanted} is needed"
            f"{fit}{self.shapes_seen()}"
        )

    def product_error(self, each: Operand, place: int, extent: int, wanted: int) -> ShapeError:
        """The error for a product; it names the one factor that no attribute gives, if it can."""
        given = {spec.name for spec in self.op.attributes}
        free = [
            factor
            for factor in each.type.axes[place].factors
            if isinstance(factor, str) and self.origin.get(factor) not in given
        ]
        size = self.sizes[free[0]] if len(free) == 1 else 0
        others = wanted // size if size else 0
        if not others or extent % others:
            return self.axis_error(each, place, extent, wanted, "")
        origin = self.origin.get(free[0], "")
        fit = f" to fit {origin}" if origin else ""
        return ShapeError(
            f"{title(self.name)}: axis {free[0]} of {each.name} is {extent // others}, but {size} "
            f"is needed{fit}{self.shapes_seen()}"
        )

    def unify_group(self, each: Operand, place: int, extents: tuple[int, ...]) -> None:
        """Broadcasts the dims of a group with those of other operands."""
        name = each.names[place]
        held = self.groups.get(name)
        if held is None:
            self.groups[name] = extents
            self.origin[name] = each.name
        elif extents != held:
            exact = name in self.strict
            shape = None if exact else _broadcast(held, extents)
            if shape is None:
                origin = self.origin.get(name, "")
                raise self.axis_error(each, place, list(extents), list(held), origin)
            self.groups[name] = shape
        self.sizes[name] = math.prod(self.groups[name])

    def solve_product(self, each: Operand, place: int, extent: int) -> bool:
        """Solves `G*C` for its one unknown, or checks it; False if there are two unknowns."""
        known, unknown = 1, ""
        for factor in each.type.axes[place].factors:
            size = factor if isinstance(factor, int) else self.sizes.get(factor)
            if size is not None:
                known *= size
            elif unknown:
                return False
            else:
                unknown = str(factor)
        if not unknown:
            if known != extent:
                raise self.product_error(each, place, extent, known)
            return True
        if known <= 0 or extent % known:
            raise self.axis_error(each, place, extent, f"a multiple of {known}", "")
        self.sizes[unknown] = extent // known
        self.origin[unknown] = each.name
        return True

    def solve_products(self) -> None:
        """Products, now that other operands gave their factors; some wait for computed sizes."""
        computed = {name for name, _ in self.op.sizes}
        waiting = []
        for each, place, extent in self.products:
            if not self.solve_product(each, place, extent):
                if not computed.intersection(each.type.axes[place].factors):
                    axis = print_axis(each.type.axes[place])
                    raise ShapeError(
                        f"{title(self.name)}: axis {axis} of {each.name} has two unknown sizes"
                    )
                waiting.append((each, place, extent))
        self.products = waiting

    def solve_optional(self) -> None:
        """Sizes of optional axes: another operand has one for certain, or all must agree."""
        firm = frozenset(self.sizes)
        for each, place, extent in self.optional:
            name = each.names[place]
            if extent is None:
                continue
            held = self.sizes.setdefault(name, extent)
            broadcasts = extent == 1 and name in firm
            if held != extent and not broadcasts:
                raise self.axis_error(each, place, extent, held, self.origin.get(name, ""))
            self.origin.setdefault(name, each.name)
        for each, place, extent in self.optional:
            name = each.names[place]
            if extent is None and name not in self.sizes:
                self.sizes[name], self.groups[name] = 1, ()
            elif extent is None and name not in firm and self.groups.get(name) != ():
                raise self.axis_error(each, place, "missing", self.sizes[name], self.origin[name])

    # places -------------------------------------------------------------------------------------

    def input_place(self, seen: _Seen, batch: tuple[int, ...]) -> Place:
        shape, prefix = seen.shape, seen.prefix
        slots: list[int | None] = [None] * len(batch)
        for dim in range(prefix):
            if shape[dim] == batch[dim]:
                slots[dim] = dim
        offset = len(batch) - len(seen.batch)
        for place, dim in enumerate(seen.batch, start=offset):
            if shape[dim + prefix] == batch[place]:
                slots[place] = dim + prefix
        core: list[tuple[int | None, ...]] = []
        for place, dims in enumerate(seen.core):
            core.append(self.input_core(seen, place, tuple(dim + prefix for dim in dims)))
        return Place(tuple(slots), tuple(core))

    def input_core(self, seen: _Seen, place: int, dims: tuple[int, ...]) -> tuple[int | None, ...]:
        """The dims of a core axis, None where the operand is broadcast along one."""
        axis, name = seen.operand.type.axes[place], seen.operand.names[place]
        if axis.group and place not in seen.operand.placed:
            extents = self.groups[name]
            missing = len(extents) - len(dims)
            return (None,) * missing + tuple(
                dim if seen.shape[dim] == extent else None
                for dim, extent in zip(dims, extents[missing:])
            )
        if axis.optional and dims and seen.shape[dims[0]] != self.sizes[name]:
            return (None,)
        if axis.optional and not dims and self.groups.get(name) != ():
            return (None,)
        return dims

    def place_output(
        self, each: Operand, batch: tuple[int, ...]
    ) -> tuple[Place, tuple[int, ...]] | None:
        """Where an output's axes lie, and its shape; None if the host routine finds a size."""
        extents: list[tuple[int, ...]] = []
        for place in range(len(each.type.axes)):
            own = self.core_extents(each, place)
            if own is None:
                return None
            extents.append(own)
        prefix = self.prefix
        count = len(batch) - prefix if each.type.batched else 0
        total = count + sum(map(len, extents))
        if each.by_attribute:
            for attribute, where in zip(self.plan.reduced, each.placed):
                if where is None and attribute.keep and self.attributes[attribute.keep]:
                    total += len(self.groups[attribute.size])
            dims, core, _ = split_placed(
                self.name, each, total, self.plan.reduced, self.attributes, self.group_ranks, ()
            )
        else:
            dims = tuple(range(count))
            starts, start = [], count
            for own in extents:
                starts.append(tuple(range(start, start + len(own))))
                start += len(own)
            core = tuple(starts)
        return self.output_place(each, batch, dims, core, extents, total)

    def output_place(
        self,
        each: Operand,
        batch: tuple[int, ...],
        dims: tuple[int, ...],
        core: Core,
        extents: list[tuple[int, ...]],
        total: int,
    ) -> tuple[Place, tuple[int, ...]]:
        prefix = self.prefix
        shape = list(batch[:prefix]) + [1] * total
        for dim, extent in zip(dims, batch[prefix:]):
            shape[prefix + dim] = extent
        for where, own in zip(core, extents):
            for dim, extent in zip(where, own):
                shape[prefix + dim] = extent
        rest: tuple[int | None, ...] = tuple(prefix + dim for dim in dims)
        if not each.type.batched:
            rest = (None,) * (len(batch) - prefix)
        slots = (*range(prefix), *rest)
        placed: list[tuple[int | None, ...]] = []
        for place, where in enumerate(core):
            axis = each.type.axes[place]
            gone = axis.optional and not where and self.groups.get(each.names[place]) != ()
            placed.append((None,) if gone else tuple(prefix + dim for dim in where))
        if min(shape, default=0) < 0:
            raise ShapeError(
                f"{title(self.name)}: a size must not be negative: {each.name} would have shape "
                f"{shape}{self.shapes_seen()}"
            )
        return Place(slots, tuple(placed)), tuple(shape)

    def core_extents(self, each: Operand, place: int) -> tuple[int, ...] | None:
        """Extents of the dims of an output's core axis; None if a size of it is not known."""
        axis, name = each.type.axes[place], each.names[place]
        if name:
            if name in self.groups:
                return self.groups[name]
            size = self.sizes.get(name)
            return None if size is None else (size,)
        total = 1
        for factor in axis.factors:
            size = factor if isinstance(factor, int) else self.sizes.get(factor)
            if size is None:
                return None
            total *= size
        return (total,)


def _broadcast(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...] | None:
    """The common shape of two, aligned at the right; None if there is none."""
    rank = max(len(left), len(right))
    left = (1,) * (rank - len(left)) + left
    right = (1,) * (rank - len(right)) + right
    if any(a != b and a != 1 and b != 1 for a, b in zip(left, right)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(left, right))


def _extreme(element: dtype, which: str) -> float | int:
    """The largest or lowest finite value of a dtype, or the step from 1 to the next number."""
    if which == "epsilon":
        return float(np.finfo(numpy_dtype(accumulation(element))).eps)
    if element.kind == "bool":
        return int(which == "largest")
    if element.kind == "int":
        limits = np.iinfo(numpy_dtype(element))
        return int(limits.max if which == "largest" else limits.min)
    largest = {
        dtypes.float16: 65504.0,
        dtypes.bfloat16: 3.3895313892515355e38,
        dtypes.float32: 3.4028234663852886e38,
    }.get(element.to_real(), 1.7976931348623157e308)
    return largest if which == "largest" else -largest

"""Shape and dtype rules of every op: one call's arguments solved to a `Binding`.

Sizes are unified, batch axes broadcast, groups and optional axes placed, requirements checked as
soon as their names are known, shapes and dtypes of results computed. Callers cache bindings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..dataclass import dataclass
from ..dtype import dtype, extreme_of
from ..errors import (
    ArgumentError,
    DimensionRequirementError,
    LossShapeError,
    RequirementError,
    ShapeError,
)
from ..language.op import Op
from .attributes import complete
from .binding import Argument, Binding, Place
from .outline import Outline, Step, outline
from .places import Core, Operand, split, split_placed
from .specialize import title
from .symbols import whole
from .unify import Unknowns
from .words import check_number, solve_words

REDUCTIONS = frozenset({"mean", "batchmean", "sum", "none"})
MOST = 1 << 63  # kernels count in 64 bits, with a sign


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
        ShapeError: Shapes that do not fit, or a requirement that does not hold; of losses it is a
            ValueError too.
        DimensionError: A dim that an operand does not have.
        DtypeError: A dtype that a word does not take.
        ArgumentError, ArgumentValueError: Wrong attributes.
    """
    try:
        return _Call(outline(op), arguments, attributes, prefix, known).binding()
    except ShapeError as error:
        if type(error) is ShapeError and _is_reduced(op):
            raise LossShapeError(str(error)) from None
        raise


def _is_reduced(op: Op) -> bool:
    """An attribute says how the losses of the elements become one."""
    return any(spec.words and REDUCTIONS.issuperset(spec.words) for spec in op.attributes)


@dataclass
class _Seen:
    """An input's dims, before it is known what is broadcast."""

    operand: Operand
    shape: tuple[int, ...]
    prefix: int
    batch: tuple[int, ...]
    core: Core


class _Call(Unknowns):
    """A call while it is being solved."""

    def __init__(
        self,
        plan: Outline,
        arguments: Mapping[str, Argument],
        attributes: Mapping[str, object],
        prefix: int,
        known: Binding | None,
    ) -> None:
        super().__init__(plan.op, arguments, prefix, known)
        self.plan = plan
        self.attributes = complete(plan.op, attributes)

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
        self.check_computed(plan.late)
        for product in self.products:
            self.solve_product(*product)
        words = solve_words(
            self.op,
            plan.words,
            plan.uniform,
            plan.output_words,
            arguments,
            self.attributes,
            self.prefix,
            self.known.words if self.known else None,
        )
        self.fill_numbers(words)
        for name, word, is_cast in plan.fitting:
            check_number(self.op, name, self.attributes[name], words[word], is_cast)
        batch = (*self.leading, *self.batch)
        places = {each.operand.name: self.input_place(each, batch) for each in seen}
        shapes = self.place_outputs(batch, places)
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

    def fill_numbers(self, words: Mapping[str, dtype]) -> None:
        """Gives numbers that are None the extreme of the main dtype that they stand for, or 0."""
        for name, extreme in self.plan.extremes:
            if self.attributes[name] is None:
                self.attributes[name] = extreme_of(words[self.plan.word_of[0][1]], extreme)
        for name in self.plan.numbers:
            if self.attributes[name] is None:
                self.attributes[name] = 0

    def check_extents(self, name: str, shape: tuple[int, ...]) -> None:
        """Raises ShapeError if kernels cannot count so far as an extent of a result."""
        if any(type(extent) is int and extent >= MOST for extent in shape):
            raise ShapeError(
                f"{title(self.name)}: an extent of {name} must be below 2**63, got {list(shape)}"
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

    def run(self, steps: tuple[Step, ...]) -> None:
        """Computes sizes and checks requirements."""
        for step in steps:
            values = self.attributes
            if not step.size and any(values.get(name) is None for name in step.formula.attributes):
                continue
            try:
                value = step.formula.evaluate(self.sizes, values)
            except (ArithmeticError, TypeError) as error:
                what = f"{title(self.name)}: {step.name} cannot be computed: {error}"
                raise ShapeError(what + self.shapes_seen()) from None
            if step.size:
                self.sizes[step.name] = whole(value)
                self.origin.setdefault(step.name, "its formula")
            elif not value:
                raise self.requirement_error(step)

    def check_computed(self, steps: tuple[Step, ...]) -> None:
        """No computed size is negative: said after the requirements, which know why."""
        for step in steps:
            if step.size and self.sizes.get(step.name, 0) < 0:
                text = f"{title(self.name)}: {step.name} must not be negative: got "
                raise ShapeError(f"{text}{self.sizes[step.name]}{self.shapes_seen()}")

    def requirement_error(self, step: Step) -> Exception:
        origins = {x: self.origin.get(x, x) for x in step.formula.sizes}
        names = [origins[x] if origins[x] in self.attributes else x for x in origins]
        values = {**self.sizes, **self.attributes}
        seen = [f"{x} = {values[x]}" for x in dict.fromkeys((*names, *step.formula.attributes))]
        text = f"{title(self.name)}: {step.name}: got {', '.join(seen)}"
        if step.name.startswith(("index ", "dim ")):
            return DimensionRequirementError(text + self.shapes_seen())
        if step in self.plan.early:
            return RequirementError(text + self.shapes_seen())
        return ShapeError(text + self.shapes_seen())

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

    def place_outputs(
        self, batch: tuple[int, ...], places: dict[str, Place]
    ) -> dict[str, tuple[int, ...]]:
        """Shapes of the outputs, whose places are added to `places`."""
        shapes: dict[str, tuple[int, ...]] = {}
        for each in self.plan.outputs:
            result = self.place_output(each, batch)
            if result is not None:
                places[each.name], shapes[each.name] = result
                self.check_extents(each.name, result[1])
        return shapes

    def place_output(
        self, each: Operand, batch: tuple[int, ...]
    ) -> tuple[Place, tuple[int, ...]] | None:
        """Where an output's axes lie, and its shape; None if the host routine finds a size."""
        extents: list[tuple[int, ...]] = []
        for place in range(len(each.type.axes)):
            own = self.core_extents(each, place)
            if own is None:
                return None
            extents.append(() if own == (1,) and self.is_of_scalar(each, place) else own)
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

    def is_of_scalar(self, each: Operand, place: int) -> bool:
        """An axis stands where the one that an attribute names would stand in a scalar."""
        return any(
            where == place and self.groups.get(attribute.size) == ()
            for attribute, where in zip(self.plan.reduced, each.placed)
        )

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

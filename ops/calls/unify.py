"""The unknown sizes, groups and batch axes of one call, and how operands determine them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..errors import ShapeError, UnequalShapeError
from ..language.op import Op
from ..language.signature import print_axis
from .binding import Argument, Binding
from .places import Operand
from .specialize import title


class Unknowns:
    """What is known so far of the sizes of a call.

    Args:
        op: Specialised.
        arguments: Operands by name, for messages.
        prefix: Number of vmap axes.
        known: The forward call's binding, for a derived op.
    """

    def __init__(
        self, op: Op, arguments: Mapping[str, Argument], prefix: int, known: Binding | None
    ) -> None:
        self.op = op
        self.name = op.name
        self.arguments = arguments
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

    def shapes_seen(self) -> str:
        """The shapes of the operands, for the end of a message."""
        shapes = [
            f"{name} {list(each.shape)}" for name, each in self.arguments.items() if not each.number
        ]
        return f"; {', '.join(shapes)}" if shapes else ""

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
            origin = self.origin.get(name, "")
            if each.name in self.op.same:
                error = self.axis_error(each, place, list(extents), list(held), origin)
                raise UnequalShapeError(f"{error}: {' and '.join(self.op.same)} do not broadcast")
            exact = name in self.strict
            shape = None if exact else _broadcast(held, extents)
            if shape is None:
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
            product = print_axis(each.type.axes[place])
            raise ShapeError(
                f"{title(self.name)}: axis {unknown} of {each.name} must be whole: requires "
                f"{product} to be a multiple of {known}, got {extent}{self.shapes_seen()}"
            )
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


def _broadcast(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...] | None:
    """The common shape of two, aligned at the right; None if there is none."""
    rank = max(len(left), len(right))
    left = (1,) * (rank - len(left)) + left
    right = (1,) * (rank - len(right)) + right
    if any(a != b and a != 1 and b != 1 for a, b in zip(left, right)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(left, right))

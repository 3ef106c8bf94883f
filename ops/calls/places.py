"""Where the axes of operands lie: an operand's dims split into batch, core and reduced ones.

Nothing here knows extents of sizes; `sizes.py` unifies what the dims come to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from ..dataclass import dataclass
from ..errors import DimensionError, ShapeError
from ..language.op import Axis, Op, TensorType
from ..language.signature import print_type
from .specialize import title

Core = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Reduced:
    """An `Axis` or `Axes` attribute, or the last dim of an op that has only `Keep`.

    Attributes:
        attribute: Its name; empty for the last dim.
        size: The size whose axis it places.
        keep: Name of the `Keep` attribute that goes with it; empty if there is none.
    """

    attribute: str
    size: str
    keep: str


@dataclass(frozen=True)
class Operand:
    """An input or output as placement sees it.

    Attributes:
        name, type: As declared.
        names: For each core axis its name if it is one size, else the empty string.
        optional, groups: Places of core axes `B?` and `*S`.
        fixed: How many core axes are neither.
        placed: For each `Axis` attribute the core axis that it places; None where it places none.
        by_attribute: Some attribute places a core axis of it, or reduces its dims away.
    """

    name: str
    type: TensorType
    names: tuple[str, ...]
    optional: tuple[int, ...]
    groups: tuple[int, ...]
    fixed: int
    placed: tuple[int | None, ...]
    by_attribute: bool


def operand(name: str, kind: TensorType, reduced: Sequence[Reduced]) -> Operand:
    """How an operand of a type is placed in an op with these `Axis` attributes."""
    names = tuple(_single(axis) for axis in kind.axes)
    placed: list[int | None] = []
    for each in reduced:
        if not kind.batched:
            placed.append(None)
        elif each.size in names:
            placed.append(names.index(each.size))
        else:
            alone = len(kind.axes) == 1 and len(reduced) == 1 and not kind.axes[0].group
            placed.append(0 if alone else None)
    return Operand(
        name,
        kind,
        names,
        tuple(i for i, axis in enumerate(kind.axes) if axis.optional),
        tuple(i for i, axis in enumerate(kind.axes) if axis.group),
        sum(not (axis.optional or axis.group) for axis in kind.axes),
        tuple(placed),
        kind.batched and bool(reduced),
    )


def _single(axis: Axis) -> str:
    only = axis.factors[0]
    return only if len(axis.factors) == 1 and isinstance(only, str) else ""


def reduced_attributes(op: Op) -> tuple[Reduced, ...]:
    """The `Axis` and `Axes` attributes of an op, with the `Keep` attributes that go with them."""
    keeps = {spec.sizes[0]: spec.name for spec in op.attributes if spec.kind == "Keep"}
    named = [
        Reduced(spec.name, spec.sizes[0], keeps.pop(spec.sizes[0], ""))
        for spec in op.attributes
        if spec.kind in ("Axis", "Axes")
    ]
    return (*named, *(Reduced("", size, keep) for size, keep in keeps.items()))


def _named_dims(
    op: str, each: Reduced, attributes: Mapping[str, object], rank: int
) -> tuple[int, ...]:
    """The dims that an attribute names, or the last one."""
    if not each.attribute:
        return resolve(op, "dim", -1, rank)
    return resolve(op, each.attribute, attributes[each.attribute], rank)


def wrap(op: str, name: str, dim: int, rank: int) -> int:
    """A dim counted from the front.

    Raises:
        DimensionError: The tensor has no such dim.
    """
    bound = max(rank, 1)
    if -bound <= dim < bound:
        return dim + bound if dim < 0 else dim
    raise DimensionError(
        f"{title(op)}: {name} must be in [{-bound}, {bound - 1}], got {dim}: Dimension out of "
        f"range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})"
    )


def resolve(op: str, name: str, value: object, rank: int) -> tuple[int, ...]:
    """The dims that the value of an `Axis` or `Axes` attribute names, ascending; () for a scalar.

    Raises:
        DimensionError: A dim that the tensor does not have.
        ShapeError: A dim that is named twice.
    """
    if value is None or value == ():
        return tuple(range(rank))
    if isinstance(value, int):
        dim = wrap(op, name, value, rank)
        return (dim,) if rank else ()
    assert isinstance(value, tuple)
    dims = sorted(wrap(op, name, each, rank) for each in value)
    for earlier, later in pairwise(dims):
        if earlier == later:
            raise ShapeError(
                f"{title(op)}: {name} must name each dim once, got {list(value)}: "
                f"dim {later} appears multiple times in the list of dims"
            )
    return tuple(dims) if rank else ()


def rank_error(op: str, each: Operand, shape: Sequence[int]) -> ShapeError:
    """The error for an operand with too few or too many dims."""
    least = each.fixed
    most = least + len(each.optional)
    if each.type.batched or each.groups:
        wanted = f"at least {least}"
    elif most > least:
        wanted = f"{least} to {most}" if most > least + 1 else f"{least} or {most}"
    else:
        wanted = str(least)
    noun = "dim" if wanted.endswith("1") and "to" not in wanted else "dims"
    return ShapeError(
        f"{title(op)}: {each.name} must have {wanted} {noun}: requires {print_type(each.type)}, "
        f"got shape {list(shape)}"
    )


def split(
    op: str,
    each: Operand,
    rank: int,
    group_ranks: Mapping[str, int],
    shape: Sequence[int],
    absent: Collection[str] = (),
) -> tuple[tuple[int, ...], Core]:
    """The batch dims and the dims of each core axis of an operand that no attribute places.

    Optional axes that are not `absent` are present from the right as far as the rank leaves room,
    then a group whose number of dims is not known takes the rest.

    Raises:
        ShapeError: The operand has too few or too many dims.
    """
    counts: list[int] = []
    room = rank - each.fixed
    unknown = -1
    for place, axis in enumerate(each.type.axes):
        counts.append(1)
        if axis.group:
            # a group that stands alone may be broadcast: it takes what the rank leaves
            alone = len(each.groups) == 1 and not each.type.batched
            known = -1 if alone else group_ranks.get(each.names[place], -1)
            counts[place] = max(known, 0)
            room -= counts[place]
            if known < 0:
                unknown = place
    for place in reversed(each.optional):
        counts[place] = 1 if room > 0 and each.names[place] not in absent else 0
        room -= counts[place]
    if unknown >= 0 and room > 0:
        counts[unknown], room = room, 0
    if room < 0 or (room > 0 and not each.type.batched):
        raise rank_error(op, each, shape)
    dims: list[tuple[int, ...]] = []
    start = room
    for count in counts:
        dims.append(tuple(range(start, start + count)))
        start += count
    return tuple(range(room)), tuple(dims)


def split_placed(
    op: str,
    each: Operand,
    rank: int,
    reduced: Sequence[Reduced],
    attributes: Mapping[str, object],
    group_ranks: Mapping[str, int],
    shape: Sequence[int],
) -> tuple[tuple[int, ...], Core, tuple[int, ...]]:
    """The batch dims, the dims of each core axis, and the dims kept with extent 1.

    For an operand with `...` in an op with `Axis` attributes: each attribute puts its axis where it
    says; the other core axes are the last of the dims that remain.

    Raises:
        DimensionError: A dim that the operand does not have.
        ShapeError: Too few dims.
    """
    core: list[tuple[int, ...]] = [()] * len(each.type.axes)
    used: set[int] = set()
    kept: list[int] = []
    for attribute, place in zip(reduced, each.placed):
        if place is None:
            if attribute.keep and attributes[attribute.keep]:
                kept.extend(_named_dims(op, attribute, attributes, rank))
            continue
        dims = _named_dims(op, attribute, attributes, rank)
        if used & set(dims):
            names = ", ".join(item.attribute for item in reduced)
            raise ShapeError(
                f"{title(op)}: {names} must be different dims, got dim {dims[0]} twice"
            )
        core[place] = dims
        used.update(dims)
    used.update(kept)
    rest = [dim for dim in range(rank) if dim not in used]
    for place in range(len(core) - 1, -1, -1):
        if place in each.placed:
            continue
        count = group_ranks.get(each.names[place], 0) if place in each.groups else 1
        if len(rest) < count:
            raise rank_error(op, each, shape)
        core[place] = tuple(rest[len(rest) - count :])
        del rest[len(rest) - count :]
    return tuple(rest), tuple(core), tuple(kept)

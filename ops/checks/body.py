"""Static checks of statements: what they read is known, what they assign is assigned once."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import RegistryError
from ..language.expression import Index, Product, Read, Statement, free_indices, reads
from ..language.op import Axis, Block, Condition, Op
from ..language.text import print_statement
from .binding import check_binding
from .choices import are_exclusive, check_choices, guarded
from .declared import known_sizes
from .kinds import check_conditions, check_statement, declared_kinds
from .subscripts import check_subscripts, sizes_to_try


def check_body(op: Op, body: tuple[Statement | Block, ...], known: set[str]) -> None:
    """Checks statements in order; `known` are the tensors that exist before the first."""
    assigned: dict[str, list[tuple[Condition, ...]]] = {}
    check_conditions(op, body)
    sizes = known_sizes(op)
    kinds, axes = declared_kinds(op), _declared_axes(op)
    trials = sizes_to_try(op, sizes)
    for conditions, statement in guarded(body):
        try:
            _check_statement(op, conditions, statement, known, assigned)
            check_subscripts(op, statement, axes, trials)
            check_statement(op, statement, kinds)
        except RegistryError as error:
            raise error.located("", max(statement.line, 1), "") from None
        _note_axes(statement, axes)


def _check_statement(
    op: Op,
    conditions: tuple[Condition, ...],
    statement: Statement,
    known: set[str],
    assigned: dict[str, list[tuple[Condition, ...]]],
) -> None:
    """Checks what a statement reads and assigns, and notes the latter."""
    name = statement.target.tensor
    text = print_statement(statement)
    if name in known:
        raise RegistryError(f"{name} must not be assigned in {text!r}")
    if Index(name).size in known_sizes(op):
        raise RegistryError(f"{name} is the name of an index over {Index(name).size} in {text!r}")
    for read in (*reads(statement.value), *_index_reads(statement.target)):
        if read.tensor not in known and read.tensor not in assigned:
            raise RegistryError(f"{read.tensor} is read before it is assigned in {text!r}")
        if read.tensor in assigned:
            check_choices(op, read.tensor, conditions, assigned[read.tensor])
    earlier = assigned.setdefault(name, [])
    if _is_put(statement) and not statement.accumulate:
        _check_put(op, statement, bool(earlier), text)
    once = statement.accumulate or (earlier and _is_put(statement))
    if not once and not all(are_exclusive(conditions, each) for each in earlier):
        raise RegistryError(f"{name} must be assigned once, but is again in {text!r}")
    earlier.append(conditions)
    _check_ranks(op, statement, text)
    _check_indices(statement, text)


def _declared_axes(op: Op) -> dict[str, tuple[Axis, ...]]:
    """Axes of the tensors that have one type, and of their cotangents."""
    found = {}
    for each in (*op.inputs, *op.outputs):
        if len(each.types) == 1:
            found[each.name] = found[f"d{each.name}"] = each.type.axes
    return found


def _note_axes(statement: Statement, axes: dict[str, tuple[Axis, ...]]) -> None:
    """The axes of what a statement names on its way are those of its plain indices."""
    indices = statement.target.indices
    if statement.target.tensor not in axes and all(isinstance(x, Index) for x in indices):
        sizes = [index.size for index in indices if isinstance(index, Index)]
        axes[statement.target.tensor] = tuple(Axis((size,)) for size in sizes)


def _is_put(statement: Statement) -> bool:
    """Whether an index of the target is read from a tensor: it replaces chosen elements."""
    return next(_index_reads(statement.target), None) is not None


def _check_put(op: Op, statement: Statement, before: bool, text: str) -> None:
    """Elements are replaced in a tensor whose extents are known, once for each batch element."""
    name = statement.target.tensor
    output = next((each for each in op.outputs if each.name == name), None)
    if output is None:
        if not before:
            raise RegistryError(
                f"{name} must be given a value before some of it is replaced, by {name}[...] = 0 "
                f"with plain indices, in {text!r}"
            )
        return
    batched = {each.name for each in op.inputs if each.type.batched or each.type.pointwise}
    if batched and not all(kind.batched or kind.pointwise for kind in output.types):
        raise RegistryError(
            f"{name} must have batch axes (...) as {min(batched)} has: a place keeps one value for "
            f"each batch element in {text!r}"
        )
    for axis in (axis for kind in output.types for axis in kind.axes):
        if any(isinstance(factor, int) for factor in axis.factors):
            raise RegistryError(
                f"an axis of {name} must be a size, not a number, where elements are replaced: "
                f"{text!r}"
            )


def _check_ranks(op: Op, statement: Statement, text: str) -> None:
    """A target that is an output has as many indices as one of its types has axes."""
    for output in op.outputs:
        if output.name == statement.target.tensor:
            ranks = {len(kind.axes) for kind in output.types}
            if len(statement.target.indices) not in ranks:
                raise RegistryError(f"{output.name} has {ranks.pop()} core axes, see {text!r}")


def _index_reads(target: Read) -> Iterator[Read]:
    for index in target.indices:
        yield from reads(index)


def _check_indices(statement: Statement, text: str) -> None:
    """Indices of a plain target are different, and the value has no others."""
    names: list[str] = []
    plain = True
    for index in statement.target.indices:
        for part in index.parts if isinstance(index, Product) else (index,):
            if isinstance(part, Index):
                names.append(part.name)
            else:
                plain = False
                names.extend(free_indices(part))
    if not statement.accumulate:
        put = _is_put(statement)
        if not put and (not plain or len(set(names)) < len(names)):
            raise RegistryError(
                f"target indices must be different plain indices (or use +=) in {text!r}"
            )
        extra = [name for name in free_indices(statement.value) if name not in names]
        if extra:
            raise RegistryError(f"index {extra[0]} is not bound in {text!r}")
    check_binding(statement.value, frozenset(names))

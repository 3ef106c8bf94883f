"""Static checks of an entry: what can be wrong with statements that parse.

Every index has a range, no index is bound while it is in use, every name is assigned once and
before it is read, outputs are assigned, and every size can be solved.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from .attributes import check_default
from .check_kinds import check_conditions, check_statement, declared_kinds
from .check_subscripts import check_subscripts, sizes_to_try
from .counted import check_counted
from .errors import RegistryError, nearest
from .expression import (
    Attribute,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    free_indices,
    reads,
    walk,
)
from .op import Axis, Block, Condition, Op
from .scope import next_index
from .signature import EXTREMES
from .text import print_expression, print_statement
from .views import check_view


def check(op: Op) -> None:
    """Checks an entry and its variants.

    Raises:
        RegistryError: With the entry's name, and the statement that is wrong.
    """
    try:
        _check(op)
    except RegistryError as error:
        raise error.located("", 1 if error.line else 0, op.name) from None
    for place, variant in enumerate(op.variants):
        with _at("variants", place):
            check(variant)


@contextmanager
def _at(*path: str | int) -> Iterator[None]:
    """Notes in mistakes which piece of the entry they are in."""
    try:
        yield
    except RegistryError as error:
        raise error.within(*path) from None


def _check(op: Op) -> None:
    if op.form == "view":
        check_view(op)
    _check_names(op)
    _check_defaults(op)
    _check_sizes(op)
    check_counted(op, _check)
    _check_outside(op)
    inputs = {each.name for each in op.inputs}
    for key, body in (("define", op.define), ("compute", op.compute)):
        if body:
            with _at(key):
                _check_body(op, body, inputs)
                assigned = {statement.target.tensor for _, statement in guarded(body)}
                for output in op.outputs:
                    if output.name not in assigned:
                        raise RegistryError(f"the output {output.name} must be assigned")
                    cases = [c for c, s in guarded(body) if s.target.tensor == output.name]
                    _check_choices(op, output.name, (), cases)
    if op.adjoint:
        known = inputs | {each.name for each in op.outputs}
        known |= {f"d{each.name}" for each in op.outputs}
        known |= {statement.target.tensor for _, statement in guarded(op.compute or op.define)}
        with _at("adjoint"):
            _check_body(op, op.adjoint, known)
    for result, given, expression in op.derivatives:
        with _at("derivative", f"d{result}/d{given}"):
            _check_binding(expression, frozenset())


def _check_names(op: Op) -> None:
    """Names of arguments are different, and none is that of an index."""
    sizes = known_sizes(op)
    seen: set[str] = set()
    for each in (*op.inputs, *op.attributes, *op.outputs):
        if not each.name.isidentifier() or keyword.iskeyword(each.name):
            raise RegistryError(f"{each.name!r} must be a Python name, and no keyword")
        if each.name in seen:
            raise RegistryError(f"the name {each.name} stands for two things")
        own = getattr(each, "sizes", ()) == (each.name.upper(),)  # `n: N`, where `n` is the index
        if Index(each.name).size in sizes and not own:
            raise RegistryError(
                f"{each.name} is an index over {Index(each.name).size}; rename that size"
            )
        seen.add(each.name)
    names = [each.name for each in op.attributes]
    lengths = {spec.name: len(spec.sizes) for spec in op.attributes}
    for spec in op.attributes:
        if len(set(spec.sizes)) < len(spec.sizes):
            raise RegistryError(f"{spec.name}: the sizes must be different")
        if lengths.get(spec.follows, len(spec.sizes)) != len(spec.sizes):
            raise RegistryError(
                f"{spec.name}: {spec.follows} has {lengths[spec.follows]} sizes, and "
                f"{len(spec.sizes)} are needed"
            )
        if spec.follows and spec.follows not in (*names, *EXTREMES):
            hint = nearest(spec.follows, names)
            raise RegistryError(f"{spec.name}: {spec.follows} is not an attribute{hint}")
        words = [each.type.word for each in (*op.inputs, *op.outputs)]
        if spec.word and spec.word not in words:
            hint = nearest(spec.word, words)
            raise RegistryError(f"{spec.name}: {spec.word} is not a word of the op{hint}")
    for name in op.nondifferentiable:
        known = [each.name for each in (*op.inputs, *op.outputs)]
        if name not in known:
            raise RegistryError(f"nondifferentiable: {name} is not a tensor{nearest(name, known)}")


def _check_defaults(op: Op) -> None:
    """A call could give each attribute its default."""
    for spec in op.attributes:
        with _at("attrs", spec.name):
            check_default(spec)


def _check_outside(op: Op) -> None:
    """What is read beyond its edges is a tensor of the entry."""
    bodies = (*op.define, *op.compute, *op.adjoint)
    known = {each.name: None for each in (*op.inputs, *op.outputs)}
    known |= {f"d{each.name}": None for each in op.outputs}
    known |= {statement.target.tensor: None for _, statement in guarded(bodies)}
    for name, _ in op.outside:
        if name not in known:
            with _at("outside", name):
                raise RegistryError(
                    f"outside: {name} is not a tensor of the entry{nearest(name, [*known])}"
                )


def known_sizes(op: Op) -> set[str]:
    """Names of all sizes that types, attributes and `sizes` mention."""
    found = {size for spec in op.attributes for size in spec.sizes}
    found |= {name for name, _ in op.sizes}
    for each in (*op.inputs, *op.outputs):
        for tensor in (each.type, *(case[1] for case in getattr(each, "cases", ()))):
            found |= {f for axis in tensor.axes for f in axis.factors if isinstance(f, str)}
    return found


def _check_sizes(op: Op) -> None:
    """Every size of an output comes from an input, an attribute or `sizes`, but in extern ops."""
    known = {size for spec in op.attributes for size in spec.sizes if spec.kind != "Keep"}
    for each in op.inputs:
        known |= {f for axis in each.type.axes for f in axis.factors if isinstance(f, str)}
    for spec in op.attributes:
        held = (
            any(spec.sizes[0] in _names(each.type.axes) for each in op.inputs)
            if spec.sizes
            else True
        )
        if spec.kind in ("Axis", "Axes") and not held:
            raise RegistryError(f"{spec.name}: no input has an axis {spec.sizes[0]}")
    for name, expression in op.sizes:
        missing = {node.name for node in walk(expression) if isinstance(node, Size)} - known
        if missing:
            raise RegistryError(f"size {name}: {sorted(missing)[0]} is not known before it")
        known.add(name)
    if op.form == "extern":
        return
    for name in known_sizes(op) - known:
        raise RegistryError(f"size {name} can be solved from no input, attribute or line of sizes")


def _names(axes: tuple[object, ...]) -> set[object]:
    return {factor for axis in axes for factor in getattr(axis, "factors", ())}


def guarded(
    body: tuple[Statement | Block, ...], conditions: tuple[Condition, ...] = ()
) -> Iterator[tuple[tuple[Condition, ...], Statement]]:
    """All statements with the conditions that they stand under."""
    for each in body:
        if isinstance(each, Block):
            yield from guarded(each.statements, (*conditions, *each.conditions))
        else:
            yield conditions, each


def _check_choices(
    op: Op,
    name: str,
    conditions: tuple[Condition, ...],
    cases: list[tuple[Condition, ...]],
) -> None:
    """A name is assigned whatever words are chosen, as far as `conditions` admit them."""
    if not all(cases):
        return
    specs = {spec.name: spec.words for spec in op.attributes}
    used = sorted({c.attribute for case in cases for c in case} & specs.keys())
    for words in product(*(specs[each] for each in used)):
        chosen = dict(zip(used, words))
        if _holds(conditions, chosen) and not any(_holds(case, chosen) for case in cases):
            shown = " and ".join(f"{each} is {word}" for each, word in chosen.items())
            raise RegistryError(f"{name} must be assigned where {shown}, too")


def _holds(conditions: tuple[Condition, ...], chosen: dict[str, str]) -> bool:
    """Whether conditions hold for chosen words; those on other attributes are taken to hold."""
    return all(
        each.attribute not in chosen or (chosen[each.attribute] == each.word) != each.negated
        for each in conditions
    )


def _exclusive(left: tuple[Condition, ...], right: tuple[Condition, ...]) -> bool:
    """Whether two lists of conditions cannot hold together."""
    for a in left:
        for b in right:
            if a.attribute == b.attribute:
                same = a.word == b.word
                if (not a.negated and not b.negated and not same) or (
                    same and a.negated != b.negated
                ):
                    return True
    return False


def _check_body(op: Op, body: tuple[Statement | Block, ...], known: set[str]) -> None:
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
            _check_choices(op, read.tensor, conditions, assigned[read.tensor])
    earlier = assigned.setdefault(name, [])
    if _is_put(statement) and not statement.accumulate:
        _check_put(op, statement, bool(earlier), text)
    once = statement.accumulate or (earlier and _is_put(statement))
    if not once and not all(_exclusive(conditions, each) for each in earlier):
        raise RegistryError(f"{name} must be assigned once, but is again in {text!r}")
    earlier.append(conditions)
    _check_ranks(op, statement, text)
    _check_indices(statement, text)


def _declared_axes(op: Op) -> dict[str, tuple[Axis, ...]]:
    """Axes of the tensors that have one type, and of their cotangents."""
    found = {}
    for each in (*op.inputs, *op.outputs):
        if not getattr(each, "cases", ()):
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
    types = (output.type, *(case[1] for case in output.cases))
    if batched and not all(kind.batched or kind.pointwise for kind in types):
        raise RegistryError(
            f"{name} must have batch axes (...) as {min(batched)} has: a place keeps one value for "
            f"each batch element in {text!r}"
        )
    for axis in (axis for kind in types for axis in kind.axes):
        if any(isinstance(factor, int) for factor in axis.factors):
            raise RegistryError(
                f"an axis of {name} must be a size, not a number, where elements are replaced: "
                f"{text!r}"
            )


def _check_ranks(op: Op, statement: Statement, text: str) -> None:
    """A target that is an output has as many indices as one of its types has axes."""
    for output in op.outputs:
        if output.name == statement.target.tensor:
            ranks = {len(t.axes) for t in (output.type, *(case[1] for case in output.cases))}
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
    _check_binding(statement.value, frozenset(names))


def _check_order(order: Order) -> None:
    """Raises RegistryError unless the way is known before a call and the place is of the result."""
    if not isinstance(order.falling, (Attribute, Constant)):
        raise RegistryError(
            f"{print_expression(order.falling)} must be an attribute, true or false in "
            f"{print_expression(order)!r}"
        )
    if order.index in free_indices(order.place):
        raise RegistryError(
            f"the place must not depend on {order.index} in {print_expression(order)!r}"
        )


def _check_binding(expression: Expression, used: frozenset[str]) -> None:
    """No reduction binds an index that is in use: derived statements would capture it."""
    match expression:
        case Reduce(kind, names, _):
            bound = names
            if kind == "partition_point" and len(names) > 1:
                raise RegistryError(
                    f"partition_point must run over one index, got {', '.join(names)} in "
                    f"{print_expression(expression)!r}"
                )
        case Scan(_, index, until, _):
            bound = (index,)
            if Index(index).size != until.size:
                raise RegistryError(f"{index} and {until.name} must be indices over one size")
        case Order(index):
            bound = (index,)
            _check_order(expression)
        case _:
            bound = ()
    for name in bound:
        if name in used or len(set(bound)) < len(bound):
            raise RegistryError(
                f"index {name} is in use; write {next_index(name, {*used, *bound})} in "
                f"{print_expression(expression)!r}"
            )
    inner = used | frozenset(bound)
    if isinstance(expression, Scan):
        inner |= {expression.until.name}
    for child in expression.children:
        _check_binding(child, inner)

"""Sizes that depend on the elements of operands: how many are not zero, how many bins there are.

Such a size is an attribute whose default is an expression over the inputs. A call that does not
give it is two: the op that `counter` makes of the entry computes the numbers, and with these as
attributes the entry is an op like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import RegistryError
from ..language.expression import Expression, Read, Statement, sizes_in
from ..language.op import AttributeSpec, Op, Output, TensorType

_COUNTS = "{counts}"
_MEMORY: dict[int, tuple[Op, Op | None]] = {}


def counted(op: Op) -> tuple[AttributeSpec, ...]:
    """The attributes that are counted where a call does not give them."""
    return tuple(spec for spec in op.attributes if spec.counted is not None)


def counter(op: Op) -> Op | None:
    """The op whose results are the counted sizes of another, one int64 number each; None if there
    are none."""
    found = _MEMORY.get(id(op))
    if found is None or found[0] is not op:
        found = _MEMORY[id(op)] = (op, _counter(op) if counted(op) else None)
    return found[1]


def is_counter(op: Op) -> bool:
    """The op gives the counted sizes of another one."""
    return op.name.endswith(_COUNTS)


def _counter(op: Op) -> Op:
    specs = counted(op)
    kept = tuple(spec for spec in op.attributes if spec.counted is None)
    sizes = {size for spec in kept for size in spec.sizes}
    for each in op.inputs:
        sizes.update(each.type.sizes)
    return Op(
        name=f"{op.name}{_COUNTS}",
        doc=f"The sizes of the results of {op.name}.",
        inputs=op.inputs,
        attributes=kept,
        outputs=tuple(Output(f"count_of_{s.name}", TensorType("int64", False)) for s in specs),
        order=tuple(name for name in op.order if name not in {spec.name for spec in specs}),
        requirements=tuple(pair for pair in op.requirements if sizes_in(pair[1]) <= sizes),
        define=tuple(Statement(Read(f"count_of_{s.name}"), _count(s)) for s in specs),
        nondifferentiable=tuple(f"count_of_{spec.name}" for spec in specs),
        promotes=op.promotes,
    )


def check_counted(op: Op, check: Callable[[Op], None]) -> None:
    """Raises RegistryError where sizes cannot be counted before there are results.

    Args:
        op: The entry.
        check: What statements must obey.
    """
    made = counter(op)
    if made is None:
        return
    for each in op.inputs:
        if each.type.batched or each.type.pointwise:
            raise RegistryError(
                f"{each.name} must have no batch axes (...): a counted size is one number, not "
                "one for each batch element"
            )
    check(made)


def with_known(
    op: Op, attributes: Mapping[str, object], count: Callable[[Op], Mapping[str, object]]
) -> dict[str, object]:
    """Attributes of a call with what is counted filled in.

    Args:
        op: The op.
        attributes: Those that are given.
        count: Gives the results of `counter(op)`, by name.
    """
    missing = [spec.name for spec in counted(op) if attributes.get(spec.name) is None]
    if not missing:
        return dict(attributes)
    made = counter(op)
    assert made is not None
    found = count(made)
    return {**attributes, **{name: found[f"count_of_{name}"] for name in missing}}


def _count(spec: AttributeSpec) -> Expression:
    assert spec.counted is not None
    return spec.counted

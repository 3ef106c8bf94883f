"""Static checks of what binds indices: reductions, scans, orders and searches."""

from __future__ import annotations

from ..errors import RegistryError
from ..language.expression import (
    Attribute,
    Constant,
    Expression,
    Index,
    Order,
    Reduce,
    Scan,
    free_indices,
)
from ..language.scope import next_index
from ..language.text import print_expression


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


def check_binding(expression: Expression, used: frozenset[str]) -> None:
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
        check_binding(child, inner)

"""Static checks of an entry: what can be wrong with statements that parse.

Every index has a range, no index is bound while it is in use, every name is assigned once and
before it is read, outputs are assigned, and every size can be solved.
"""

from __future__ import annotations

from ..calls.counted import check_counted
from ..calls.views import check_view
from ..errors import RegistryError, within
from ..language.expression import Statement
from ..language.op import Block, Op, each_statement
from .binding import check_binding
from .body import check_body
from .choices import check_choices, guarded
from .declared import check_attributes, check_names, check_outside, check_same, check_sizes


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
        with within("variants", place):
            check(variant)


def _check(op: Op) -> None:
    if op.form == "view":
        check_view(op)
    check_names(op)
    with within("same"):
        check_same(op)
    check_attributes(op)
    check_sizes(op)
    check_counted(op, _check)
    check_outside(op)
    inputs = {each.name for each in op.inputs}
    for key, body in (("define", op.define), ("compute", op.compute)):
        if body:
            with within(key):
                check_body(op, body, inputs)
                _check_outputs(op, body)
    if op.adjoint:
        known = inputs | {each.name for each in op.outputs}
        known |= {f"d{each.name}" for each in op.outputs}
        known |= {statement.target.tensor for statement in each_statement(op.compute or op.define)}
        with within("adjoint"):
            check_body(op, op.adjoint, known)
    for result, given, expression in op.derivatives:
        with within("derivative", f"d{result}/d{given}"):
            check_binding(expression, frozenset())


def _check_outputs(op: Op, body: tuple[Statement | Block, ...]) -> None:
    """Statements assign every output, whatever words are chosen."""
    for output in op.outputs:
        cases = [c for c, s in guarded(body) if s.target.tensor == output.name]
        if not cases:
            raise RegistryError(f"the output {output.name} must be assigned")
        check_choices(op, output.name, (), cases)

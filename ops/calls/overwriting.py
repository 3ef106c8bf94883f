"""Which inputs may lie in the memory that a result is written to.

A kernel reads operands while it writes results. That is well where a result is written over an
input that is read only at the very element that is written: callers see to it that no other input
shares memory with a result.
"""

from __future__ import annotations

from ..language.expression import Index, Read, Statement, reads
from ..language.op import Op


def is_pointwise(op: Op) -> bool:
    """Each element of a result follows from those at its own place."""
    return bool(op.inputs) and all(not x.type.axes for x in (*op.inputs, *op.outputs))


def copies_first(op: Op) -> bool:
    """The op copies its first input to its output, element for element, and reads it no more."""
    if op.form != "derived" or not op.inputs or len(op.outputs) != 1:
        return False
    source, (output,) = op.inputs[0].name, op.outputs
    copy, *others = op.compute or op.define
    if not isinstance(copy, Statement) or output.type != op.inputs[0].type:
        return False
    plain = all(isinstance(index, Index) for index in copy.target.indices)
    same = copy.value == Read(source, copy.target.indices)
    alone = all(isinstance(s, Statement) and source not in _names_read(s) for s in others)
    return plain and same and copy.target.tensor == output.name and alone


def overwritten(op: Op) -> tuple[str, ...]:
    """Inputs that a result of the same layout may be written over."""
    if is_pointwise(op):
        return tuple(given.name for given in op.inputs)
    if op.inputs and (op.onto or copies_first(op)):
        return (op.inputs[0].name,)
    return ()


def _names_read(statement: Statement) -> set[str]:
    parts = (statement.value, *statement.target.indices)
    return {read.tensor for part in parts for read in reads(part)}

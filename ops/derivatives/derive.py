"""Adjoints and tangents of ops, as ops: lowered, batched and derived again like any other.

`derive_adjoint` is reverse mode, `derive_tangent` forward mode. An input of a derived op is a
forward input or output (same name) that its statements read, or a cotangent `d_<output>` (tangent
`t_<input>`). Names of results: `d_<input>`, `t_<output>`; where that name is taken already, because
the op is itself derived, it gets a longer one, so ask `cotangent_names` and `tangent_names`.

The cotangent of an operand with batch axes comes in the full batch shape; an operand without them
gets its sum over the batch here, by `+=`. What is added to a tensor beyond the edges of one that
`outside` lists is dropped, and so is what goes to a gathered index out of range: the forward call
has refused such an index already.
"""

from __future__ import annotations

from ..language.op import Op
from .adjoint import adjoint_of, cotangent_names
from .tangent import tangent_names, tangent_of

__all__ = ["cotangent_names", "derive_adjoint", "derive_tangent", "tangent_names"]

# Entries of one op are few; the op itself is held so that its identity stays its own.
_adjoints: dict[tuple[int, frozenset[str]], tuple[Op, Op]] = {}
_tangents: dict[tuple[int, frozenset[str]], tuple[Op, Op]] = {}


def derive_adjoint(op: Op, wanted: frozenset[str]) -> Op:
    """The op that takes cotangents of the outputs to those of the wanted inputs.

    Args:
        op: A specialised or derived op with statements.
        wanted: Names of inputs; those of integer types and those that the entry calls
            nondifferentiable are left out of the result.

    Returns:
        An op with an output `d_<input>` for each wanted input, in the order of the inputs.
    """
    key = (id(op), wanted)
    if key not in _adjoints:
        _adjoints[key] = (op, adjoint_of(op, wanted))
    return _adjoints[key][1]


def derive_tangent(op: Op, active: frozenset[str]) -> Op:
    """The op that takes tangents of the active inputs to those of the outputs.

    Args:
        op: A specialised or derived op with statements.
        active: Names of inputs that have a tangent.

    Returns:
        An op with an output `t_<output>` for each output that can have one.
    """
    key = (id(op), active)
    if key not in _tangents:
        _tangents[key] = (op, tangent_of(op, active))
    return _tangents[key][1]

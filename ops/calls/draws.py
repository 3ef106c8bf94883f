"""Ops that draw, with the place of their draws in memory: what a captured graph does again and
again begins at another place of the sequence each time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from ..language.expression import Attribute, Call, Expression, Read, transform
from ..language.op import Block, Input, Op, TensorType

SEED, START = "seed_at", "start_at"
_WHOLE = TensorType("int64", False)


@cache
def with_start_in_memory(op: Op) -> Op:
    """The op with two more operands, 0-dim tensors: the seed, and what is added to its offset."""

    def fix(node: Expression) -> Expression:
        match node:
            case Attribute("seed"):
                return Read(SEED)
            case Attribute("offset"):
                return Call("add", (node, Read(START)))
        return node

    def body(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(part, statements=body(part.statements))
            if isinstance(part, Block)
            else replace(part, value=transform(part.value, fix))
            for part in parts
        )

    more = (Input(SEED, _WHOLE, meaning="the seed"), Input(START, _WHOLE, meaning="the start"))
    return replace(
        op,
        name=f"{op.name}{{{SEED},{START}}}",
        inputs=(*op.inputs, *more),
        order=(*(x.name for x in (*op.inputs, *more)), *(x.name for x in op.attributes)),
        define=body(op.define),
        compute=body(op.compute),
        adjoint=body(op.adjoint),
        variants=(),
    )

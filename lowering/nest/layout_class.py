"""How the memory lies that a nest walks over, in a word."""

from __future__ import annotations

from ..emit.shape import AccessShape, NestShape


def layout_class(shape: NestShape) -> str:
    """The layout class of a nest's operands and results.

    It follows from the structure, so that kernels that are one have one.

    Returns:
        `dense`: one run of neighbours. `rows`: runs of neighbours, which are walked along.
        `columns`: runs of neighbours, whose rows are folded across. `transposed`: operands lie
        across each other. `strided`: elements apart. `indexed`: elements at places that are
        computed. `single`: one element for each row of a result, or at all.
    """
    if shape.tile is not None:
        return "transposed"
    accesses = [access for _, access in (*shape.reads, *shape.writes)]
    lane = [shape.lane] if shape.lane is not None else [*shape.inner[-1:], *shape.outer[-1:]]
    along = next((name for name in lane if _is_run(accesses, name)), None)
    if along is None:
        if not any(access.form.has(name) for access in accesses for name in lane):
            return "indexed" if any(access.computed for access in accesses) else "single"
        return "strided"
    if shape.inner and along not in shape.inner:
        return "columns"
    return "rows" if len((*shape.outer, *shape.inner)) > 1 else "dense"


def _is_run(accesses: list[AccessShape], variable: str) -> bool:
    """Whether all that depends on a variable has neighbours along it."""
    steps = [slot for access in accesses for name, slot in access.form.terms if name == variable]
    return bool(steps) and all(slot is None for slot in steps)

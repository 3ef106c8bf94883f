"""A chain around exponentials of rows, cut into what one kernel does each.

Where the second product multiplies the exponentials themselves, one kernel does it all. Else a
first one keeps what folds make of each row, and further ones compute elements anew from that:
one for products along rows; one for products along columns, in which rows and columns change
places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ....ops.dataclass import dataclass
from ....ops.language.expression import Call, Expression, Index, Read, reads
from ...chain.find import Chain, Product
from ...program.program import Step
from .shape import Running


@dataclass(frozen=True)
class Part:
    """What one kernel does.

    Attributes:
        chain: Its products and steps; all products of rows go along them.
        running: How rows are folded; None where what elements need of them is in memory.
        turned: A row of it is a column of the whole chain.
        kept: Folds that it writes to memory.
    """

    chain: Chain
    running: Running | None
    turned: bool = False
    kept: tuple[Step, ...] = ()


def parts_of(chain: Chain) -> tuple[Part, ...]:
    """Parts in order; none if rows are no exponentials."""
    running = running_of(chain)
    if running is None:
        return ()
    if _is_alone(chain, running):
        return (Part(chain, running),)
    folds = (running.top, *running.sums)
    first = _reduced(chain, (*folds, running.raw), chain.heads, ())
    if len(first.heads) != 1:
        return ()
    parts = [Part(first, running, kept=folds)]
    known = {step.target for step in folds}
    maps = tuple(step for step in chain.steps if step.target not in known)
    if chain.along:
        rows, wanted = replace(chain, steps=maps), _steps(maps, chain.along)
        parts.append(Part(_reduced(rows, wanted, chain.heads, chain.along), None))
    if chain.across:
        turned = replace(chain, steps=maps, row=chain.column, column=chain.row)
        heads = tuple(replace(p, line=p.other, other=p.line) for p in chain.heads)
        wanted = _steps(maps, chain.across)
        parts.append(Part(_reduced(turned, wanted, heads, chain.across), None, turned=True))
    return tuple(parts)


def running_of(chain: Chain) -> Running | None:
    """How sums of exponentials go on where the largest element grows; None if they are none.

    The folds of rows must be `top = max[s](x)` and sums of `raw = exp(x - base)` with a `base` that
    follows from `top`.
    """
    folds = [step for step in chain.steps if step.form == "reduce"]
    tops = [step for step in folds if step.kind == "max"]
    if len(tops) != 1:
        return None
    (top,) = tops
    largest = Read(top.target, (Index(chain.row),))
    bases = {s.target: _base(s, top, largest) for s in chain.steps if s.form == "map"}
    raws = [s for s in chain.steps if bases.get(s.target) is not None]
    sums = tuple(step for step in folds if step is not top)
    if len(raws) != 1:
        return None
    (raw,) = raws
    base, whole = bases[raw.target], Read(raw.target, (Index(chain.row), Index(chain.column)))
    if base is None or any(step.kind != "sum" or step.value != whole for step in sums):
        return None
    return Running(top, raw, base, sums)


def _is_alone(chain: Chain, running: Running) -> bool:
    """The only product of rows multiplies the exponentials, and nothing else is made of them."""
    if len(chain.heads) != 1 or len(chain.along) != 1 or chain.across:
        return False
    known = {step.target for step in (running.top, running.raw, *running.sums)}
    others = [step for step in chain.steps if step.target not in known]
    plain = all(chain.column in step.free and not _reads_any(step, known) for step in others)
    return plain and chain.along[0].line.tensor == running.raw.target


def _base(raw: Step, top: Step, largest: Read) -> Expression | None:
    """What is subtracted in `exp(x - base)`, if it follows from the largest `x` alone."""
    match raw.value:
        case Call("exp", (Call("sub", (x, base)),)) if x == top.value:
            alone = all(read == largest for read in reads(base))
            return base if alone and not any(isinstance(n, Index) for n in _outside(base)) else None
    return None


def _outside(node: Expression) -> list[Expression]:
    """What an expression is made of, but the places of what it reads."""
    if isinstance(node, Read):
        return []
    return [node, *(part for child in node.children for part in _outside(child))]


def _reads_any(step: Step, names: set[str]) -> bool:
    return any(read.tensor in names for read in reads(step.value))


def _steps(steps: Iterable[Step], products: Iterable[Product]) -> tuple[Step, ...]:
    """The steps whose elements are multiplied."""
    names = {product.line.tensor for product in products}
    return tuple(step for step in steps if step.target in names)


def _reduced(
    chain: Chain, wanted: Iterable[Step], heads: Iterable[Product], along: tuple[Product, ...]
) -> Chain:
    """A chain that gives some of its steps, and products of them.

    Args:
        chain: With all steps that it may compute.
        wanted: Some of them.
        heads: Products that it may compute, as it has them.
        along: Products along its rows.
    """
    known = {step.target: step for step in chain.steps}
    found = {step.target for step in wanted}
    names = found | {product.line.tensor for product in along}
    stack = sorted(found)
    while stack:
        for read in known[stack.pop()].reads():
            names.add(read.tensor)
            if read.tensor in known and read.tensor not in found:
                found.add(read.tensor)
                stack.append(read.tensor)
    steps = tuple(step for step in chain.steps if step.target in found)
    kept = tuple(p for p in heads if names & {s.target for s in (p.step, *p.maps)})
    return replace(chain, heads=kept, steps=steps, along=along, across=())

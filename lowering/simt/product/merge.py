"""The kernel that adds up the sums of slices of the depth, and writes what follows from them.

One thread has one element; slices are added in order, so that a result has the same bits in every
run.
"""

from __future__ import annotations

from ...ir.loops import INDEX, Function
from .kernel import ProductEmitter
from .shape import ProductShape
from .write import Results


def build_merge(shape: ProductShape) -> Function:
    """The kernel of a shape; the sums are the first of its tensors."""
    emitter = ProductEmitter(shape)
    b, n = emitter.b, emitter.numbers
    emitter.narrow_scalars()
    results = Results(b, shape, emitter.places, emitter.memory, emitter.scalars)
    parts = emitter.memory[shape.memory[0][0]]
    threads = b.constant(shape.threads)
    first = b.plus(b.times(b.block_id(), threads), emitter.thread)
    step = b.times(b.grid_dim(), threads)
    with b.loop(first, n["size"], step) as loop:
        zero = b.constant(0.0, shape.scalar)
        with b.loop(b.constant(0), n["slices"], carried=[zero]) as slices:
            place = b.plus(loop.index, b.times(slices.index, n["size"]))
            slices.next = [b.plus(slices.carried[0], b.load(parts, place))]
        line = b.add("arith.divui", [loop.index, n["N"]], INDEX)
        column = b.minus(loop.index, b.times(line, n["N"]))
        outer = b.add("arith.divui", [line, n["M"]], INDEX)
        row = b.minus(line, b.times(outer, n["M"]))
        results.begin(emitter.places.digits(outer, "o"), b.constant(0))
        results.write_one(slices.results[0], row, column)
    return b.finish()

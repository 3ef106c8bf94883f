"""The kernel that transforms products back to gradients of filters, some channels at a time."""

from __future__ import annotations

from ...contraction.table import Places
from ...ir.builder import Builder
from ...ir.loops import F32, INDEX, Function, Memref
from .points import SPAN, filter_matrix, transpose
from .shape import TransformShape
from .transform import transformed


def build_gradients(shape: TransformShape) -> Function:
    """The kernel of a shape: a chunk is a run of filters."""
    b = Builder(shape.name)
    products = b.argument(Memref(F32), "products")
    target = b.argument(Memref(F32), "gradients")
    n = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
    places, lanes = Places(b, n, dict(shape.groups)), shape.lanes
    offsets = b.times(b.step(lanes), b.broadcast(n["C.k0"], lanes))
    first = b.times(b.chunk, n["grain"])
    last = b.minimum_index(b.plus(first, n["grain"]), n["M"])
    with b.loop(first, last, carried=places.digits(first, "m")) as loop:
        base = b.plus(n["C.offset"], places.combine("C", "m", loop.carried))
        source = b.times(loop.index, n["P.row"])
        with b.loop(b.constant(0), n["K"], lanes) as channel:
            mask = b.mask(b.minimum_index(b.minus(n["K"], channel.index), b.constant(lanes)), lanes)
            at = b.plus(source, channel.index)
            points = [b.plus(at, b.times(b.constant(i), n["P.point"])) for i in range(SPAN**2)]
            values = [b.vector_load(products, place, lanes) for place in points]
            block = [values[i : i + SPAN] for i in range(0, SPAN**2, SPAN)]
            to = b.plus(base, b.times(channel.index, n["C.k0"]))
            for i, row in enumerate(transformed(b, transpose(filter_matrix()), block)):
                for j, value in enumerate(row):
                    down = b.times(b.constant(i), n["C.down"])
                    along = b.times(b.constant(j), n["C.along"])
                    b.scatter(value, target, b.plus(to, b.plus(down, along)), offsets, mask)
        loop.next.extend(places.advance(loop.carried, "m"))
    return b.finish()

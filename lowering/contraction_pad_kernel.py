"""The kernel that copies a guarded factor with its zeros written out, line by line."""

from __future__ import annotations

from .builder import Builder
from .contraction_pad import Padded
from .contraction_shape import PadShape
from .contraction_table import Places
from .launch import Kernel, Launch, LaunchArgument, Number, Pointer
from .loops import INDEX, Function, Memref, Scalar, Value, Vector
from .context import Context

TASK = 1 << 15  # elements of a chunk


def pad_launch(context: Context, padded: Padded, scalar: Scalar, copy: str) -> Launch:
    """The launch that fills the temporary `copy` of element type `scalar`."""
    values = _numbers(padded)
    lanes = context.target.vector_bytes // (8 if scalar.name == "f64" else 4)
    fine = padded.dims[-1].step
    name = "".join(c if c.isalnum() else "_" for c in context.name)
    shape = PadShape(
        f"{name}_pad", context.stored(padded.tensor), scalar, lanes, len(padded.plain), len(padded.dims),
        fine if fine <= 2 else 0, tuple(values),
    )  # fmt: skip
    arguments: list[LaunchArgument] = [Pointer(padded.tensor), Pointer(copy)]
    arguments += [Number(value) for value in values.values()]
    chunks = -(-values["units"] // values["grain"])
    return Launch(Kernel(("pad", shape), lambda: build_pad(shape)), tuple(arguments), chunks)


def _numbers(padded: Padded) -> dict[str, int]:
    """Arguments of the kernel. Group `r` holds the digits of a line: plain dims, remainders, places."""
    values: dict[str, int] = {}
    line = padded.dims[-1].length
    extents = [extent for extent, _ in padded.plain]
    extents += [dim.step for dim in padded.dims] + [dim.length for dim in padded.dims[:-1]]
    values |= {f"r{i}": extent for i, extent in enumerate(extents)}
    values["source.offset"] = padded.offset
    values |= {f"source.r{i}": stride for i, (_, stride) in enumerate(padded.plain)}
    for number, dim in enumerate(padded.dims):
        values |= {f"{number}.low": dim.low, f"{number}.step": dim.step, f"{number}.extent": dim.extent,
                   f"{number}.stride": dim.stride}  # fmt: skip
    units = padded.lines + padded.slack
    values |= {"line": line, "lines": padded.lines, "units": units, "grain": max(1, TASK // line)}
    return values


def build_pad(shape: PadShape) -> Function:
    """The kernel: a chunk is a run of lines."""
    b = Builder(shape.name)
    source = b.argument(Memref(shape.source), "source")
    target = b.argument(Memref(shape.target), "target")
    n = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
    count = shape.plain + 2 * shape.dims - 1
    places = Places(b, n, {"r": count})
    first = b.times(b.chunk, n["grain"])
    last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
    with b.loop(first, last, carried=places.digits(first, "r")) as loop:
        _line(b, shape, n, places, loop.index, loop.carried, source, target)
        loop.next.extend(places.advance(loop.carried, "r"))
    return b.finish()


def _line(
    b: Builder, shape: PadShape, n: dict[str, Value], places: Places, unit: Value, digits: list[Value],
    source: Value, target: Value,
) -> None:  # fmt: skip
    """Copies one line: zeros, elements `step` apart, zeros."""
    base = b.plus(n["source.offset"], places.combine("source", "r", digits))
    inside = b.compare("slt", unit, n["lines"])
    remainders = digits[shape.plain : shape.plain + shape.dims]
    for number, along in enumerate(digits[shape.plain + shape.dims :]):
        place = b.plus(n[f"{number}.low"], remainders[number])
        place = b.plus(place, b.times(along, n[f"{number}.step"]))
        base = b.plus(base, b.times(place, n[f"{number}.stride"]))
        within = b.compare("ult", place, n[f"{number}.extent"])
        inside = b.add("arith.andi", [inside, within], inside.type)
    fast = shape.dims - 1
    start = b.plus(n[f"{fast}.low"], remainders[fast])
    extent = b.select(inside, n[f"{fast}.extent"], b.constant(0))
    to = b.times(unit, n["line"])
    lanes = shape.lanes
    with b.loop(b.constant(0), n["line"], lanes) as loop:
        value = _elements(b, shape, n, source, base, start, extent, loop.index)
        left = b.minimum_index(b.minus(n["line"], loop.index), b.constant(lanes))
        b.vector_store(b.convert(value, shape.target), target, b.plus(to, loop.index), b.mask(left, lanes))


def _elements(
    b: Builder, shape: PadShape, n: dict[str, Value], source: Value, base: Value, start: Value,
    extent: Value, x: Value,
) -> Value:  # fmt: skip
    """A vector of a line: elements at places `start + step * (x + lane)`, 0 outside of the tensor."""
    fast, lanes = shape.dims - 1, shape.lanes
    step, stride = n[f"{fast}.step"], n[f"{fast}.stride"]
    place = b.plus(start, b.times(x, step))
    lane = b.step(lanes)

    def load(place: Value, step: Value) -> Value:
        along = b.plus(b.broadcast(place, lanes), b.times(lane, b.broadcast(step, lanes)))
        inside = b.compare("ult", along, b.broadcast(extent, lanes))
        here = b.plus(base, b.times(place, stride))
        near = b.branch(b.compare("eq", b.times(step, stride), b.constant(1)), [Vector(lanes, shape.source)])
        with b.inside(near.then) as yields:
            yields.append(b.vector_load(source, here, lanes, inside))
        with b.inside(near.otherwise) as yields:
            offsets = b.times(lane, b.broadcast(b.times(step, stride), lanes))
            yields.append(b.gather(source, here, offsets, inside))
        return near.results[0]

    if shape.fine != 2:
        return load(place, step if shape.fine == 0 else b.constant(1))
    one = b.constant(1)
    low, high = load(place, one), load(b.plus(place, b.constant(lanes)), one)
    return b.shuffle(low, high, range(0, 2 * lanes, 2))

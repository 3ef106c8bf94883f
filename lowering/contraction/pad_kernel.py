"""The kernel that copies a guarded factor with its zeros written out, line by line."""

from __future__ import annotations

from ..builder import Builder
from ..context import Context
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer
from ..loops import INDEX, Function, Memref, Scalar, Value, Vector
from ..naming import identifier
from .pad import Padded
from .shape import PadShape
from .table import Places

TASK = 1 << 15  # elements of a chunk


def pad_launch(context: Context, padded: Padded, scalar: Scalar, copy: str) -> Launch:
    """The launch that fills the temporary `copy` of element type `scalar`."""
    values = _numbers(padded)
    lanes = context.target.vector_bytes // (8 if scalar.name == "f64" else 4)
    fine = padded.dims[-1].step
    shape = PadShape(
        name=f"{identifier(context.name)}_pad",
        source=context.stored(padded.tensor),
        target=scalar,
        lanes=lanes,
        plain=len(padded.plain),
        dims=len(padded.dims),
        fine=fine if fine <= 2 else 0,
        numbers=tuple(values),
    )
    arguments: list[LaunchArgument] = [Pointer(padded.tensor), Pointer(copy)]
    arguments += [Number(value) for value in values.values()]
    chunks = -(-values["units"] // values["grain"])
    return Launch(Kernel(("pad", shape), lambda: build_pad(shape)), tuple(arguments), chunks)


def _numbers(padded: Padded) -> dict[str, int]:
    """Arguments of the kernel; group `r`: digits of a line (plain dims, remainders, places)."""
    values: dict[str, int] = {}
    line = padded.dims[-1].length
    extents = [extent for extent, _ in padded.plain]
    extents += [dim.step for dim in padded.dims] + [dim.length for dim in padded.dims[:-1]]
    values |= {f"r{i}": extent for i, extent in enumerate(extents)}
    values["source.offset"] = padded.offset
    values |= {f"source.r{i}": stride for i, (_, stride) in enumerate(padded.plain)}
    for number, dim in enumerate(padded.dims):
        named = {"low": dim.low, "step": dim.step, "extent": dim.extent, "stride": dim.stride}
        values |= {f"{number}.{name}": value for name, value in named.items()}
    units = padded.lines + padded.slack
    values |= {"line": line, "lines": padded.lines, "units": units, "grain": max(1, TASK // line)}
    return values


def build_pad(shape: PadShape) -> Function:
    """The kernel: a chunk is a run of lines."""
    return _Pad(shape).function()


class _Pad:
    """Writes the loops of one copy."""

    def __init__(self, shape: PadShape) -> None:
        self.shape = shape
        b = self.b = Builder(shape.name)
        self.source = b.argument(Memref(shape.source), "source")
        self.target = b.argument(Memref(shape.target), "target")
        self.n = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
        self.places = Places(b, self.n, {"r": shape.plain + 2 * shape.dims - 1})
        self.last = str(shape.dims - 1)

    def function(self) -> Function:
        """The whole kernel."""
        b, n = self.b, self.n
        first = b.times(b.chunk, n["grain"])
        last = b.minimum_index(b.plus(first, n["grain"]), n["units"])
        with b.loop(first, last, carried=self.places.digits(first, "r")) as loop:
            self._line(loop.index, loop.carried)
            loop.next.extend(self.places.advance(loop.carried, "r"))
        return b.finish()

    def _line(self, unit: Value, digits: list[Value]) -> None:
        """Copies one line: zeros, elements `step` apart, zeros."""
        b, n, shape = self.b, self.n, self.shape
        base = b.plus(n["source.offset"], self.places.combine("source", "r", digits))
        inside = b.compare("slt", unit, n["lines"])
        remainders = digits[shape.plain : shape.plain + shape.dims]
        for number, along in enumerate(digits[shape.plain + shape.dims :]):
            place = b.plus(n[f"{number}.low"], remainders[number])
            place = b.plus(place, b.times(along, n[f"{number}.step"]))
            base = b.plus(base, b.times(place, n[f"{number}.stride"]))
            within = b.compare("ult", place, n[f"{number}.extent"])
            inside = b.add("arith.andi", [inside, within], inside.type)
        start = b.plus(n[f"{self.last}.low"], remainders[-1])
        extent = b.select(inside, n[f"{self.last}.extent"], b.constant(0))
        to, lanes = b.times(unit, n["line"]), b.constant(shape.lanes)
        end = b.maximum_index(b.minus(n["line"], lanes), b.constant(0))
        safe = self._safe(extent)
        with b.loop(b.constant(0), n["line"], shape.lanes) as loop:
            # The last vector reaches back over the one before, so that none of a line is masked.
            index = b.minimum_index(loop.index, end)
            place = b.plus(start, b.times(index, n[f"{self.last}.step"]))
            left = b.minimum_index(b.minus(n["line"], index), lanes)
            at, whole = b.plus(to, index), b.compare("eq", left, lanes)
            value = b.convert(self._inner_or_edge(base, place, extent, safe), shape.target)
            # A masked store takes tens of cycles on some processors.
            full = b.branch(whole)
            with b.inside(full.then):
                b.vector_store(value, self.target, at)
            with b.inside(full.otherwise):
                b.vector_store(value, self.target, at, b.mask(left, shape.lanes))

    def _safe(self, extent: Value) -> Value:
        """The number of places from which on a vector lies inside of the tensor, where elements are
        neighbours; else 0."""
        b, shape = self.b, self.shape
        if not shape.fine:
            return b.constant(0)
        reach = b.constant(shape.lanes * shape.fine - 1)
        inside = b.maximum_index(b.minus(extent, reach), b.constant(0))
        near = b.compare("eq", self.n[f"{self.last}.stride"], b.constant(1))
        return b.select(near, inside, b.constant(0))

    def _inner_or_edge(self, base: Value, place: Value, extent: Value, safe: Value) -> Value:
        """A vector of a line: most lie inside of the tensor and need no mask."""
        b, shape, lanes = self.b, self.shape, self.shape.lanes
        if not shape.fine:
            return self._elements(base, place, extent)
        inner = b.branch(b.compare("ult", place, safe), [Vector(lanes, shape.source)])
        with b.inside(inner.then) as yields:
            at = b.plus(base, place)
            found = b.vector_load(self.source, at, lanes)
            if shape.fine == 2:
                further = b.vector_load(self.source, b.plus(at, b.constant(lanes)), lanes)
                found = b.shuffle(found, further, range(0, 2 * lanes, 2))
            yields.append(found)
        with b.inside(inner.otherwise) as yields:
            yields.append(self._elements(base, place, extent))
        return inner.results[0]

    def _elements(self, base: Value, place: Value, extent: Value) -> Value:
        """A vector of a line from a place on; 0 outside of the tensor."""
        b, lanes = self.b, self.shape.lanes
        one = b.constant(1)
        if self.shape.fine == 1:
            return self._load(base, place, extent, one)
        if self.shape.fine == 2:
            low = self._load(base, place, extent, one)
            high = self._load(base, b.plus(place, b.constant(lanes)), extent, one)
            return b.shuffle(low, high, range(0, 2 * lanes, 2))
        return self._load(base, place, extent, self.n[f"{self.last}.step"])

    def _load(self, base: Value, place: Value, extent: Value, step: Value) -> Value:
        """Elements at places `place + step * lane`, where they are inside."""
        b, lanes = self.b, self.shape.lanes
        lane = b.step(lanes)
        along = b.plus(b.broadcast(place, lanes), b.times(lane, b.broadcast(step, lanes)))
        inside = b.compare("ult", along, b.broadcast(extent, lanes))
        stride = self.n[f"{self.last}.stride"]
        here, distance = b.plus(base, b.times(place, stride)), b.times(step, stride)
        near = b.branch(
            b.compare("eq", distance, b.constant(1)), [Vector(lanes, self.shape.source)]
        )
        with b.inside(near.then) as yields:
            yields.append(b.vector_load(self.source, here, lanes, inside))
        with b.inside(near.otherwise) as yields:
            offsets = b.times(lane, b.broadcast(distance, lanes))
            yields.append(b.gather(self.source, here, offsets, inside))
        return near.results[0]

"""The kernel that copies a guarded factor with its zeros written out, line by line."""

from __future__ import annotations

from ..ir.builder import Builder
from ..ir.loops import INDEX, Function, Memref, Scalar, Value
from ..launch import Kernel, Launch, LaunchArgument, Number, Pointer
from ..naming import identifier
from ..program.context import Context
from .pad import Padded
from .pad_line import PadLine
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
        self.last = last = str(shape.dims - 1)
        step, stride = self.n[f"{last}.step"], self.n[f"{last}.stride"]
        self.lines = PadLine(
            b, self.source, self.target, shape.lanes, shape.fine, self.n["line"], step, stride
        )

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
        self.lines.write(base, start, extent, b.times(unit, n["line"]))

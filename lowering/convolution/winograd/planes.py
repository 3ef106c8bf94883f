"""The kernel that transforms planes: images, or cotangents of results, a vector of tiles at a time.

A plane is copied with zeros around it, cut by the column's remainder modulo a tile's width, so that
what neighbouring tiles read are neighbours.
"""

from __future__ import annotations

from ...contraction.table import Places
from ...ir.builder import Builder
from ...ir.loops import F32, INDEX, Function, Memref, Value, Vector
from .points import TILE, Matrix, input_matrix, result_matrix, transpose
from .shape import TransformShape
from .transform import Block, transformed

MATRICES = {"images": input_matrix(), "cotangents": transpose(result_matrix())}


def build_planes(shape: TransformShape) -> Function:
    """The kernel of a shape: a chunk is a channel of all images."""
    return _Planes(shape).function()


def span_of(kind: str) -> int:
    """Rows and columns that a tile reads."""
    return len(MATRICES[kind][0])


class _Planes:
    """Writes the loops over images, lines of tiles and vectors of tiles."""

    def __init__(self, shape: TransformShape) -> None:
        self.shape = shape
        self.matrix: Matrix = MATRICES[shape.of]
        b = self.b = Builder(shape.name)
        self.source = b.argument(Memref(F32), "planes")
        self.target = b.argument(Memref(F32), "transformed")
        scratch = b.argument(Memref(F32), "scratch")
        self.n = {name: b.argument(INDEX, f"n{i}") for i, name in enumerate(shape.numbers)}
        self.places = Places(b, self.n, dict(shape.groups))
        self.copy = b.view(scratch, b.times(b.chunk, self.n["plane"]))

    def function(self) -> Function:
        """The whole kernel."""
        b, n = self.b, self.n
        zero = b.constant(0)
        with b.loop(zero, n["plane"], self.shape.lanes) as loop:
            nothing = b.constant(0.0, Vector(self.shape.lanes, F32))
            b.vector_store(nothing, self.copy, loop.index)
        base = b.plus(n["B.offset"], b.times(b.chunk, n["B.k0"]))
        target = b.times(b.chunk, n["V.row"])
        with b.loop(zero, n["N"], carried=self.places.digits(zero, "n")) as image:
            self._fill(b.plus(base, self.places.combine("B", "n", image.carried)))
            tiles = b.times(n["lines"], n["columns"])
            self._tiles(b.plus(target, b.times(image.index, tiles)))
            image.next.extend(self.places.advance(image.carried, "n"))
        return b.finish()

    def _fill(self, base: Value) -> None:
        """Copies a plane; what lies around it stays zero."""
        b, n = self.b, self.n
        with b.loop(n["first_row"], n["last_row"]) as row:
            source = b.plus(base, b.times(b.plus(row.index, n["low_row"]), n["stride"]))
            target = b.times(row.index, n["line"])
            for part in range(TILE):
                at = b.plus(target, b.times(b.constant(part), n["part"]))
                start = b.plus(source, b.plus(n["low_column"], b.constant(part)))
                with b.loop(n[f"first{part}"], n[f"last{part}"]) as column:
                    place = b.plus(start, b.times(column.index, b.constant(TILE)))
                    b.store(b.load(self.source, place), self.copy, b.plus(at, column.index))

    def _tiles(self, target: Value) -> None:
        """Transforms all tiles of the plane in the copy."""
        b, n = self.b, self.n
        with b.loop(b.constant(0), n["lines"]) as line:
            top = b.times(line.index, b.times(b.constant(TILE), n["line"]))
            to = b.plus(target, b.times(line.index, n["columns"]))
            with b.loop(b.constant(0), n["columns"], self.shape.lanes) as column:
                block = self._block(b.plus(top, column.index))
                self._store(block, b.plus(to, column.index))

    def _block(self, at: Value) -> Block:
        """What neighbouring tiles read."""
        b, span = self.b, len(self.matrix[0])
        return [
            [
                b.vector_load(self.copy, self._place(at, row, column), self.shape.lanes)
                for column in range(span)
            ]
            for row in range(span)
        ]

    def _place(self, at: Value, row: int, column: int) -> Value:
        b, n = self.b, self.n
        place = b.plus(at, b.times(b.constant(row), n["line"]))
        part = b.times(b.constant(column % TILE), n["part"])
        return b.plus(b.plus(place, part), b.constant(column // TILE))

    def _store(self, block: Block, at: Value) -> None:
        """Writes whole vectors: what lies beyond a line is overwritten by the next one."""
        b = self.b
        values = [v for row in transformed(b, self.matrix, block) for v in row]
        for number, value in enumerate(values):
            place = b.plus(at, b.times(b.constant(number), self.n["V.point"]))
            b.vector_store(value, self.target, place)

"""Where elements lie in shared memory from which tensor cores read: no threads meet in a bank.

Lines are cut into packs of 16 bytes, whose order differs from line to line by an exclusive or. A
small matrix is a pack of each of eight lines. Two lines of 64 bytes lie in 128 bytes, which is all
banks, so that the pack is turned by the number of the pair of lines. Of longer lines it is turned
by the number of the line.
"""

from __future__ import annotations

from ...ir.builder import Builder
from ...ir.instructions import bits
from ...ir.loops import INDEX, Value
from .shape import GROUP_BYTES, ProductShape


def place_in_line(b: Builder, shape: ProductShape, row: Value, depth: Value, deep: bool) -> Value:
    """Where an element lies in a stage.

    Args:
        b: Of the kernel.
        shape: Its structure.
        row, depth: Of the element, in the tile.
        deep: Lines hold the depth of a row; else they hold the rows (or columns) of a place along
            the depth.
    """
    pack = shape.pack
    line, along, length = (row, depth, shape.depth) if deep else (depth, row, shape.sides[0])
    if deep:
        turn = _and(b, _shift(b, line, 1), 3)
    elif bits(shape.element) == 32:  # read element by element, four lines at a time
        turn = b.times(_and(b, line, 3), b.constant(2))
    else:
        turn = _and(b, line, 7)
    turned = b.add("arith.xori", [_shift(b, along, pack.bit_length() - 1), turn], INDEX)
    within = b.plus(b.times(turned, b.constant(pack)), _and(b, along, pack - 1))
    return b.plus(b.times(line, b.constant(length)), within)


def place_in_panel(b: Builder, shape: ProductShape, row: Value, depth: Value, deep: bool) -> Value:
    """Where an element lies in a stage from which warp groups multiply: lines of 128 bytes.

    A line holds the depth of a row; or, not `deep`, 64 rows at a place along the depth, in panels
    of as many lines as the step is deep. Packs are turned by the number of the line, for which a
    stage begins at a multiple of 1024 bytes.

    Source:
        PTX ISA, "Shared Memory Matrix Layout" of wgmma, 128-byte swizzling: the canonical layouts
        ((8, m), (8, 2k)) : ((64, 512), (1, 8)) along the depth, and ((8, 8, m), (8, k)) :
        ((1, 8, panel), (64, 512)) along rows, of elements of 16 bits, where bits 4 to 6 of an
        address are changed by an exclusive or with bits 7 to 9.
    """
    length = GROUP_BYTES * 8 // bits(shape.element)
    if deep:
        line, along = row, depth
    else:
        panel = _shift(b, row, length.bit_length() - 1)
        line = b.plus(b.times(panel, b.constant(shape.depth)), depth)
        along = _and(b, row, length - 1)
    pack = shape.pack
    turned = b.add("arith.xori", [_shift(b, along, pack.bit_length() - 1), _and(b, line, 7)], INDEX)
    within = b.plus(b.times(turned, b.constant(pack)), _and(b, along, pack - 1))
    return b.plus(b.times(line, b.constant(length)), within)


def _and(b: Builder, value: Value, mask: int) -> Value:
    return b.add("arith.andi", [value, b.constant(mask)], INDEX)


def _shift(b: Builder, value: Value, by: int) -> Value:
    return b.add("arith.shrui", [value, b.constant(by)], INDEX)

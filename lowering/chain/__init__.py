"""Products chained through rows: product of matrices -> steps over its rows -> products.

Attention is one, its adjoint another. A row's elements never reach memory as a whole: a few rows at
a time are multiplied, worked on and multiplied again while they are in the cache, and elements that
a condition rules out (`s <= l`) are not computed at all.

    for each outer position: pack the columns of all products
        for each block of rows
            for each tile of rows: products -> rows; rows -> passes; rows -> products along them
            products along the block: added to sums in scratch memory
        sums -> memory

A block holds whole rows, so that the composed form's own formulas stand: no running maximum, and
nothing of the forward pass need be saved but what the entry saves.

Source:
    Dao et al. 2022, arXiv 2205.14135, algorithms 1 and 4 (blocks in fast memory, recomputation in
    the backward pass); Rabe and Staats 2021, arXiv 2112.05682 (blocks of rows).
"""

from .choose import Fused as Fused
from .choose import fuse as fuse

"""Sums of products of two tensors, in tiles that a block keeps in shared memory and registers.

Matrix products, convolutions, attention, and the adjoints of all of them. Rows, columns and depth
are flattened to one index each, as in `lowering.contraction`; where an element lies follows from
the digits of its position, so that a convolution is a product whose factor is never unfolded.
"""

from .plan import build as build
from .plan import match as match

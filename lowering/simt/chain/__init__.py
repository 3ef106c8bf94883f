"""A product, exponentials of its rows, a second product: one kernel, whatever the length of rows.

A block has 64 rows, or 128 on tensor cores. It goes through their elements 64 at a time: products,
the largest element so far, exponentials, products along them. Where the largest element grows, what
was summed before is scaled down, so that no row need be kept whole, and no element reaches memory.
Elements that a condition rules out (`s <= l`) are not computed.

Products of other elements (an adjoint's) take a few kernels: the first keeps the largest element
and the sums of each row, others compute elements anew from them, for products along rows and along
columns.

Source:
    Milakov and Gimelshein 2018, arXiv 1805.02867, algorithm 3 (running maximum); Dao et al. 2022,
    arXiv 2205.14135, algorithm 1 (blocks in fast memory).
"""

from .plan import fuse as fuse

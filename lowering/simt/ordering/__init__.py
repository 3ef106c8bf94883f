"""Rows put in order by blocks of threads.

Short rows are ranked by a warp. Rows that fit into shared memory are sorted by a block, one digit
of eight bits after the other; longer ones in tiles, which count their digits, learn where each of
them belongs, and move their elements there. All are stable, and none depends on the order of
threads.
"""

from .plan import build as build
from .plan import match as match

"""Convolutions of 3x3 taps by minimal filtering: fewer products for the same sums.

A tile of 4x4 results takes 36 products for each channel in place of 144. Filters and tiles of the
image are transformed, multiplied place by place (one product of matrices for each of the 36), and
transformed back.

Source:
    Winograd 1980, doi:10.1137/1.9781611970364; Lavin and Gray 2016, arXiv:1509.09308.
"""

from .plan import TilePlanner as TilePlanner
from .plan import plan_tiles as plan_tiles
from .tiles import find_tiles as find_tiles

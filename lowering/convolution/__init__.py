"""Sums of products in which a window slides over one factor: convolutions and their adjoints.

The windowed factor is read where it lies, element by element; nothing is unfolded.

which groups are windows   choose, window
direct                     plan, shape, blocks, kernel, near, near_copy
plane by plane             plane, plane_plan, plane_shape, roll, slide, taps
3x3 in fewer products      winograd
"""

from .choose import build as build
from .choose import match as match

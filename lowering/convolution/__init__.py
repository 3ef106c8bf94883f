"""Sums of products in which a window slides over one factor: convolutions and their adjoints.

The windowed factor is read where it lies, element by element; nothing is unfolded.
"""

from .choose import build as build
from .choose import match as match

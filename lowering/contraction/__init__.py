"""Sums of products of two tensors through one packed micro-kernel.

Matrix products, convolutions, attention, and the adjoints of all of them.
"""

from .choose import build as build
from .choose import match as match

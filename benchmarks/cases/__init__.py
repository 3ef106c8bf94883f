"""What is timed. Each case is written once, against the names that the libraries share."""

from . import convolution, everyday, gemm, module, pointwise, reduction, shapes, small, training
from .case import CASES, Case, Statement

__all__ = ["CASES", "Case", "Statement"]

# They fill CASES.
_ = (small, everyday, shapes, module, pointwise, reduction, gemm, convolution, training)

"""The groups of cases in the order of the report, and the bar that each has to meet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """What a group's ratios (our time by the peer's) must not exceed.

    Attributes:
        title: What the group times.
        mean: Largest geometric mean of the group's ratios.
        worst: Largest ratio of any of its cases.
    """

    title: str
    mean: float
    worst: float


BARS: dict[str, Bar] = {
    "small": Bar("small ops on 8x8", 0.30, 0.60),
    "everyday": Bar("everyday calls on 8x8", 0.30, 0.60),
    # Python evaluates formulas where PyTorch solves each call in C++: slower, by a bounded factor.
    "new shapes": Bar("calls on shapes never seen before", 4.00, 8.00),
    "module": Bar("small modules and their training step", 0.40, 0.60),
    "pointwise": Bar("large pointwise ops, 16M elements", 0.35, 0.70),
    "reduction": Bar("reductions, rows, sorting, indexing", 0.60, 1.00),
    "everyday large": Bar("everyday calls, large", 0.60, 1.00),
    "gemm": Bar("matrix products, against the better of PyTorch and NumPy", 0.95, 1.10),
    # PyTorch has no fast bfloat16 product without AVX-512: apart, lest it flatter the mean above.
    "gemm bfloat16": Bar("matrix products in bfloat16", 0.95, 1.10),
    "gemm integers": Bar("matrix products of integers", 0.95, 1.10),
    "convolution": Bar("convolutions of ResNet-50, pooling, batch norm", 0.80, 1.00),
    "training": Bar("training steps", 0.60, 0.80),
    "import": Bar("import of the library in a fresh process", 0.15, 0.15),
}

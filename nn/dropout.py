"""Dropout layers: random zeros in training, nothing in evaluation."""

from __future__ import annotations

from ..tensor import Tensor
from . import functional as F
from .module import Module


class _Dropout(Module):
    """Zeroes elements at random in training and scales the others by 1 / (1 - p).

    Args:
        p: Probability of a zero.
        inplace: Change the input itself.

    Source:
        Srivastava et al. 2014, JMLR 15.
    """

    function: str

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return getattr(F, self.function)(input, self.p, self.training, self.inplace)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    __doc__ = _Dropout.__doc__
    function = "dropout"


class Dropout1d(_Dropout):
    """Zeroes whole channels of [B, C, L] at random."""

    function = "dropout1d"


class Dropout2d(_Dropout):
    """Zeroes whole channels of [B, C, H, W] at random."""

    function = "dropout2d"


class Dropout3d(_Dropout):
    """Zeroes whole channels of [B, C, D, H, W] at random."""

    function = "dropout3d"


class AlphaDropout(_Dropout):
    """Sets elements to the negative saturation of SELU and keeps mean and variance.

    Source:
        Klambauer et al. 2017, arXiv:1706.02515.
    """

    function = "alpha_dropout"


class FeatureAlphaDropout(_Dropout):
    """Alpha dropout of whole channels."""

    function = "feature_alpha_dropout"

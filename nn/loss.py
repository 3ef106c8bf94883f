"""Losses as modules: each applies the function of the same idea in `nn.functional`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor
from . import functional as F
from .distance import PairwiseDistance
from .module import Module


class Loss(Module):
    """A loss of `nn.functional` with fixed options.

    Args:
        reduction: 'none' gives one loss for each element, 'mean' and 'sum' reduce them.
        options: Further keyword arguments of the function, kept as attributes.

    Attributes:
        function: Name of the function in `nn.functional`.
    """

    function: str

    def __init__(self, reduction: str = "mean", **options: Any) -> None:
        super().__init__()
        if reduction not in ("none", "mean", "sum"):
            raise ValueError(f"{reduction} is not a valid value for reduction")
        self.reduction = reduction
        self._options = tuple(options)
        for name, value in options.items():
            if isinstance(value, Tensor):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    def forward(self, *input: Tensor) -> Tensor:
        function = getattr(F, self.function)
        if not self._options:
            return function(*input, reduction=self.reduction)  # type: ignore[no-any-return]
        options = {name: getattr(self, name) for name in self._options}
        return function(*input, reduction=self.reduction, **options)  # type: ignore[no-any-return]


class MSELoss(Loss):
    """Mean of the squared differences."""

    function = "mse_loss"

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)


class L1Loss(Loss):
    """Mean of the absolute differences."""

    function = "l1_loss"

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)


class SmoothL1Loss(Loss):
    """Squared differences below `beta`, absolute ones above."""

    function = "smooth_l1_loss"

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction, beta=beta)


class HuberLoss(Loss):
    """Squared differences below `delta`, scaled absolute ones above."""

    function = "huber_loss"

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction, delta=delta)


class NLLLoss(Loss):
    """Negative log likelihood of the target classes; the input holds log probabilities."""

    function = "nll_loss"

    def __init__(
        self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, weight=weight, ignore_index=ignore_index)


class CrossEntropyLoss(Loss):
    """Cross entropy between target classes (or probabilities) and unnormalized scores."""

    function = "cross_entropy"

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(
            reduction, weight=weight, ignore_index=ignore_index, label_smoothing=label_smoothing
        )


class BCELoss(Loss):
    """Binary cross entropy of probabilities."""

    function = "binary_cross_entropy"

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction, weight=weight)


class BCEWithLogitsLoss(Loss):
    """Binary cross entropy of scores before the sigmoid."""

    function = "binary_cross_entropy_with_logits"

    def __init__(
        self,
        weight: Tensor | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction, weight=weight, pos_weight=pos_weight)


class KLDivLoss(Loss):
    """Kullback-Leibler divergence from log probabilities; 'batchmean' divides by the batch."""

    function = "kl_div"

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__("mean" if reduction == "batchmean" else reduction, log_target=log_target)
        self.reduction = reduction


class PoissonNLLLoss(Loss):
    """Negative log likelihood of Poisson counts."""

    function = "poisson_nll_loss"

    def __init__(
        self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, log_input=log_input, full=full, eps=eps)


class GaussianNLLLoss(Loss):
    """Negative log likelihood of normal targets with predicted mean and variance."""

    function = "gaussian_nll_loss"

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction, full=full, eps=eps)


class HingeEmbeddingLoss(Loss):
    """The input where the target is 1, its hinge where it is -1."""

    function = "hinge_embedding_loss"

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction, margin=margin)


class SoftMarginLoss(Loss):
    """log(1 + exp(-target * input))."""

    function = "soft_margin_loss"

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)


class MarginRankingLoss(Loss):
    """Hinge of how far two inputs are in the wrong order."""

    function = "margin_ranking_loss"

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction, margin=margin)


class CosineEmbeddingLoss(Loss):
    """One minus the cosine where the target is 1, its hinge where it is -1."""

    function = "cosine_embedding_loss"

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction, margin=margin)


class TripletMarginLoss(Loss):
    """Hinge of how much nearer the positive is than the negative."""

    function = "triplet_margin_loss"

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, margin=margin, p=p, eps=eps, swap=swap)


class MultiMarginLoss(Loss):
    """Hinge of how much the other classes come near the target class."""

    function = "multi_margin_loss"

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, p=p, margin=margin, weight=weight)


class MultiLabelMarginLoss(Loss):
    """Hinge of how much classes outside a sample's labels come near those inside."""

    function = "multilabel_margin_loss"

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)


class MultiLabelSoftMarginLoss(Loss):
    """Mean over the classes of the binary cross entropy of scores."""

    function = "multilabel_soft_margin_loss"

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction, weight=weight)


class TripletMarginWithDistanceLoss(Module):
    """Hinge of how much nearer the positive is than the negative, for any distance.

    Args:
        distance_function: Of two tensors; the Euclidean distance if None.
        margin: Difference that is enough.
        swap: Take the distance of positive and negative where it is smaller.
        reduction: 'none', 'mean' or 'sum'.
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: expected margin > 0, got {margin}")
        self.distance_function = distance_function or PairwiseDistance()
        self.margin = margin
        self.swap = swap
        self.reduction = reduction

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )

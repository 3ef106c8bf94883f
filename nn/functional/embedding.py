"""Integers as rows of a table or as vectors with a single one."""

from __future__ import annotations

from ...autograd import no_grad
from ...tensor import Tensor, call, repeated


@repeated
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of a table.

    Args:
        input: Integer[...], row numbers.
        weight: Float[V, D], the table.
        padding_idx: A row that gets no gradient; negative counts from the end.
        max_norm: Rows that are looked up are scaled down to this norm, in place.
        norm_type: Power of that norm.
        scale_grad_by_freq: Divide a row's gradient by how often it was looked up.
        sparse: Accepted; gradients are dense.

    Raises:
        IndexError: A row number is outside of the table.
    """
    rows = weight.size(0)
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    if max_norm is not None:
        _renormalize(input, weight, max_norm, norm_type)
    name = "embedding_by_frequency" if scale_grad_by_freq else "embedding"
    return call(name, (weight, input), {"padding_idx": -1 if padding_idx is None else padding_idx})  # type: ignore[no-any-return]


def _renormalize(input: Tensor, weight: Tensor, max_norm: float, norm_type: float) -> None:
    with no_grad():
        used = input.reshape(-1).unique()
        table = weight.detach()
        chosen = table[used]
        norms = chosen.norm(norm_type, dim=1, keepdim=True)
        table[used] = chosen * (max_norm / (norms + 1e-7)).clamp(max=1.0)


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """Zeros with a one at the place that each integer says.

    Args:
        input: int64[...].
        num_classes: Extent of the new last dim; -1: one more than the largest integer.
    """
    if num_classes == -1:
        if not input.numel():
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = int(input.max().item()) + 1
    return call("one_hot", (input,), (num_classes,))  # type: ignore[no-any-return]

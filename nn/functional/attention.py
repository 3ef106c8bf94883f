"""Scaled dot-product attention."""

from __future__ import annotations

import math

from ...tensor import Tensor, call, ones, repeated
from ...tensor import bool as bool_dtype
from .dropout import dropout


@repeated
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Averages of the values, weighted by the softmax of scaled products of queries and keys.

    Args:
        query: Float[..., L, E].
        key: Float[..., S, E].
        value: Float[..., S, D].
        attn_mask: bool[..., L, S], true where a key takes part; or Float, added to the scores.
        dropout_p: Probability with which a weight is dropped.
        is_causal: Hide the keys that come after a query; excludes `attn_mask`.
        scale: Factor of the scores; one over the root of E if None.
        enable_gqa: Groups of query heads share a head of key and value.

    Source:
        Vaswani et al. 2017, arXiv:1706.03762, eq. 1.
    """
    if attn_mask is not None and is_causal:
        raise RuntimeError(
            "scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
        )
    if enable_gqa:
        repeats = query.size(-3) // key.size(-3)
        key, value = key.repeat_interleave(repeats, -3), value.repeat_interleave(repeats, -3)
    factor = 1 / math.sqrt(query.size(-1)) if scale is None else float(scale)
    if dropout_p > 0.0:
        return _with_dropout(query, key, value, attn_mask, dropout_p, is_causal, factor)
    keep = attn_mask if attn_mask is not None and attn_mask.dtype is bool_dtype else None
    added = attn_mask if keep is None else None
    options = {"scale": factor, "is_causal": is_causal}
    return call("scaled_dot_product_attention", (query, key, value, added, keep), options)  # type: ignore[no-any-return]


def _with_dropout(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None,
    dropout_p: float,
    is_causal: bool,
    factor: float,
) -> Tensor:
    """Attention whose weights are dropped at random: the weights have to be there to drop them."""
    scores = (query * factor) @ key.transpose(-2, -1)
    if is_causal:
        attn_mask = ones(query.size(-2), key.size(-2), dtype=bool_dtype, device=query.device)
        attn_mask = attn_mask.tril()
    if attn_mask is not None:
        hidden = attn_mask.dtype is bool_dtype
        scores = (
            scores.masked_fill(attn_mask.logical_not(), -math.inf) if hidden else scores + attn_mask
        )
    return dropout(scores.softmax(-1), dropout_p, True) @ value

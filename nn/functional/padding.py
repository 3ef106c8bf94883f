"""Padding of the last dims, in all modes."""

from __future__ import annotations

from collections.abc import Sequence

from ...tensor import Tensor, call, repeated


@repeated
def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """The input with elements added before and after its last dims.

    Args:
        input: Any[...].
        pad: Widths, the last dim first: (before, after, before, after, ...).
        mode: constant, reflect, replicate or circular.
        value: Of the new elements in constant mode; 0 if None.

    Raises:
        RuntimeError: Widths come in pairs, and there are at most as many pairs as dims.
        NotImplementedError: The mode is unknown.
    """
    widths = [int(width) for width in pad]
    if len(widths) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(widths) // 2 > input.dim():
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(widths)} and input of dimension {input.dim()}"
        )
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if mode != "constant" and value:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    for number in range(len(widths) // 2):
        before, after = widths[2 * number], widths[2 * number + 1]
        if before == 0 and after == 0:
            continue
        options: dict[str, object] = {"before": before, "after": after, "dim": -1 - number}
        if mode == "constant":
            options["value"] = 0 if value is None else value
        input = call(f"pad_{mode}", (input,), options)
    return input

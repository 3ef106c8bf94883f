"""The layers of ResNet-50 and of a mobile network: convolutions, pooling, batch norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, case, forward_and_backward

BATCH = 8


def _convolution(
    channels: int, side: int, filters: int, kernel: int, stride: int, backward: bool,
    depthwise: bool = False, image: bool = False,
) -> None:  # fmt: skip
    """A case of one layer, padded to `side / stride`; an image has no cotangent."""
    out = (side + 2 * (kernel // 2) - kernel) // stride + 1

    def setup(t: Any, scale: Scale) -> Call:
        C, S, K = scale(channels), scale(side), scale(filters)
        x = t.rand(BATCH, C, S, S, requires_grad=backward and not image)
        w = t.rand(K, 1 if depthwise else C, kernel, kernel, requires_grad=backward)

        def forward() -> Any:
            groups = C if depthwise else 1
            return t.nn.functional.conv2d(x, w, None, stride, kernel // 2, 1, groups)

        if not backward:
            return forward
        dy = t.rand(*forward().shape)
        return forward_and_backward(forward, [w] if image else [x, w], dy)

    kind = "depthwise " if depthwise else ""
    way = ", forward and backward" if backward else ""
    name = (
        f"{BATCH}x{channels}x{side}x{side}, {filters} of {kind}{kernel}x{kernel}, stride {stride}"
    )
    if depthwise:  # bound by memory: backward reads two images and writes one
        moved = 4 * BATCH * (channels * side * side + filters * out * out)
        case("convolution", name + way, bytes=moved * 5 // 2 if backward else moved)(setup)
        return
    passes = (2 if image else 3) if backward else 1
    flops = 2 * BATCH * filters * out * out * channels * kernel * kernel * passes
    case("convolution", name + way, flops=flops)(setup)


for _backward in (False, True):
    _convolution(3, 224, 64, 7, 2, _backward, image=True)
    _convolution(64, 56, 64, 3, 1, _backward)
    _convolution(128, 28, 128, 3, 1, _backward)
    _convolution(256, 14, 256, 3, 1, _backward)
    _convolution(512, 7, 512, 3, 1, _backward)
    _convolution(128, 56, 128, 3, 2, _backward)
    _convolution(64, 56, 256, 1, 1, _backward)
    _convolution(256, 56, 64, 1, 1, _backward)
    _convolution(256, 56, 512, 1, 2, _backward)
    _convolution(144, 56, 144, 3, 1, _backward, depthwise=True)


def _image(
    name: str, shape: tuple[int, int, int], passes: float, build: Callable[[Any, int], Any],
    backward: bool,
) -> None:  # fmt: skip
    """A case of one module on images; `passes` over the input's memory bound it."""
    channels, side, _ = shape

    def setup(t: Any, scale: Scale) -> Call:
        module = build(t, scale(channels))
        x = t.rand(BATCH, scale(channels), scale(side), scale(side), requires_grad=backward)
        if backward:
            dy = t.rand(*module(x).shape)
            leaves = [x, *module.parameters()]
            return forward_and_backward(lambda: module(x), leaves, dy)

        def forward() -> Any:
            with t.no_grad():
                return module(x)

        return forward

    name = f"{name}, {BATCH}x{channels}x{side}x{side}"
    name += ", forward and backward" if backward else ""
    case("convolution", name, bytes=int(4 * BATCH * channels * side * side * passes))(setup)


for _backward in (False, True):
    _image(
        "max_pool2d 3x3, stride 2", (64, 112, 112), 2.5 if _backward else 1.25,
        lambda t, C: t.nn.MaxPool2d(3, 2, 1), _backward,
    )  # fmt: skip
    _image(
        "avg_pool2d 2x2", (64, 112, 112), 2.5 if _backward else 1.25,
        lambda t, C: t.nn.AvgPool2d(2), _backward,
    )  # fmt: skip
    _image(
        "adaptive_avg_pool2d to 7x7", (64, 112, 112), 2 if _backward else 1,
        lambda t, C: t.nn.AdaptiveAvgPool2d(7), _backward,
    )  # fmt: skip
    _image(
        "adaptive_avg_pool2d to 1x1", (64, 112, 112), 2 if _backward else 1,
        lambda t, C: t.nn.AdaptiveAvgPool2d(1), _backward,
    )  # fmt: skip
    _image(
        "adaptive_avg_pool2d to 56x56", (64, 112, 112), 2.5 if _backward else 1.25,
        lambda t, C: t.nn.AdaptiveAvgPool2d(56), _backward,
    )  # fmt: skip
    _image(
        "avg_pool2d 3x3, stride 2", (64, 112, 112), 2.5 if _backward else 1.25,
        lambda t, C: t.nn.AvgPool2d(3, 2, 1), _backward,
    )  # fmt: skip
    # Forward reads twice, for the moments and for the result; so does backward, of two tensors.
    _image(
        "batch_norm in training", (256, 56, 56), 8 if _backward else 3,
        lambda t, C: t.nn.BatchNorm2d(C), _backward,
    )  # fmt: skip

"""Every layer against PyTorch's: output, gradients, buffers, names of the state, printed text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .oracle import compare, pair

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:torch")

_random = np.random.default_rng(0)


def draw(*shape: int) -> np.ndarray[Any, Any]:
    """Normal numbers, float32."""
    return _random.standard_normal(shape).astype(np.float32)


Case = tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]
signal, image, volume = draw(2, 4, 11), draw(2, 4, 9, 8), draw(2, 4, 6, 5, 7)

LAYERS: list[Case] = [
    ("Identity", (), {}, (signal,)),
    ("Linear", (5, 3), {}, (draw(4, 5),)),
    ("Linear", (5, 3), {"bias": False}, (draw(2, 4, 5),)),
    ("Linear", (5, 3), {}, (draw(5),)),
    ("Bilinear", (3, 4, 2), {}, (draw(5, 3), draw(5, 4))),
    ("Bilinear", (3, 4, 2), {"bias": False}, (draw(2, 5, 3), draw(2, 5, 4))),
    ("Flatten", (), {}, (volume,)),
    ("Flatten", (2, 3), {}, (volume,)),
    ("Unflatten", (1, (2, 2)), {}, (signal,)),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1}, (signal,)),
    ("Conv1d", (4, 6, 3), {"padding": "same", "dilation": 2}, (signal,)),
    ("Conv1d", (4, 6, 4), {"padding": "same"}, (signal,)),
    ("Conv1d", (4, 6, 3), {"padding": 2, "padding_mode": "circular"}, (signal,)),
    ("Conv1d", (4, 6, 3), {}, (draw(4, 11),)),
    ("Conv2d", (4, 6, 3), {}, (image,)),
    ("Conv2d", (4, 6, (3, 2)), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}, (image,)),
    ("Conv2d", (4, 6, 3), {"groups": 2, "bias": False}, (image,)),
    ("Conv2d", (4, 8, 3), {"groups": 4, "padding": "valid"}, (image,)),
    ("Conv2d", (4, 6, 3), {"padding": 1, "padding_mode": "reflect"}, (image,)),
    ("Conv2d", (4, 6, 3), {"padding": "same", "padding_mode": "replicate"}, (image,)),
    ("Conv2d", (4, 6, 3), {"padding": 1}, (draw(4, 9, 8),)),
    ("Conv3d", (4, 5, 3), {"padding": 1, "stride": (1, 2, 1)}, (volume,)),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "padding": 1, "output_padding": 1}, (signal,)),
    ("ConvTranspose2d", (4, 6, 3), {"stride": 2, "dilation": 2}, (image,)),
    ("ConvTranspose2d", (4, 6, (2, 3)), {"groups": 2, "bias": False}, (image,)),
    ("ConvTranspose3d", (4, 3, 2), {"stride": 2}, (volume,)),
    ("MaxPool1d", (3,), {"stride": 2, "padding": 1}, (signal,)),
    ("MaxPool2d", (2,), {}, (image,)),
    ("MaxPool2d", ((3, 2),), {"stride": (2, 1), "ceil_mode": True, "dilation": (2, 1)}, (image,)),
    ("MaxPool2d", (2,), {"return_indices": True}, (image,)),
    ("MaxPool3d", (2,), {"padding": 1}, (volume,)),
    ("AvgPool1d", (3,), {"padding": 1, "count_include_pad": False}, (signal,)),
    ("AvgPool2d", (3,), {"stride": 2, "ceil_mode": True}, (image,)),
    ("AvgPool2d", ((2, 3),), {"padding": 1, "divisor_override": 3}, (image,)),
    ("AvgPool3d", (2,), {}, (volume,)),
    ("LPPool1d", (2, 3), {"stride": 2}, (np.abs(signal) + 0.1,)),
    ("LPPool2d", (2, 3), {}, (np.abs(image) + 0.1,)),
    ("AdaptiveAvgPool1d", (5,), {}, (signal,)),
    ("AdaptiveAvgPool2d", ((3, None),), {}, (image,)),
    ("AdaptiveAvgPool2d", (1,), {}, (image,)),
    ("AdaptiveAvgPool3d", ((3, 2, 1),), {}, (volume,)),
    ("AdaptiveMaxPool1d", (5,), {}, (signal,)),
    ("AdaptiveMaxPool2d", ((3, 4),), {"return_indices": True}, (image,)),
    ("AdaptiveMaxPool3d", ((3, 2, None),), {}, (volume,)),
    ("BatchNorm1d", (4,), {}, (signal,)),
    ("BatchNorm1d", (5,), {}, (draw(6, 5),)),
    ("BatchNorm2d", (4,), {}, (image,)),
    ("BatchNorm2d", (4,), {"momentum": None}, (image,)),
    ("BatchNorm2d", (4,), {"affine": False, "track_running_stats": False}, (image,)),
    ("BatchNorm3d", (4,), {"eps": 1e-3, "momentum": 0.3}, (volume,)),
    ("InstanceNorm1d", (4,), {}, (signal,)),
    ("InstanceNorm2d", (4,), {"affine": True, "track_running_stats": True}, (image,)),
    ("InstanceNorm2d", (4,), {}, (draw(4, 9, 8),)),
    ("InstanceNorm3d", (4,), {}, (volume,)),
    ("LayerNorm", (8,), {}, (image,)),
    ("LayerNorm", ((9, 8),), {"eps": 1e-3}, (image,)),
    ("LayerNorm", (8,), {"elementwise_affine": False}, (image,)),
    ("LayerNorm", (8,), {"bias": False}, (image,)),
    ("RMSNorm", (8,), {}, (image,)),
    ("RMSNorm", ((9, 8),), {"eps": 1e-3, "elementwise_affine": False}, (image,)),
    ("GroupNorm", (2, 4), {}, (image,)),
    ("GroupNorm", (4, 4), {"affine": False}, (signal,)),
    ("LocalResponseNorm", (3,), {"alpha": 0.1}, (image,)),
    ("LPPool3d", (2, 2), {}, (np.abs(volume) + 0.1,)),
    ("ConstantPad1d", ((1, 2), 3.0), {}, (signal,)),
    ("ConstantPad2d", (2, 1.5), {}, (image,)),
    ("ConstantPad3d", ((1, 2, 0, 1, 2, 0), 1.5), {}, (volume,)),
    ("ZeroPad1d", (2,), {}, (signal,)),
    ("ZeroPad2d", ((1, -1, 2, 0),), {}, (image,)),
    ("ZeroPad3d", (1,), {}, (volume,)),
    ("ReflectionPad1d", ((3, 1),), {}, (signal,)),
    ("ReflectionPad2d", (2,), {}, (image,)),
    ("ReflectionPad3d", (1,), {}, (volume,)),
    ("ReplicationPad1d", (2,), {}, (signal,)),
    ("ReplicationPad2d", ((1, 0, 2, 3),), {}, (image,)),
    ("ReplicationPad3d", (2,), {}, (volume,)),
    ("CircularPad1d", (2,), {}, (signal,)),
    ("CircularPad2d", ((1, 0, 2, 3),), {}, (image,)),
    ("CircularPad3d", (2,), {}, (volume,)),
    ("PixelShuffle", (2,), {}, (image,)),
    ("PixelUnshuffle", (2,), {}, (draw(2, 3, 4, 6),)),
    ("ChannelShuffle", (2,), {}, (image,)),
    ("Unfold", ((2, 3),), {"stride": 2, "padding": 1}, (image,)),
    ("Fold", ((6, 5), 2), {"stride": (2, 1)}, (draw(2, 12, 12),)),
    ("Upsample", (), {"scale_factor": 2}, (image,)),
    ("Upsample", ((4, 13),), {"mode": "nearest-exact"}, (image,)),
    ("Upsample", (7,), {"mode": "linear"}, (signal,)),
    ("Upsample", (), {"scale_factor": (1.5, 2.0), "mode": "bilinear"}, (image,)),
    ("Upsample", ((5, 5),), {"mode": "bicubic", "align_corners": True}, (image,)),
    ("Upsample", (), {"scale_factor": 2, "mode": "trilinear"}, (volume,)),
    ("UpsamplingNearest2d", (), {"size": (12, 5)}, (image,)),
    ("UpsamplingBilinear2d", (), {"scale_factor": 2}, (image,)),
    ("CosineSimilarity", (), {"dim": 2}, (image, draw(2, 4, 9, 8))),
    ("PairwiseDistance", (1.0,), {"keepdim": True}, (draw(5, 3), draw(5, 3))),
    ("TripletMarginWithDistanceLoss", (), {"swap": True}, (draw(5, 3), draw(5, 3), draw(5, 3))),
    ("Embedding", (7, 3), {}, (np.array([[1, 2, 1], [6, 0, 2]]),)),
    ("Embedding", (7, 3), {"padding_idx": -1}, (np.array([[1, 6, 1], [6, 0, 2]]),)),
    ("Embedding", (7, 3), {"scale_grad_by_freq": True}, (np.array([1, 2, 1, 1]),)),
    ("Embedding", (7, 3), {"max_norm": 1.0}, (np.array([1, 2, 1, 1]),)),
]


def name_of(case: Case) -> str:
    """`Conv2d(4, 6, 3, groups=2)`, short enough to read."""
    options = [f"{k}={v}" for k, v in case[2].items()]
    return f"{case[0]}({', '.join([*map(str, case[1]), *options])}) of {case[3][0].ndim}D"


@pytest.mark.parametrize("case", LAYERS, ids=name_of)
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_layer_equals_pytorch(case: Case, training: bool) -> None:
    name, arguments, options, inputs = case
    compare(*pair(name, arguments, options), inputs, training)


def test_running_statistics_follow_several_batches() -> None:
    ours, theirs = pair("BatchNorm2d", (4,))
    for number in range(3):
        compare(ours, theirs, (image * (number + 1) + number,))
        ours.zero_grad()
        theirs.zero_grad()
    compare(ours, theirs, (image,), training=False)


def test_output_size_of_a_transposed_convolution_is_chosen() -> None:
    ours, theirs = pair("ConvTranspose2d", (4, 6, 3), {"stride": 2})
    from .oracle import assert_same, to_ours, to_torch

    for extents in ((19, 17), (20, 18)):
        assert_same(ours(to_ours(image), extents), theirs(to_torch(image), extents), str(extents))
    with pytest.raises(ValueError, match="requested an output size"):
        ours(to_ours(image), (30, 17))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling_puts_values_back_as_pytorch(rank: int) -> None:
    from .oracle import assert_same, to_ours, to_torch

    pools = pair(f"MaxPool{rank}d", (2,), {"stride": 2, "return_indices": True})
    unpools = pair(f"MaxUnpool{rank}d", (2,), {"stride": 2})
    given = (signal, image, volume)[rank - 1]
    found = []
    for (pool, unpool), convert in zip(zip(pools, unpools), (to_ours, to_torch)):
        x = convert(given, True)
        restored = unpool(*pool(x), output_size=x.size())
        (restored * convert(given)).sum().backward()
        found.append((restored, x.grad))
    assert_same(*zip(*found), "unpooled")  # type: ignore[arg-type]
    assert repr(unpools[0]) == repr(unpools[1])


@pytest.mark.parametrize(("rank", "given"), [(1, signal), (2, image), (3, volume)])
def test_one_window_over_everything_is_the_mean(rank: int, given: np.ndarray[Any, Any]) -> None:
    import tensorsmith as ts

    pool = getattr(ts.nn.functional, f"adaptive_avg_pool{rank}d")
    planes = tuple(range(-rank, 0))
    found = pool(ts.tensor(given), 1).numpy()
    np.testing.assert_allclose(found, given.mean(planes, keepdims=True), rtol=1e-5, atol=1e-6)
    with pytest.raises(RuntimeError, match="must not be empty"):
        pool(ts.ones(2, 3, *(0,) * rank), 1)


def test_area_interpolation_and_grids_equal_pytorch() -> None:
    torch = pytest.importorskip("torch")
    import tensorsmith as ts

    from .oracle import assert_same, to_ours, to_torch

    theta = draw(2, 2, 3)
    for corners in (False, True):
        grids = [
            library.nn.functional.affine_grid(convert(theta), (2, 4, 5, 6), align_corners=corners)
            for library, convert in ((ts, to_ours), (torch, to_torch))
        ]
        assert_same(*grids, "grid")
        read = [
            library.nn.functional.grid_sample(convert(image), grid, align_corners=corners)
            for library, convert, grid in zip((ts, torch), (to_ours, to_torch), grids)
        ]
        assert_same(*read, "image")
    for library, convert in ((ts, to_ours), (torch, to_torch)):
        read.append(library.nn.functional.interpolate(convert(image), (3, 5), mode="area"))
    assert_same(read[2], read[3], "area")

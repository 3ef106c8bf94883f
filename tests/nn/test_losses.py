"""Every loss against PyTorch's, for all reductions, with gradients of all inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

from .oracle import assert_same, compare, pair, to_ours, to_torch

pytestmark = pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")

_random = np.random.default_rng(0)


def draw(*shape: int) -> np.ndarray[Any, Any]:
    """Normal numbers, float32."""
    return _random.standard_normal(shape).astype(np.float32)


def chance(*shape: int) -> np.ndarray[Any, Any]:
    """Numbers in (0.05, 0.95), float32."""
    return _random.uniform(0.05, 0.95, shape).astype(np.float32)


def sign(*shape: int) -> np.ndarray[Any, Any]:
    """Minus one or one, float32."""
    return (_random.integers(0, 2, shape) * 2 - 1).astype(np.float32)


def logs(*shape: int) -> np.ndarray[Any, Any]:
    """Log probabilities along dim 1."""
    x = draw(*shape)
    return (x - np.log(np.exp(x).sum(1, keepdims=True))).astype(np.float32)


classes = np.array([1, 0, 4, -100, 2, 2])
weight = np.array([1.0, 0.5, 2.0, 1.0, 3.0], np.float32)
labels = np.array([[3, 0, -1, 1, 2], [0, 1, 2, 3, 4], [-1, 1, 0, 2, 3]])

LOSSES: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("MSELoss", {}, (draw(3, 5), draw(3, 5))),
    ("L1Loss", {}, (draw(3, 5), draw(3, 5))),
    ("SmoothL1Loss", {"beta": 0.5}, (draw(3, 5), draw(3, 5))),
    ("HuberLoss", {"delta": 0.7}, (draw(3, 5), draw(3, 5))),
    ("NLLLoss", {}, (logs(6, 5), classes)),
    ("NLLLoss", {"weight": weight, "ignore_index": 2}, (logs(6, 5), np.array([1, 0, 4, 3, 2, 2]))),
    ("NLLLoss", {}, (logs(2, 5, 3), np.array([[1, 4, 0], [2, 3, -100]]))),
    ("CrossEntropyLoss", {}, (draw(6, 5), classes)),
    ("CrossEntropyLoss", {"weight": weight}, (draw(6, 5), classes)),
    ("CrossEntropyLoss", {"label_smoothing": 0.1}, (draw(6, 5), classes)),
    ("CrossEntropyLoss", {"label_smoothing": 0.1, "weight": weight}, (draw(6, 5), classes)),
    ("CrossEntropyLoss", {}, (draw(6, 5), np.exp(logs(6, 5)))),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, (draw(6, 5), np.exp(logs(6, 5)))),
    ("CrossEntropyLoss", {}, (draw(5), np.array(3))),
    ("CrossEntropyLoss", {}, (draw(2, 5, 2, 2), np.array([[[1, 4], [0, 2]], [[2, 3], [-100, 1]]]))),
    ("BCELoss", {}, (chance(3, 5), chance(3, 5))),
    ("BCELoss", {"weight": chance(5)}, (chance(3, 5), chance(3, 5))),
    ("BCEWithLogitsLoss", {}, (draw(3, 5), chance(3, 5))),
    ("BCEWithLogitsLoss", {"weight": chance(5), "pos_weight": weight}, (draw(3, 5), chance(3, 5))),
    ("KLDivLoss", {}, (logs(3, 5), np.exp(logs(3, 5)))),
    ("KLDivLoss", {"log_target": True}, (logs(3, 5), logs(3, 5))),
    ("PoissonNLLLoss", {}, (draw(3, 5), chance(3, 5))),
    ("PoissonNLLLoss", {"log_input": False, "full": True}, (chance(3, 5), chance(3, 5) * 4)),
    ("GaussianNLLLoss", {}, (draw(3, 5), draw(3, 5), chance(3, 5))),
    ("GaussianNLLLoss", {"full": True}, (draw(3, 5), draw(3, 5), chance(3, 1))),
    ("HingeEmbeddingLoss", {"margin": 0.5}, (draw(3, 5), sign(3, 5))),
    ("SoftMarginLoss", {}, (draw(3, 5), sign(3, 5))),
    ("MarginRankingLoss", {"margin": 0.3}, (draw(6), draw(6), sign(6))),
    ("CosineEmbeddingLoss", {"margin": 0.1}, (draw(6, 4), draw(6, 4), sign(6))),
    ("TripletMarginLoss", {}, (draw(6, 4), draw(6, 4), draw(6, 4))),
    ("TripletMarginLoss", {"p": 1.0, "swap": True}, (draw(6, 4), draw(6, 4), draw(6, 4))),
    ("MultiMarginLoss", {}, (draw(6, 5), np.array([1, 0, 4, 3, 2, 2]))),
    ("MultiMarginLoss", {"p": 2, "weight": weight}, (draw(6, 5), np.array([1, 0, 4, 3, 2, 2]))),
    ("MultiLabelMarginLoss", {}, (draw(3, 5), labels)),
    ("MultiLabelSoftMarginLoss", {"weight": weight}, (draw(3, 5), chance(3, 5).round())),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", LOSSES, ids=lambda c: f"{c[0]}({', '.join(c[1])})")
def test_loss_equals_pytorch(
    case: tuple[str, dict[str, Any], tuple[Any, ...]], reduction: str
) -> None:
    name, options, inputs = case
    modules = pair(name, (), {**options, "reduction": reduction})
    # PyTorch's soft_margin_loss has no derivative with respect to its target.
    compare(*modules, inputs, wanted=1 if name == "SoftMarginLoss" else 9)


def test_batchmean_divides_by_the_batch() -> None:
    inputs = (logs(3, 5), np.exp(logs(3, 5)))
    compare(*pair("KLDivLoss", (), {"reduction": "batchmean"}), inputs)


def test_losses_are_known_numbers() -> None:
    F = ts.nn.functional
    x, y = ts.tensor([1.0, 2.0, 4.0]), ts.tensor([1.0, 0.0, 1.0])
    assert F.mse_loss(x, y).item() == pytest.approx(13 / 3)
    assert F.l1_loss(x, y, reduction="sum").item() == 5
    scores = ts.zeros(2, 4)
    assert F.cross_entropy(scores, ts.tensor([0, 3])).item() == pytest.approx(np.log(4))
    assert F.binary_cross_entropy_with_logits(ts.zeros(3), y).item() == pytest.approx(np.log(2))


def test_all_classes_ignored_is_nan() -> None:
    assert ts.nn.CrossEntropyLoss()(ts.zeros(2, 3), ts.tensor([-100, -100])).isnan().item()


def test_an_unknown_reduction_is_refused() -> None:
    with pytest.raises(ValueError, match="average is not a valid value for reduction"):
        ts.nn.MSELoss(reduction="average")
    with pytest.raises((ValueError, RuntimeError)):
        ts.nn.functional.mse_loss(ts.ones(1), ts.ones(1), reduction="average")


def test_a_class_out_of_range_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        ts.nn.CrossEntropyLoss()(ts.zeros(2, 3), ts.tensor([0, 3]))


def test_weights_are_buffers_outside_of_the_state() -> None:
    pytest.importorskip("torch")
    ours, theirs = pair("CrossEntropyLoss", (), {"weight": weight})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.double().weight.dtype is ts.float64


def test_targets_of_another_shape_are_broadcast_with_a_warning() -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = draw(3, 1), draw(1, 4)
    with pytest.warns(UserWarning, match="different to the input size"):
        got = ts.nn.MSELoss()(to_ours(ours), to_ours(theirs))
    with pytest.warns(UserWarning, match="different to the input size"):
        assert_same(got, torch.nn.MSELoss()(to_torch(ours), to_torch(theirs)), "mse_loss")


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "binary_cross_entropy_with_logits"])
@pytest.mark.parametrize(
    "shapes", [((4,), (4, 1)), ((4, 3), (3,)), ((3,), (4, 3)), ((4, 3), (4, 1)), ((4,), ())]
)
def test_targets_of_another_shape_than_the_probabilities_are_a_value_error(
    loss: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    shape, other = shapes
    function = getattr(ts.nn.functional, loss)
    with pytest.raises(ValueError, match="input and target do not broadcast"):
        function(ts.full(shape, 0.5), ts.full(other, 0.5))
    rows = function(ts.full((4, 3), 0.5), ts.ones(4, 3), ts.ones(3), reduction="none")
    assert rows.shape == (4, 3), "weights are broadcast all the same"


@pytest.mark.parametrize("loss", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize(
    "shapes",
    [((4, 3), (4, 1)), ((4, 3, 5), (4,)), ((2, 3, 2), (2,)), ((4, 3, 5, 2), (4, 5, 1))],
)
def test_classes_of_another_shape_than_the_scores_are_refused(
    loss: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    shape, other = shapes
    with pytest.raises(RuntimeError, match="axis S of target"):
        getattr(ts.nn.functional, loss)(ts.zeros(shape), ts.zeros(other, dtype=ts.int64))


def test_probabilities_of_classes_have_the_shape_of_the_scores() -> None:
    with pytest.raises(RuntimeError, match="axis S of target"):
        ts.nn.functional.cross_entropy(ts.zeros(4, 3, 5), ts.zeros(4, 3, 1))


def test_a_loss_that_wants_equal_shapes_can_be_mapped() -> None:
    function = ts.nn.functional.binary_cross_entropy
    rows, target = ts.full((2, 3), 0.5), ts.ones(3)
    found = ts.func.vmap(function, in_dims=(0, None))(rows, target)
    assert found.tolist() == pytest.approx([np.log(2)] * 2)
    with pytest.raises(ValueError, match="do not broadcast"):
        ts.func.vmap(function, in_dims=(0, None))(rows, ts.ones(1))

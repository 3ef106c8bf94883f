"""The main job: a small convolutional network learns the UCI handwritten digits."""

from __future__ import annotations

import time
from dataclasses import field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..autograd import no_grad
from ..backends.cache.statistics import statistics
from ..data import DataLoader, TensorDataset, load_digits
from ..nn import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    functional,
)
from ..ops.dataclass import dataclass
from ..optim import AdamW
from ..tensor import Tensor, manual_seed

GOAL = 0.98


@dataclass
class History:
    """What a training run remembers: the loss of each step and the accuracies of each epoch."""

    losses: list[float] = field(default_factory=list)
    train: list[float] = field(default_factory=list)
    test: list[float] = field(default_factory=list)


def build_model() -> Sequential:
    """Three convolutions, two poolings, one linear layer: float32[B, 1, 8, 8] -> float32[B, 10]."""

    def convolution(inputs: int, outputs: int) -> list[Module]:
        return [Conv2d(inputs, outputs, 3, padding=1), BatchNorm2d(outputs), ReLU()]

    return Sequential(
        *convolution(1, 16),
        *convolution(16, 32),
        MaxPool2d(2),
        *convolution(32, 64),
        MaxPool2d(2),
        Flatten(),
        Dropout(0.2),
        Linear(64 * 2 * 2, 10),
    )


def measure_accuracy(model: Module, images: Tensor, labels: Tensor) -> float:
    """Share of images whose digit the model tells, from 0 to 1."""
    model.eval()
    with no_grad():
        return float((model(images).argmax(1) == labels).float().mean())


def train_digits(epochs: int, seed: int, quiet: bool = False) -> tuple[Module, History]:
    """A trained model and its history; progress and accuracies are shown unless `quiet`."""
    manual_seed(seed)
    train_images, train_labels, test_images, test_labels = load_digits()
    model = build_model()
    optimizer = AdamW(model.parameters(), lr=3e-3)
    loader = DataLoader(TensorDataset(train_images, train_labels), batch_size=64, shuffle=True)
    history = History()
    for epoch in range(1, epochs + 1):
        model.train()
        for images, labels in tqdm(
            loader, desc=f"epoch {epoch}/{epochs}", leave=False, disable=quiet
        ):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            history.losses.append(float(loss))
        history.train.append(measure_accuracy(model, train_images, train_labels))
        history.test.append(measure_accuracy(model, test_images, test_labels))
        if not quiet:
            print(
                f"epoch {epoch:2}/{epochs}  train {history.train[-1]:6.2%}  test "
                f"{history.test[-1]:6.2%}"
            )
    return model, history


def draw(model: Module, history: History, path: Path) -> None:
    """A picture of the loss curve and of test digits with what the model takes them for."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    _, _, images, labels = load_digits()
    model.eval()
    with no_grad():
        guesses = model(images).argmax(1).tolist()
    # Mistakes first: they are what a reader looks for.
    order = sorted(range(len(guesses)), key=lambda i: guesses[i] == labels[i].item())[:40]
    figure = pyplot.figure(figsize=(12, 5), layout="constrained")
    parts: Any = figure.subfigures(1, 2, width_ratios=(1, 1.4))
    left, right = parts
    axes = left.subplots()
    axes.plot(history.losses, linewidth=0.8)
    axes.set(xlabel="step", ylabel="cross entropy", yscale="log", title="training loss")
    grid = right.subplots(5, 8)
    for cell, number in zip(grid.flat, order):
        cell.imshow(images[number, 0].numpy(), cmap="gray_r")
        right_guess = guesses[number] == labels[number].item()
        cell.set_title(str(guesses[number]), color="black" if right_guess else "red", fontsize=10)
        cell.set_axis_off()
    right.suptitle(f"test digits and predictions (red: wrong); accuracy {history.test[-1]:.2%}")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def run_digits(epochs: int, seed: int, plot: Path | None) -> int:
    """Train, report, draw; the exit code is 0 when the goal of 98 % is reached.

    Raises:
        SystemExit: There is something to draw, and matplotlib is not installed.
    """
    if plot is not None and find_spec("matplotlib") is None:
        raise SystemExit("--plot needs matplotlib: pip install 'tensorsmith[plot]'")
    start = time.perf_counter()
    model, history = train_digits(epochs, seed)
    seconds = time.perf_counter() - start
    print(f"{history.test[-1]:.2%} of 360 held-out digits right after {seconds:.1f} s")
    made, ready = statistics.compiled, statistics.loaded + statistics.bundled
    print(f"{made} kernels compiled, {ready} found in the cache or a bundle")
    if plot is not None:
        draw(model, history, plot)
        print(f"picture: {plot}")
    return 0 if history.test[-1] >= GOAL else 1

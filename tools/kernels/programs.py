"""Small programs whose kernels come with the package: what most programs begin with.

They are planned, never run, so that sizes are those of real work and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ... import nn, optim
from ...autograd.modes import no_grad
from ...autograd.transforms import grad
from ...autograd.vmap import vmap
from ...nn import functional
from ...ops.dtype import bool_, by_name, float32, int64
from ...tensor import (
    Tensor,
    arange,
    cat,
    empty,
    full,
    manual_seed,
    ones,
    rand,
    randint,
    randn,
    randperm,
    stack,
    tensor,
    where,
    zeros,
)
from ..demo import train_digits

PROGRAMS: dict[str, Callable[[], None]] = {}


def program(function: Callable[[], None]) -> Callable[[], None]:
    """Registers a program under the name of its function."""
    PROGRAMS[function.__name__] = function
    return function


def _step(model: Any, optimizer: Any, loss: Callable[[], Tensor]) -> None:
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()


def _loss(loss: Callable[[Tensor], Tensor], model: Any, x: Tensor) -> Tensor:
    return loss(model(x))


@program
def digits() -> None:
    """An epoch of `tensorsmith demo digits`, and its test."""
    train_digits(1, 0, quiet=True)


@program
def perceptron() -> None:
    """A regression and a classification on tables, with every optimizer."""
    x, y, labels = randn(256, 20), randn(256, 1), randint(0, 5, (256,))

    def squares(p: Tensor) -> Tensor:
        return functional.mse_loss(p, y)

    def classes(p: Tensor) -> Tensor:
        return functional.cross_entropy(p, labels)

    for outputs, loss in ((1, squares), (5, classes)):
        for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"):
            model = nn.Sequential(
                nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 32), nn.Tanh(),
                nn.Linear(32, outputs),
            )  # fmt: skip
            chosen = getattr(optim, name)(model.parameters(), lr=1e-3)
            for _ in range(2):
                _step(model, chosen, partial(_loss, loss, model, x))
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            with no_grad():
                model.eval()
                (model(x).argmax(1) == labels).float().mean().item()


@program
def convolutions() -> None:
    """Images in colour: strides, pooling, norms, a residual connection."""
    images, labels = randn(32, 3, 32, 32), randint(0, 10, (32,))
    first = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
    second = nn.Sequential(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32))
    third = nn.Sequential(nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    last = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    model = nn.ModuleList([first, second, third, last])
    chosen = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)

    def loss() -> Tensor:
        hidden = first(images)
        return functional.cross_entropy(last(third((hidden + second(hidden)).relu())), labels)

    for _ in range(2):
        _step(model, chosen, loss)
    model.eval()
    with no_grad():
        loss().item()


@program
def transformer() -> None:
    """A causal transformer on characters."""
    width, heads, length = 64, 4, 32
    words = randint(0, 80, (16, length + 1))
    token, position = nn.Embedding(80, width), nn.Embedding(length, width)
    norm, score = nn.LayerNorm(width), nn.Linear(width, 80)
    mix, feed = nn.Linear(width, 3 * width), nn.Linear(width, 4 * width)
    back = nn.Linear(4 * width, width)
    model = nn.ModuleList([token, position, norm, score, mix, feed, back])
    chosen = optim.AdamW(model.parameters(), lr=1e-3)

    def loss() -> Tensor:
        x = token(words[:, :-1]) + position(arange(length))
        parts = mix(norm(x)).split(width, dim=-1)
        q, k, v = (p.view(16, length, heads, width // heads).transpose(1, 2) for p in parts)
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + seen.transpose(1, 2).reshape(16, length, width)
        x = x + back(functional.gelu(feed(norm(x))))
        return functional.cross_entropy(score(x).flatten(0, 1), words[:, 1:].flatten())

    for _ in range(2):
        _step(model, chosen, loss)
    with no_grad():
        score(norm(token(words))).softmax(-1).argmax(-1)


@program
def first_steps() -> None:
    """The first listing of the README."""
    x = randn(64, 8, requires_grad=True)
    loss = functional.softmax(x @ randn(8, 3), dim=-1).square().sum()
    loss.backward()
    vmap(grad(lambda v: (v.sin() * v).sum()))(x.detach())


@program
def dtypes() -> None:
    """Arithmetic and sums in other dtypes, on rows and small matrices."""
    for name in ("float32", "float64", "bfloat16", "int64", "int32"):
        for shape in ((7,), (5, 7)):
            x = ones(shape, dtype=by_name(name))
            _ = x + x, x - x, x * x, x * 2, x + 1, x.sum(), x.max(), x.min(), x == x, x > 0
            for dim in range(len(shape)):
                _ = x.sum(dim)
            if x.dtype.is_floating_point:
                _ = x / 2, x.mean(), x.exp()


@program
def tensors() -> None:
    """Making, converting, indexing and reducing tensors, as at a prompt."""
    manual_seed(0)
    x = rand(8, 100)
    for made in (x, randn(3, 4, 5), randn(1000), randint(0, 9, (7, 3)).float()):
        _look(made)
    for name in ("float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool"):
        converted = x.to(by_name(name))
        converted.float()
        if converted.dtype.is_floating_point:
            _ = converted + converted, converted * 2, converted.sum()
    whole = arange(100)
    _ = whole + 1, whole * whole, whole % 7, whole // 3, whole.sum(), whole < 50, whole.float()
    _ = full((3, 3), 7), zeros(4, dtype=int64), ones(4, dtype=bool_), randperm(10)
    _ = tensor([[1.0, 2.0], [3.0, 4.0]]) @ tensor([[1.0], [2.0]]), empty(3, dtype=float32).fill_(1)


def _look(x: Tensor) -> None:
    _ = x + x, x - x, x * x, x / x, x + 1, 2 * x, x - 1, 1 - x, x / 2, x**2, -x, abs(x)
    _ = x > 0, x == x, x.exp(), x.log(), x.sqrt(), x.sin(), x.cos(), x.tanh(), x.sigmoid(), x.relu()
    for dim in (None, 0, -1):
        chosen: dict[str, Any] = {} if dim is None else {"dim": dim}
        _ = x.sum(**chosen), x.mean(**chosen), x.argmax(**chosen)
        if dim is not None:
            _ = x.max(dim), x.min(dim), x.softmax(dim), x.cumsum(dim), x.std(dim)
    _ = x.max(), x.min(), x.std(), x.norm(), x.T.contiguous() if x.dim() == 2 else x, x.clone()
    _ = where(x > 0, x, -x), cat([x, x]), stack([x, x]), x.clamp(0, 1), x.unsqueeze(0) * x[..., :1]
    _ = x.sum().clone()  # what backward of a loss begins with
    _ = x.sort(), x.argsort(), x.topk(3), x.median(), (x > 0).nonzero()
    x.add_(1), x.mul_(2), x.zero_(), x.fill_(3), x[:1].copy_(x[1:2])

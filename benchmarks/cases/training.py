"""Training steps of small networks: gradients cleared, forward, backward, Adam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .case import Call, Scale, case


def training_step(t: Any, model: Any, optimizer: Any, x: Any, y: Any) -> Call:
    """A step on always the same batch.

    The learning rate of the optimizers is tiny, so that thousands of steps do not drive gradients
    into denormal numbers, which are slow.
    """

    def step() -> None:
        optimizer.zero_grad()
        t.nn.functional.cross_entropy(model(x).flatten(0, -2), y.flatten()).backward()
        optimizer.step()

    return step


def _training(name: str, flops: int, build: Callable[[Any, Scale], tuple[Any, Any, Any]]) -> None:
    """A case; `flops` are those of the forward products, backward takes twice as many."""

    def setup(t: Any, scale: Scale) -> Call:
        model, x, y = build(t, scale)
        return training_step(t, model, t.optim.Adam(model.parameters(), lr=1e-5), x, y)

    case("training", name, flops=3 * flops)(setup)


def _cnn(t: Any, scale: Scale) -> tuple[Any, Any, Any]:
    nn, B = t.nn, scale(64)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    return model, t.rand(B, 1, 28, 28), t.randint(0, 10, (B,))


def _transformer(t: Any, scale: Scale) -> tuple[Any, Any, Any]:
    nn, F = t.nn, t.nn.functional

    class Layer(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(128), nn.LayerNorm(128)
            self.qkv, self.out = nn.Linear(128, 384), nn.Linear(128, 128)
            self.up, self.down = nn.Linear(128, 512), nn.Linear(512, 128)

        def forward(self, x: Any) -> Any:
            b, s, _ = x.shape
            q, k, v = (
                p.view(b, s, 4, 32).transpose(1, 2) for p in self.qkv(self.norm1(x)).split(128, -1)
            )
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(a.transpose(1, 2).reshape(b, s, 128))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    B, S = scale(16), scale(128)
    return Layer(), t.rand(B, S, 128), t.randint(0, 128, (B, S))


def _residual(t: Any, scale: Scale) -> tuple[Any, Any, Any]:
    nn, F, C = t.nn, t.nn.functional, scale(64)

    class Block(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(C, C, 3, padding=1, bias=False)
            self.conv2 = nn.Conv2d(C, C, 3, padding=1, bias=False)
            self.norm1, self.norm2 = nn.BatchNorm2d(C), nn.BatchNorm2d(C)
            self.head = nn.Linear(C, 10)

        def forward(self, x: Any) -> Any:
            y = F.relu(self.norm1(self.conv1(x)))
            y = F.relu(self.norm2(self.conv2(y)) + x)
            return self.head(y.mean((2, 3)))

    B, S = scale(16), scale(28)
    return Block(), t.rand(B, C, S, S), t.randint(0, 10, (B,))


_CNN = 2 * 64 * (28 * 28 * 16 * 9 + 14 * 14 * 32 * 16 * 9 + 32 * 49 * 10)
_TRANSFORMER = 2 * 16 * 128 * (128 * 384 + 128 * 128 + 2 * 128 * 512 + 2 * 128 * 128)
_RESIDUAL = 2 * 16 * (2 * 28 * 28 * 64 * 64 * 9 + 64 * 10)

_training("CNN with two convolutions, 64 images of 28x28", _CNN, _cnn)
_training("transformer layer, 16 x 128 tokens of 128", _TRANSFORMER, _transformer)
_training("residual block of two 3x3, 16x64x28x28", _RESIDUAL, _residual)

"""What is timed. Each case is written once, against the module that both libraries offer.

A case is a function of the library `t` that prepares its data and returns the call to time. Groups
follow the rows of docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Call = Callable[[], Any]
Setup = Callable[[Any], Call]


@dataclass(frozen=True)
class Case:
    """A timed call.

    Attributes:
        group: Row of the report.
        name: What is computed, with its sizes.
        setup: Prepares the data with a library and returns the call.
        bytes: Memory that the call must move at least, in bytes; 0 if it is bound by arithmetic.
        flops: Floating-point operations of the call; 0 if it is bound by memory.
    """

    group: str
    name: str
    setup: Setup
    bytes: int = 0
    flops: int = 0


CASES: list[Case] = []


def case(group: str, name: str, bytes: int = 0, flops: int = 0) -> Callable[[Setup], Setup]:
    """Registers a case."""

    def register(setup: Setup) -> Setup:
        CASES.append(Case(group, name, setup, bytes, flops))
        return setup

    return register


# -- dispatch: calls so small that only the way to the kernel counts


def _small(name: str, use: Callable[[Any, Any], Any], grad: bool = False) -> None:
    def setup(t: Any) -> Call:
        a, b = t.randn(8, 8, requires_grad=grad), t.randn(8, 8)
        return lambda: use(a, b)

    case("dispatch", name)(setup)


_small("a + b, 8x8", lambda a, b: a + b)
_small("a * 2, 8x8", lambda a, b: a * 2)
_small("a.sum(), 8x8", lambda a, b: a.sum())
_small("a.exp(), 8x8", lambda a, b: a.exp())
_small("a @ b, 8x8", lambda a, b: a @ b)
_small("a.t(), 8x8", lambda a, b: a.t())
_small("a[1], 8x8", lambda a, b: a[1])
_small("a.view(64), 8x8", lambda a, b: a.view(64))
_small("a.add_(b), 8x8", lambda a, b: a.add_(b))
_small("a + b recorded, 8x8", lambda a, b: a + b, grad=True)
_small("(a * b).sum().backward(), 8x8", lambda a, b: (a * b).sum().backward(), grad=True)


# -- large pointwise and chains

N = 1 << 24


def _pointwise(name: str, use: Callable[[Any, Any, Any], Any], operands: int) -> None:
    def setup(t: Any) -> Call:
        a, b = t.rand(N) + 0.5, t.rand(N) + 0.5
        return lambda: use(t, a, b)

    case("pointwise", f"{name}, 16M float32", bytes=4 * N * operands)(setup)


_pointwise("a + b", lambda t, a, b: a + b, 3)
_pointwise("exp(a)", lambda t, a, b: t.exp(a), 2)
_pointwise("tanh(a)", lambda t, a, b: t.tanh(a), 2)
_pointwise("sigmoid(a)", lambda t, a, b: t.sigmoid(a), 2)
_pointwise("log(a)", lambda t, a, b: t.log(a), 2)
_pointwise("gelu(a)", lambda t, a, b: t.nn.functional.gelu(a), 2)
_pointwise("a > b", lambda t, a, b: a > b, 2)
_pointwise("where(a > b, a, b)", lambda t, a, b: t.where(a > b, a, b), 3)


@case("chain", "(a * b + a).tanh() - b, 4M float32", bytes=4 * (1 << 22) * 3)
def _chain(t: Any) -> Call:
    a, b = t.rand(1 << 22), t.rand(1 << 22)
    return lambda: (a * b + a).tanh() - b


@case("chain", "transpose and copy, 4096x4096", bytes=4 * 2 * 4096 * 4096)
def _transpose(t: Any) -> Call:
    a = t.rand(4096, 4096)
    return lambda: a.t().contiguous()


@case("chain", "row plus column, 4096x4096", bytes=4 * 4096 * 4096)
def _broadcast(t: Any) -> Call:
    a, b = t.rand(4096, 1), t.rand(4096)
    return lambda: a + b


# -- reductions, rows

SQUARE = 4 * 4096 * 4096


def _matrix(group: str, name: str, use: Callable[[Any, Any], Any], passes: int = 1) -> None:
    def setup(t: Any) -> Call:
        a = t.rand(4096, 4096)
        return lambda: use(t, a)

    case(group, f"{name}, 4096x4096 float32", bytes=SQUARE * passes)(setup)


_matrix("reduction", "sum()", lambda t, a: a.sum())
_matrix("reduction", "sum(0)", lambda t, a: a.sum(0))
_matrix("reduction", "sum(1)", lambda t, a: a.sum(1))
_matrix("reduction", "mean(1)", lambda t, a: a.mean(1))
_matrix("reduction", "amax(0)", lambda t, a: a.amax(0))
_matrix("reduction", "max(1) with indices", lambda t, a: a.max(1))
_matrix("reduction", "argmax(1)", lambda t, a: a.argmax(1))
_matrix("reduction", "var(1)", lambda t, a: a.var(1))
_matrix("reduction", "cumsum(1)", lambda t, a: a.cumsum(1), 2)
_matrix("softmax", "softmax(1)", lambda t, a: t.softmax(a, 1), 2)
_matrix("softmax", "softmax(0)", lambda t, a: t.softmax(a, 0), 2)
_matrix("softmax", "log_softmax(1)", lambda t, a: t.log_softmax(a, 1), 2)


@case("norm", "layer_norm, 4096x1024", bytes=4 * 4096 * 1024 * 2)
def _layer_norm(t: Any) -> Call:
    a, w, b = t.rand(4096, 1024), t.rand(1024), t.rand(1024)
    return lambda: t.nn.functional.layer_norm(a, (1024,), w, b)


@case("norm", "layer_norm forward and backward, 4096x1024", bytes=4 * 4096 * 1024 * 5)
def _layer_norm_backward(t: Any) -> Call:
    a, w, b = (
        t.rand(4096, 1024, requires_grad=True),
        t.rand(1024, requires_grad=True),
        t.rand(1024, requires_grad=True),
    )
    dy = t.rand(4096, 1024)
    return lambda: t.nn.functional.layer_norm(a, (1024,), w, b).backward(dy)


@case("norm", "batch_norm in training, 64x64x28x28", bytes=4 * 64 * 64 * 28 * 28 * 3)
def _batch_norm(t: Any) -> Call:
    a, layer = t.rand(64, 64, 28, 28), t.nn.BatchNorm2d(64)

    def run() -> Any:
        with t.no_grad():
            return layer(a)

    return run


@case("loss", "cross_entropy, 8192x1000", bytes=4 * 8192 * 1000)
def _cross_entropy(t: Any) -> Call:
    a, y = t.randn(8192, 1000), t.randint(0, 1000, (8192,))
    return lambda: t.nn.functional.cross_entropy(a, y)


@case("loss", "cross_entropy forward and backward, 8192x1000", bytes=4 * 8192 * 1000 * 3)
def _cross_entropy_backward(t: Any) -> Call:
    a, y = t.randn(8192, 1000, requires_grad=True), t.randint(0, 1000, (8192,))
    return lambda: t.nn.functional.cross_entropy(a, y).backward()


@case("indexing", "embedding, 65536 rows of 256", bytes=4 * 65536 * 256 * 2)
def _embedding(t: Any) -> Call:
    table, index = t.rand(50000, 256), t.randint(0, 50000, (65536,))
    return lambda: t.nn.functional.embedding(index, table)


# -- contractions


def _gemm(size: int) -> None:
    def setup(t: Any) -> Call:
        a, b = t.rand(size, size), t.rand(size, size)
        return lambda: a @ b

    case("gemm", f"{size}x{size} @ {size}x{size}", flops=2 * size**3)(setup)


for _size in (64, 128, 256, 512, 1024, 2048):
    _gemm(_size)


@case("gemm", "linear, 128x1024 to 4096, with bias", flops=2 * 128 * 1024 * 4096)
def _linear(t: Any) -> Call:
    x, w, b = t.rand(128, 1024), t.rand(4096, 1024), t.rand(4096)
    return lambda: t.nn.functional.linear(x, w, b)


@case("gemm", "bmm, 64 of 128x64 @ 64x128", flops=2 * 64 * 128 * 64 * 128)
def _bmm(t: Any) -> Call:
    a, b = t.rand(64, 128, 64), t.rand(64, 64, 128)
    return lambda: t.bmm(a, b)


def _conv(
    batch: int, channels: int, side: int, filters: int, kernel: int, stride: int, backward: bool
) -> None:
    out = (side + 2 * (kernel // 2) - kernel) // stride + 1
    flops = 2 * batch * filters * out * out * channels * kernel * kernel

    def setup(t: Any) -> Call:
        x = t.rand(batch, channels, side, side, requires_grad=backward)
        w = t.rand(filters, channels, kernel, kernel, requires_grad=backward)
        conv = t.nn.functional.conv2d
        if not backward:
            return lambda: conv(x, w, None, stride, kernel // 2)
        dy = t.rand(batch, filters, out, out)
        return lambda: conv(x, w, None, stride, kernel // 2).backward(dy)

    way = "forward and backward" if backward else "forward"
    name = (
        f"{batch}x{channels}x{side}x{side}, {filters} of {kernel}x{kernel}, stride {stride}, {way}"
    )
    case("conv", name, flops=flops * (3 if backward else 1))(setup)


for _backward in (False, True):
    _conv(8, 64, 56, 64, 3, 1, _backward)
    _conv(8, 128, 28, 128, 3, 1, _backward)
    _conv(8, 256, 14, 256, 3, 1, _backward)
    _conv(8, 64, 56, 128, 1, 2, _backward)
    _conv(8, 3, 112, 64, 7, 2, _backward)


# -- training steps


def _training(name: str, build: Callable[[Any], tuple[Any, Any, Any]]) -> None:
    def setup(t: Any) -> Call:
        model, x, y = build(t)
        optimizer = t.optim.Adam(model.parameters(), 1e-3)

        def step() -> None:
            optimizer.zero_grad()
            output = model(x)
            t.nn.functional.cross_entropy(output.flatten(0, -2), y.flatten()).backward()
            optimizer.step()

        return step

    case("training step", name)(setup)


def _mlp(t: Any) -> tuple[Any, Any, Any]:
    nn = t.nn
    model = nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)
    )
    return model, t.rand(128, 784), t.randint(0, 10, (128,))


def _cnn(t: Any) -> tuple[Any, Any, Any]:
    nn = t.nn
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    return model, t.rand(64, 1, 28, 28), t.randint(0, 10, (64,))


def _transformer(t: Any) -> tuple[Any, Any, Any]:
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

    return Layer(), t.rand(16, 128, 128), t.randint(0, 128, (16, 128))


_training("MLP 784-512-256-10, batch 128", _mlp)
_training("CNN with two convolutions, 64 images of 28x28", _cnn)
_training("transformer layer, 16 x 128 tokens of 128", _transformer)

"""A causal transformer learns the characters of Python's help texts and beats a bigram table."""

import argparse
import math
import time
from pydoc_data.topics import topics

import tensorsmith as ts
from tensorsmith import nn
from tensorsmith.nn import functional as F

CONTEXT, WIDTH, HEADS, LAYERS = 64, 96, 4, 2


def load_text() -> tuple[ts.Tensor, ts.Tensor, int]:
    """Training and held-out characters as int64 tensors, and the size of the alphabet.

    The topics of the standard library's pydoc, by name; the last tenth is held out.
    """
    text = "".join(topics[name] for name in sorted(topics))
    alphabet = sorted(set(text))
    codes = {character: code for code, character in enumerate(alphabet)}
    data = ts.tensor([codes[character] for character in text])
    cut = len(text) * 9 // 10
    return data[:cut], data[cut:], len(alphabet)


def bigram_loss(train: ts.Tensor, held_out: ts.Tensor, alphabet: int) -> float:
    """Held-out cross entropy of a table of character pairs with add-one smoothing, in nats."""
    pairs = train[:-1] * alphabet + train[1:]
    counts = ts.bincount(pairs, minlength=alphabet * alphabet).view(alphabet, alphabet).double() + 1
    table = counts.log() - counts.sum(1, keepdim=True).log()
    return -table[held_out[:-1], held_out[1:]].mean().item()


class Block(nn.Module):
    """Attention and a feed-forward part, each behind a norm and with a residual connection."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.mix = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.feed = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x: ts.Tensor) -> ts.Tensor:
        """x: float32[B, T, WIDTH] -> the same shape."""
        batch, length, _ = x.shape
        parts = self.qkv(self.norm1(x)).split(WIDTH, dim=-1)
        q, k, v = (p.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for p in parts)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(attended.transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.feed(self.norm2(x))


class Transformer(nn.Module):
    """Scores of the next character at every position."""

    def __init__(self, alphabet: int) -> None:
        super().__init__()
        self.token, self.position = nn.Embedding(alphabet, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm, self.score = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, alphabet)

    def forward(self, x: ts.Tensor) -> ts.Tensor:
        """x: int64[B, T] -> float32[B, T, alphabet]."""
        hidden = self.token(x) + self.position(ts.arange(x.size(1)))
        return self.score(self.norm(self.blocks(hidden)))


def sample_batch(data: ts.Tensor, size: int) -> tuple[ts.Tensor, ts.Tensor]:
    """Random windows and the same windows one character later, int64[size, CONTEXT] each."""
    starts = ts.randint(0, len(data) - CONTEXT - 1, (size, 1)) + ts.arange(CONTEXT)
    return data[starts], data[starts + 1]


def held_out_loss(model: nn.Module, data: ts.Tensor) -> float:
    """Mean cross entropy over up to 256 windows spread over the held-out text, in nats."""
    count = min(256, (len(data) - 1) // CONTEXT)
    starts = ts.arange(count).unsqueeze(1) * ((len(data) - 1) // count) + ts.arange(CONTEXT)
    starts = starts.clamp(max=len(data) - 2)
    model.eval()
    with ts.no_grad():
        scores = model(data[starts])
        return F.cross_entropy(scores.flatten(0, 1), data[starts + 1].flatten()).item()


def main() -> None:
    """Train and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=32)
    options = parser.parse_args()
    ts.manual_seed(0)
    train, held_out, alphabet = load_text()
    goal = bigram_loss(train, held_out, alphabet)
    print(
        f"{len(train):,} characters to learn from, {alphabet} different ones; bigram table: "
        f"{goal:.3f} nats"
    )
    model = Transformer(alphabet)
    optimizer = ts.optim.AdamW(model.parameters(), lr=2e-3)
    start = time.perf_counter()
    for step in range(1, options.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = (
                2e-3
                * min(1, step / 50)
                * (0.1 + 0.45 * (1 + math.cos(math.pi * step / options.steps)))
            )
        x, y = sample_batch(train, options.batch)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        optimizer.step()
        if step % 50 == 0 or step == options.steps:
            seconds = time.perf_counter() - start
            print(
                f"step {step}: loss {loss.item():.3f}, held out "
                f"{held_out_loss(model, held_out):.3f}, {seconds:.0f} s"
            )
    final = held_out_loss(model, held_out)
    print(f"held out: transformer {final:.3f}, bigram table {goal:.3f} nats per character")
    if final >= goal:
        raise SystemExit("the transformer did not learn more than the bigram table")


if __name__ == "__main__":
    main()

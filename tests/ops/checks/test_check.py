"""Static checks find statements that parse but cannot be meant."""

from __future__ import annotations

import pytest
from tensorsmith.ops.checks.check import check
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.errors import RegistryError

from ..small_entries import ENTRIES

TEMPLATE = """\
thing:
  doc: Something.
  inputs:
    x: Float[..., N]
    y: Float[N, K]
    i: Integer[K]
  attrs:
    reduction: mean|sum = mean
  outputs:
    output: Float[..., N]
  define: |
    {}
  reference: x
"""


def _op(*statements: str) -> None:
    (op,) = read_text(TEMPLATE.format("\n    ".join(statements)))
    check(op)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["total = sum[n](x[n])"], "the output output must be assigned"),
        (["output[n] = y[n, k]"], "index k is not bound"),
        (["output[n] = sum[n](x[n])"], "index n is in use; write n1"),
        (["output[n] = sum[k](sum[k](y[n, k]))"], "index k is in use; write k1"),
        (["output[n] = x[n]", "output[n] = x[n]"], "output must be assigned once"),
        (["x[n] = 1", "output[n] = x[n]"], "x must not be assigned"),
        (["output[n] = later", "later = 1"], "later is read before it is assigned"),
        (["output = 1"], "output has 1 core axes"),
        (["pair[n, n] = 1", "output[n] = pair[n, n]"], "different plain indices"),
        (["shifted[n + 1] = x[n]", "output[n] = shifted[n]"], "different plain indices"),
        (["k = 1", "output[n] = x[n] * k"], "k is the name of an index over K"),
        (["output[n] = running_sum[k <= n](x[k])"], "must be indices over one size"),
        (["output[n] = x[argsort[n](x[n])[n]]"], "the place must not depend on n"),
        (
            ["output[n] = x[argsort[n1](x[n1])[n1]]"],
            "the place must not depend on n1|n1 is not bound",
        ),
        (["output[n] = x[argsort[n1](x[n1], x[n] > 0)[n]]"], "must be an attribute, true or false"),
        (["output[n] = x[argsort[n1](x[n1])[n + 1]]"], "the place n + 1 leaves argsort"),
        (["output[n] = x[argsort[n1](x[n1])[x[n]]]"], "must be of kind int"),
    ],
)
def test_what_cannot_be_meant_is_refused(statements: list[str], message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        _op(*statements)
    assert any(each in str(caught.value) for each in message.split("|"))
    assert "thing" in str(caught.value)


@pytest.mark.parametrize(
    "statements",
    [
        ["output[n] += y[n, k]"],
        ["output[n] = x[n]", "output[i[k]] = y[0, k]"],
        [
            "if reduction == 'mean':",
            "  output[n] = x[n] / N",
            "if reduction == 'sum':",
            "  output[n] = x[n]",
        ],
        ["output[n] = running_sum[n1 <= n](x[n1])"],
        ["shifted[n + 1] += x[n]", "output[n] = shifted[n]"],
    ],
)
def test_what_can_be_meant_is_accepted(statements: list[str]) -> None:
    _op(*statements)


def test_all_small_entries_are_sound() -> None:
    for op in read_text(ENTRIES):
        check(op)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("output: Float[..., N]", "output: Float[..., M]", "rank|size M can be solved from no"),
        ("y: Float[N, K]", "output: Float[N, K]", "output stands for two things"),
        ("reduction: mean|sum = mean", "dim: Axis(Q)", "no input has an axis Q"),
        ("reduction: mean|sum = mean", "a: number(Real) = 1", "a: Real is not a word of the op"),
        ("  reference: x", "  nondifferentiable: [outptu]\n  reference: x", "did you mean output"),
        ("  define", "  sizes: {L: N + M, M: '3'}\n  define", "M is not known before it"),
    ],
)
def test_declarations_are_checked(old: str, new: str, message: str) -> None:
    text = TEMPLATE.format("output[n] = x[n]")
    assert old in text
    with pytest.raises(RegistryError) as caught:
        for op in read_text(text.replace(old, new)):
            check(op)
    assert any(part in str(caught.value) for part in message.split("|"))

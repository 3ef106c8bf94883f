"""Places that wrap around are differences instead of remainders, with the same values."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.lowering.program.wrap import wrapped
from tensorsmith.ops.language.expression import Attribute, Call, Expression, Read, walk
from tensorsmith.ops.language.parse import parse_expression
from tensorsmith.ops.language.scope import Scope

SCOPE = Scope({"shift": 1, "x": 1}, ["k", "tau"], {"N": None, "M": None})


def rewritten(text: str) -> Expression:
    whole = {"shift", "k"}

    def is_whole(node: Expression) -> bool:
        name = node.tensor if isinstance(node, Read) else getattr(node, "name", "")
        return isinstance(node, Read | Attribute) and name in whole

    return wrapped(parse_expression(text, SCOPE), is_whole)


@pytest.mark.parametrize(
    "text", ["(n + k) % N", "(n - shift[m] + N) % N", "(m - (k - n)) % N", "(k + n) % N"]
)
def test_a_remainder_is_taken_of_what_does_not_run(text: str) -> None:
    found = rewritten(text)
    assert isinstance(found, Call) and found.function == "select"
    for node in walk(found):
        if isinstance(node, Call) and node.function == "mod":
            assert "n" not in {getattr(each, "name", "") for each in walk(node.arguments[0])}


@pytest.mark.parametrize(
    "text",
    ["(n + tau) % N", "(n + x[m]) % N", "(2 * n + k) % N", "(n + k) % M", "(n + n) % N", "k % N",
     "(n + shift[n]) % N", "(k - n) % N", "(n + 0.5) % N",
     "(n + n - n) % N"],
)  # fmt: skip
def test_other_remainders_stay(text: str) -> None:
    assert rewritten(text) == parse_expression(text, SCOPE)


def test_rolled_reads_are_right_for_any_shift_and_have_gradients() -> None:
    (op,) = ts.library.define(
        "wraps::turn:\n  doc: A row turned.\n  inputs: {x: 'Float[..., K, N]', by: 'int64[K]'}\n"
        "  outputs: {output: 'Float[..., K, N]'}\n  define: |\n"
        "    place[k, n] = (n - by[k]) % N\n    output[k, n] = x[k, place[k, n]]\n"
        "  samples: [{x: [2, 3], by: {shape: [2], range: [0, 3]}}]\n"
    )
    try:
        x = ts.rand(5, 21, requires_grad=True)
        by, weight = ts.tensor([0, 5, -20, 21, -1000001]), ts.rand(5, 21)
        found = op(x, by)
        wanted = [np.roll(row, int(n)) for row, n in zip(x.detach().numpy(), by.tolist())]
        np.testing.assert_array_equal(found.detach().numpy(), np.stack(wanted))
        (gradient,) = ts.autograd.grad(found, x, weight)
        back = [np.roll(row, -int(n)) for row, n in zip(weight.numpy(), by.tolist())]
        np.testing.assert_array_equal(gradient.numpy(), np.stack(back))
    finally:
        ts.library.undefine("wraps::turn")

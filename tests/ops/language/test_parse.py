"""Texts of the expression language are read, and canonical ones printed as they were written."""

from __future__ import annotations

import pytest
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.language.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
)
from tensorsmith.ops.language.op import Block, Condition
from tensorsmith.ops.language.parse import parse_expression, parse_statements
from tensorsmith.ops.language.scope import Scope
from tensorsmith.ops.language.text import print_expression, print_statements

SCOPE = Scope(
    ranks={"x": 1, "w": 2, "table": 2, "place": 1, "p": 0, "q": 0},
    attributes=("eps", "reduction"),
    sizes=("N", "G", "C", "K"),
    functions=lambda name: name == "softplus",
)

CANONICAL = [
    "x[n] + 1",
    "p - (q - p)",
    "p - q - p",
    "-p ** 2",
    "(-p) ** 2",
    "p ** -q",
    "p ** q ** p",
    "(p ** q) ** p",
    "p * (q + 1)",
    "not p == q",
    "(not p) == q",
    "p < q and (q < p or p != q)",
    "p if p > 0 else q if q > 0 else -inf",
    "(p if p > 0 else q) * 2",
    "p if (q if p else q) else p",
    "x[n] / sum[n1](x[n1])",
    "sum[n, k](w[n, k])",
    "x[(g, c)]",
    "w[(g, c), k]",
    "w[n, 2 * k + N - 1]",
    "table[place[n], k]",
    "running_sum[n1 <= n](x[n1])",
    "running_logaddexp[n1 >= n](x[n1])",
    "argsort[n1](x[n1])[n]",
    "argsort[n1](x[n1], true)[k - 1]",
    "cast(p, Wide(Number))",
    "cast(p, int64)",
    "max(p, q, 0)",
    "max[n](x[n])",
    "softplus(p)",
    "~place[n] & 3 << 2 | 1",
    "p // 2 % N",
    "0.5 * eps",
    "1e-05",
    "true",
    "nan",
    "pi * N",
    "reduction == 'mean'",
    "uniform(p, n)",
    "linear()",
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_prints_as_it_was_read(text: str) -> None:
    assert print_expression(parse_expression(text, SCOPE)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p-q", Call("sub", (Read("p"), Read("q")))),
        ("-1", Constant(-1)),
        ("N", Size("N")),
        ("n1", Index("n1")),
        ("eps", Attribute("eps")),
        ("p", Read("p")),
        ("x[(g, c)]", Read("x", (Product((Index("g"), Index("c"))),))),
        ("w[g, c]", Read("w", (Index("g"), Index("c")))),
        ("w[(g), (c)]", Read("w", (Index("g"), Index("c")))),
        ("sum[k](x[k])", Reduce("sum", ("k",), Read("x", (Index("k"),)))),
        ("running_max[n1 >= n](p)", Scan("max", "n1", Index("n"), Read("p"), True)),
        ("p if q else 0", Call("select", (Read("q"), Read("p"), Constant(0)))),
        ("min(p, q)", Call("minimum", (Read("p"), Read("q")))),
    ],
)
def test_names_mean_what_the_scope_says(text: str, expected: Expression) -> None:
    assert parse_expression(text, SCOPE) == expected


def test_without_a_scope_bracketed_names_are_indices() -> None:
    assert parse_expression("u * v[i]") == Call("mul", (Read("u"), Read("v", (Index("i"),))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p +", "invalid syntax"),
        ("p < q < 1", "two comparisons joined by `and`"),
        ("class + 1", "class is a keyword of Python"),
        ("M + 1", "M is not a size"),
        ("epz", "did you mean eps"),
        ("x + 1", "x has 1 core axes"),
        ("x[n, k]", "x has 1 core axes, but is read with 2 indices"),
        ("y[n]", "y is not a tensor of this entry"),
        ("sum[N](p)", "must run over an index"),
        ("sums[n](x[n])", "did you mean sum"),
        ("expp(p)", "did you mean exp"),
        ("exp(p, q)", "exp must have 1 arguments, got 2"),
        ("exp(u=p)", "arguments have no names"),
        ("open(p)", "open is not a primitive"),
        ("p.shape", "is not in the expression language"),
        ("[p for p in q]", "is not in the expression language"),
        ("lambda: p", "is not in the expression language"),
        ("__import__('os')", "__import__ is not a primitive"),
        ("running_sum[n](x[n])", "must read `running_sum[n1 <= n](...)`"),
        ("running_any[n1 <= n](x[n1])", "running_any is not a reducer"),
        ("argsort[n](x[n])", "argsort must say which place is meant"),
        ("argsort[n](x[n], true, 1)[0]", "argsort must read"),
        ("cast(p, Floaty)", "a type must begin with"),
    ],
)
def test_mistakes_say_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        parse_expression(text, SCOPE)
    assert message in str(caught.value)


def test_a_mistake_has_line_and_column() -> None:
    with pytest.raises(RegistryError) as caught:
        parse_expression("p +\n  unknown", SCOPE)
    assert (caught.value.line, caught.value.column) == (2, 3)
    with pytest.raises(RegistryError) as caught:
        parse_expression("p + unknown", SCOPE)
    assert (caught.value.line, caught.value.column) == (1, 5)


STATEMENTS = """\
total = sum[n](x[n])
y[n] = x[n] / total
if reduction == 'none':
    output[n] = y[n]
if reduction != 'none':
    output = sum[n](y[n])
z[place[n], k] += w[n, k]"""


def test_statements_print_as_they_were_read() -> None:
    assert print_statements(parse_statements(STATEMENTS, SCOPE)) == STATEMENTS


def test_a_block_has_conditions_and_an_else_the_opposite_ones() -> None:
    text = "if reduction == 'none':\n  a = p\nelse:\n  a = q"
    first, second = parse_statements(text, SCOPE)
    assert first == Block((Condition("reduction", "none"),), (Statement(Read("a"), Read("p")),))
    assert isinstance(second, Block)
    assert second.conditions == (Condition("reduction", "none", negated=True),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("for i in x: y = 1", "a statement must read"),
        ("a, b = p, q", "a target must be a name"),
        ("a -= p", "a statement must read"),
        ("if p > 0:\n  a = p", "a condition must read"),
        ("if reductoin == 'mean':\n  a = p", "did you mean reduction"),
        ("exp(p)", "a statement must read"),
    ],
)
def test_statements_outside_of_the_language_are_refused(text: str, message: str) -> None:
    with pytest.raises(RegistryError) as caught:
        parse_statements(text, SCOPE)
    assert message in str(caught.value)

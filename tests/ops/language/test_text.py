"""Printing and reading are inverse for every expression, not only for those that people write."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from tensorsmith.ops.language import primitives, vocabulary
from tensorsmith.ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
)
from tensorsmith.ops.language.parse import parse_expression
from tensorsmith.ops.language.scope import Scope
from tensorsmith.ops.language.text import print_expression

SCOPE = Scope({"x": 0, "v": 1, "w": 2}, ("eps",), ("N", "K"))

LEAVES = st.one_of(
    st.integers(0, 9).map(Constant),
    st.floats(0, 1e3).map(Constant),
    st.sampled_from(
        [
            Constant(math.inf),
            Constant(True),
            Size("N"),
            Index("n"),
            Index("k1"),
            Attribute("eps"),
            Read("x"),
            Read("v", (Index("n"),)),
            Read("w", (Product((Index("n"), Index("k"))), Index("k1"))),
        ]
    ),
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    names = [name for name, arity in vocabulary.PRIMITIVES.items() if arity == 2]
    unary = [name for name, arity in vocabulary.PRIMITIVES.items() if arity == 1 and name != "neg"]
    negated = inner.filter(lambda each: not isinstance(each, Constant))
    return st.one_of(
        st.tuples(st.sampled_from(names), inner, inner).map(lambda t: Call(t[0], (t[1], t[2]))),
        st.tuples(st.sampled_from(unary), inner).map(lambda t: Call(t[0], (t[1],))),
        negated.map(lambda each: Call("neg", (each,))),
        st.tuples(inner, inner, inner).map(lambda t: Call("select", t)),
        inner.map(lambda each: Reduce("sum", ("n", "k"), each)),
        inner.map(lambda each: Scan("max", "n1", Index("n"), each, True)),
        inner.map(lambda each: Cast(each, "Float2")),
        inner.map(lambda each: Read("v", (each,))),
    )


@settings(deadline=None)  # a busy machine is no fault of the reader's
@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_what_is_printed_is_read_as_the_same_expression(expression: Expression) -> None:
    text = print_expression(expression)
    assert parse_expression(text, SCOPE) == expression
    assert print_expression(parse_expression(text, SCOPE)) == text


def test_the_parser_and_the_primitives_agree() -> None:
    arities = {name: each.arity for name, each in primitives.PRIMITIVES.items()}
    assert arities == vocabulary.PRIMITIVES

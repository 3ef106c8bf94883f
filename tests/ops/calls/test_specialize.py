"""Specialised ops have plain statements: absent inputs are constants, choices are made."""

from __future__ import annotations

import pytest
from tensorsmith.ops.calls.specialize import specialize, title
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.errors import ArgumentError, ArgumentValueError
from tensorsmith.ops.language.op import Block
from tensorsmith.ops.language.signature import print_type
from tensorsmith.ops.language.text import print_statements

from ..small_entries import ENTRIES

OPS = {op.name: op for op in read_text(ENTRIES)}


def test_an_op_with_nothing_to_decide_is_returned_as_it_is() -> None:
    assert specialize(OPS["matmul"], frozenset({"input", "other"}), {}) is OPS["matmul"]


def test_an_absent_input_reads_as_its_default() -> None:
    op = specialize(OPS["conv2d"], frozenset({"input", "weight"}), {})
    assert [each.name for each in op.inputs] == ["input", "weight"]
    assert print_statements(op.define).startswith("output[(g, f), oh, ow] = sum[")
    assert "bias" not in op.order


def test_choices_decide_statements_and_output_types() -> None:
    given = frozenset({"input", "target"})
    none = specialize(OPS["nll_loss"], given, {"reduction": "none"})
    assert print_type(none.outputs[0].type) == "Float[B?, *S]"
    assert not any(isinstance(each, Block) for each in none.define)
    assert print_statements(none.define).splitlines()[-1] == "output[b, s] = loss[b, s]"
    mean = specialize(OPS["nll_loss"], given, {})
    assert print_type(mean.outputs[0].type) == "Float[]"
    assert print_statements(mean.define).endswith("/ sum[b, s](share[b, s])")


def test_specialising_twice_gives_the_same_object() -> None:
    given = frozenset({"input", "target"})
    first = specialize(OPS["nll_loss"], given, {"reduction": "sum"})
    assert specialize(OPS["nll_loss"], given, {"reduction": "sum"}) is first
    assert specialize(OPS["nll_loss"], given, {"reduction": "none"}) is not first


def test_the_name_tells_what_was_decided_and_the_title_does_not() -> None:
    op = specialize(OPS["nll_loss"], frozenset({"input", "target"}), {"reduction": "sum"})
    assert op.name == "nll_loss{-weight,reduction=sum}"
    assert title(op.name) == "nll_loss"
    assert title(f"{op.name}.adjoint[input]") == "nll_loss.adjoint[input]"


def test_conditions_in_expressions_are_decided() -> None:
    (op,) = read_text(
        """\
choose:
  doc: x
  inputs: {input: Float}
  attrs: {mode: none|up = none}
  outputs: {output: Float}
  require:
    nothing must be wrong: mode != 'down'
  define: output = input if mode == 'none' and input > 0 else -input if not mode == 'none' else 0
  reference: input
"""
    )
    up = specialize(op, frozenset({"input"}), {"mode": "up"})
    assert print_statements(up.define) == "output = -input"
    assert up.requirements == ()
    none = specialize(op, frozenset({"input"}), {"mode": None})
    assert print_statements(none.define) == "output = input if input > 0 else 0"


def test_sizes_and_requirements_of_absent_inputs_are_gone() -> None:
    (op,) = read_text(
        """\
thing:
  doc: x
  inputs:
    x: Float[N]
    y: Float[M] = 0
  outputs:
    output: Float[N]
  sizes:
    L: M + 1
  require:
    y must be long: L > 3
    x must be long: N > 1
  define: output[n] = x[n]
  reference: x
"""
    )
    plain = specialize(op, frozenset({"x"}), {})
    assert plain.sizes == ()
    assert [why for why, _ in plain.requirements] == ["x must be long"]


def test_wrong_calls_are_errors() -> None:
    op = OPS["nll_loss"]
    with pytest.raises(ArgumentError, match="target must be given"):
        specialize(op, frozenset({"input"}), {})
    with pytest.raises(ArgumentError, match="scores is not an input"):
        specialize(op, frozenset({"input", "target", "scores"}), {})
    with pytest.raises(ArgumentValueError, match="reduction must be one of 'mean', 'sum', 'none'"):
        specialize(op, frozenset({"input", "target"}), {"reduction": "max"})

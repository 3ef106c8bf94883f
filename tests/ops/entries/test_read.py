"""YAML is read strictly, and what an entry says arrives in the op."""

from __future__ import annotations

import textwrap

import pytest
from tensorsmith.ops.entries.canonical import entry_pieces, entry_text
from tensorsmith.ops.entries.entry import build, references
from tensorsmith.ops.entries.read import key_order_problems, read_entries, read_text
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.language.expression import Constant, Read
from tensorsmith.ops.language.op import Op

from ..small_entries import ENTRIES

OPS = {op.name: op for op in read_text(ENTRIES)}


@pytest.mark.parametrize("name", OPS)
def test_canonical_yaml_gives_the_same_op_back(name: str) -> None:
    op = OPS[name]
    text = entry_text(op)
    (again,) = read_text(text, known=OPS.__contains__)
    assert again == op
    assert entry_text(again) == text


@pytest.mark.parametrize("name", OPS)
def test_canonical_pieces_give_the_same_op_back(name: str) -> None:
    op = OPS[name]
    assert build(name, entry_pieces(op), functions=OPS.__contains__) == op


def test_the_parts_of_an_entry_arrive() -> None:
    op = OPS["conv2d"]
    assert [each.name for each in op.inputs] == ["input", "weight", "bias"]
    assert op.inputs[2].default == Constant(0)
    assert op.inputs[0].meaning == "images, channels first"
    assert op.order == ("input", "weight", "bias", "stride", "padding", "groups")
    assert [name for name, _ in op.sizes] == ["OH", "OW"]
    assert op.outside == (("input", Constant(0)),)
    assert dict(op.samples[0].arguments)["stride"] == 2
    assert [why for why, _ in op.rejects] == [why for why, _ in op.requirements]


def test_names_are_the_key_and_a_method_unless_stated() -> None:
    assert OPS["sigmoid"].names == ("sigmoid", "Tensor.sigmoid")
    assert OPS["softmax"].names == ("softmax", "nn.functional.softmax")


def test_forms_follow_from_what_an_entry_states() -> None:
    (exp,) = read_text(
        "exp:\n  doc: x\n  inputs: {input: Inexact}\n  outputs: {output: Inexact}\n"
        "  define: output = exp(input)\n  reference: np.exp(input)\n"
    )
    assert exp.form == "primitive"
    assert OPS["sigmoid"].form == "derived"
    assert OPS["transpose"].form == "view"
    assert OPS["sort"].form == "extern"
    assert dict(OPS["sort"].kernel)["dinput"].startswith("scatter_add")


def test_stated_adjoints_are_statements_of_cotangents() -> None:
    (statement,) = OPS["softmax"].adjoint
    assert getattr(statement, "target", None) == Read(
        "dinput", OPS["softmax"].define[0].target.indices
    )  # type: ignore[union-attr]


def test_variants_inherit_and_the_first_may_be_the_entry_itself() -> None:
    op = OPS["max"]
    assert [each.name for each in op.outputs] == ["output"]
    (along,) = op.variants
    assert along.name == "max.1"
    assert along.doc == "Largest element along a dim, and its position."
    assert along.names == ("max", "Tensor.max")


def test_references_are_told_apart_by_oracle() -> None:
    assert set(references(OPS["nll_loss"])) == {"torch"}
    assert set(references(OPS["conv2d"])) == {"torch"}
    assert references(OPS["sigmoid"]) == {"numpy": "special.expit(input)"}


SIGMOID = """\
sigmoid:
  doc: Logistic function.
  inputs: {input: Inexact}
  outputs: {output: Inexact}
  define: output = 1 / (1 + exp(-input))
  reference: special.expit(input)
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  doc:", "  dok:", "ops.yaml:2, column 3: sigmoid: unknown key dok; did you mean doc?"),
        ("  reference: special.expit(input)\n", "", "must have the key reference"),
        ("  reference", "  doc: again\n  reference", "ops.yaml:6, column 3: sigmoid: the key doc"),
        ("exp(-input)", "exq(-input)", "ops.yaml:5, column 29: sigmoid: exq is not a"),
        ("exp(-input)", "exp(-inptu)", "did you mean input?"),
        ("{input: Inexact}\n  out", "{input: Inexakt}\n  out", "ops.yaml:3, column 19: sigmoid"),
        ("  define:", "  define: >\n   ", "a block must begin with |"),
        ("  reference:", "  kernel: x\n  reference:", "define and kernel"),
        ("  reference:", "  inplace: yes\n  reference:", "inplace must be true or false, got yes"),
        ("  reference:", "  order: [other]\n  reference:", "order must name each of input once"),
        ("special.expit(input)", "special.expit(", "'(' was never closed"),
        (
            "  reference:",
            "  samples:\n    - {inptu: [2]}\n  reference:",
            "inptu is not an argument",
        ),
        (
            "  reference:",
            "  derivative: {dy/dinput: '1'}\n  reference:",
            "a derivative must be of a d<output>/d<input>",
        ),
        ("sigmoid:\n", "sigmoid:\n  doc: [1\n", "ops.yaml:"),
    ],
)
def test_mistakes_name_file_line_and_entry(old: str, new: str, message: str) -> None:
    assert old in SIGMOID
    with pytest.raises(RegistryError) as caught:
        read_text(SIGMOID.replace(old, new), "ops.yaml")
    assert message in str(caught.value)


def test_a_mistake_in_a_block_names_the_line_inside_of_it() -> None:
    text = textwrap.dedent(
        """\
        twice:
          doc: Twice.
          inputs: {input: Float}
          outputs: {output: Float}
          define: |
            half = input
            output = half + missing
          reference: 2 * input
        """
    )
    with pytest.raises(RegistryError) as caught:
        read_text(text, "ops.yaml")
    assert (caught.value.line, caught.value.column) == (7, 21)


def test_two_entries_of_one_name_are_an_error() -> None:
    with pytest.raises(RegistryError, match="two entries"):
        read_text(SIGMOID + SIGMOID)


def test_keys_out_of_order_are_reported() -> None:
    moved = SIGMOID.replace("  doc: Logistic function.\n", "") + "  doc: Logistic function.\n"
    (entry,) = read_entries(moved, "ops.yaml")
    assert key_order_problems(entry) == ["ops.yaml:6: sigmoid: doc must stand before reference"]
    assert not any(key_order_problems(each) for each in read_entries(ENTRIES))


def test_ops_of_one_text_compare_by_value() -> None:
    first: list[Op] = read_text(ENTRIES)
    assert first == read_text(ENTRIES)

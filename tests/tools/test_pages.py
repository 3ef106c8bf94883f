"""Pages in HTML, the template of an entry, and the table of `ops check`."""

from __future__ import annotations

import doctest
from pathlib import Path
from xml.etree import ElementTree

import pytest
import tensorsmith as ts
from tensorsmith.ops.language.parse import parse_expression
from tensorsmith.ops.registry import registry
from tensorsmith.tools import mathml, pages
from tensorsmith.tools.command import main

ENTRY = """\
pagetest::ramp:
  doc: A smooth ramp <with> care & signs.
  inputs: {x: "Float[..., N] -- where"}
  attrs: {beta: float = 1.0}
  outputs: {output: "Float[..., N]"}
  define: output[n] = log(1 + exp(beta * x[n])) / beta
  samples:
    - {x: [2, 3], beta: 2.0}
"""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a / b", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        ("(a + b) * c", "<mo>(</mo><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mo>)</mo>"),
        ("a - (b - c)", "<mo>(</mo><mrow><mi>b</mi>"),
        ("a ** 2", "<msup><mi>a</mi><mrow><mn>2</mn></mrow></msup>"),
        ("(-a) ** 2", "<mo>(</mo>"),
        ("exp(-a)", "<msup><mi>e</mi>"),
        ("sqrt(a)", "<msqrt><mi>a</mi></msqrt>"),
        ("sum[n](a[n])", "<munder><mo>\u2211</mo><mtext>n</mtext></munder>"),
        ("a if b < c else 0", "<mtable>"),
        ("a < b", "<mo>&lt;</mo>"),
        ("max(a, eps)", "<mi>max</mi><mo>(</mo><mi>a</mi><mo>,</mo><mi>\u03b5</mi><mo>)</mo>"),
    ],
)
def test_formulas_are_written_as_mathml(text: str, part: str) -> None:
    written = mathml.formula(parse_expression(text))
    assert part in written
    ElementTree.fromstring(f"<math>{written}</math>")


def test_a_page_shows_call_formula_gradient_example_and_entry() -> None:
    (op,) = registry.read_text(ENTRY)
    text = pages.page(op)
    assert "A smooth ramp &lt;with&gt; care &amp; signs." in text
    for part in ("<h2>Formula</h2>", "<h2>Gradient</h2>", "<h2>Example</h2>", "<h2>Entry</h2>"):
        assert part in text
    assert "<dt>x</dt><dd>where</dd>" in text


def test_the_example_of_a_page_is_true() -> None:
    (op,) = registry.read_text(ENTRY)
    ts.library.define(ENTRY)
    try:
        test = doctest.DocTestParser().get_doctest(pages.example(op), {}, op.name, None, 0)
        results = doctest.DocTestRunner().run(test)
        assert results.attempted == 3 and results.failed == 0
    finally:
        ts.library.undefine("pagetest::ramp")


def test_the_template_passes_its_own_tests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.yaml"
    assert main(["ops", "new", "pagetest::scale", "-o", str(path)]) == 0
    assert main(["ops", "check", str(path)]) == 0
    out = capsys.readouterr().out
    assert "pagetest::scale: ok, " in out and "forward over reverse  ok 2" in out
    assert main(["ops", "new", "pagetest::scale", "-o", str(path)]) == 1
    assert "exists; it is left as it is" in capsys.readouterr().err
    assert main(["ops", "new", "no good"]) == 1
    assert main(["ops", "new", "scale"]) == 0
    assert "my::scale:" in capsys.readouterr().out


def test_a_derivative_that_disagrees_is_told_with_both_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "pagetest::square:\n  doc: Square.\n  inputs: {x: Float}\n  outputs: {output: Float}\n"
        "  define: output = x * x\n  derivative: {doutput/dx: 3 * x}\n"
        "  samples: [{x: {values: [2.0]}}]\n"
    )
    assert main(["ops", "check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "the stated derivative disagrees with the derived one: d_x[0] is " in out
    assert "as derived, at x[0] = 2; 1 of 1 elements differ" in out
    assert "stated = derived      FAILED 1 of 1" in out


def test_a_sample_of_which_no_arrays_can_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(ENTRY.replace("{x: [2, 3], beta: 2.0}", "{x: [2, -3]}"))
    assert main(["ops", "check", str(path)]) == 1
    assert "no arrays can be made of the sample {x: [2, -3]}" in capsys.readouterr().out


def test_accuracy_is_measured_in_units_of_the_last_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ops", "check", "sigmoid"]) == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("  accuracy"))
    words = line.split()
    assert float(words[words.index("within") + 1]) < 4

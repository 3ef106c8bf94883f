"""Mistakes in entries: each has a message of its own, its line, a caret below what is wrong, and
says what is allowed, or the nearest name."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.registry import registry
from tensorsmith.tensor import call

ENTRY = """\
mistakes::f:
  doc: A sentence.
  inputs: {x: "Float[..., N]", y: "Float[..., N]", at: "int64[..., M]"}
  attrs: {mode: double|triple = double, eps: float = 1e-6}
  outputs: {output: "Float[..., N]"}
  define: |
    total = sum[n1](x[n1] * y[n1]) / N
    if mode == 'double':
      output[n] = 2 * x[n] * total
    else:
      output[n] = 3 * x[n] * total
  reference: x
  samples:
    - {x: [2, 3], y: [2, 3], at: {shape: [2, 1], range: [0, 3]}}
"""
LINE = "output[n] = 2 * x[n] * total"

CASES = {
    "an index that leaves its axis": (
        "x[n] * total", "x[n+1] * total", "n + 1 leaves axis 0 of x[n + 1]: where N is", "n+1",
    ),
    "an index over another axis": (
        LINE, "output[n] = sum[m](x[m])", "m leaves axis 0 of x[m]: where M is", "m](x",
    ),
    "an index without a range": (
        "x[n] * total", "x[k] * total", "the index k has no range: no type, attribute or line of "
        "sizes names a size K; the sizes are N, M", "k] *",
    ),
    "an index that nothing binds": (
        "x[n] * total", "x[n1] * total", "index n1 is not bound in", "n1] *",
    ),
    "an index bound twice": (
        "2 * x[n] * total", "sum[n](x[n])", "index n is in use; write n1 in", "n] = sum",
    ),
    "a scan over two axes": (
        "2 * x[n] * total", "running_sum[m <= n](x[n])", "m and n must be indices over one size",
        "m <= n",
    ),
    "a subscript that is not affine": (
        "x[n] * total", "x[n*n] * total", "n * n must be affine in x[n * n]", "n*n",
    ),
    "a subscript that is no integer": (
        "x[n] * total", "x[y[n]] * total", "a subscript must be an integer, and y[n] is of kind "
        "float in x[y[n]]", "y[n]",
    ),
    "bits of a float": (
        LINE, "output[n] = x[n] & 1", "& takes integers and bool, and x[n] is of kind float",
        "x[n]",
    ),
    "a float for a bool": (
        '{output: "Float[..., N]"}', '{output: "Bool[..., N]"}',
        "output is of kind bool, and cannot be given a value of kind float", "output[n] = 2",
    ),
    "a word that no attribute has": (
        "'double':", "'dubble':", "'dubble' must be one of double|triple, the words of mode; did "
        "you mean double?", "dubble",
    ),
    "a word compared with a tensor": (
        LINE, "output[n] = x[n] == 'double'", "the word 'double' can only be compared with an "
        "attribute", "double",
    ),
    "a condition on a number": (
        "if mode ==", "if eps ==", "eps must be an attribute with words to choose from", "eps",
    ),
    "a condition on nothing": (
        "if mode ==", "if mood ==", "mood must be an attribute; did you mean mode?", "mood",
    ),
    "an unknown name": (
        "2 * x[n] * total", "2 * x[n] * totel", "totel is not an input, attribute, target or "
        "index; those are x, y, at, output, total, mode, eps, n, m; did you mean total?", "totel",
    ),
    "an unknown size": ("/ N", "/ NN", "NN is not a size; did you mean N?", "NN"),
    "an unknown function": (
        "2 * x[n] * total", "sqr(x[n])", "sqr is not a primitive or a pointwise op; did you mean "
        "sqrt?", "sqr",
    ),
    "an unknown key": ("define:", "defin:", "unknown key defin; did you mean define?", "defin"),
    "an unknown type": (
        'y: "Float', 'y: "Flaot', "a type must begin with one of Any, Bool", "Flaot",
    ),
    "an unknown kind": ("eps: float", "eps: flaot", "a kind must be one of int, float", "flaot"),
    "an unknown argument of a sample": (
        "{x: [2, 3], y", "{xx: [2, 3], y", "xx is not an argument; did you mean x?", "xx",
    ),
    "an axis in lower case": (
        'y: "Float[..., N]"', 'y: "Float[..., n]"', "an axis must be a size in upper case", "n]\"",
    ),
    "too many indices": ("x[n] * total", "x[n, n] * total", "x has 1 core axes, but is", "x[n, n]"),
    "no indices": ("x[n] * total", "x * total", "x has 1 core axes and must be read with", "x *"),
    "what is no expression": ("x[n] * total", "x[n] *", "invalid syntax in", ""),
    "what is no YAML": ("doc: A sentence.", "doc: A: sentence.", "quote the value, or", ""),
    "a key twice": (
        "  reference: x", "  doc: Again.\n  reference: x", "the key doc occurs", "doc: Ag",
    ),
    "an output without a value": (
        "output[n] =", "result[n] =", "the output output must be assigned", "",
    ),
    "an output on one branch only": (
        "    else:\n      output[n] = 3 * x[n] * total\n", "",
        "output must be assigned where mode is triple, too", "",
    ),
    "a name on one branch only": (
        "    else:\n", "      part = total\n    else:\n      total2 = part\n",
        "part must be assigned where mode is triple, too", "part",
    ),
    "a size twice in a tuple": (
        "eps: float = 1e-6", "eps: '(N, N)'", "eps: the sizes must be different", "eps",
    ),
    "a choice that is no word": (
        "double|triple = double", "double =|triple", "a word has no spaces in it", "",
    ),
    "a sample without a choice": (
        "double|triple = double", "double|triple", "a sample must give mode, which has no", "",
    ),
    "a rule of autocast that is none": (
        "  reference: x", "  autocast: lowr\n  reference: x", "autocast must be one of lower, "
        "float32, promote, unsafe, got 'lowr'; did you mean lower?", "lowr",
    ),
    "a dtype for a rule of autocast": (
        "  reference: x", "  autocast: bfloat16\n  reference: x", "got 'bfloat16'; write lower: "
        "ts.autocast says to which dtype", "bfloat16",
    ),
    "PyTorch's word for a tensor": (
        'x: "Float[..., N]"', 'x: "Tensor[..., N]"', "a Tensor of PyTorch is a Float, a Number or "
        "Any", "Tensor",
    ),
    "a rule of autocast for an unknown device": (
        "  reference: x", "  autocast: {cpu: lower, gpu: lower}\n  reference: x", "autocast must "
        "name devices of cpu, cuda, got 'gpu'", "gpu",
    ),
    "an unsafe op without an alternative": (
        "  reference: x", "  autocast: unsafe\n  reference: x", "must give a reason for unsafe", "",
    ),
    "a reason for what is not unsafe": (
        "  reference: x", "  autocast: lower -- fast\n  reference: x", "and for nothing else", "",
    ),
    "a rule of autocast without a float": (
        'inputs: {x: "Float[..., N]", y: "Float[..., N]", ',
        'autocast: lower\n  inputs: {x: "int64[..., N]", y: "int64[..., N]", ',
        "autocast must have an input that can be a float, none can", "",
    ),
    "inputs of equal shape that are not the first": (
        "  reference: x", "  same: [x, at]\n  reference: x", "same must name the first inputs, two "
        "or more, in their order", "",
    ),
    "inputs of equal shape without a group": (
        "  reference: x", "  same: [x, y]\n  reference: x", "x must have no default and share a "
        "group", "",
    ),
    "an argument with the name of an index": (
        "eps: float", "n: float", "n is an index over N; rename that size", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_a_mistake_is_shown_where_it_is(what: str) -> None:
    old, new, message, marked = CASES[what]
    assert old in ENTRY
    text = ENTRY.replace(old, new) if old == "output[n] =" else ENTRY.replace(old, new, 1)
    with pytest.raises(RegistryError) as caught:
        registry.read_text(text, "mine.yaml")
    error = caught.value
    assert message in error.message
    assert str(error).startswith(f"mine.yaml:{error.line}, column {error.column}: ")
    shown, caret = str(error).split("\n")[-2:]
    assert shown[2:] == text.splitlines()[error.line - 1]
    assert shown[len(caret) - 1 :].startswith(marked), f"{shown}\n{caret}"


def test_reads_on_a_branch_that_rules_them_out_are_allowed() -> None:
    text = ENTRY.replace("2 * x[n] * total", "x[n + 1] if n + 1 < N else 0")
    assert registry.read_text(text, "mine.yaml")


def test_reads_outside_are_allowed_where_a_value_is_given() -> None:
    text = ENTRY.replace("2 * x[n] * total", "x[n + 1]").replace(
        "  reference", "  outside: {x: 0}\n  reference"
    )
    assert registry.read_text(text, "mine.yaml")


def test_sizes_that_a_requirement_rules_out_are_not_tried() -> None:
    text = ENTRY.replace(LINE, "output[n] = sum[m](x[m])")
    with pytest.raises(RegistryError, match="leaves axis 0"):
        registry.read_text(text, "mine.yaml")
    held = text.replace("  define:", "  require: {M must be at most N: M <= N}\n  define:")
    assert registry.read_text(held, "mine.yaml")


def test_numbers_for_integers_are_told_apart_from_floats() -> None:
    whole = ENTRY.replace('{output: "Float[..., N]"}', '{output: "int64[..., N]"}')
    with pytest.raises(RegistryError, match="output is of kind int"):
        registry.read_text(whole, "mine.yaml")
    cast = whole.replace("2 * x[n] * total", "cast(x[n], int64)")
    cast = cast.replace("3 * x[n] * total", "n")
    assert registry.read_text(cast, "mine.yaml")


def test_a_size_that_cannot_be_computed_is_an_error_of_the_call() -> None:
    (op,) = registry.read_text(
        "mistakes::g:\n  doc: A sentence.\n  inputs: {x: 'Float[..., N]'}\n"
        "  attrs: {k: int}\n  outputs: {output: 'Float[..., M]'}\n  sizes: {M: N // k}\n"
        "  define: output[m] = m\n"
    )
    with pytest.raises(RuntimeError, match=r"mistakes::g: M cannot be computed: .* by zero"):
        call(op, (ts.ones(4),), {"k": 0})
    with pytest.raises(RuntimeError, match=r"mistakes::g: M must not be negative: got -4"):
        call(op, (ts.ones(4),), {"k": -1})


def test_a_text_that_is_refused_gives_no_warning_beside_the_error() -> None:
    with pytest.raises(RegistryError):
        registry.read_text(ENTRY.replace("2 * x[n]", "2 if 1or 0 else x[n] <>"), "mine.yaml")
    assert registry.read_text(ENTRY.replace("2 * x[n]", "(2if x[n] > 0 else 1)"), "mine.yaml")

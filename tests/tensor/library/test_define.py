"""Declared ops: everything that a built-in has, and what redefining and undefining mean."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.ops.errors import RegistryError
from tensorsmith.tensor.calls import teaching

TEXT = """
deftest::rms_gate:
  doc: Elements over their root mean square, times a gate.
  inputs: {x: "Float[..., N] -- what is scaled", gate: "Float[..., N]"}
  attrs: {eps: float = 1e-6}
  outputs: {output: "Float[..., N]"}
  require: {eps must be positive: eps > 0}
  define: |
    output[n] = x[n] * gate[n] / sqrt(sum[n1](x[n1] * x[n1]) / N + eps)
deftest::twice:
  doc: Twice.
  inputs: {x: Float}
  outputs: {output: Float}
  inplace: true
  define: output = 2 * x
  since: 1.2
deftest::four_times:
  doc: Four times.
  inputs: {x: Float}
  outputs: {output: Float}
  define: output = twice(twice(x))
"""
TWICE = "deftest::twice:" + TEXT.split("deftest::twice:")[1].split("deftest::four_times")[0]


@pytest.fixture(autouse=True)
def _defined() -> Iterator[None]:
    ts.library.define(TEXT)
    yield
    for name in [each for each in ts.library.declared() if each.startswith("deftest::")]:
        ts.library.undefine(name)


def reference(x: Any, gate: Any, eps: float = 1e-6) -> Any:
    return x * gate / np.sqrt((x * x).mean(-1, keepdims=True) + eps)


def _arrays() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 5)), rng.normal(size=(4, 5))


def test_the_function_has_signature_and_docstring() -> None:
    function = ts.ops.deftest.rms_gate
    names = list(inspect.signature(function).parameters)
    assert names == ["x", "gate", "eps", "out"]
    assert inspect.signature(function).parameters["eps"].default == 1e-6
    assert "x: what is scaled" in function.__doc__ and "Formula:" in function.__doc__
    assert function.__module__ == "tensorsmith.ops" and function.__name__ == "rms_gate"
    assert function.__qualname__ == "deftest.rms_gate"
    assert "return call(KEY" in inspect.getsource(getattr(function, "__wrapped__", function))


def test_it_computes_what_the_entry_says() -> None:
    x, gate = _arrays()
    found = ts.ops.deftest.rms_gate(ts.from_numpy(x), ts.from_numpy(gate), eps=0.5)
    np.testing.assert_allclose(found.numpy(), reference(x, gate, 0.5), rtol=1e-12)
    out = ts.empty(4, 5, dtype=ts.float64)
    ts.ops.deftest.rms_gate(ts.from_numpy(x), ts.from_numpy(gate), out=out)
    np.testing.assert_allclose(out.numpy(), reference(x, gate), rtol=1e-12)


def test_gradients_of_any_order_forward_mode_and_vmap() -> None:
    x, gate = (ts.from_numpy(each) for each in _arrays())

    def f(v: Any) -> Any:
        return ts.ops.deftest.rms_gate(v, gate).sum()

    leaf = x.clone().requires_grad_()
    assert ts.autograd.gradcheck(lambda v: ts.ops.deftest.rms_gate(v, gate), (leaf,))
    assert ts.autograd.gradgradcheck(lambda v: ts.ops.deftest.rms_gate(v, gate), (leaf,))
    tangent = ts.ones_like(x)
    _, forward = ts.func.jvp(ts.func.grad(f), (x,), (tangent,))
    (slope,) = ts.autograd.grad(f(leaf), leaf, create_graph=True)
    (reverse,) = ts.autograd.grad((slope * tangent).sum(), leaf)
    np.testing.assert_allclose(forward.numpy(), reverse.numpy(), rtol=1e-9, atol=1e-12)
    rows = ts.func.vmap(ts.func.grad(lambda v, g: ts.ops.deftest.rms_gate(v, g).sum()))(x, gate)
    np.testing.assert_allclose(rows.numpy(), slope.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_a_node_is_named_after_the_op() -> None:
    x = ts.ones(2, 3, requires_grad=True)
    y = ts.ops.deftest.rms_gate(x, ts.ones(3))
    assert type(y.grad_fn).__name__ == "RmsGateBackward0"


def test_the_form_in_place_writes_into_its_argument() -> None:
    x = ts.ones(3)
    assert ts.ops.deftest.twice_(x) is x and x.tolist() == [2.0, 2.0, 2.0]


def test_entries_of_a_namespace_call_each_other_by_their_own_names() -> None:
    assert ts.ops.deftest.four_times(ts.ones(2)).tolist() == [4.0, 4.0]


def test_errors_are_those_of_built_ins() -> None:
    with pytest.raises(RuntimeError, match="deftest::rms_gate: axis N of gate is 4, but 5 is"):
        ts.ops.deftest.rms_gate(ts.ones(2, 5), ts.ones(4))
    with pytest.raises(RuntimeError, match="eps must be positive"):
        ts.ops.deftest.rms_gate(ts.ones(2), ts.ones(2), eps=-1.0)
    with pytest.raises(RuntimeError, match="dtype"):
        ts.ops.deftest.rms_gate(ts.ones(2, dtype=ts.int64), ts.ones(2))


@pytest.mark.skipif(not teaching.TEACHING, reason="native entry points are off")
def test_native_code_serves_it() -> None:
    from tensorsmith.tensor.calls.entries import entry_of

    a, b = ts.ones(2, 3), ts.ones(2, 3)
    ts.ops.deftest.rms_gate(a, b)
    records = entry_of("deftest::rms_gate").records
    assert len(records) == 1 and next(iter(records.values())).owners


def test_the_same_definition_twice_changes_nothing() -> None:
    before = ts.ops.deftest.twice
    assert ts.library.define(TWICE) == [before] and ts.ops.deftest.twice is before


def test_another_definition_is_refused_unless_it_is_to_replace() -> None:
    changed = TWICE.replace("2 * x", "3 * x")
    with pytest.raises(RegistryError, match=r"defined otherwise already, in <text>.*replace=True"):
        ts.library.define(changed)
    held = ts.ops.deftest.twice
    held(ts.ones(1))
    ts.library.define(changed, replace=True)
    for _ in range(3):  # solved anew, then served
        assert ts.ops.deftest.twice(ts.ones(1)).item() == 3
        assert held(ts.ones(1)).item() == 3  # a function held calls the op of its name
    assert ts.ops.deftest.four_times(ts.ones(1)).item() == 4  # made when twice was twice


def test_an_older_version_does_not_replace_a_newer_one() -> None:
    older = TWICE.replace("2 * x", "3 * x").replace("since: 1.2", "since: 1.1")
    with pytest.raises(RegistryError, match=r"is of version 1\.2, and must not be replaced"):
        ts.library.define(older, replace=True)
    ts.library.define(TWICE.replace("2 * x", "3 * x").replace("1.2", "1.10"), replace=True)


def test_undefining_ends_name_and_calls() -> None:
    held = ts.ops.deftest.twice
    x = ts.ones(2, requires_grad=True)
    y = held(x)
    ts.library.undefine("deftest::twice")
    with pytest.raises(AttributeError, match="no op deftest::twice"):
        ts.ops.deftest.twice  # noqa: B018
    for gone in ("twice", "twice_"):
        assert gone not in dir(ts.ops.deftest)
    with pytest.raises(RegistryError, match="there is no op deftest::twice"):
        held(x)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    with pytest.raises(RegistryError, match="no declared op deftest::twize"):
        ts.library.undefine("deftest::twize")


def test_a_pair_of_entries_of_which_one_is_wrong_defines_neither() -> None:
    text = TWICE.replace("::twice", "::thrice") + "deftest::bad:\n  doc: Bad.\n"
    with pytest.raises(RegistryError, match="must have the key outputs"):
        ts.library.define(text)
    assert "deftest::thrice" not in ts.library.declared()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("deftest::twice:", "twice_of_test:", "must be written namespace::name"),
        ("deftest::twice:", "registry::twice:", "must not be that of a module"),
        ("  define: output = 2 * x", "  kernel: host_sort", "custom_op takes a function"),
        ("doc: Twice.", "doc: Twice.\n  names: [relu]", "names must be left out"),
        ("{x: Float}", "{call: Float}", "an argument cannot be called call"),
        ("doc: Twice.", "doc: ''", "doc must be a sentence"),
        ("{x: Float}", "{x y: Float}", "must be a Python name"),
        ("{x: Float}", "{lambda: Float}", "must be a Python name"),
    ],
)
def test_what_a_declared_op_must_not_be(old: str, new: str, message: str) -> None:
    text = TWICE.replace(old, new).replace("2 * x", "2").replace("::twice", "::other")
    with pytest.raises(RegistryError, match=message):
        ts.library.define(text)


def test_a_name_of_an_op_made_by_hand_is_taken() -> None:
    from tensorsmith.ops import namespaces

    namespaces.add("deftest::by_hand", abs)
    with pytest.raises(RegistryError, match="made by hand"):
        ts.library.define(TWICE.replace("::twice", "::by_hand"))
    namespaces.remove("deftest::by_hand")


def test_docstrings_cannot_break_out_of_the_source() -> None:
    wicked = 'doc: \'Ends """ + print("x") + """ with "\''
    text = TWICE.replace("::twice", "::wicked").replace("doc: Twice.", wicked)
    (function,) = ts.library.define(text.replace("x: Float", 'x: \'Float -- a \\ and """\''))
    assert function(ts.ones(1)).item() == 2 and "print" in function.__doc__


def test_load_names_the_file_in_messages(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TWICE.replace("2 * x", "2 * y"))
    with pytest.raises(RegistryError) as caught:
        ts.library.load(path)
    assert f"{path}:6, column 24: deftest::twice: the index y has no range" in str(caught.value)
    assert "    define: output = 2 * y\n" + " " * 25 + "^" in str(caught.value)


@pytest.mark.parametrize("name", ["call", "KEY", "named", "out", "written_back"])
def test_an_op_may_be_called_like_what_its_function_uses(name: str) -> None:
    (function,) = ts.library.define(TWICE.replace("::twice", f"::{name}"))
    assert function(ts.ones(2)).tolist() == [2, 2]
    ts.library.undefine(f"deftest::{name}")


@pytest.mark.parametrize("name", ["deftest::class", "None::twice"])
def test_an_op_cannot_be_called_like_a_word_of_python(name: str) -> None:
    with pytest.raises(RegistryError, match="must not have a word of Python in it"):
        ts.library.define(TWICE.replace("deftest::twice", name))


def test_a_form_in_place_and_another_op_cannot_share_a_name() -> None:
    plain = TWICE.replace("  inplace: true\n", "")
    ts.library.define(plain.replace("::twice", "::taken_"))
    with pytest.raises(RegistryError, match="would be called deftest::taken_, and there is an op"):
        ts.library.define(TWICE.replace("::twice", "::taken"))
    ts.library.undefine("deftest::taken_")
    ts.library.define(TWICE.replace("::twice", "::taken"))
    with pytest.raises(RegistryError, match="the form in place of deftest::taken"):
        ts.library.define(plain.replace("::twice", "::taken_"))
    ts.library.undefine("deftest::taken")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_declared_op_is_pickled_and_copied_as_a_built_in_is(protocol: int) -> None:
    function = ts.ops.deftest.rms_gate
    assert pickle.loads(pickle.dumps(function, protocol)) is function
    assert pickle.loads(pickle.dumps(ts.ops.deftest, protocol)).twice is ts.ops.deftest.twice
    assert copy.deepcopy([function]) == [function]

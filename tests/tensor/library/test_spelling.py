"""Entries spelled in Python."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorsmith as ts
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.registry import registry

GATE = "spelltest::gate(Tensor x, Tensor gate, float eps=1e-6) -> Tensor"
DEFINE = "output[n] = x[n] * gate[n] / sqrt(sum[n1](x[n1] * x[n1]) / N + eps)"


@pytest.fixture(autouse=True)
def _undefined() -> Iterator[None]:
    yield
    for name in [each for each in ts.library.declared() if each.startswith("spelltest::")]:
        ts.library.undefine(name)


def test_axes_follow_from_how_tensors_are_read() -> None:
    @ts.library.op(GATE, define=DEFINE, samples=[{"x": [2, 3], "gate": [3], "eps": 0.5}])
    def gate(x, gate, eps):  # type: ignore[no-untyped-def]
        """Elements over their root mean square, times a gate."""

    assert gate is ts.ops.spelltest.gate
    op = registry.get("spelltest::gate")
    assert op.doc == "Elements over their root mean square, times a gate."
    assert [each.type.axes[0].factors for each in op.inputs] == [("N",), ("N",)]
    assert dict(op.samples[0].arguments) == {"x": [2, 3], "gate": [3], "eps": 0.5}
    assert gate(ts.ones(1, 2), ts.ones(2), eps=3.0).tolist() == [[0.5, 0.5]]


def test_types_may_be_written_at_length_and_results_have_names() -> None:
    @ts.library.op(
        "spelltest::split(Float[..., N] x, int64[..., M] at, *, bool up=false)"
        " -> (Float[..., M] picked, Float[...] total)",
        define="""
        picked[m] = x[at[m]] if up else 2 * x[at[m]]
        total = sum[n](x[n])
        """,
    )
    def split(x, at, *, up):  # type: ignore[no-untyped-def]
        """Some elements, and the sum of all."""

    picked, total = split(ts.tensor([1.0, 2.0, 3.0]), ts.tensor([2, 0]), up=True)
    assert picked.tolist() == [3.0, 1.0] and total.item() == 6.0


def test_tensors_read_without_indices_are_pointwise() -> None:
    @ts.library.op("spelltest::mix(Tensor a, Tensor b) -> Tensor", define="output = a * b + a")
    def mix(a, b):  # type: ignore[no-untyped-def]
        """A mixture."""

    assert mix(ts.ones(2, 1), ts.ones(3)).shape == (2, 3)


@pytest.mark.parametrize(
    ("schema", "define", "more", "message"),
    [
        ("spelltest::f(Tensor x)", "output = x", {}, "a schema must read"),
        ("spelltest::f(Tensor) -> Tensor", "output = x", {}, "an argument must read `type name`"),
        ("spelltest::f(Tensor x) -> Tensor", "output = x", {"definw": "1"}, "unknown key definw"),
        ("spelltest::f(Tensor x) -> Tensor", "output = x", {"inputs": {}}, "unknown key inputs"),
        ("spelltest::f(Tensor x) -> Tensor", "output[n] = x[n + 1]", {}, "axes of x cannot be"),
        ("spelltest::f(Tensor x) -> (Tensor, Tensor)", "output = x", {}, "must have a name"),
        ("spelltest::f(flaot x) -> Tensor", "output = 1", {}, "a kind must be one of"),
        ("spelltest::f(Tensor x) -> Tensor", "output = z", {}, "the index z has no range"),
    ],
)
def test_what_is_wrong_is_told(
    schema: str, define: str, more: dict[str, object], message: str
) -> None:
    with pytest.raises(RegistryError, match=message):

        @ts.library.op(schema, define=define, **more)
        def f(x):  # type: ignore[no-untyped-def]
            """A sentence."""


def test_the_function_must_fit_the_schema_and_have_no_body() -> None:
    with pytest.raises(RegistryError, match=r"arguments of the schema, \(x\), got \(y\)"):

        @ts.library.op("spelltest::f(Tensor x) -> Tensor", define="output = x")
        def wrong(y):  # type: ignore[no-untyped-def]
            """A sentence."""

    with pytest.raises(RegistryError, match=r"body of the function must be `\.\.\.`"):

        @ts.library.op("spelltest::f(Tensor x) -> Tensor", define="output = x")
        def full(x):  # type: ignore[no-untyped-def]
            """A sentence."""
            return 2 * x

    with pytest.raises(RegistryError, match="doc must be a sentence"):

        @ts.library.op("spelltest::f(Tensor x) -> Tensor", define="output = x")
        def silent(x): ...  # type: ignore[no-untyped-def]

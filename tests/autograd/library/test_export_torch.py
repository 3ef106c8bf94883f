"""Ops in PyTorch: values, gradients, vmap and PyTorch's own checks."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith import library

torch: Any = pytest.importorskip("torch", reason="PyTorch, the host of exported ops")

SUCCESS = {"SUCCESS"}


def sample(*shape: int) -> Any:
    """Numbers that require grad."""
    made = torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return made.requires_grad_()


def test_an_entry_computes_and_differentiates_in_pytorch() -> None:
    softmax = library.export_torch("softmax")
    x = sample(3, 4)
    torch.testing.assert_close(softmax(x, 1), torch.softmax(x, 1))
    assert torch.autograd.gradcheck(lambda x: softmax(x, 0), (x,))
    assert torch.autograd.gradgradcheck(lambda x: softmax(x, 0), (x,))
    assert torch.ops.tensorsmith.softmax(x, 0).shape == (3, 4)
    assert library.export_torch(ts.softmax) is softmax  # exported once


def test_pytorch_s_own_checks_pass() -> None:
    norm = library.export_torch("layer_norm", "exported::norm")
    arguments = (sample(3, 4), [4], sample(4), None)
    assert set(torch.library.opcheck(norm, arguments).values()) == SUCCESS
    names = [each.name for each in norm._opoverload._schema.arguments]
    assert names == ["input", "normalized_shape", "weight", "bias", "eps"]


def test_vmap_maps_any_arguments_and_their_gradients() -> None:
    norm = library.export_torch("layer_norm", "exported::norm_of_batches")
    x, weight = sample(2, 3, 4), sample(3, 4)
    mapped = torch.func.vmap(lambda x, w: norm(x, [4], w), (1, 0))(x, weight)
    expected = torch.stack([
        torch.nn.functional.layer_norm(x[:, i], [4], weight[i]) for i in range(3)
    ])  # fmt: skip
    torch.testing.assert_close(mapped, expected)
    jacobian = torch.autograd.functional.jacobian
    torch.testing.assert_close(
        jacobian(lambda x: norm(x, [4]), x, vectorize=True),
        jacobian(lambda x: torch.nn.functional.layer_norm(x, [4]), x),
    )


def test_an_op_traces_with_other_ops() -> None:
    softmax = library.export_torch("softmax", "exported::softmax")
    traced = torch.compile(lambda x: softmax(x * 2, 1) + 1, backend="aot_eager", fullgraph=True)
    x = sample(3, 4)
    torch.testing.assert_close(traced(x), torch.softmax(x * 2, 1) + 1)
    traced(x).square().sum().backward()
    assert x.grad.shape == (3, 4)


def test_an_element_function_is_exported_with_its_numbers() -> None:
    text = "template <typename T> T mish(T x, T a) { return a * x * tanh(log1p(exp(x))); }"
    op = library.export_torch(library.element_function(text, a=1.0), "exported::mish")
    x = sample(5)
    torch.testing.assert_close(op(x), torch.nn.functional.mish(x))
    torch.testing.assert_close(op(x, a=2.0), 2 * torch.nn.functional.mish(x))
    assert torch.autograd.gradcheck(lambda x: op(x, 3.0), (x,))
    assert set(torch.library.opcheck(op, (x,)).values()) == SUCCESS


def test_several_results_and_integers_have_their_gradients() -> None:
    topk = library.export_torch("topk", "exported::topk")
    x = sample(6)
    values, places = topk(x, 2)
    theirs = torch.topk(x, 2)
    torch.testing.assert_close(values, theirs.values)
    torch.testing.assert_close(places, theirs.indices)
    values.sum().backward()
    assert x.grad.sum() == 2 and x.grad[places].tolist() == [1, 1]


def test_memory_is_shared_and_layouts_are_kept_apart() -> None:
    add = library.export_torch("add", "exported::add")
    x = sample(4, 3).detach()
    torch.testing.assert_close(add(x.t(), x.t()[::2].repeat(2, 1)[:3]),
                               x.t() + x.t()[::2].repeat(2, 1)[:3])  # fmt: skip
    assert add(x[:, 1:], 1 + x[:, :2]).shape == (4, 2)


def half(x: ts.Tensor, n: int) -> ts.Tensor:
    """Written by hand."""
    return x / n


def test_an_op_written_by_hand_is_exported_with_what_was_registered() -> None:
    op = library.custom_op("test::half", mutates_args=())(half)
    op.register_fake(lambda x, n: ts.empty_like(x))
    op.register_autograd(
        lambda ctx, d: (d / ctx.n, None),
        setup_context=lambda ctx, inputs, output: setattr(ctx, "n", inputs[1]),
    )
    theirs = library.export_torch(op, "exported::half")
    x = sample(3)
    assert torch.autograd.gradcheck(lambda x: theirs(x, 3), (x,))
    assert set(torch.library.opcheck(theirs, (x, 3)).values()) == SUCCESS


@pytest.mark.parametrize(
    ("op", "message"),
    [
        ("cat", "cat takes a list of tensors, which is not exported"),
        ("full", "full takes no tensor"),
        (3, "an op made by hand is needed, got .int.; custom_op makes an op of a function"),
        (lambda x: x, "an op made by hand is needed, got .*lambda"),
    ],
)
def test_what_pytorch_cannot_say_is_refused(op: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        library.export_torch(op)


def test_an_op_that_writes_is_refused() -> None:
    def into(x: ts.Tensor) -> None:
        x.add_(1)

    op = library.custom_op("test::write", mutates_args={"x"})(into)
    with pytest.raises(RuntimeError, match="test::write writes into an argument"):
        library.export_torch(op)


def test_tensors_elsewhere_are_refused() -> None:
    module = importlib.import_module("tensorsmith.autograd.library.export_torch")
    _, exported = module._exported["exported::half"]
    with pytest.raises(RuntimeError, match="the tensor must be on cpu, got meta"):
        exported.taken(torch.ones(1, device="meta"))


def test_a_missing_pytorch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(RuntimeError, match="PyTorch must be installed to export to it"):
        library.export_torch("tanh")


def test_a_function_that_only_has_the_name_of_an_op_is_not_that_op() -> None:
    def gelu(x: ts.Tensor) -> ts.Tensor:
        return -x

    with pytest.raises(RuntimeError, match=r"an op made by hand is needed, got '.*gelu'"):
        library.export_torch(gelu, "ex::mine")


def test_arguments_keep_their_order() -> None:
    (op,) = library.define(
        'exporttest::shifted: {doc: Scaled and shifted., inputs: {x: "Float", b: "Float = 0"}, '
        "attrs: {k: int}, order: [x, b, k], outputs: {output: Float}, define: output = x * k + b}"
    )
    try:
        exported = library.export_torch(op)
        assert str(exported._opoverload._schema).startswith(
            "exporttest::shifted(Tensor x, Tensor? b, SymInt k)"
        )
        x = torch.tensor([1.0, 2.0])
        assert exported(x, None, 3).tolist() == [3, 6]
        assert exported(x, torch.ones(2), 3).tolist() == [4, 7]
    finally:
        library.undefine("exporttest::shifted")

"""The tape and its engine: gradients, accumulation, graphs kept and freed, errors, depth."""

import gc
import weakref

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import autograd
from tensorsmith.tensor.native import solved


def leaf(values, **options):
    return ts.tensor(values, requires_grad=True, **options)


def same(tensor, expected):
    np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=1e-6)


def test_backward_adds_up_gradients_of_leaves():
    x = leaf([1.0, 2.0, 3.0])
    (x * x).sum().backward()
    (x * x).sum().backward()
    same(x.grad, [4, 8, 12])


def test_gradients_of_broadcast_operands_have_their_shapes():
    x, w, b = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([2.0, 3.0]), leaf(1.5)
    (x * w + b).sum().backward()
    same(x.grad, [[2, 3], [2, 3]])
    same(w.grad, [4, 6])
    same(b.grad, 4)


def test_gradient_of_a_converted_operand_has_its_own_dtype():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0], dtype=ts.float64)
    (x * y).sum().backward()
    assert x.grad.dtype is ts.float32 and y.grad.dtype is ts.float64
    same(x.grad, [3, 4])


def test_two_leaves_never_share_the_memory_of_a_gradient():
    x, y = leaf([1.0]), leaf([2.0])
    (x + y).sum().backward()
    x.grad.zero_()
    same(y.grad, [1])


def test_a_given_gradient_is_not_taken_over():
    x = leaf([1.0, 2.0])
    start = ts.ones(2)
    (x * 1).backward(start)
    x.grad.add_(5)
    same(start, [1, 1])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x[0] * x[:, 1:].sum(), [[16, 22, 22], [0, 6, 6]]),
        (lambda x: x.t() @ x, [[12, 12, 12], [30, 30, 30]]),
        (lambda x: x.expand(4, 2, 3), [[4, 4, 4], [4, 4, 4]]),
        (lambda x: x.reshape(3, 2).permute(1, 0) * ts.arange(1.0, 7).view(2, 3),
         [[1, 4, 2], [5, 3, 6]]),
        (lambda x: x.unfold(1, 2, 1) * 2, [[2, 4, 2], [2, 4, 2]]),
        (lambda x: x.diagonal(), [[1, 0, 0], [0, 1, 0]]),
        (lambda x: x.as_strided((2, 2), (1, 1), 1), [[0, 1, 2], [1, 0, 0]]),
        (lambda x: x[:, None].squeeze(1), [[1, 1, 1], [1, 1, 1]]),
        (lambda x: x[[1, 1, 0]], [[1, 1, 1], [2, 2, 2]]),
        (lambda x: ts.cat([x, x * 2]), [[3, 3, 3], [3, 3, 3]]),
        (lambda x: ts.stack([x[0], x[0]]), [[2, 2, 2], [0, 0, 0]]),
        (lambda x: x.sort(descending=True)[0] * ts.tensor([1.0, 2, 3]), [[3, 2, 1], [3, 2, 1]]),
        (lambda x: x.t().as_strided((2,), (2,)), [[1, 0, 1], [0, 0, 0]]),
    ],
)  # fmt: skip
def test_gradients_of_views_and_arrangements(function, expected):
    x = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    function(x).sum().backward()
    same(x.grad, expected)


@pytest.mark.parametrize("order", [1, -1])
def test_gradients_of_parts_are_added_where_only_the_backward_has_them(order):
    """Native code knows the backward from the second time on."""
    start = ts.rand(4, 6)
    for _ in range(3):
        x, w = leaf(np.ones((4, 6), np.float32)), leaf(np.ones((4, 6), np.float32))
        h = x * 2
        first, second, third = h.split(2, 1)
        terms = [h + w, first * 3, second.t() * 5, third.expand(2, 4, 2), h[1], h[::2, 1:4]]
        total = sum(term.sum() for term in terms[::order])
        total.backward(retain_graph=True)
        (h[2:] * 1).backward(start[2:])
        expected = np.repeat([[4.0, 6.0, 3.0]], 4, 0).repeat(2, 1)
        expected[1] += 1
        expected[::2, 1:4] += 1
        expected[2:] += start[2:].numpy()
        same(x.grad, 2 * expected)
        same(w.grad, np.ones((4, 6)))


def test_what_native_code_learns_of_views_and_parts_is_kept_once():
    """Python runs these backwards every time: gradients are asked for, not filled in."""
    x = leaf(np.ones((4, 6), np.float32))
    kept = []
    for _ in range(4):
        h = x * 2
        (gradient,) = autograd.grad(h[1:3].sum() + h.t().sum(), x)
        same(gradient, 2 * (1 + np.isin(np.arange(4), [1, 2]))[:, None] * np.ones(6))
        kept.append(len(solved._lasting))
    assert kept[1] == kept[-1]


def test_a_gradient_to_start_with_takes_the_dtype_of_its_output():
    seen = []
    for start in (ts.ones(3, dtype=ts.float64), ts.ones(3), ts.ones(3, dtype=ts.float16)):
        x = leaf([1.0, 2.0, 3.0, 4.0])
        h = x * 1
        h.register_hook(lambda gradient: seen.append(gradient.dtype))
        h[1:].backward(start)
        same(x.grad, [0, 1, 1, 1])
    assert seen == [ts.float32] * 3


def test_a_gradient_that_others_see_is_not_added_to():
    seen, start = [], ts.ones(3)
    for _ in range(3):
        x, w = leaf([1.0, 2.0, 3.0]), leaf([1.0, 1.0, 1.0])
        h = x * 1
        h.retain_grad()
        part = h[1:] * 2
        whole = h + w
        whole.register_hook(seen.append)
        (part.sum() + (whole * start).sum()).backward()
        same(h.grad, [1, 3, 3])
        same(w.grad, [1, 1, 1])
        same(x.grad, [1, 3, 3])
        same(start, [1, 1, 1])
    for gradient in seen:
        same(gradient, [1, 1, 1])


def test_gradients_can_be_differentiated_to_any_order():
    x = leaf([1.0, 2.0, 3.0])
    value = (x**4).sum()
    for expected in ([4, 32, 108], [12, 48, 108], [24, 48, 72], [24, 24, 24]):
        (value,) = autograd.grad(value.sum(), x, create_graph=True)
        same(value, expected)


def test_a_graph_is_freed_by_backward_unless_it_is_kept():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    same(x.grad, [4, 8])
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_grad_with_inputs_leaves_other_leaves_alone():
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = (x * w).sum()
    y.backward(inputs=[x], retain_graph=True)
    assert w.grad is None
    same(x.grad, [3, 4])
    middle = x * 2
    (found,) = autograd.grad((middle * w).sum(), middle)
    same(found, [3, 4])
    assert w.grad is None


def test_grad_reports_and_fills_unused_inputs():
    x, w = leaf([1.0]), leaf([3.0])
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        autograd.grad((x * 2).sum(), [x, w])
    found = autograd.grad((x * 2).sum(), [x, w], allow_unused=True)
    assert found[1] is None
    found = autograd.grad((x * 2).sum(), [x, w], materialize_grads=True)
    same(found[1], [0])


def test_batched_gradients_are_rows_of_the_jacobian():
    x = leaf([1.0, 2.0])
    y = x**2
    (found,) = autograd.grad(y, x, ts.eye(2), is_grads_batched=True)
    same(found, [[2, 0], [0, 4]])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda x: x.detach().sum().backward(), "element 0 of tensors does not require grad"),
        (lambda x: (x * 2).backward(), "grad can be implicitly created only for scalar outputs"),
        (lambda x: (x * 2).backward(ts.ones(3)), "Mismatch in shape: grad_output"),
        (lambda x: x.add_(1), "a leaf Variable that requires grad is being used in an in-place"),
        (lambda x: x[0].add_(1), "a view of a leaf Variable that requires grad"),
        (lambda x: autograd.grad(x.sum(), ts.ones(2)), "does not require grad"),
    ],
)
def test_misuse_is_named(act, message):
    with pytest.raises(RuntimeError, match=message):
        act(leaf([1.0, 2.0]))


def test_a_saved_tensor_that_was_written_is_reported_with_its_versions():
    x = leaf([1.0, 2.0, 3.0])
    y = x.exp()
    z = y * y
    y.add_(1)
    with pytest.raises(
        RuntimeError,
        match=r"modified by an inplace operation: .*FloatTensor \[3\]\], which is output 0 of "
        r"(AddBackward0|ExpBackward0), is at version 1; expected version 0 instead",
    ):
        z.sum().backward()


def test_a_chain_of_100_000_nodes_runs_and_is_freed_without_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    same(x.grad, 1)
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def test_graphs_are_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        x = leaf([1.0])
        y = x.exp().softmax(0) * x
        node = weakref.ref(y.grad_fn.next_functions[0][0])
        del y
        assert node() is None
    finally:
        gc.enable()


def test_modes_are_contexts_and_decorators():
    x = leaf([1.0])

    @ts.no_grad()
    def frozen():
        return x * 2

    @ts.no_grad
    def also():
        with ts.enable_grad():
            return x * 2

    assert not frozen().requires_grad and also().requires_grad
    with ts.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    with ts.inference_mode():
        assert not (x * 2).requires_grad and ts.is_inference_mode_enabled()
    assert ts.is_grad_enabled()

    @ts.no_grad()
    def steps():
        yield ts.is_grad_enabled()
        yield ts.is_grad_enabled()

    assert [(inside, ts.is_grad_enabled()) for inside in steps()] == [(False, True)] * 2


def test_anomaly_mode_stops_at_nan_and_names_the_node():
    x = leaf([0.0])
    with pytest.warns(UserWarning), autograd.detect_anomaly():
        y = (x * 0).sqrt() * 0
        with pytest.raises(RuntimeError, match="returned nan values in its 0th output"):
            y.sum().backward()


def test_nodes_tell_what_they_keep():
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    node = (x * w).grad_fn
    assert node.name() == "MulBackward0"
    same(node._saved_self, [1, 2])
    same(node._saved_other, [3, 4])
    assert [type(n).__name__ for n, _ in node.next_functions] == ["AccumulateGrad"] * 2
    assert node.next_functions[0][0].variable is x
    assert x.clone().grad_fn.name() == "CloneBackward0"
    assert (x * 2).grad_fn.next_functions[1] == (None, 0)


def test_the_shortest_call_of_backward_is_the_general_one() -> None:
    for kind in (ts.float32, ts.float64):
        x = ts.tensor([1.0, 2.0], dtype=kind, requires_grad=True)
        y = x.detach().requires_grad_()
        (x * x).sum().backward()
        autograd.backward((y * y).sum())
        assert x.grad is not None and y.grad is not None and ts.equal(x.grad, y.grad)
        loss = (x * x).sum()
        loss.backward()
        assert x.grad.tolist() == [4.0, 8.0]
        with pytest.raises(RuntimeError, match="backward through the graph a second time"):
            loss.backward()

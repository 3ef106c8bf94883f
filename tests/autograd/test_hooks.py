"""Hooks on tensors, leaves, nodes and saved tensors."""

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.autograd import graph


def leaf(values):
    return ts.tensor(values, requires_grad=True)


def same(tensor, expected):
    np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=1e-6)


def test_a_tensor_hook_replaces_the_gradient_until_it_is_removed():
    x = leaf([1.0, 2.0])
    y = x * 3
    handle = y.register_hook(lambda grad: grad * 10)
    y.sum().backward(retain_graph=True)
    same(x.grad, [30, 30])
    handle.remove()
    x.grad = None
    y.sum().backward()
    same(x.grad, [3, 3])


def test_hooks_of_a_leaf_see_the_whole_gradient():
    x = leaf([1.0])
    seen = []
    x.register_hook(lambda grad: seen.append(grad.item()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [5.0]


def test_a_post_accumulate_hook_gets_the_leaf_with_its_grad():
    x = leaf([1.0])
    seen = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.item())))
    (x * 2).sum().backward()
    assert seen == [(True, 2.0)]
    with pytest.raises(RuntimeError, match="cannot be registered on non-leaf"):
        (x * 2).register_post_accumulate_grad_hook(print)


def test_retain_grad_fills_grad_of_a_tensor_between():
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward()
    same(y.grad, [4, 8])
    assert y.retains_grad and not x.retains_grad


def test_node_hooks_see_and_replace_gradients():
    x = leaf([1.0, 2.0])
    y = x.clone()
    node = y.grad_fn
    node.register_prehook(lambda out: (out[0] * 2,))
    node.register_hook(lambda inner, out: (inner[0] + out[0],))
    y.sum().backward()
    same(x.grad, [4, 4])


def test_saved_tensors_go_through_the_hooks():
    x = leaf([1.0, 2.0])
    packed = []

    def pack(tensor):
        packed.append(tensor.tolist())
        return tensor.numpy(force=True).copy()

    with graph.saved_tensors_hooks(pack, ts.from_numpy):
        y = x.exp() * x
    assert len(packed) == 3
    y.sum().backward()
    same(x.grad, np.exp([1, 2]) * [2, 3])


def test_hooks_on_saved_tensors_can_be_forbidden():
    forbidden = graph.disable_saved_tensors_hooks("not here")
    with forbidden, pytest.raises(RuntimeError, match="not here"), graph.save_on_cpu():
        pass


def test_a_hook_over_several_tensors_runs_once():
    x, y = leaf([1.0]), leaf([2.0])
    seen = []
    graph.register_multi_grad_hook((x, y), lambda grads: seen.append([g.item() for g in grads]))
    (x * y).sum().backward()
    assert seen == [[2.0, 1.0]]


def test_saved_tensors_may_be_written_where_copies_are_kept():
    x = leaf([1.0, 2.0])
    with graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        z = y * y
        y.add_(100)
        z.sum().backward()
    same(x.grad, [2, 4])


def test_a_hook_must_keep_the_shape():
    x = leaf([1.0, 2.0])
    x.register_hook(lambda grad: grad.sum())
    with pytest.raises(RuntimeError, match="has changed the size"):
        (x * 2).sum().backward()

"""Gradients of some tensors only: native code gives what the Python engine does."""

import gc
import weakref

import pytest
import tensorsmith as ts
from tensorsmith.autograd import engine
from tensorsmith.tensor.calls import dispatch
from tensorsmith.tensor.native.runtime import ENABLED

WANTED = {
    "one leaf": lambda x, y, a, b, c: (c, [x]),
    "both leaves": lambda x, y, a, b, c: (c, [y, x]),
    "one twice": lambda x, y, a, b, c: (c, [x, y, x]),
    "between": lambda x, y, a, b, c: (c, [a, x]),
    "outputs of one node": lambda x, y, a, b, c: (c, [*b, a]),
    "one of its outputs": lambda x, y, a, b, c: (c, [b[1]]),
    "the result itself": lambda x, y, a, b, c: (c, [c, a]),
    "two results": lambda x, y, a, b, c: ([c, a.sum(), c], [x, y]),
    "two results, one above the other": lambda x, y, a, b, c: ([a.sum(), c], [a]),
    "all leaves from two results": lambda x, y, a, b, c: ([c, (a * y).sum()], [x, y, b[0]]),
}


def graph():
    """Two leaves, an inner tensor, two outputs of one node, and a result."""
    x = ts.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = ts.tensor([0.5, -1.0], requires_grad=True)
    a = (x * y).sin()
    b = a.max(1)
    b = (b.values, (a + x).exp())
    return x, y, a, b, (b[0] * y).sum() + (b[1] * a).sum()


@pytest.mark.parametrize("name", WANTED)
def test_native_code_gives_the_gradients_of_the_python_engine(name, monkeypatch):
    def gradients():
        outputs, inputs = WANTED[name](*graph())
        return [g.tolist() for g in ts.autograd.grad(outputs, inputs)]

    found = [gradients() for _ in range(3)]
    monkeypatch.setattr(engine, "NATIVE", None)
    assert found == [gradients()] * 3


def test_what_no_wanted_gradient_flows_through_does_not_run():
    class Refuse(ts.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            raise AssertionError("is not wanted")

    x, y = (ts.ones(2, requires_grad=True) for _ in range(2))
    hooked = Refuse.apply(x)
    hooked.register_hook(lambda gradient: pytest.fail("is not wanted"))
    for create in (False, True):  # by native code, and by Python
        (found,) = ts.autograd.grad((hooked * y).sum(), y, create_graph=create)
        assert found.tolist() == [1, 1]


def test_a_function_is_told_which_gradients_are_wanted():
    told = []

    class Product(ts.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, gradient):
            x, y = ctx.saved_tensors
            told.append(ctx.needs_input_grad)
            return gradient * y, gradient * x

    x, y = (ts.ones(2, requires_grad=True) for _ in range(2))
    ts.autograd.grad(Product.apply(x, y).sum(), y)
    ts.autograd.grad(Product.apply(x, y).sum(), y, create_graph=True)
    assert told[0] == told[1]


def test_backward_into_some_leaves_fills_no_others():
    x, y, _, _, c = graph()
    c.backward(inputs=[x])
    wanted, y.grad = x.grad.clone(), None
    x.grad = None
    x2, y2, _, _, c2 = graph()
    c2.backward()
    assert wanted.equal(x2.grad) and y2.grad is not None and y.grad is None
    x3, _, a3, _, c3 = graph()
    c3.backward(inputs=[x3, a3])  # a3 is no leaf
    assert x3.grad.equal(wanted) and a3.grad.equal(ts.autograd.grad(*_again())[0])


def _again():
    _, _, a, _, c = graph()
    return c, a


def test_hooks_change_the_gradients_that_are_returned():
    x = ts.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda gradient: gradient * 10)
    assert [g.tolist() for g in ts.autograd.grad((y * y).sum(), (x, y))] == [[80, 80], [40, 40]]


def test_unused_inputs_and_freed_graphs_are_named():
    x, y = (ts.ones(2, requires_grad=True) for _ in range(2))
    loss = (x * x).sum()
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        ts.autograd.grad(loss, (x, y), retain_graph=True)
    assert ts.autograd.grad(loss, (x, y), allow_unused=True)[1] is None
    with pytest.raises(RuntimeError, match="second time"):
        ts.autograd.grad(loss, x)


def test_returned_gradients_are_held_by_nobody_else():
    x, _, a, _, c = graph()
    found = ts.autograd.grad(c, (x, a))
    seen = [weakref.ref(g) for g in found]
    del found
    gc.collect(0)
    assert [reference() for reference in seen] == [None, None]


@pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")
def test_ops_of_a_backward_that_is_recorded_are_served(monkeypatch):
    x, y = (ts.rand(3, 4, requires_grad=True) for _ in range(2))

    def second():
        (first,) = ts.autograd.grad((x * y).sin().sum(), x, create_graph=True)
        return ts.autograd.grad(first.sum(), y)[0].tolist()

    wanted = [second() for _ in range(4)]
    monkeypatch.setattr(dispatch, "execute", lambda *given: pytest.fail("left to Python"))
    assert second() == wanted[0]

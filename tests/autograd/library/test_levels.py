"""Ops implemented by hand on the tape, under grad, vmap and jvp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import library


def scaled_sine(x: ts.Tensor, n: int, *, shift: float = 0.0) -> ts.Tensor:
    """Written with NumPy, so that nothing of it can be derived."""
    return ts.from_numpy(np.sin(x.numpy() + shift) * n)


def save(ctx: Any, inputs: Any, keyword_only_inputs: Any, output: Any) -> None:
    """Keeps what the derivative needs."""
    ctx.save_for_backward(inputs[0])
    ctx.n, ctx.shift = inputs[1], keyword_only_inputs["shift"]


def slope(ctx: Any) -> Any:
    """The derivative."""
    return (ctx.saved_tensors[0] + ctx.shift).cos() * ctx.n


@pytest.fixture
def sine() -> Any:
    """The op with its derivatives in both modes."""
    op = library.custom_op("test::sine", mutates_args=())(scaled_sine)
    op.register_autograd(lambda ctx, d: (d * slope(ctx), None), setup_context=save)
    op.register_jvp(lambda ctx, t, n: t * slope(ctx))
    op.register_fake(lambda x, n, *, shift=0.0: ts.empty_like(x))
    return op


X = ts.linspace(-1, 1, 5, dtype=ts.float64)


def test_gradients_of_first_and_second_order_are_right(sine: Any) -> None:
    x = X.clone().requires_grad_()
    assert ts.autograd.gradcheck(lambda x: sine(x, 3, shift=0.5), (x,), check_forward_ad=True)
    assert ts.autograd.gradgradcheck(lambda x: sine(x, 3), (x,))
    y = sine(x, 3)
    assert type(y.grad_fn).__name__ == "GeneratedBackwardFor_test_sine"


def test_nothing_is_recorded_without_need(sine: Any) -> None:
    x = X.clone().requires_grad_()
    with ts.no_grad():
        assert sine(x, 2).grad_fn is None
    assert sine(X, 2).grad_fn is None


def test_transforms_nest_in_any_order(sine: Any) -> None:
    batch = ts.stack([X, X * 2])
    f = lambda x: sine(x, 3).sum()  # noqa: E731
    expected = 3 * batch.cos()
    assert ts.allclose(ts.vmap(ts.func.grad(f))(batch), expected)
    assert ts.allclose(ts.func.grad(lambda b: ts.vmap(f)(b).sum())(batch), expected)
    twice = ts.func.grad(lambda x: ts.func.grad(f)(x).sum())
    assert ts.allclose(twice(X), -3 * X.sin())
    forward = ts.func.jvp(ts.func.grad(f), (X,), (ts.ones_like(X),))[1]
    assert ts.allclose(forward, -3 * X.sin())
    assert ts.allclose(ts.vmap(lambda x: ts.func.jvp(f, (x,), (x,))[1])(batch),
                       (expected * batch).sum(1))  # fmt: skip


def test_vmap_loops_without_a_rule_and_takes_the_registered_one(sine: Any) -> None:
    batch = ts.stack([X, X * 2])
    looped = ts.vmap(lambda x: sine(x, 2), 1, 1)(batch)
    assert ts.allclose(looped, 2 * batch.sin())
    seen = []

    @sine.register_vmap
    def rule(info: Any, in_dims: Any, x: Any, n: int, *, shift: float) -> Any:
        seen.append((info.batch_size, in_dims, shift))
        return sine(x, n, shift=shift), in_dims[0]

    assert ts.allclose(ts.vmap(lambda x: sine(x, 2, shift=0.5), 1, 1)(batch),
                       2 * (batch + 0.5).sin())  # fmt: skip
    assert seen == [(5, (0, None), 0.5)]


def test_an_empty_batch_takes_its_shape_from_the_fake(sine: Any) -> None:
    assert ts.vmap(lambda x: sine(x, 2))(ts.empty(0, 3)).shape == (0, 3)
    sine.fake = None
    with pytest.raises(RuntimeError, match="a batch of 0 examples of test::sine"):
        ts.vmap(lambda x: sine(x, 2))(ts.empty(0, 3))


def test_what_was_not_registered_is_asked_for() -> None:
    op = library.custom_op("test::bare", mutates_args=())(scaled_sine)
    x = X.clone().requires_grad_()
    with pytest.raises(RuntimeError, match="no autograd formula was registered"):
        op(x, 2).sum().backward()
    with pytest.raises(NotImplementedError, match="no forward-mode formula was registered"):
        ts.func.jvp(lambda x: op(x, 2), (X,), (X,))


@pytest.mark.parametrize(
    ("backward", "message"),
    [
        (lambda ctx, d: d, "a gradient or None for each of the 2 arguments, but it returned 1"),
        (lambda ctx, d: (1.0, None), "a Tensor or None for x, but it returned float"),
        (lambda ctx, d: (d[:2], None), "invalid gradient at index 0"),
        (lambda ctx, d: (d, d), "returned a gradient different from None at position 2"),
    ],
)
def test_a_wrong_backward_is_named(sine: Any, backward: Any, message: str) -> None:
    sine.register_autograd(backward)
    with pytest.raises(RuntimeError, match=message):
        sine(X.clone().requires_grad_(), 2).sum().backward()


def test_what_registered_functions_raise_names_the_op(sine: Any) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise ValueError("oops")

    x = X.clone().requires_grad_()
    sine.register_autograd(fail)
    with pytest.raises(ValueError, match="oops") as caught:
        sine(x, 2).sum().backward()
    assert "in the backward of test::sine" in caught.value.__notes__
    sine.register_autograd(fail, setup_context=fail)
    with pytest.raises(ValueError, match="oops") as caught:
        sine(x, 2)
    assert "in the setup_context of test::sine" in caught.value.__notes__
    sine.register_vmap(fail)
    with pytest.raises(ValueError, match="oops") as caught:
        ts.vmap(lambda x: sine(x, 2))(ts.ones(2, 2))
    assert "in the vmap rule of test::sine" in caught.value.__notes__


# lists of tensors


def products(x: ts.Tensor, others: list[ts.Tensor]) -> list[ts.Tensor]:
    """A list in, a list out."""
    return [x * y for y in others]


@pytest.fixture
def listed() -> Any:
    """An op of lists."""
    op = library.custom_op("test::products", mutates_args=())(products)

    def set_up(ctx: Any, inputs: Any, output: Any) -> None:
        assert len(ctx.needs_input_grad[1]) == len(inputs[1])
        ctx.count = len(output)
        ctx.save_for_backward(inputs[0], *inputs[1])

    def backward(ctx: Any, gradients: Any) -> Any:
        x, *others = ctx.saved_tensors
        return sum(g * y for g, y in zip(gradients, others)), [g * x for g in gradients]

    op.register_autograd(backward, setup_context=set_up)
    return op


def test_lists_have_lists_of_gradients(listed: Any) -> None:
    tensors = [(X + i).requires_grad_() for i in range(3)]
    f = lambda x, y, z: tuple(listed(x, [y, z, y]))  # noqa: E731
    assert ts.autograd.gradcheck(f, tensors) and ts.autograd.gradgradcheck(f, tensors)
    assert ts.allclose(ts.vmap(lambda x: listed(x, [x, x])[1])(ts.stack([X, X])),
                       ts.stack([X * X] * 2))  # fmt: skip


def test_a_list_of_the_wrong_length_is_refused(listed: Any) -> None:
    listed.register_autograd(lambda ctx, gradients: (None, [None]))
    with pytest.raises(RuntimeError, match="a list of 2 gradients for the list others, but it ret"):
        listed(X.clone().requires_grad_(), [X, X])[0].sum().backward()


# rules that return something else


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda info, dims, x, n, *, shift: x, r"must return \(results, dims\), but it returned"),
        (lambda info, dims, x, n, *, shift: ((x,), 0), "must return|has no attribute"),
    ],
)
def test_a_wrong_vmap_rule_is_named(sine: Any, rule: Any, message: str) -> None:
    sine.register_vmap(rule)
    with pytest.raises((RuntimeError, AttributeError), match=message):
        ts.vmap(lambda x: sine(x, 2))(ts.ones(2, 2)).sum()


def test_two_results_need_two_from_the_rule() -> None:
    def halves(x: ts.Tensor) -> tuple[ts.Tensor, ts.Tensor]:
        return x / 2, x * 2

    op = library.custom_op("test::halves", mutates_args=())(halves)
    a, b = ts.vmap(op)(ts.ones(3, 2))
    assert a.shape == b.shape == (3, 2)
    op.register_vmap(lambda info, dims, x: (halves(x), (0, 0)))
    assert ts.vmap(op)(ts.ones(3, 2))[1].tolist() == [[2, 2]] * 3
    op.register_vmap(lambda info, dims, x: ((x,), (0,)))
    with pytest.raises(RuntimeError, match="must return 2 results, but it returned 1"):
        ts.vmap(op)(ts.ones(3, 2))


def test_examples_must_agree_on_shapes_and_give_tensors() -> None:
    def positive(x: ts.Tensor) -> ts.Tensor:
        return x[x > 0].clone()

    def total(x: ts.Tensor) -> float:
        return float(x.sum())

    ragged = library.custom_op("test::positive", mutates_args=())(positive)
    with pytest.raises(RuntimeError, match="must have one shape for all examples, but they have"):
        ts.vmap(ragged)(ts.tensor([[1.0, -1.0], [1.0, 1.0]]))
    number = library.custom_op("test::total", mutates_args=())(total)
    assert number(ts.ones(3)) == 3
    with pytest.raises(RuntimeError, match="returns a number, which cannot differ"):
        ts.vmap(number)(ts.ones(2, 2))


# writing in place


def accumulate(x: ts.Tensor, y: ts.Tensor) -> None:
    """Adds into x."""
    x.numpy()[...] += y.numpy()


def test_writing_maps_over_the_batch_and_counts() -> None:
    op = library.custom_op("test::accumulate", mutates_args={"x"})(accumulate)
    x, y = ts.zeros(3, 2), ts.ones(2, 3)
    ts.vmap(op, (0, 1), allow_none=True)(x, y)
    assert x.tolist() == [[1, 1]] * 3
    with pytest.raises(RuntimeError, match="writes into argument x, which must then be mapped"):
        ts.vmap(lambda y: op(x[0], y), 1)(y)


def test_writing_into_what_requires_grad_is_refused() -> None:
    op = library.custom_op("test::accumulate", mutates_args={"x"})(accumulate)
    x = ts.zeros(2, requires_grad=True)
    for target in (x, x * 1):
        with pytest.raises(RuntimeError, match="argument x is written in place, so it must not"):
            op(target, ts.ones(2))
    with ts.no_grad():
        op(x, ts.ones(2))
    assert x.tolist() == [1, 1]


def test_a_backward_that_needs_what_was_written_since_is_refused(sine: Any) -> None:
    op = library.custom_op("test::accumulate", mutates_args={"x"})(accumulate)
    x = X.clone()
    w = ts.ones(5, dtype=ts.float64, requires_grad=True)
    y = w * x
    op(x, X)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()

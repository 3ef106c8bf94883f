"""What functions write in place while they are transformed."""

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import func

from .vectors import X, same, values


def put(x):
    made = ts.zeros(3)
    made[0] = x[1] * x[2]
    return (made * x).sum()  # x0 * x1 * x2


def added(x):
    total = ts.zeros(())
    for i in range(3):
        total += x[i] ** 2
    return total


def seen_by_older_views(x):
    made = ts.ones(4)[1:]
    first, last = made[:2], made[1:]
    last.copy_(x[1] ** 2)
    return (first * x[0]).sum()  # x0 + x0 * x1**2


def seen_by_views_of_the_whole(x):
    made = ts.empty_like(x)
    part = made[:2]
    made.copy_(x * x)
    return part.sum() * x[2]


def inside_of_another(x):
    def inner(y):
        sums = ts.zeros(3)
        part = sums[1:]
        sums.add_(x * y * y)
        part.add_(y[0] * x[1])
        return sums.sum()  # x0 * y0**2 + x1 * y1**2 + x2 * y2**2 + 2 * x1 * y0

    return func.grad(inner)(x * x)[0]  # 2 * x0**3 + 2 * x1


WRITTEN = {
    put: lambda x, y, z: ([y * z, x * z, x * y], [[0, z, y], [z, 0, x], [y, x, 0]]),
    added: lambda x, y, z: ([2 * x, 2 * y, 2 * z], [[2, 0, 0], [0, 2, 0], [0, 0, 2]]),
    seen_by_older_views: lambda x, y, z: (
        [1 + y * y, 2 * x * y, 0],
        [[0, 2 * y, 0], [2 * y, 2 * x, 0], [0, 0, 0]],
    ),
    seen_by_views_of_the_whole: lambda x, y, z: (
        [2 * x * z, 2 * y * z, x * x + y * y],
        [[2 * z, 0, 2 * x], [0, 2 * z, 2 * y], [2 * x, 2 * y, 0]],
    ),
    inside_of_another: lambda x, y, z: (
        [6 * x * x, 2, 0],
        [[12 * x, 0, 0], [0, 0, 0], [0, 0, 0]],
    ),
}


@pytest.mark.parametrize("f", WRITTEN)
def test_tensors_made_inside_may_be_written_with_what_is_differentiated(f):
    gradient, curvature = WRITTEN[f](*(float(x) for x in X))
    same(func.grad(f)(values()), gradient)
    same(func.jacrev(f)(values()), gradient)
    same(func.jacfwd(f)(values()), gradient)
    same(func.hessian(f)(values()), curvature)


def test_writing_what_was_made_inside_is_noticed_by_what_read_it_before():
    def f(x):
        made = ts.ones(3)
        product = x * made
        made.add_(x)
        return product.sum()

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        func.grad(f)(values())


@pytest.mark.parametrize(
    "transform", [func.grad, func.jacrev, lambda f: lambda x: func.jvp(f, (x,), (x,))]
)
@pytest.mark.parametrize("made", [lambda x: x, lambda x: x[1:], lambda x: x.detach()])
def test_tensors_from_outside_are_not_written_with_what_is_differentiated(transform, made):
    outside = ts.zeros(3)
    with pytest.raises(RuntimeError, match="must not be written"):
        transform(lambda x: made(outside).add_(x[0]).sum())(values())
    same(outside, [0, 0, 0])
    # neither is what another function made
    kept = []
    func.grad(lambda x: (kept.append(ts.zeros(3)), x.sum())[1])(values())
    with pytest.raises(RuntimeError, match="must not be written"):
        transform(lambda x: made(kept[0]).add_(x[0]).sum())(values())


MAKERS = {
    "new_zeros": lambda x: x.new_zeros(3),
    "new_full": lambda x: x.new_full((3,), 0.0),
    "zeros_like": lambda x: ts.zeros_like(x),
    "full_like": lambda x: ts.full_like(x, 0),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_tensors_asked_of_an_example_are_one_for_each(maker):
    rows = values([X, 2 * X])
    made = MAKERS[maker]
    same(func.vmap(lambda x: made(x).add_(x))(rows), [X, 2 * X])
    same(func.vmap(func.grad(lambda x: made(x).add_(x * x).sum()))(rows), [2 * X, 4 * X])
    pairs = func.vmap(lambda x: func.vmap(lambda y: made(y * x).add_(y * x))(rows))(rows)
    same(pairs, np.array([[X * X, 2 * X * X], [2 * X * X, 4 * X * X]]))
    parts = func.vmap(func.grad(lambda x: made(x)[1:].add_(x[:2] ** 2).sum()))(rows)
    same(parts, [2 * X * [1, 1, 0], 4 * X * [1, 1, 0]])


def test_a_tensor_shared_by_all_examples_is_not_written_with_one_of_them():
    with pytest.raises(RuntimeError, match=r"vmap: inplace arithmetic.* is not possible"):
        func.vmap(lambda x: ts.zeros(3).add_(x))(values([X, X]))


def test_an_element_written_under_vmap_has_the_history_of_its_example():
    def f(x):
        made = x.new_zeros(3, 3)
        for i in range(3):
            made[i, i] = x[i] ** 2
        return made.sum()

    same(func.vmap(func.grad(f))(values([X, 2 * X])), [2 * X, 4 * X])


PRODUCTS = {
    "made inside": lambda x: ts.ones(3).mul_(x).mul_(x),
    "of the function": lambda x: (x * 1).mul_(x),
    "of itself": lambda x: (x * 1).mul_(1).pow_(2),
}


@pytest.mark.parametrize("f", PRODUCTS)
def test_products_in_place_keep_what_their_derivatives_read(f):
    total = lambda x: PRODUCTS[f](x).sum()  # noqa: E731
    same(func.grad(total)(values()), 2 * X)
    same(func.jacrev(total)(values()), 2 * X)
    same(func.hessian(total)(values()), 2 * np.eye(3))
    same(func.vmap(func.grad(lambda x: (x * 1)[1:].mul_(x[0]).sum()))(values([X])), [[3, 0.5, 0.5]])

"""Transforms of functions, alone and three deep, against derivatives worked out by hand."""

import copy
import itertools
from collections import namedtuple

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import autograd, func

from .vectors import X, same, values


def by_grad(f):
    """The derivative of an elementwise function in reverse mode."""
    return lambda x: func.grad(lambda y: f(y).sum())(x)


def by_jvp(f):
    """The derivative of an elementwise function in forward mode."""
    return lambda x: func.jvp(f, (x,), (ts.ones_like(x),))[1]


def by_vjp(f):
    """The derivative of an elementwise function by a pullback."""
    return lambda x: func.vjp(f, x)[1](ts.ones_like(x))[0]


def by_rows(f):
    """The derivative of an elementwise function, one element after the other with vmap."""
    return lambda x: func.vmap(func.grad(f))(x) if x.dim() else func.grad(f)(x)


def by_columns(f):
    """The derivative of an elementwise function by forward mode under vmap."""

    def derivative(x):
        return func.jvp(f, (x,), (ts.ones(()),))[1]

    return lambda x: func.vmap(derivative)(x) if x.dim() else derivative(x)


MODES = {"grad": by_grad, "jvp": by_jvp, "vjp": by_vjp, "rows": by_rows, "columns": by_columns}


@pytest.mark.parametrize("modes", [*itertools.product(MODES, repeat=2)], ids="-".join)
def test_second_derivatives_in_any_two_modes(modes):
    outer, inner = (MODES[mode] for mode in modes)
    same(outer(inner(lambda x: x**3 * x.exp()))(values()), (X**3 + 6 * X**2 + 6 * X) * np.exp(X))


@pytest.mark.parametrize("modes", [*itertools.product(MODES, repeat=3)], ids="-".join)
def test_third_derivatives_in_any_three_modes(modes):
    first, second, third = (MODES[mode] for mode in modes)
    same(first(second(third(lambda x: x**4 + x.sin())))(values()), 24 * X - np.cos(X))


@pytest.mark.parametrize("outer", MODES)
def test_the_tape_goes_through_transforms(outer):
    x = values().requires_grad_()
    MODES[outer](lambda v: v**3)(x).sum().backward()
    same(x.grad, 6 * X)


@pytest.mark.parametrize("rows", [func.jacrev, func.jacfwd])
@pytest.mark.parametrize("columns", [func.jacrev, func.jacfwd])
def test_hessians_in_all_orders(rows, columns):
    def f(x):
        return (x[0] * x[1]) ** 2 + x[2].exp()

    a, b, c = X
    expected = [[2 * b * b, 4 * a * b, 0], [4 * a * b, 2 * a * a, 0], [0, 0, np.exp(c)]]
    same(rows(columns(f))(values()), expected)
    same(func.hessian(f)(values()), expected)


def test_per_example_gradients_equal_a_loop():
    w, xs, ys = ts.randn(4), ts.randn(5, 4), ts.randn(5)

    def loss(w, x, y):
        return ((x @ w).tanh() - y) ** 2

    together = func.vmap(func.grad(loss), (None, 0, 0))(w, xs, ys)
    alone = [func.grad(loss)(w, x, y).numpy() for x, y in zip(xs, ys)]
    same(together, np.stack(alone))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.softmax(0),
        lambda x: x.sort(descending=True)[0],
        lambda x: x.cumsum(0),
        lambda x: ts.cat([x, x * 2]),
        lambda x: x.view(1, 3).t() @ x.view(1, 3),
        lambda x: x[ts.tensor([2, 0])],
        lambda x: x.flip(0)[1:] * x[:2],
        lambda x: ts.where(x > 1, x, -x),
        lambda x: x.unsqueeze(1).expand(3, 2).sum(1),
        lambda x: x.max(0)[0] + x.norm(),
        lambda x: x.var(),
    ],
)
def test_vmap_and_jacobians_of_a_function_equal_a_loop(function):
    batch = ts.randn(4, 3)
    same(func.vmap(function)(batch), np.stack([function(x).numpy() for x in batch]))
    reverse = func.vmap(func.jacrev(function))(batch)
    forward = func.vmap(func.jacfwd(function))(batch)
    same(reverse, forward.numpy())
    same(reverse[1], func.jacrev(function)(batch[1]).numpy())


def test_vmap_takes_trees_and_dims():
    Pair = namedtuple("Pair", "a b")
    a, b = ts.randn(2, 3), ts.randn(3, 2)
    found = func.vmap(
        lambda pair, options: {"sum": pair.a + pair.b, "one": options["k"]},
        in_dims=(Pair(0, 1), None),
        out_dims={"sum": 1, "one": 0},
    )(Pair(a, b), {"k": ts.ones(2)})
    same(found["sum"], (a.numpy() + b.numpy().T).T)
    assert found["one"].shape == (2, 2)
    same(func.vmap(lambda x: x * 2, chunk_size=2)(ts.arange(5.0)), np.arange(5) * 2)


def test_vmap_writes_into_batched_tensors_only():
    def writes(x):
        y = x.clone()
        y[0] = y[1] * 10
        y[1:].add_(1)
        return y

    same(func.vmap(writes)(values([[1, 2, 3], [4, 5, 6]])), [[20, 3, 4], [50, 6, 7]])

    def refused(x):
        return ts.zeros(3).add_(x)

    with pytest.raises(RuntimeError, match="inplace arithmetic"):
        func.vmap(refused)(ts.ones(2, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: func.vmap(lambda x: x if x.sum() > 0 else -x)(ts.ones(2, 2)), RuntimeError,
         "data-dependent control flow"),
        (lambda: func.vmap(lambda x: x.item())(ts.ones(2)), RuntimeError, r"\.item\(\)"),
        (lambda: func.vmap(lambda x: x.nonzero())(ts.ones(2, 2)), RuntimeError, "dynamic shape"),
        (lambda: func.vmap(lambda x: 3)(ts.ones(2)), ValueError, "must only return Tensors"),
        (lambda: func.vmap(lambda x, y: x)(ts.ones(2), ts.ones(3)), ValueError, "same size"),
        (lambda: func.vmap(lambda x: x, in_dims=None)(ts.ones(2)), ValueError, "in_dims"),
        (lambda: func.vmap(lambda x: ts.rand(2) + x)(ts.ones(2)), RuntimeError, "randomness"),
        (lambda: func.grad(lambda x: x * 2)(ts.ones(2)), RuntimeError, "scalar tensor"),
        (lambda: func.grad(lambda x: x, argnums=3)(ts.ones(())), RuntimeError, "argnum=3"),
    ],
)  # fmt: skip
def test_misuse_of_transforms_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_random_numbers_differ_between_examples_or_are_the_same():
    ts.manual_seed(0)
    different = func.vmap(lambda x: x + ts.rand(3), randomness="different")(ts.zeros(4, 3))
    assert len({tuple(row) for row in different.tolist()}) == 4
    alike = func.vmap(lambda x: x + ts.rand(3), randomness="same")(ts.zeros(4, 3))
    assert len({tuple(row) for row in alike.tolist()}) == 1


def test_functions_may_write_to_their_own_tensors():
    def f(x):
        y = x.clone()
        y[0] = y[1] * 2
        y.mul_(3)
        return (y * y).sum()

    a, b = X[1], X[2]
    same(func.grad(f)(values()), [0, 90 * a, 18 * b])
    same(func.hessian(f)(values()), np.diag([0, 90, 18]))


@pytest.mark.parametrize("method", ["mul_", "div_", "pow_", "atan2_", "add_"])
def test_what_a_function_overwrites_is_kept_as_it_was_at_every_level(method) -> None:
    def program(x):
        y = x * 2
        y[0].mul_(y[1])
        getattr(y, method)(x)
        return (y * x).sum()

    x = values().requires_grad_()
    expected = ts.autograd.grad(program(x), x, create_graph=True)[0]
    twice = ts.autograd.grad(expected.sum(), x)[0]
    gradient = func.grad(program)
    same(gradient(values()), expected.detach().numpy())
    same(func.grad(lambda x: gradient(x).sum())(values()), twice.numpy())
    same(
        func.jvp(lambda x: gradient(x).sum(), (values(),), (ts.ones(3, dtype=x.dtype),))[1],
        twice.sum().item(),
    )
    rows = ts.stack([values(), values()])
    same(func.vmap(gradient)(rows), np.stack([expected.detach().numpy()] * 2))
    outer = rows.clone().requires_grad_()
    func.vmap(program)(outer).sum().backward()
    same(outer.grad, np.stack([expected.detach().numpy()] * 2))


def test_no_grad_inside_of_grad_makes_constants():
    def f(x):
        with ts.no_grad():
            constant = x**2
        return (x**2 - constant).sum()

    same(func.grad(f)(values()), 2 * X)


def test_gradients_of_trees_keep_their_structure():
    found, (value, aux) = func.grad_and_value(
        lambda p: ((p["w"] * p["b"][0]).sum(), p["w"] * 2), has_aux=True
    )({"w": values(), "b": (ts.tensor(3.0),)})
    same(found["w"], [3, 3, 3])
    same(found["b"][0], X.sum())
    same(value, 3 * X.sum())
    same(aux, 2 * X)


def test_linearize_and_vjp_functions_can_be_called_again():
    value, push = func.linearize(lambda x: x.sin(), values())
    same(value, np.sin(X))
    for scale in (1, 2):
        same(push(ts.full((3,), float(scale))), scale * np.cos(X))
    _, pull = func.vjp(lambda x: x.sin(), values())
    for scale in (1, 2):
        same(pull(ts.full((3,), float(scale)))[0], scale * np.cos(X))


def test_nothing_of_a_closed_level_is_left():
    kept = []
    func.jvp(lambda x: kept.append(x) or x, (values(),), (values(),))
    func.grad(lambda x: kept.append(x) or x.sum())(values())
    for tensor in kept:
        assert type(tensor) is ts.Tensor
        same(tensor + 1, X + 1)


def test_functional_matches_transforms():
    f = lambda x: (x**3).sum()  # noqa: E731
    x = values()
    same(autograd.functional.hessian(f, x), np.diag(6 * X))
    same(autograd.functional.jacobian(lambda v: v**2, x, vectorize=True), np.diag(2 * X))
    same(
        autograd.functional.jacobian(lambda v: v**2, x, vectorize=True, strategy="forward-mode"),
        np.diag(2 * X),
    )
    same(autograd.functional.jvp(lambda v: v**2, x, ts.ones(3))[1], 2 * X)
    same(autograd.functional.hvp(f, x, ts.ones(3))[1], 6 * X)


def test_dual_tensors_carry_tangents_and_lose_them_with_the_level():
    forward = autograd.forward_ad
    weight = values().requires_grad_()
    with forward.dual_level():
        x = forward.make_dual(values(), ts.ones(3))
        y = x * weight
        primal, tangent = forward.unpack_dual(y)
        same(primal, X * X)
        same(tangent, X)
        tangent.sum().backward()
    same(weight.grad, [1, 1, 1])
    assert forward.unpack_dual(y).tangent is None


NAMED = {
    "vmap": lambda x: func.vmap(lambda row: row.sort())(x),
    "jvp": lambda x: func.jvp(lambda y: y.max(0), (x,), (ts.ones_like(x),))[1],
    "has_aux": lambda x: func.grad(lambda y: (y.sum(), y.max(0)), has_aux=True)(x)[1],
    "vjp": lambda x: func.vjp(lambda y: y.max(0), x)[0],
}


@pytest.mark.parametrize("transform", NAMED)
def test_named_results_keep_their_names_through_a_transform(transform):
    found = NAMED[transform](values([[3, 1], [2, 5]]))
    assert type(found)._fields == ("values", "indices")
    assert found.values is found[0] and found.indices is found[1]
    expected = {"vmap": [[1, 3], [2, 5]], "jvp": [1, 1]}
    same(found.values, expected.get(transform, [3, 5]))


def test_permutations_of_examples_are_drawn_one_after_the_other():
    ts.manual_seed(3)
    found = func.vmap(lambda row: ts.randperm(9), randomness="different")(ts.ones(4))
    after = ts.randperm(9)
    ts.manual_seed(3)
    assert found.tolist() == [ts.randperm(9).tolist() for _ in range(4)]
    assert after.tolist() == ts.randperm(9).tolist()


BY_GRADIENT = {
    "grad": lambda x: func.grad(lambda y: (y * 1.0).sum())(x),
    "vjp": lambda x: func.vjp(lambda y: y * 1.0, x),
    "jacrev": lambda x: func.jacrev(lambda y: y * 1.0)(x),
}


@pytest.mark.parametrize("transform", BY_GRADIENT)
@pytest.mark.parametrize("kind", [ts.int64, ts.bool])
def test_gradients_of_whole_numbers_are_refused(transform, kind):
    with pytest.raises(RuntimeError, match=f"floating point dtype .* a tensor of .*{kind}"):
        BY_GRADIENT[transform](ts.ones(3, dtype=kind))


def test_whole_numbers_beside_what_is_differentiated_are_fine():
    same(func.grad(lambda x, n: (x * n).sum())(values(), ts.arange(3)), [0, 1, 2])


@pytest.mark.parametrize(
    ("tangent", "error", "message"),
    [
        (ts.ones(3, dtype=ts.float64), RuntimeError, "dtype tensorsmith.float32, .*float64"),
        (ts.ones(2), RuntimeError, r"shape \[3\] .* got \[2\]"),
        (ts.arange(3), ValueError, "Expected tangent to be floating point or complex"),
    ],
)
def test_a_tangent_unlike_its_primal_is_refused(tangent, error, message):
    with pytest.raises(error, match=message):
        func.jvp(lambda x: x * 2, (values(),), (tangent,))


@pytest.mark.parametrize(
    "transform", [lambda f, x: func.jvp(f, (x,), (x,)), lambda f, x: func.jacfwd(f)(x)]
)
def test_forward_mode_of_whole_numbers_is_refused(transform):
    with pytest.raises(ValueError, match="Expected primal to be floating point or complex"):
        transform(lambda x: x * 1.0, ts.arange(3))


USES = {
    "op": lambda x: x + 1,
    "reflected": lambda x: 1 + x,
    "beside another": lambda x: ts.ones(3) * x,
    "method": lambda x: x.sum(),
    "index": lambda x: x[0],
    "write": lambda x: x.add_(1),
    "written": lambda x: ts.zeros(3).copy_(x),
    "list": lambda x: ts.cat([ts.ones(3), x]),
    "elements": lambda x: x.tolist(),
    "number": lambda x: x.item(),
    "array": lambda x: x.numpy(),
    "view": lambda x: x.view(3, 1),
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
    "bool": lambda x: bool(x),
    "float": lambda x: float(x),
    "len": lambda x: len(x),
    "loop": lambda x: list(x),
    "comparison": lambda x: x == 1,
    "transposed": lambda x: x.T,
    "product": lambda x: x @ x,
    "module": lambda x: ts.nn.functional.relu(x),
    "index of another": lambda x: ts.ones(3)[x],
    "copy": lambda x: copy.deepcopy(x),
    "shape": lambda x: x.shape,
    "another vmap": lambda x: func.vmap(lambda y: x + y)(ts.ones(2, 3)),
}


@pytest.mark.parametrize("use", USES)
def test_what_escaped_from_a_vmap_cannot_be_used(use):
    kept = []
    func.vmap(lambda x: (kept.append(x * 2), kept.append(x), x)[2])(values([X, X]))
    for _ in range(3):
        for tensor in kept:
            with pytest.raises(RuntimeError, match="escaped from inside a function being vmapped"):
                USES[use](tensor)
    assert repr(kept[0]) == "BatchedTensor(escaped from its vmap)"

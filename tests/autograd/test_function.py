"""Functions with a backward of the user's own, plain and inside of transforms."""

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import autograd, func
from tensorsmith.autograd.function import once_differentiable


class Cube(autograd.Function):
    """x ** 3 with everything that transforms ask for; counts its backwards."""

    generate_vmap_rule = True
    backwards = 0

    @staticmethod
    def forward(x):
        return x * x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def backward(ctx, grad):
        Cube.backwards += 1
        (x,) = ctx.saved_tensors
        return grad * 3 * x * x

    @staticmethod
    def jvp(ctx, tangent):
        (x,) = ctx.saved_tensors
        return tangent * 3 * x * x


class Scale(autograd.Function):
    """x * factor in the old form, the factor a Python number."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


def same(tensor, expected):
    np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=1e-6)


X = np.array([1.0, 2.0, 3.0], dtype=np.float32)


def values(**options):
    return ts.tensor(X.copy(), **options)


def test_backward_of_a_function_is_the_users():
    x = values(requires_grad=True)
    before = Cube.backwards
    y = Cube.apply(x)
    assert y.grad_fn.name() == "CubeBackward"
    y.sum().backward()
    same(x.grad, 3 * X**2)
    assert Cube.backwards == before + 1
    x.grad = None
    Scale.apply(x, 4.0).sum().backward()
    same(x.grad, [4, 4, 4])


def test_backward_of_a_function_can_be_differentiated():
    x = values(requires_grad=True)
    (first,) = autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
    (second,) = autograd.grad(first.sum(), x)
    same(second, 6 * X)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (lambda f: func.grad(lambda x: f(x).sum()), 3 * X**2),
        (lambda f: func.grad(lambda y: func.grad(lambda x: f(x).sum())(y).sum()), 6 * X),
        (lambda f: func.vmap(f), X**3),
        (lambda f: func.vmap(func.grad(f)), 3 * X**2),
        (lambda f: func.vmap(func.grad(func.grad(f))), 6 * X),
        (lambda f: lambda x: func.jvp(f, (x,), (ts.ones(3),))[1], 3 * X**2),
        (lambda f: func.jacrev(f), np.diag(3 * X**2)),
        (lambda f: func.jacfwd(f), np.diag(3 * X**2)),
    ],
)
def test_a_function_works_inside_of_transforms(transform, expected):
    same(transform(Cube.apply)(values()), expected)


def test_a_function_without_setup_context_is_refused_in_transforms():
    with pytest.raises(RuntimeError, match="must override the setup_context"):
        func.grad(lambda x: Scale.apply(x, 2.0).sum())(values())


def test_the_vmap_method_gets_the_dims_of_the_arguments():
    class Outer(autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * y

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def vmap(info, in_dims, x, y):
            assert info.batch_size == 3 and in_dims == (0, None)
            return x * y, 0

    same(func.vmap(Outer.apply, (0, None))(values(), ts.tensor(2.0)), 2 * X)


def test_wrong_numbers_of_gradients_are_reported():
    class Wrong(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    with pytest.raises(RuntimeError, match=r"incorrect number of gradients \(expected 1, got 2\)"):
        Wrong.apply(values(requires_grad=True)).sum().backward()


def test_an_input_written_in_place_must_be_marked_and_gets_the_history():
    class AddOne(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 5

    x = values(requires_grad=True)
    y = x.clone()
    z = AddOne.apply(y)
    assert z is y
    z.sum().backward()
    same(x.grad, [5, 5, 5])


def test_once_differentiable_refuses_the_second_time():
    class Once(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

    x = values(requires_grad=True)
    (first,) = autograd.grad(Once.apply(x).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiate twice"):
        first.sum().backward()


def test_gradcheck_accepts_right_and_refuses_wrong_gradients():
    x = ts.rand(3, dtype=ts.float64, requires_grad=True)
    assert autograd.gradcheck(Cube.apply, (x,))
    assert autograd.gradgradcheck(Cube.apply, (x,))
    assert autograd.gradcheck(lambda v: v.exp() * v, (x,), check_forward_ad=True)

    class Wrong(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    assert not autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)
    with pytest.raises(autograd.GradcheckError, match="Jacobian mismatch for output 0"):
        autograd.gradcheck(Wrong.apply, (x,))

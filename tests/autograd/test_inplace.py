"""In-place writes to tensors and views that are recorded, against values worked out by PyTorch."""

import numpy as np
import pytest
import tensorsmith as ts


def leaf(values):
    return ts.tensor(values, requires_grad=True)


def same(tensor, expected):
    np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=1e-6)


def through_itself(x):
    y = x * 2
    y.mul_(y)
    return y


def through_a_view(x):
    y = x * 1
    y[1:].mul_(10)
    return y


def through_a_view_of_a_view(x):
    y = x.clone()
    y[1:][1:].mul_(x[0])
    return y * y


def into_a_buffer(x):
    buffer = ts.zeros(3)
    buffer[0] = x[1] * 5
    buffer[2] = x[0]
    return buffer * buffer


def constant_over_an_element(x):
    y = x * 1
    y[1] = 0
    return y


def filled(x):
    y = x * 1
    y.zero_()
    return y


def old_view_sees_the_new_history(x):
    y = x.clone()
    view = y[:2]
    y.mul_(3)
    return view


def view_after_the_base_was_written(x):
    y = x.clone()
    view = y[:2]
    y.mul_(3)
    view.mul_(2)
    return y


def transposed(x):
    y = x.expand(2, 3).clone()
    y.t()[0].mul_(7)
    return y


def indexed(x):
    y = x.clone()
    y[ts.tensor([0, 2])] = x[1] * 4
    return y


def operand_and_target(x):
    y = x.clone()
    y.add_(y * 2)
    return y * x


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (through_itself, [8, 16, 24]),
        (through_a_view, [1, 10, 10]),
        (through_a_view_of_a_view, [2 + 18, 4, 6]),
        (into_a_buffer, [2, 100, 0]),
        (constant_over_an_element, [1, 0, 1]),
        (filled, [0, 0, 0]),
        (old_view_sees_the_new_history, [3, 3, 0]),
        (view_after_the_base_was_written, [6, 6, 3]),
        (transposed, [14, 2, 2]),
        (indexed, [0, 9, 0]),
        (operand_and_target, [6, 12, 18]),
    ],
)
def test_gradient_of_a_program_with_writes(function, expected):
    x = leaf([1.0, 2.0, 3.0])
    function(x).sum().backward()
    same(x.grad, expected)


def test_writes_through_views_can_be_differentiated_twice():
    x = leaf([1.0, 2.0, 3.0])
    y = x * x
    y[1:].mul_(x[1:])
    (first,) = ts.autograd.grad(y.sum(), x, create_graph=True)
    same(first, [2, 12, 27])
    (second,) = ts.autograd.grad(first.sum(), x)
    same(second, [2, 12, 18])


def test_history_moves_to_the_base():
    x = leaf([1.0, 2.0, 3.0])
    y = x.clone()
    view = y[1:]
    view.mul_(2)
    assert y.grad_fn.name() == "CopySlices"
    assert view.grad_fn.name() == "AsStridedBackward0"
    assert view.grad_fn.next_functions[0][0] is y.grad_fn
    other = ts.zeros(4)
    left, right = other[:2], other[2:]
    left.copy_(x[:2])
    assert other.requires_grad and right.requires_grad


def test_detached_tensors_share_the_version():
    x = leaf([1.0, 2.0])
    y = x * 2
    y.detach().add_(1)
    assert y._version == 1
    z = x.exp()
    w = z * z
    z.detach().add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        w.sum().backward()
    before = x._version
    x.data.add_(1)
    assert x._version == before


def test_leaves_may_be_written_without_recording():
    x = leaf([1.0, 2.0])
    with ts.no_grad():
        x.sub_(0.5)
    same(x, [0.5, 1.5])
    assert x.is_leaf and x.requires_grad


def test_a_view_cannot_be_detached_in_place():
    x = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        (x * 2)[0].detach_()


def test_what_is_overwritten_is_kept_as_it_was() -> None:
    for _ in range(3):
        w, v = leaf([1.0, 2.0, 3.0, 4.0]), leaf([1.0, 2.0, 3.0, 4.0])
        y = w * 1
        left = y[:-1]  # its history is made anew when its base is written
        y[:2].mul_(3)
        y[1:].mul_(left)
        y.sum().backward()
        z = ts.cat([v[:2] * 3, v[2:]])
        ts.cat([z[:1], z[1:] * z[:-1]]).sum().backward()
        same(w.grad, v.grad.numpy())


@pytest.mark.parametrize("again", range(3))
def test_a_recorded_write_through_a_view_with_gaps_reads_what_is_there(again: int) -> None:
    x = ts.arange(1.0, 9).reshape(2, 2, 2).requires_grad_()
    written = x * 1
    written.select(-1, 1).mul_(2)
    assert written.tolist() == [[[1, 4], [3, 8]], [[5, 12], [7, 16]]]
    written[:, 0].exp_().sum().backward()
    expected = x.detach()[:, 0] * ts.tensor([1.0, 2.0])
    assert ts.allclose(x.grad[:, 0], expected.exp() * ts.tensor([1.0, 2.0]))
    assert x.grad[:, 1].tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    "write",
    [
        lambda y, z: y.copy_(z),
        lambda y, z: y.fill_(z.sum()),
        lambda y, z: y.__setitem__(slice(None), z),
        lambda y, z: y.__setitem__(..., z),
        lambda y, z: ts.mul(y.copy_(z), 1.0),
    ],
)
def test_what_was_overwritten_as_a_whole_gets_a_gradient_of_zeros(write) -> None:
    x, z = (ts.ones(3, requires_grad=True) for _ in range(2))
    for _ in range(3):
        y = x * 2
        write(y, z)
        y.sum().backward()
        assert x.grad.tolist() == [0, 0, 0]
        assert z.grad is not None and z.grad.ne(0).all()
        assert y.grad_fn.name() == "CopyBackwards"
        x.grad = None


STEPPED = {
    "column": lambda y: y[:, 1],
    "transposed": lambda y: y.t(),
    "every third": lambda y: y[:, ::3],
    "inner columns": lambda y: y[1:-1, 2:-2],
    "diagonal": lambda y: y.diagonal(),
    "of a view": lambda y: y.t()[1:][:, ::2],
}
WRITES = {
    "mul_ by a number": (lambda z, w: z.mul_(2), lambda z, w: 2 * z),
    "mul_": (lambda z, w: z.mul_(w), lambda z, w: z * w),
    "add_": (lambda z, w: z.add_(w), lambda z, w: z + w),
    "div_": (lambda z, w: z.div_(w + 3), lambda z, w: z / (w + 3)),
    "addcmul_": (lambda z, w: z.addcmul_(w, w), lambda z, w: z + w * w),
    "exp_": (lambda z, w: z.exp_(), lambda z, w: z.exp()),
    "sin_": (lambda z, w: z.sin_(), lambda z, w: z.sin()),
    "copy_": (lambda z, w: z.copy_(w), lambda z, w: w + z * 0),
    "setitem": (lambda z, w: z.__setitem__(..., w * 2), lambda z, w: 2 * w + z * 0),
    "zero_": (lambda z, w: z.zero_(), lambda z, w: z * 0),
}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("view", STEPPED)
def test_writing_through_a_view_with_steps_is_writing_what_it_shows(view, write, recorded):
    at, (inplace, new) = STEPPED[view], WRITES[write]
    x, w = (ts.rand(70, 90).requires_grad_(recorded) for _ in range(2))
    places = ts.arange(70 * 90).reshape(70, 90)
    inside = at(places).reshape(-1)
    for _ in range(2):  # a call that was solved before is another one
        y = x * 1
        inplace(at(y), at(w))
        expected = (x * 1).reshape(-1).index_copy(0, inside, new(at(x), at(w)).reshape(-1))
        same(y, expected.detach().reshape(70, 90).numpy())
        if recorded:
            weights = ts.rand(70, 90)
            found = ts.autograd.grad((y * weights).sum(), (x, w), allow_unused=True)
            wanted = ts.autograd.grad(
                (expected * weights.reshape(-1)).sum(), (x, w), allow_unused=True
            )
            for gradient, other in zip(found, wanted):
                assert (gradient is None) == (other is None)
                if gradient is not None:
                    same(gradient, other.numpy())


@pytest.mark.parametrize(
    "quotient",
    [
        lambda x: x / x.sum(),
        lambda x: (x * 1).div_(x.sum()),
        lambda x: ts.true_divide(x, x.sum()),
        lambda x: x / 2,
        lambda x: ts.nn.functional.normalize(x, 1.0, dim=0),
    ],
)
def test_a_quotient_may_be_written_for_its_backward_reads_the_operands(quotient) -> None:
    for _ in range(3):  # as asked for first, and as learned
        x, y = leaf([1.0, 2.0, 4.0]), leaf([1.0, 2.0, 4.0])
        weights = ts.tensor([1.0, 10.0, 100.0])
        written = quotient(x)
        written.add_(1)
        (written * weights).sum().backward()
        (quotient(y) * weights).sum().backward()
        same(x.grad, y.grad.numpy())


@pytest.mark.parametrize(
    "function",
    [
        ts.sinc,
        ts.erfinv,
        ts.log1p,
        ts.nn.functional.selu,
        lambda x: ts.nn.functional.cosine_similarity(x, x * x, dim=0),
    ],
)
def test_a_result_that_pytorch_does_not_keep_may_be_written(function) -> None:
    x, y = leaf([0.25, 0.5, -0.75]), leaf([0.25, 0.5, -0.75])
    function(x * 1).add_(1).sum().backward()
    function(y * 1).sum().backward()
    same(x.grad, y.grad.numpy())


@pytest.mark.parametrize("function", [ts.exp, ts.sqrt, ts.tanh, ts.sigmoid, ts.reciprocal])
def test_what_reads_its_result_again_must_not_be_written(function) -> None:
    written = function(leaf([1.0, 2.0]))
    written.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        written.sum().backward()

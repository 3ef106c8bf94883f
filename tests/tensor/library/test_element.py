"""Element functions as functions of tensors."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.library import element_function

KERNEL = "template <typename T> T my_kernel(T x, T y, T alpha) { return -x + alpha * y; }"


def test_an_element_function_is_an_op_like_any_other() -> None:
    f = element_function(KERNEL, alpha=1.0)
    a, b = ts.rand(2, 3, dtype=ts.float64), ts.rand(3, dtype=ts.float64)
    assert ts.equal(f(a, b, alpha=3.0), -a + 3 * b) and ts.equal(f(a, b), b - a)
    a.requires_grad_()
    assert ts.autograd.gradcheck(f, (a, b)) and ts.autograd.gradgradcheck(
        lambda x: f(x * x, b), (a,)
    )
    assert ts.equal(ts.vmap(f, (0, None))(a, b), f(a, b))
    assert ts.equal(ts.func.jvp(f, (a, b), (a, b))[1], b - a)
    assert repr(f) == "<element function my_kernel>"


def test_wrong_arguments_are_named() -> None:
    f = element_function(KERNEL, alpha=1.0)
    with pytest.raises(TypeError, match="2 tensors must be given by position, got 1"):
        f(ts.ones(1))
    with pytest.raises(TypeError, match="argument 1 must be a Tensor, not float"):
        f(ts.ones(1), 1.0)
    with pytest.raises(TypeError, match="got an unexpected argument 'beta'"):
        f(ts.ones(1), ts.ones(1), beta=1.0)


def test_jiterator_is_for_cuda_tensors_as_in_pytorch() -> None:
    f = ts.cuda.jiterator._create_jit_fn(KERNEL, alpha=1.0)
    with pytest.raises(RuntimeError, match="Expected a cuda tensor for argument 0, got one on cpu"):
        f(ts.ones(1), ts.ones(1))


def test_a_jiterator_of_several_results_counts_them() -> None:
    text = "template <typename T> void f(T x, T& a, T& b) { a = x; b = -x; }"
    assert len(ts.cuda.jiterator._create_multi_output_jit_fn(text, 2).op.outputs) == 2
    with pytest.raises(RuntimeError, match="num_outputs must be 2"):
        ts.cuda.jiterator._create_multi_output_jit_fn(text, 3)

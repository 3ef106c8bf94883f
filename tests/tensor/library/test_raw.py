"""Raw kernels in LLVM IR: launches that are checked, derivatives by formula or by hand."""

from __future__ import annotations

from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.library import llvm_kernel
from tensorsmith.tensor.library.raw_signature import parse_signature

SCALE = """
define void @scale(ptr %x, ptr %y, double %a, i64 %n) {
entry:
  %f = fptrunc double %a to float
  %empty = icmp eq i64 %n, 0
  br i1 %empty, label %done, label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %p = getelementptr float, ptr %x, i64 %i
  %v = load float, ptr %p
  %w = fmul float %v, %f
  %q = getelementptr float, ptr %y, i64 %i
  store float %w, ptr %q
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""
SIGNATURE = "scale(float32[...] x, float a = 2) -> float32[...] y"


def test_a_raw_kernel_runs_on_any_layout_and_size() -> None:
    scale = llvm_kernel(SCALE, SIGNATURE)
    assert scale(ts.ones(3), a=3).tolist() == [3, 3, 3]
    x = ts.arange(6, dtype=ts.float32).reshape(2, 3)
    assert ts.equal(scale(x.t()), 2 * x.t()) and scale(ts.empty(0, 2)).shape == (0, 2)
    assert scale(ts.empty(2, 3, device="meta")).shape == (2, 3)


def test_a_derivative_is_given_by_hand() -> None:
    scale = llvm_kernel(SCALE, SIGNATURE)
    scale.register_autograd(
        lambda ctx, d: (d * ctx.factor, None),
        setup_context=lambda ctx, inputs, output: setattr(ctx, "factor", inputs[1]),
    )
    x = ts.ones(3, requires_grad=True)
    scale(x, 5.0).sum().backward()
    assert x.grad.tolist() == [5, 5, 5]
    assert set(ts.library.opcheck(scale, (x,)).values()) == {"SUCCESS"}


def test_a_formula_gives_derivatives_and_vmap() -> None:
    scale = llvm_kernel(SCALE, "scale(float32[N] x, float a = 2) -> float32[N] y",
                        define="y[n] = a * x[n]")  # fmt: skip
    x = ts.arange(3, dtype=ts.float32)
    assert ts.equal(ts.vmap(scale)(ts.stack([x, x])), ts.stack([2 * x, 2 * x]))
    assert ts.equal(ts.func.grad(lambda x: (scale(x) ** 2).sum())(x), 8 * x)
    assert ts.equal(ts.func.jvp(lambda x: scale(x, a=3.0), (x,), (x,))[1], 3 * x)
    assert "raw kernel scale" in repr(scale)


def test_the_kernel_runs_where_the_formula_could() -> None:
    wrong = llvm_kernel(SCALE, SIGNATURE, define="y = x + 0 * a")
    assert wrong(ts.ones(2)).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("signature", "arguments", "message"),
    [
        (SIGNATURE, (ts.ones(2).double(),), r"x must be float32\[\.\.\.\], but it has dtype"),
        ("scale(float32[N, 3] x, float a) -> float32[N, 3] y", (ts.ones(2), 1.0),
         "x must have 2 dims, float32.N, 3., but its shape is .2."),
    ],
)  # fmt: skip
def test_a_launch_is_held_to_the_signature(
    signature: str, arguments: tuple[Any, ...], message: str
) -> None:
    ir = SCALE
    with pytest.raises(RuntimeError, match=message):
        llvm_kernel(ir, signature)(*arguments)


def test_sizes_of_one_name_must_agree() -> None:
    read = parse_signature("f(float32[N, 3] x, float32[N] y, int32[...] i) -> float32[N, 3] z")
    x, y = ts.ones(2, 3), ts.ones(2)
    sizes, shape = read.solve((x, y, ts.ones(4, 5, dtype=ts.int32)))
    assert sizes == {"N": 2, "...": 20} and shape == (4, 5)
    assert read.result_shapes(sizes, shape) == [(2, 3)] and read.sizes == ("N", "...")
    with pytest.raises(RuntimeError, match=r"y must be float32\[N\] with N = 2, but its shape is"):
        read.solve((x, ts.ones(3), ts.ones(1, dtype=ts.int32)))
    with pytest.raises(RuntimeError, match=r"with 3 = 3, but its shape is \[2, 2\]"):
        read.solve((ts.ones(2, 2), y, ts.ones(1, dtype=ts.int32)))
    two = parse_signature("f(float32[...] x, float32[...] y) -> float32[...] z")
    with pytest.raises(RuntimeError, match="must have one shape, but y has"):
        two.solve((x, y))


@pytest.mark.parametrize(
    ("ir", "signature", "message"),
    [
        (SCALE, "scale(float32[N] x, int a) -> float32[N] y",
         r"must have the type void \(ptr, ptr, i64, i64\), which follows from the signature"),
        (SCALE, "scal(float32[N] x, float a) -> float32[N] y",
         "must define a function @scal, it defines @scale"),
        ("nonsense", SIGNATURE, "LLVM rejects the text"),
    ],
)  # fmt: skip
def test_ir_that_does_not_fit_is_refused(ir: str, signature: str, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        llvm_kernel(ir, signature)


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("scale x", "must be written 'name"),
        ("f(float33[N] x) -> float32[N] y", "one of bool.*did you mean float32"),
        ("f(float32[N] x) -> float32[M] y", "must have the size M in a tensor argument"),
        ("f(float32[n] x) -> float32[N] y", "must have sizes that are upper-case names"),
        ("f(float32[N] x, float a=q) -> float32[N] y", "must have a default of type float"),
        ("f(float32[N] x, float x) -> float32[N] y", "must name x once"),
        (
            "f(float32[N] x, text a) -> float32[N] y",
            "must have arguments 'float32.N. x', 'float a'",
        ),
        ("f(float a) -> float32[3] y", "must have a tensor argument"),
        ("f(float32[N]) -> float32[3] y", "must write a tensor as"),
    ],
)
def test_a_wrong_signature_is_marked(signature: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse_signature(signature)
    assert "^" in str(caught.value)


def test_wrong_arguments_of_a_formula_kernel_are_named() -> None:
    scale = llvm_kernel(SCALE, SIGNATURE, define="y = a * x")
    with pytest.raises(TypeError, match="scale is missing the argument 'x'"):
        scale()
    with pytest.raises(TypeError, match="got an unexpected argument 'b'"):
        scale(ts.ones(1), b=1)
    with pytest.raises(TypeError, match="takes 2 arguments, but 3 were given"):
        scale(ts.ones(1), 1, 2)

"""`opcheck` finds what is wrong, and nothing in what is right."""

from __future__ import annotations

from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith import library


def square(x: ts.Tensor, n: int = 1) -> ts.Tensor:
    """A kernel."""
    return x * x * n


def made(kernel: Any = square, mutates_args: Any = ()) -> Any:
    """A right op around a kernel."""
    op = library.custom_op("test::square", mutates_args=mutates_args)(square)
    op.register_kernel(None, kernel)
    op.register_fake(lambda x, n=1: ts.empty_like(x))
    op.register_autograd(
        lambda ctx, d: (d * 2 * ctx.saved_tensors[0] * ctx.n, None),
        setup_context=lambda ctx, inputs, output: (
            ctx.save_for_backward(inputs[0]), setattr(ctx, "n", inputs[1]),
        ),
    )  # fmt: skip
    return op


X = ts.rand(3, dtype=ts.float64).requires_grad_()


def test_a_right_op_passes_all_checks() -> None:
    checks = ("test_schema", "test_autograd_registration", "test_faketensor", "test_gradients",
              "test_vmap")  # fmt: skip
    assert library.opcheck(made(), (X,), {"n": 2}) == dict.fromkeys(checks, "SUCCESS")
    assert library.opcheck("test::square", (X.float(),)) == dict.fromkeys(checks, "SUCCESS")
    assert library.opcheck(ts.tanh, (X,)) == dict.fromkeys(checks, "SUCCESS")


def writes(x: Any, n: int = 1) -> Any:
    y = x * x * n
    x.numpy()[...] = 0
    return y


def per_batch(x: Any, n: int = 1) -> Any:
    return x * x * n


@pytest.mark.parametrize(
    ("change", "check", "message"),
    [
        (lambda op: op.register_kernel(None, writes), "test_schema",
         "tensor 0 of the arguments was changed, which mutates_args does not name"),
        (lambda op: op.register_fake(lambda x, n=1: x.new_empty(2)), "test_faketensor",
         r"the fake promises float64\[2\], the kernel gave float64\[3\]|must return shape"),
        (lambda op: setattr(op, "fake", None), "test_faketensor", "no fake impl registered"),
        (lambda op: op.register_autograd(lambda ctx, d: (d, None)), "test_gradients",
         "Jacobian mismatch"),
        (lambda op: setattr(op, "backward", None), "test_gradients",
         "an argument requires grad, but no autograd formula was registered"),
        (lambda op: op.register_autograd(lambda ctx, d: (None, None)),
         "test_autograd_registration", "backward gave no gradient to any argument"),
        (lambda op: op.register_vmap(lambda info, dims, x, n=1: (x * n, 0)), "test_vmap",
         "vmap differs from the op on example 0, result 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(change: Any, check: str, message: str) -> None:
    op = made()
    change(op)
    with pytest.raises(library.OpCheckError, match=message) as caught:
        library.opcheck(op, (X,), test_utils=check)
    assert f"{check} failed" in str(caught.value)
    found = library.opcheck(op, (X,), test_utils=check, raise_exception=False)
    assert isinstance(found[check], Exception)


def test_a_function_without_history_is_found() -> None:
    def detached(x: Any) -> Any:
        return x.detach() * 2

    with pytest.raises(library.OpCheckError, match="no result has a history"):
        library.opcheck(detached, (X,), test_utils="test_autograd_registration")


def test_a_check_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"must be among test_schema.* did you mean test_vmap"):
        library.opcheck(made(), (X,), test_utils="test_vmaps")


def test_a_mutating_op_may_change_what_it_names() -> None:
    def into(x: ts.Tensor, y: ts.Tensor) -> None:
        x.numpy()[...] += y.numpy()

    op = library.custom_op("test::into", mutates_args={"x"})(into)
    x = ts.zeros(2)
    assert library.opcheck(op, (x, ts.ones(2)), test_utils="test_schema")
    assert x.tolist() == [0, 0]  # it works on copies


def test_a_declared_op_is_found_by_its_name() -> None:
    library.define(
        "opchecktest::twice: {doc: Twice., inputs: {x: Float}, outputs: {output: Float}, "
        "define: output = 2 * x}"
    )
    try:
        found = library.opcheck("opchecktest::twice", (ts.ones(2),))
        assert set(found.values()) == {"SUCCESS"}
    finally:
        library.undefine("opchecktest::twice")

"""Ops implemented by hand: kernels, fakes, and results that are not what was promised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import library


def make(function: Any, mutates_args: Any = (), **options: Any) -> Any:
    """An op of a function, under its name."""
    return library.custom_op(f"test::{function.__name__}", mutates_args=mutates_args, **options)(
        function
    )


def twice(x: ts.Tensor) -> ts.Tensor:
    """Written with NumPy."""
    return x.numpy() * 2  # type: ignore[return-value]


def test_a_numpy_function_becomes_an_op() -> None:
    op = make(twice)
    assert repr(op) == "<CustomOp(test::twice)>"
    assert str(op.schema) == "test::twice(Tensor x) -> Tensor" == op.__doc__
    assert op(ts.tensor([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert op.default is op is ts.ops.test.twice


def test_a_schema_may_stand_in_place_of_annotations() -> None:
    op = library.custom_op(
        "test::scaled", lambda x, n: x * n, mutates_args=(), schema="(Tensor x, int n=3) -> Tensor"
    )
    assert op(ts.ones(2)).tolist() == [3, 3]


def test_a_kernel_is_chosen_by_the_device() -> None:
    op = make(twice, device_types="cuda")
    with pytest.raises(NotImplementedError, match="were registered for cuda; add one with"):
        op(ts.ones(2))
    op.register_kernel("cpu")(lambda x: x * 3)
    assert op(ts.ones(2)).tolist() == [3, 3]
    with pytest.raises(ValueError, match="must be one of cpu, cuda, meta, but 'tpu'"):
        op.register_kernel("tpu", twice)


def test_registering_by_name_reaches_the_op() -> None:
    op = make(twice)
    library.register_kernel("test::twice", "cpu", lambda x: x * 5)
    assert op(ts.ones(1)).item() == 5
    with pytest.raises(RuntimeError, match="no op implemented by hand called 'test::twic'; did"):
        library.register_fake("test::twic", twice)


# fakes


def test_the_fake_serves_the_device_meta() -> None:
    op = make(twice)
    x = ts.empty(2, 3, device="meta")
    with pytest.raises(RuntimeError, match="There was no fake impl registered"):
        op(x)
    op.register_fake(lambda x: ts.empty_like(x))
    assert op(x).device.type == "meta" and op(x).shape == (2, 3)


@pytest.mark.parametrize(
    ("fake", "message"),
    [
        (lambda x: x.new_empty(7), r"must return shape \[7\] for the result, as register_fake "
                                   r"says, but it has shape \[2\]"),
        (lambda x: x.new_empty(2, dtype=ts.float64), "must return float64 for the result, as "
                                                     "register_fake says, but it has dtype float"),
        (lambda x: x, "the function of register_fake must return new tensors"),
        (lambda x: ts.ones(2), "must return tensors on meta, where its arguments are, but the "
                               "result is on cpu"),
        (lambda x: 1, "the function of register_fake must return Tensor, but it returned int"),
    ],
)  # fmt: skip
def test_results_are_held_to_the_fake(fake: Any, message: str) -> None:
    op = make(twice)
    op.register_fake(fake)
    with pytest.raises(RuntimeError, match=message):
        op(ts.ones(2))


def test_a_size_that_only_the_kernel_knows_is_not_held_to_the_fake() -> None:
    def positive(x: ts.Tensor) -> ts.Tensor:
        return x[x > 0].clone()

    op = make(positive)
    op.register_fake(lambda x: x.new_empty(library.get_ctx().new_dynamic_size()))
    assert op(ts.tensor([1.0, -1.0, 2.0])).shape == (2,)
    with pytest.raises(RuntimeError, match=r"must return shape \['any'\]"):
        op.register_kernel("cpu", lambda x: ts.ones(2, 2))
        op(ts.ones(4))


# results that are wrong


def raises(x: ts.Tensor, n: int) -> ts.Tensor:
    raise KeyError("oops")


def test_what_a_kernel_raises_keeps_its_type_and_names_the_call() -> None:
    with pytest.raises(KeyError, match="oops") as caught:
        make(raises)(ts.ones(2, 3), 4)
    assert caught.value.__notes__ == [
        "in the cpu kernel of test::raises, called with x: float32[2, 3], n: 4"
    ]


def itself(x: ts.Tensor) -> ts.Tensor:
    return x


def view(x: ts.Tensor) -> ts.Tensor:
    return x[1:]


def memory(x: ts.Tensor) -> ts.Tensor:
    return x.numpy()  # type: ignore[return-value]


def same_twice(x: ts.Tensor) -> tuple[ts.Tensor, ts.Tensor]:
    y = x + 1
    return y, y


@pytest.mark.parametrize("function", [itself, view, memory])
def test_a_result_that_aliases_an_argument_is_refused(function: Any) -> None:
    with pytest.raises(RuntimeError, match="the result shares memory with argument x"):
        make(function)(ts.ones(3))


def test_two_results_over_one_memory_are_refused() -> None:
    with pytest.raises(RuntimeError, match="result 1 shares memory with result 0"):
        make(same_twice)(ts.ones(3))


def number(x: ts.Tensor) -> ts.Tensor:
    return 1  # type: ignore[return-value]


def one_of_two(x: ts.Tensor) -> tuple[ts.Tensor, ts.Tensor]:
    return (x + 1,)  # type: ignore[return-value]


def something(x: ts.Tensor) -> None:
    return 3  # type: ignore[return-value]


def on_meta(x: ts.Tensor) -> ts.Tensor:
    return ts.empty(3, device="meta")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (number, "test::number: the cpu kernel must return Tensor, but it returned int"),
        (one_of_two, "must return a tuple of 2 results, but it returned tuple of 1"),
        (something, "must return None, but it returned int"),
        (on_meta, "must return tensors on cpu, where its arguments are, but the result is on meta"),
    ],
)
def test_a_result_of_another_kind_is_refused(function: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        make(function)(ts.ones(3))


# writing into arguments


def add_into(x: ts.Tensor, y: ts.Tensor) -> None:
    x.numpy()[...] += y.numpy()


def test_writing_into_a_named_argument_counts_as_a_version() -> None:
    x = ts.zeros(2)
    before = x._version
    assert make(add_into, {"x"})(x, ts.ones(2)) is None
    assert x.tolist() == [1, 1] and x._version > before


def add_method(x: ts.Tensor) -> ts.Tensor:
    x.add_(1)
    return x.clone()


def test_writing_into_another_argument_is_refused() -> None:
    with pytest.raises(RuntimeError, match="must not write into argument x, which mutates_args"):
        make(add_method)(ts.ones(2))


def test_a_mutating_op_takes_no_derivative() -> None:
    op = make(add_into, "x")
    with pytest.raises(RuntimeError, match="Cannot register autograd formula for non-functional"):
        op.register_autograd(lambda ctx: None)
    with pytest.raises(RuntimeError, match="Cannot register forward-mode formula"):
        op.register_jvp(lambda ctx: None)


# autocast


def dtype_name(x: ts.Tensor) -> ts.Tensor:
    return ts.tensor([x.dtype.itemsize])


def test_operands_are_cast_where_autocast_is_on() -> None:
    op = make(dtype_name)
    library.register_autocast(op, "cpu", ts.bfloat16)
    assert op(ts.ones(2)).item() == 4
    with ts.autocast("cpu"):
        assert op(ts.ones(2)).item() == 2
        assert op(ts.ones(2, dtype=ts.int64)).item() == 8
        assert op(ts.ones(2, dtype=ts.float64)).item() == 8
        with ts.autocast("cpu", enabled=False):
            assert op(ts.ones(2)).item() == 4
    with pytest.raises(ValueError, match="must be cpu or cuda"):
        op.register_autocast("tpu", ts.bfloat16)
    with pytest.raises(ValueError, match="cast_inputs must be a dtype, but str"):
        op.register_autocast("cpu", "bfloat16")


def test_an_op_runs_with_autocast_off_on_operands_that_were_cast() -> None:
    seen = []

    def product(x: ts.Tensor) -> ts.Tensor:
        seen.append(ts.is_autocast_enabled("cpu"))
        return x.float() @ x.float()

    op = make(product)
    with ts.autocast("cpu"):
        assert op(ts.ones(2, 2)).dtype is ts.bfloat16  # without a rule it is like other code
        library.register_autocast(op, "cpu", ts.bfloat16)
        assert op(ts.ones(2, 2)).dtype is ts.float32
        assert ts.is_autocast_enabled("cpu")
    assert seen == [True, False]


def test_lists_of_tensors_are_taken_and_returned() -> None:
    def scaled(xs: list[ts.Tensor], n: int) -> list[ts.Tensor]:
        return [x * n for x in xs]

    found = make(scaled)([ts.ones(1), ts.ones(2)], 3)
    assert [x.tolist() for x in found] == [[3], [3, 3]]
    assert isinstance(make(scaled)([], 3), list)
    assert np.array_equal(found[1].numpy(), [3, 3])

"""`autocast`: regions, what is kept, threads, transforms, Functions of users."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
import tensorsmith.nn.functional as F
from tensorsmith.amp import custom_bwd, custom_fwd
from tensorsmith.tensor.calls.autocast import mode


@pytest.fixture(autouse=True)
def _nothing_stays_on() -> Any:
    yield
    assert not ts.is_autocast_enabled("cpu") and mode.nesting == 0 and not mode.casts


def product_dtype() -> ts.dtype:
    return (ts.ones(2, 2) @ ts.ones(2, 2)).dtype


def test_each_op_runs_in_the_precision_that_suits_it() -> None:
    x, w = ts.randn(4, 3), ts.randn(5, 3)
    with ts.autocast("cpu"):
        y = F.linear(x, w)
        assert y.dtype is ts.bfloat16
        assert (y + 1).dtype is ts.bfloat16  # it has no rule: it takes what it is given
        assert (y + x[:, :1]).dtype is ts.float32
        assert F.mse_loss(y, ts.zeros(4, 5)).dtype is ts.float32
        assert ts.cat([y, x], 1).dtype is ts.float32
        assert F.linear(x.double(), w.double()).dtype is ts.float64  # which somebody asked for
        assert y.sum(dtype=ts.float64).dtype is ts.float64
        assert (ts.ones(2, 2, dtype=ts.int64) @ ts.ones(2, 2, dtype=ts.int64)).dtype is ts.int64
    assert F.linear(x, w).dtype is ts.float32


def test_regions_nest_and_the_precision_can_be_chosen() -> None:
    with ts.autocast("cpu"):
        assert product_dtype() is ts.bfloat16
        with ts.autocast("cpu", dtype=ts.float16):
            assert product_dtype() is ts.float16
            assert ts.get_autocast_dtype("cpu") is ts.float16
            with ts.autocast("cpu", enabled=False):
                assert product_dtype() is ts.float32
            assert product_dtype() is ts.float16
        assert product_dtype() is ts.bfloat16
    assert product_dtype() is ts.float32


def test_a_region_ends_when_an_exception_leaves_it() -> None:
    with pytest.raises(KeyError), ts.autocast("cpu"):
        raise KeyError
    assert product_dtype() is ts.float32


def test_it_decorates_functions_and_methods() -> None:
    @ts.autocast("cpu")
    def outer(depth: int) -> list[ts.dtype]:
        return [product_dtype(), *(outer(depth - 1) if depth else [])]

    assert outer(2) == [ts.bfloat16] * 3
    assert product_dtype() is ts.float32


@pytest.mark.parametrize(
    "region", [ts.cpu.amp.autocast(), ts.amp.autocast("cpu"), ts.autocast("cpu")]
)
def test_it_has_pytorchs_names(region: Any) -> None:
    with region as entered:
        assert product_dtype() is ts.bfloat16
        assert entered is region and ts.is_autocast_cpu_enabled()


def test_other_threads_do_not_see_it() -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.extend((product_dtype(), ts.is_autocast_enabled("cpu")))

    with ts.autocast("cpu"):
        product_dtype()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert product_dtype() is ts.bfloat16
    assert seen == [ts.float32, False]


def test_gradients_have_the_dtype_of_the_parameter() -> None:
    x, w, b = ts.randn(4, 3), ts.randn(5, 3, requires_grad=True), ts.zeros(5, requires_grad=True)
    with ts.autocast("cpu"):
        loss = F.linear(x, w, b).square().sum()
    loss.backward()
    low = F.linear(x.bfloat16(), w.detach().bfloat16()).float()
    assert w.grad.dtype is b.grad.dtype is ts.float32
    np.testing.assert_allclose(w.grad.numpy(), (2 * low.T @ x).numpy(), rtol=0.05, atol=0.05)


# what is kept


def test_the_conversion_of_a_parameter_is_kept_until_the_outermost_region_ends() -> None:
    w = ts.randn(3, 3, requires_grad=True)
    with ts.autocast("cpu"):
        with ts.autocast("cpu"):
            y = w @ w
        (kept,) = mode.casts.values()
        y = y + w @ ts.ones(3, 3)
        assert [x is y for x, y in zip(mode.casts.values(), [kept])] == [True]
        ts.clear_autocast_cache()
        assert not mode.casts
        y = y + w @ ts.ones(3, 3)
        assert len(mode.casts) == 1
    assert not mode.casts
    y.sum().backward()
    assert w.grad.dtype is ts.float32


def test_nothing_is_kept_where_that_is_not_wanted() -> None:
    w = ts.randn(3, 3, requires_grad=True)
    with ts.autocast("cpu", cache_enabled=False):
        assert not ts.is_autocast_cache_enabled()
        w @ w
        assert not mode.casts
    assert ts.is_autocast_cache_enabled()


def test_a_parameter_that_was_written_to_is_converted_again() -> None:
    w = ts.ones(2, 2, requires_grad=True)
    with ts.autocast("cpu"):
        before = (w @ ts.ones(2, 2)).sum().item()
        with ts.no_grad():
            w.mul_(2)
        assert (w @ ts.ones(2, 2)).sum().item() == 2 * before


def test_a_conversion_without_history_is_not_taken_for_one_with() -> None:
    w = ts.ones(2, 2, requires_grad=True)
    with ts.autocast("cpu"):
        with ts.no_grad():
            w @ ts.ones(2, 2)
        (w @ ts.ones(2, 2)).sum().backward()
    assert w.grad.tolist() == [[2, 2], [2, 2]]


def test_regions_counted_by_hand_keep_conversions() -> None:
    assert ts.autocast_increment_nesting() == 1
    ts.set_autocast_enabled("cpu", True)
    w = ts.ones(2, 2, requires_grad=True)
    w @ w
    assert len(mode.casts) == 1
    ts.set_autocast_enabled("cpu", False)
    assert ts.autocast_decrement_nesting() == 0 and not mode.casts


# native code and transforms


def test_plans_of_one_state_do_not_serve_another() -> None:
    a, b = ts.randn(6, 6), ts.randn(6, 6)
    low, high = a.bfloat16(), a.float()
    for _ in range(3):
        assert (a @ b).dtype is ts.float32
        with ts.autocast("cpu"):
            assert (a @ b).dtype is ts.bfloat16
            assert (low @ low).dtype is ts.bfloat16
            assert F.mse_loss(low, low).dtype is ts.float32
        with ts.autocast("cpu", dtype=ts.float16):
            assert (low @ low).dtype is ts.float16
        assert (low @ low).dtype is ts.bfloat16
        assert F.mse_loss(low, low).dtype is ts.bfloat16
        assert F.mse_loss(high, high).dtype is ts.float32


def test_transforms_see_the_conversions() -> None:
    w, xs = ts.randn(3, 3), ts.randn(5, 3)

    def loss(w: ts.Tensor, x: ts.Tensor) -> ts.Tensor:
        y = F.linear(x, w)
        assert y.dtype is ts.bfloat16
        return F.mse_loss(y, ts.zeros(3))

    with ts.autocast("cpu"):
        each = ts.vmap(ts.func.grad(loss), (None, 0))(w, xs)
        assert each.dtype is ts.float32 and each.shape == (5, 3, 3)
        loop = ts.stack([ts.func.grad(loss)(w, x) for x in xs])
        value, tangent = ts.func.jvp(lambda w: F.linear(xs, w), (w,), (ts.ones(3, 3),))
    np.testing.assert_allclose(each.numpy(), loop.numpy(), rtol=1e-2, atol=1e-2)
    assert value.dtype is tangent.dtype is ts.bfloat16


def test_results_that_are_given_take_what_they_are_given() -> None:
    out = ts.empty(2, 2)
    with ts.autocast("cpu"):
        assert ts.mm(ts.ones(2, 2), ts.ones(2, 2), out=out) is out
    assert out.dtype is ts.float32 and out[0, 0].item() == 2


# settings and mistakes


def test_settings_are_read_and_set_as_in_pytorch() -> None:
    assert ts.get_autocast_cpu_dtype() is ts.bfloat16
    assert ts.get_autocast_gpu_dtype() is ts.float16
    ts.set_autocast_cpu_dtype(ts.float16)
    ts.set_autocast_cpu_enabled(True)
    try:
        assert product_dtype() is ts.float16
    finally:
        ts.set_autocast_cpu_enabled(False)
        ts.set_autocast_dtype("cpu", ts.bfloat16)
    ts.set_autocast_gpu_dtype(ts.bfloat16)
    ts.set_autocast_enabled(True)
    assert ts.is_autocast_enabled() and not ts.is_autocast_enabled("cpu")
    ts.set_autocast_enabled("cuda", False)
    ts.set_autocast_gpu_dtype(ts.float16)
    ts.set_autocast_cache_enabled(True)


@pytest.mark.parametrize(
    "make, kind, text",
    [
        (lambda: ts.autocast("tpu"), RuntimeError, "unsupported autocast device_type 'tpu'"),
        (lambda: ts.autocast(ts.device("cpu")), TypeError, "Expected `device_type` of type `str`"),
        (lambda: ts.autocast("cpu", "bfloat16"), TypeError, "dtype must be a dtype such as"),
        (lambda: ts.is_autocast_enabled("gpu"), RuntimeError, "must be one of cpu, cuda"),
        (lambda: ts.set_autocast_dtype("cpu", ts.int64), TypeError, "must be a floating point"),
        (lambda: ts.set_autocast_dtype("cpu", "bf16"), TypeError, "must be a floating point"),
        (lambda: custom_fwd(device_type="x"), RuntimeError, "unsupported autocast device_type"),
    ],
)
def test_mistakes_are_named(make: Callable[[], Any], kind: Any, text: str) -> None:
    with pytest.raises(kind, match=text):
        make()


def test_a_precision_that_is_not_supported_disables_it_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="In CPU autocast, but the target dtype is not supported"):
        region = ts.autocast("cpu", dtype=ts.float32)
    with region:
        assert product_dtype() is ts.float32


@pytest.mark.skipif(ts.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_disables_it_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="device_type of 'cuda', but CUDA is not available"):
        ts.cuda.amp.autocast()
    assert not ts.amp.is_autocast_available("cuda")


def test_an_unsafe_op_says_what_to_use_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorsmith.tensor.calls.entries import entry_of

    rules = {"cpu": entry_of("binary_cross_entropy").autocast["cuda"]}  # no device is at hand
    monkeypatch.setattr(entry_of("binary_cross_entropy"), "autocast", rules)
    with (
        ts.autocast("cpu"),
        pytest.raises(
            RuntimeError, match=r"binary_cross_entropy is unsafe to autocast: use .*_with_logits"
        ),
    ):
        F.binary_cross_entropy(ts.rand(3), ts.rand(3))


# Functions of users


class Product(ts.autograd.Function):
    seen: list[Any] = []

    @staticmethod
    @custom_fwd(device_type="cpu")
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, d: Any) -> Any:
        a, b = ctx.saved_tensors
        Product.seen.append(ts.is_autocast_enabled("cpu"))
        return d @ b.T, a.T @ d


class Full(ts.autograd.Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=ts.float32)
    def forward(ctx: Any, a: Any) -> Any:
        Product.seen.append((a.dtype, ts.is_autocast_enabled("cpu")))
        return a @ a

    @staticmethod
    @custom_bwd(device_type="cpu")
    def backward(ctx: Any, d: Any) -> Any:
        Product.seen.append(ts.is_autocast_enabled("cpu"))
        return d


def test_backward_of_a_function_runs_as_its_forward_ran() -> None:
    Product.seen.clear()
    a = ts.randn(3, 3, requires_grad=True)
    with ts.autocast("cpu"):
        y = Product.apply(a, a)
    assert y.dtype is ts.bfloat16
    y.sum().backward()
    Product.apply(a, a).sum().backward()
    assert Product.seen == [True, False] and a.grad.dtype is ts.float32


def test_a_function_can_ask_for_a_precision() -> None:
    Product.seen.clear()
    a = ts.randn(3, 3, dtype=ts.bfloat16, requires_grad=True)
    with ts.autocast("cpu"):
        y = Full.apply(a)
    assert y.dtype is ts.float32
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y.sum().backward()
    Full.apply(a)
    assert Product.seen == [(ts.float32, False), False, (ts.bfloat16, False)]

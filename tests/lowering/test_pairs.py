"""Maps that write two elements side by side, those of the next lane behind them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.schedule import schedule
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.registry import registry


def test_pairs_are_stored_together() -> None:
    op = specialize(registry.get("clone"), frozenset({"input"}), {})
    call = bind(op, {"input": Argument((5, 40, 2), dtypes.float32)}, {})
    strides = {"input": (40, 1, 0), "output": (80, 2, 1)}
    planned = schedule(op, call, strides, MACHINES["x86-64-v3"].target)
    (launch,) = planned.launches
    text = print_function(launch.kernel.build())
    assert "vector.scatter" not in text and "vector.store" in text


@pytest.mark.parametrize("extent", [1, 3, 7, 8, 9, 16, 33, 70])
def test_elements_repeated_side_by_side_are_where_they_belong(extent: int) -> None:
    x = ts.arange(3 * extent, dtype=ts.float32).reshape(3, extent)
    y = x.unsqueeze(2).expand(3, extent, 2)
    wanted = np.repeat(x.numpy(), 2, 1).reshape(3, extent, 2)
    np.testing.assert_array_equal(y.contiguous().numpy(), wanted)
    np.testing.assert_array_equal((y + y.neg() * 3).numpy(), wanted * -2)
    both = x[:, None, :, None].expand(3, 2, extent, 2).contiguous()
    np.testing.assert_array_equal(both.numpy(), np.stack([wanted, wanted], 1))


@pytest.mark.parametrize("dtype", [ts.float32, ts.float64, ts.int64, ts.bfloat16])
@pytest.mark.parametrize("extent", [5, 17, 31, 33, 35, 66, 129])
def test_every_other_element_is_worked_on_once_in_place(extent: int, dtype: ts.dtype) -> None:
    given = np.arange(extent) % 13
    x = ts.tensor(given, dtype=dtype)
    x[::2].mul_(3)
    x[1::2].add_(x[1::2])
    wanted = given.copy()
    wanted[::2] *= 3
    wanted[1::2] *= 2
    np.testing.assert_array_equal(x.to(ts.float64).numpy(), wanted)


@pytest.mark.parametrize("extent", [3, 15, 17, 31, 33, 35, 66])
def test_pairs_are_worked_on_once_in_place(extent: int) -> None:
    given = np.arange(2 * extent).reshape(extent, 2) % 13
    for dtype in (ts.float32, ts.uint8):
        x = ts.tensor(given, dtype=dtype)
        x.add_(x[:, :1].clone())
        np.testing.assert_array_equal(x.numpy(), given + given[:, :1])
        x = ts.tensor(given, dtype=dtype)
        x.mul_(ts.tensor([2, 3], dtype=dtype))
        np.testing.assert_array_equal(x.numpy(), given * [2, 3])

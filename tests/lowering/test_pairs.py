"""Maps that write two elements side by side, those of the next lane behind them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.lowering.print import print_function
from tensorsmith.lowering.schedule import schedule
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.binding import Argument
from tensorsmith.ops.registry import registry
from tensorsmith.ops.sizes import bind
from tensorsmith.ops.specialize import specialize


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

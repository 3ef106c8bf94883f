"""Sizes that depend on elements are counted by a first call, or given by the caller."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith import func
from tensorsmith.ops.errors import RegistryError

ABOVE = """
counting{number}::above:
  doc: The elements above a threshold.
  inputs: {inputs}
  attrs:
    threshold: float
    size: U = sum[n](1 if input[n] > threshold else 0)
  outputs: {{output: "Float[U]"}}
  define: output[u] = input[argsort[n](input[n] > threshold, true)[u]]
"""


def test_a_declared_op_counts_its_results_and_has_a_derivative() -> None:
    ts.library.define(ABOVE.format(number=1, inputs='{input: "Float[N]"}'))
    x = ts.tensor([1.0, 3.0, 2.0, 5.0], requires_grad=True)
    found = ts.ops.counting1.above(x, 1.5)
    assert found.tolist() == [3, 2, 5]
    (found * ts.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [0, 1, 10, 100]
    assert ts.ops.counting1.above(x, 9.0).shape == (0,)


def test_counted_sizes_need_inputs_without_batch_axes() -> None:
    with pytest.raises(RegistryError, match="input must have no batch axes"):
        ts.library.define(ABOVE.format(number=2, inputs='{input: "Float[..., N]"}'))


def test_a_count_is_an_integer() -> None:
    text = ABOVE.format(number=3, inputs='{input: "Float[N]"}')
    with pytest.raises(RegistryError, match="count_of_size is of kind int"):
        ts.library.define(text.replace("1 if", "0.5 if"))


def test_transforms_of_a_derivative_count_and_vmap_refuses_to() -> None:
    x, mask = ts.tensor([1.0, 2.0, 3.0]), ts.tensor([True, False, True])
    squares = func.grad(lambda x: (x.masked_select(mask) ** 2).sum())(x)
    assert squares.tolist() == [2, 0, 6]
    _, moved = func.jvp(lambda x: x[x > 1.5], (x,), (ts.ones(3),))
    assert moved.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match=r"dynamic shape\. Attempted to vmap over masked_select"):
        func.vmap(lambda row: row[row > 1])(ts.ones(2, 3))


def test_a_size_that_is_given_is_not_counted() -> None:
    rows = ts.arange(6.0).reshape(2, 3)
    masks = ts.tensor([[True, False, True], [False, True, True]])
    found = func.vmap(lambda row, mask: ts.masked_select(row, mask, size=2))(rows, masks)
    assert found.tolist() == [[0, 2], [4, 5]]
    with pytest.raises(RuntimeError, match="size must be at most the number of elements"):
        ts.masked_select(rows, masks, size=7)


def test_results_can_go_into_a_tensor_that_exists() -> None:
    x, out = ts.tensor([[0, 3], [4, 0]]), ts.empty(0, dtype=ts.int64)
    assert ts.nonzero(x, out=out) is out and out.tolist() == [[0, 1], [1, 0]]
    out = ts.empty(0, dtype=ts.int64)
    assert ts.masked_select(x, x > 0, out=out) is out and out.tolist() == [3, 4]
    assert ts.nonzero(ts.tensor(3), out=ts.empty(0, dtype=ts.int64)).shape == (1, 0)


def test_there_is_nothing_to_count_on_the_device_meta() -> None:
    x = ts.empty(3, device="meta")
    with pytest.raises(RuntimeError, match="masked_select: the shape of the result depends on"):
        x.masked_select(x > 0)


def test_a_mask_picks_rows_and_gives_gradients() -> None:
    x = ts.arange(12.0).reshape(2, 3, 2).requires_grad_()
    mask = ts.tensor([[True, False, True], [False, True, False]])
    assert x[mask].tolist() == [[0, 1], [4, 5], [8, 9]]
    assert x[mask, 0].tolist() == [0, 4, 8]
    assert x.transpose(0, 1)[mask.t()].tolist() == [[0, 1], [8, 9], [4, 5]]
    x[mask].sum().backward()
    assert x.grad is not None and x.grad[:, :, 0].tolist() == mask.to(ts.float32).tolist()

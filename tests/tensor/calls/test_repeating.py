"""Composites that native code repeats do what their Python does, to the bit, and nothing else."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
import tensorsmith.nn.functional as F
from tensorsmith.backends.cpu.pool import default_pool
from tensorsmith.tensor.calls.repeating import repeated
from tensorsmith.tensor.interpreters import hold_native
from tensorsmith.tensor.native.runtime import ENABLED

needs_native = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

INDEX = ts.tensor([0, 2, 5, 1, 7, 3, 6, 4])
PLACES = INDEX.expand(8, 8)

COMPOSITES: dict[str, Callable[[Any], Any]] = {
    "roll": lambda x: x.roll(3, 1),
    "pad": lambda x: F.pad(x, (1, 2), mode="reflect"),
    "reshape of columns": lambda x: x.t().reshape(64),
    "contiguous": lambda x: x.t().contiguous(),
    "repeat": lambda x: x.repeat(2, 2),
    "scatter": lambda x: x.scatter(1, PLACES, x * 2),
    "norm": lambda x: x.norm(),
    "max": lambda x: x.max(1),
    "cdist": lambda x: ts.cdist(x, x + 1),
    "rows": lambda x: x[INDEX],
    "columns": lambda x: x[:, INDEX],
    "pairs": lambda x: x[INDEX, INDEX],
    "list": lambda x: x[[0, 2, 2]],
    "slices": lambda x: x[1:3, 2:5],
    "dropout": lambda x: F.dropout(x, 0.5),
    "interpolate": lambda x: F.interpolate(x[None, None], scale_factor=2, mode="bilinear"),
    "embedding": lambda x: F.embedding(INDEX, x),
    "chunk": lambda x: x.chunk(2, 1)[1],
    "einsum": lambda x: ts.einsum("ij,kj->ik", x, x),
    "zeros": lambda x: x + ts.zeros(8, 8),
    "full": lambda x: x + ts.full((8,), 1.5),
    "arange": lambda x: x + ts.arange(8),
    "randn": lambda x: x + ts.randn(8, 8),
    "uniform": lambda x: x + ts.rand(8),
    "no change": lambda x: x.to(ts.float32) * 1,
}


def observed(function: Callable[[Any], Any], x: Any) -> list[Any]:
    """What comes out of a composite, and the gradient of its operand."""
    x.grad = None
    ts.manual_seed(5)
    found = [function(x), function(x)]
    results = [y for each in found for y in (each if isinstance(each, tuple) else (each,))]
    kept = [y.detach().clone().numpy().tobytes() for y in results]
    kept += [(y.shape, y.stride(), y.dtype, y.grad_fn and y.grad_fn.name()) for y in results]
    if x.requires_grad:
        sum((y * y).sum() for y in results if y.requires_grad).backward()
        kept.append(x.grad.numpy().tobytes())
    return kept


@pytest.mark.parametrize("name", COMPOSITES)
def test_what_is_repeated_equals_what_python_does(name: str) -> None:
    function = COMPOSITES[name]
    for recorded in (False, True):
        ts.manual_seed(0)
        x = ts.randn(8, 8).requires_grad_(recorded)
        hold_native(1)
        try:
            wanted = observed(function, x)
        finally:
            hold_native(-1)
        for _ in range(3):
            assert observed(function, x) == wanted


class Counted:
    """A composite that counts how often its Python runs."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.runs = 0

        def counting(*arguments: Any, **options: Any) -> Any:
            self.runs += 1
            return function(*arguments, **options)

        self.call = repeated(counting)


@needs_native
def test_python_runs_twice_and_no_more() -> None:
    composite = Counted(lambda x, k, by=1.0: (x * k + by).roll(k, 0))
    x = ts.arange(4.0)
    for _ in range(6):
        assert composite.call(x, 2, by=0.5).tolist() == [4.5, 6.5, 0.5, 2.5]
    assert composite.runs == 2
    assert composite.call(x, 3, by=0.5).tolist() == [3.5, 6.5, 9.5, 0.5]
    assert composite.runs == 3


@needs_native
def test_operands_that_were_one_tensor_may_be_two() -> None:
    composite = Counted(lambda x, y: x - y * 2)
    x, y = ts.ones(3), ts.zeros(3)
    for _ in range(4):
        assert composite.call(x, x).tolist() == [-1, -1, -1]
        assert composite.call(x, y).tolist() == [1, 1, 1]
    assert composite.runs == 4


@needs_native
def test_defaults_are_those_of_the_call() -> None:
    for _ in range(4):
        assert ts.zeros(3).dtype is ts.float32
    ts.set_default_dtype(ts.float64)
    try:
        assert ts.zeros(3).dtype is ts.float64
    finally:
        ts.set_default_dtype(ts.float32)
    with ts.device("meta"):
        assert ts.zeros(3).device.type == "meta"
    assert ts.zeros(3).tolist() == [0, 0, 0]


@needs_native
def test_a_composite_under_no_grad_and_recorded_are_two() -> None:
    composite = Counted(lambda x: x.relu() * 2)
    x = ts.ones(2, requires_grad=True)
    for _ in range(4):
        with ts.no_grad():
            assert not composite.call(x).requires_grad
        assert composite.call(x).requires_grad
    assert composite.runs == 4


@needs_native
def test_what_depends_on_elements_stays_python() -> None:
    composite = Counted(lambda x: x * 2 if x.sum().item() > 0 else x)
    for value in (1.0, 1.0, 1.0, -1.0):
        assert composite.call(ts.full((1,), value)).tolist() == [2.0 if value > 0 else value]
    assert composite.runs == 4


@needs_native
def test_results_of_another_shape_are_made_anew() -> None:
    composite = Counted(lambda x: x.nonzero().reshape(-1))
    for values in ([1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 1, 1]):
        x = ts.tensor(values)
        assert composite.call(x).tolist() == [i for i, value in enumerate(values) if value]


@needs_native
def test_a_list_that_changed_is_another_call() -> None:
    x, places = ts.arange(5.0), [1, 2]
    for _ in range(4):
        assert x[places].tolist() == [1, 2]
    places[0] = 4
    assert x[places].tolist() == [4, 2]


@needs_native
def test_a_composite_that_fails_says_why_each_time() -> None:
    x, index = ts.zeros(3, 4), ts.tensor([0, 1])
    for _ in range(4):
        assert x[index, index].shape == (2,)
        x[index] = 1.0
    for _ in range(3):
        with pytest.raises(IndexError, match="index 7 is out of bounds for dimension 1 with"):
            x[index, ts.tensor([0, 7])]
        with pytest.raises(IndexError, match="index 5 is out of bounds for dimension 0 with"):
            x[ts.tensor([0, 5])] = 2.0
    assert x[index, index].tolist() == [1, 1]


@needs_native
def test_elements_are_put_at_pairs_of_places() -> None:
    i, j = ts.tensor([0, -1, 2]), ts.tensor([1, 2, -3])
    for _ in range(4):
        x = ts.zeros(4, 3)
        x[i, j] = ts.tensor([1.0, 2.0, 3.0])
        assert x.tolist() == [[0, 1, 0], [0, 0, 0], [3, 0, 0], [0, 0, 2]]
        x[:, j] = 5.0
        assert x.tolist() == [[5, 5, 5]] * 4
        before = x._version
        x[i] = x[i] * 2
        assert x[:, 0].tolist() == [10, 5, 10, 10] and x._version == before + 1


@needs_native
def test_draws_go_on_where_the_generator_stands() -> None:
    ts.manual_seed(3)
    wanted = [ts.randn(5).tolist() for _ in range(5)]
    assert len({tuple(x) for x in wanted}) == 5
    ts.manual_seed(3)
    state = ts.get_rng_state()
    assert [ts.randn(5).tolist() for _ in range(5)] == wanted
    ts.set_rng_state(state)
    assert ts.randn(5).tolist() == wanted[0]
    with ts.random.fork_rng():
        ts.randn(5)
    assert ts.randn(5).tolist() == wanted[1]


@needs_native
def test_writes_are_counted_and_refused_as_ever() -> None:
    x = ts.ones(3)
    for times in range(1, 5):
        assert x.zero_() is x and x._version == times
    leaf = ts.ones(3, requires_grad=True)
    for _ in range(4):
        with pytest.raises(RuntimeError, match="leaf"):
            leaf.zero_()
    y = ts.ones(3, requires_grad=True) * 2
    for _ in range(3):
        y[1:2] = 0.0
    y.sum().backward()


@needs_native
def test_repeated_composites_leave_nothing_behind() -> None:
    ts.manual_seed(0)
    x = ts.randn(8, 8, requires_grad=True)
    for function in COMPOSITES.values():
        for _ in range(3):
            function(x)
    gc.collect()
    used = default_pool().state.used
    for function in COMPOSITES.values():
        for _ in range(20):
            function(x)
    gc.collect()
    assert default_pool().state.used == used


@needs_native
def test_transforms_see_every_op_of_a_composite() -> None:
    x = ts.arange(12.0).reshape(3, 4)
    for _ in range(4):
        x.roll(1, 0)
    assert ts.func.vmap(lambda row: row.roll(1, 0))(x).tolist() == x.roll(1, 1).tolist()

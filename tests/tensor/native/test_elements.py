"""Numbers and nested lists that native code reads and makes: as Python's own code does."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.tensor.creation import data
from tensorsmith.tensor.methods import values
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

LISTS: list[Any] = [
    [1.5, 2, True], [True, 2], [True, False], [[1, 2], [3, 4]], ((1.0,), (2.0,)), [(1, 2), [3, 4]],
    2.5, 7, False, [2**62, -1], [1e300, math.inf], [[[0.5]]],
]  # fmt: skip


def refuse(*given: Any) -> Any:
    raise AssertionError("left to Python")


@pytest.mark.parametrize("given", LISTS, ids=str)
def test_lists_that_came_before_are_served_with_the_same_result(
    given: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ts.tensor(given)
    monkeypatch.setattr(data, "array_from", refuse)
    again = ts.tensor(given)
    assert again.dtype is first.dtype and again.shape == first.shape
    assert again.numpy().tolist() == first.numpy().tolist()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ([[1, 2], [3]], ValueError), ([[1], 2], TypeError), ([1, [2]], TypeError),
        ([1, "a"], TypeError), ([1, None], RuntimeError), ([2**63], ValueError),
        ([1.0, 10**400], OverflowError), ([1.0, {}], RuntimeError),
    ],
)  # fmt: skip
def test_lists_that_are_no_tensor_are_refused_every_time(
    given: Any, error: type[Exception]
) -> None:
    ts.tensor([1, 2]), ts.tensor([1.0, 2.0]), ts.tensor([[1, 2], [3, 4]])
    for _ in range(3):
        with pytest.raises(error):
            ts.tensor(given)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for _ in range(2):
        with pytest.raises(ValueError, match="too many dimensions"):
            ts.tensor(endless)


def test_lists_have_the_default_dtype_of_their_time() -> None:
    assert ts.tensor([1.0]).dtype is ts.tensor([2.0]).dtype is ts.float32
    ts.set_default_dtype(ts.float64)
    try:
        assert ts.tensor([1.0]).dtype is ts.tensor([2.0]).dtype is ts.float64
    finally:
        ts.set_default_dtype(ts.float32)
    assert ts.tensor([3.0]).dtype is ts.float32


@pytest.mark.parametrize("kind", [ts.float16, ts.bfloat16], ids=str)
def test_lists_of_a_default_dtype_that_native_code_cannot_write_are_left_to_python(
    kind: ts.dtype,
) -> None:
    ts.set_default_dtype(kind)
    try:
        for _ in range(3):
            made = ts.tensor([1.5, -2.0, True] * 100)
            assert made.dtype is kind and made.tolist() == [1.5, -2.0, 1.0] * 100
    finally:
        ts.set_default_dtype(ts.float32)


class Unknown:
    """What the garbage collector counts."""


def with_collector(act: Callable[[], Any], meanwhile: Callable[[], Any], before: int) -> Any:
    """What `act` gives, or raises, while the collector runs once in it, and something with it.

    Args:
        before: How many objects the collector has counted, of 12, when `act` begins.
    """
    waiting = [meanwhile]

    def interrupt(phase: str, info: Any) -> None:
        if phase == "start" and waiting:
            waiting.pop()()

    thresholds = gc.get_threshold()
    gc.collect()
    gc.callbacks.append(interrupt)
    counted = [Unknown() for _ in range(before)]
    gc.set_threshold(12)
    try:
        return act()
    except (TypeError, ValueError, RuntimeError) as error:
        return error
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(interrupt)
        del counted


@pytest.mark.parametrize("change", [list.clear, lambda rows: rows.__setitem__(5, None),
                                    lambda rows: rows.__setitem__(5, [True] * 50)])  # fmt: skip
def test_lists_may_change_while_they_are_read(change: Callable[[list[Any]], None]) -> None:
    def rows() -> list[Any]:
        return [[row + column for column in range(50)] for row in range(20)]

    first = ts.tensor(rows())
    for before in range(4, 16):
        given = rows()
        made = with_collector(partial(ts.tensor, given), partial(change, given), before)
        if isinstance(made, ts.Tensor):
            assert made.shape in ((20, 50), (0,))
            assert made.numel() == 0 or made[6:].equal(first[6:])


def test_a_tensor_may_change_its_memory_while_it_is_read() -> None:
    old, new = [[1.0] * 4] * 40, [[2.0] * 4] * 40
    ts.tensor(old).tolist()
    for before in range(16):
        x, other, later = ts.tensor(old), ts.tensor(new), []

        def exchange() -> None:
            x.set_(other)  # noqa: B023
            later.append(ts.full((40, 4), 7.0))  # noqa: B023  (where the old memory was)

        assert with_collector(x.tolist, exchange, before) in (old, new)


DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32",
          "float64", "complex64"]  # fmt: skip


@pytest.mark.parametrize("name", DTYPES)
def test_elements_come_as_numpy_gives_them(name: str) -> None:
    rows = [[0, 1, 2, 3], [1, 0, 4, 2], [5, 1, 0, 1]]
    x = ts.tensor(rows, dtype=getattr(ts, name))
    wanted = x.to(ts.float32).numpy().tolist() if name == "bfloat16" else x.numpy().tolist()
    for _ in range(3):
        assert x.tolist() == wanted
        assert x.t()[::2].tolist() == [list(row) for row in zip(*wanted)][::2]
        assert x[1, 2].item() == wanted[1][2] and type(x[1, 2].item()) is type(wanted[1][2])
        assert x[:0].tolist() == [] and x[:, :0].tolist() == [[], [], []]


@pytest.mark.parametrize("function", [float, int, bool], ids=lambda f: f.__name__)
@pytest.mark.parametrize("value", [2.75, -2.75, 0.0, 3, -1, True])
def test_one_element_converts_as_its_number_does(
    function: Callable[[Any], Any], value: Any
) -> None:
    for shape in ((), (1, 1)):
        x = ts.tensor(value).reshape(shape)
        for _ in range(2):
            assert function(x) == function(x.item()) == function(value)
            assert type(function(x)) is type(function(value))


def test_what_is_no_whole_number_is_refused_by_int() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="NaN"):
            int(ts.tensor(math.nan))
        with pytest.raises(OverflowError, match="infinity"):
            int(ts.tensor(math.inf))


def test_elements_that_were_read_before_are_read_without_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = ts.arange(6.0).reshape(2, 3)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]] and x[0, 1].item() == 1.0
    monkeypatch.setattr(values, "array_of", refuse)
    monkeypatch.setattr(values, "NUMBERS", {})
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]] and x[0, 1].item() == 1.0


def test_several_elements_are_no_number() -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match="2 elements"):
            ts.zeros(2).item()
        with pytest.raises(RuntimeError, match="ambiguous"):
            bool(ts.zeros(2))
        with pytest.raises(ValueError, match="only one element"):
            float(ts.zeros(2))


def test_an_array_keeps_the_memory_of_its_tensor() -> None:
    array = ts.ones(1000).numpy()
    for _ in range(20):
        ts.zeros(1000).add_(2.0)
    assert (array == 1).all() and array.flags.writeable
    x = ts.arange(12.0).reshape(3, 4)
    part = x[1:, ::2].numpy()
    part[0, 1] = 50.0
    assert x[1, 2].item() == 50.0 and part.strides == (16, 8)
    assert ts.ones(1, 3).expand(4, 3).numpy().tolist() == np.ones((4, 3)).tolist()

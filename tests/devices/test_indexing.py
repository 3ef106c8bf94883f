"""Places that tensors name, on a GPU: looked at by kernels, so that nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.runtime.queue import Queue

pytestmark = pytest.mark.cuda


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Queue]]:
    """Streams that somebody has waited for."""
    found: list[Queue] = []
    synchronize = Queue.synchronize

    def note(self: Queue) -> None:
        found.append(self)
        synchronize(self)

    monkeypatch.setattr(Queue, "synchronize", note)
    yield found


def assign(x: Any, index: Any, value: Any) -> Any:
    x[index] = value
    return x


CALLS: list[Callable[[Any, Any, Any], Any]] = [
    lambda x, i, j: x[i, j],
    lambda x, i, j: assign(x, (i, j), 7.0),
    lambda x, i, j: assign(x, i, ts.ones(2, 4, 5, device=x.device)),
    lambda x, i, j: assign(x.transpose(0, 2), (slice(None), j), 2.0),
]


@pytest.mark.parametrize("call", CALLS)
def test_places_of_any_dims_are_found_without_waiting(
    call: Callable[[Any, Any, Any], Any], waits: list[Queue]
) -> None:
    def run(place: str) -> Any:
        x = ts.arange(60.0, device=place).reshape(3, 4, 5)
        i, j = ts.tensor([-1, 0], device=place), ts.tensor([2, -2], device=place)
        waits.clear()
        found = call(x, i, j)
        if place == "cuda":
            assert not waits
        return found

    assert run("cuda").tolist() == run("cpu").tolist()


@pytest.mark.parametrize("call", CALLS[:3])
@pytest.mark.parametrize("bad", [-9, 9])
def test_a_place_out_of_range_is_told_when_somebody_waits(
    call: Callable[[Any, Any, Any], Any], bad: int
) -> None:
    x = ts.arange(60.0, device="cuda").reshape(3, 4, 5)
    found = call(x, ts.tensor([0, bad], device="cuda"), ts.tensor([1, 1], device="cuda"))
    with pytest.raises(IndexError, match=f"less than [345], got ({bad}|{bad + 3}|{bad + 5})"):
        found.tolist()
    assert x.shape == (3, 4, 5) and ts.ones(2, device="cuda").sum().item() == 2


def test_gradients_of_places_of_several_dims() -> None:
    x = ts.arange(12.0, device="cuda").reshape(3, 4).requires_grad_()
    y = x * 1
    y[ts.tensor([0, -1], device="cuda"), ts.tensor([1, -4], device="cuda")] = 0.0
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[1, 0, 1, 1], [1, 1, 1, 1], [0, 1, 1, 1]]


@pytest.mark.parametrize(
    "lie", [lambda x: x, lambda x: x.t(), lambda x: x[:, ::2], lambda x: x[::2, 1:]]
)
def test_searches_find_the_same_places_however_their_operands_lie(
    lie: Callable[[Any], Any],
) -> None:
    x, bounds = ts.rand(140, 180), ts.linspace(0, 1, 33)
    rows = x.sort(1).values
    here = x.to("cuda"), bounds.to("cuda"), rows.to("cuda")
    for right in (False, True):
        wanted = ts.bucketize(lie(x), bounds, right=right)
        assert ts.bucketize(lie(here[0]), here[1], right=right).cpu().equal(wanted)
        wanted = ts.searchsorted(rows[:, ::2], x[:, ::3], right=right)
        found = ts.searchsorted(here[2][:, ::2], here[0][:, ::3], right=right)
        assert found.cpu().equal(wanted)

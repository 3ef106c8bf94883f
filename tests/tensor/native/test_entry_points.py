"""Native entry points: what they serve, what they leave to Python, and how they fail."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cpu.pool import default_pool
from tensorsmith.tensor.calls import overloads
from tensorsmith.tensor.calls.entries import entry_of
from tensorsmith.tensor.native.runtime import ENABLED

from .served import Call, served_twice

pytestmark = pytest.mark.skipif(not ENABLED, reason="native entry points are switched off")

# functions as Python sees them


def test_a_function_looks_like_the_python_function_behind_it() -> None:
    assert ts.softmax.__name__ == "softmax" and "sum to one" in (ts.softmax.__doc__ or "")
    assert list(inspect.signature(ts.add).parameters) == ["input", "other", "alpha", "out"]
    assert pickle.loads(pickle.dumps(ts.exp)) is ts.exp
    assert copy.deepcopy(ts.exp) is ts.exp
    assert ts.ones(2).exp.__func__ is ts.Tensor.exp
    assert repr(ts.exp).startswith("<function exp")


def test_arguments_bind_by_place_name_and_default() -> None:
    x = ts.arange(6.0).reshape(2, 3)
    for _ in range(3):
        assert ts.sum(x, 1).tolist() == x.sum(dim=1).tolist() == ts.sum(dim=1, input=x).tolist()
        assert x.sum(1, True).shape == x.sum(1, keepdim=True).shape == (2, 1)
        assert ts.add(x, x, alpha=2).tolist() == (3 * x).tolist()
        assert ts.sum(x, axis=1).tolist() == [3, 12]  # NumPy's name, which Python knows


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: ts.exp(x, x, x), "takes from 1 to|takes 1 positional"),
        (lambda x: ts.exp(), "missing"),
        (lambda x: ts.exp(x, wrong=1), "wrong"),
        (lambda x: ts.exp(x, input=x), "multiple values"),
        (lambda x: x + "text", "unsupported operand"),
    ],
)
def test_wrong_arguments_are_python_s_to_refuse(call: Callable[[Any], Any], words: str) -> None:
    x = ts.ones(2)
    served_twice(lambda: ts.exp(x))
    with pytest.raises(TypeError, match=words):
        call(x)


def test_signatures_that_counts_tell_apart_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    x = ts.tensor([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])
    calls: list[Call] = [
        lambda: x.median(),
        lambda: x.median(1).values,
        lambda: ts.median(x, dim=1, keepdim=True).indices.squeeze(1),
        lambda: x.max(),
        lambda: ts.prod(x),
    ]
    wanted = [served_twice(call).tolist() for call in calls]
    assert wanted == [3, [2, 5], [2, 1], 6, 720]
    monkeypatch.setattr(overloads, "choose", None)
    assert [call().tolist() for call in calls] == wanted
    with pytest.raises(TypeError, match="not callable"):
        ts.max(x, 1)
    assert pickle.loads(pickle.dumps(ts.median)) is ts.median


def test_signatures_with_as_many_arguments_are_told_apart_by_what_these_are() -> None:
    x = ts.tensor([[3.0, 1.0], [0.0, 2.0]])
    for _ in range(3):
        assert ts.max(x, other=ts.ones(2)).tolist() == [[3, 1], [1, 2]]
        assert ts.max(x, 1).values.tolist() == [3, 2]
        assert ts.prod(x, 1).tolist() == [3, 0] and ts.var(x, 1).shape == (2,)


def test_counts_are_served_and_let_go() -> None:
    x, masks = ts.arange(6.0), [ts.arange(6) < k for k in range(7)]
    for mask in masks * 2:
        assert ts.masked_select(x, mask).tolist() == x.tolist()[: int(mask.sum())]
    before = default_pool().statistics()["allocated_bytes"]
    references = [sys.getrefcount(value) for value in (x, masks[3], None)]
    for mask in masks * 300:
        ts.masked_select(x, mask)
    assert default_pool().statistics()["allocated_bytes"] == before
    after = [sys.getrefcount(value) for value in (x, masks[3], None)]
    assert all(abs(a - b) < 50 for a, b in zip(after, references))


def test_numbers_keep_their_types_and_values_from_call_to_call() -> None:
    x = ts.ones(2, dtype=ts.int64)
    for value, kind in ((2, ts.int64), (2.5, ts.float32), (True, ts.int64), (7, ts.int64)):
        for _ in range(3):
            found = x * value
            assert found.dtype is kind and found.tolist() == [value * 1, value * 1]
    for alpha in (1, 2, 1, 3):
        assert ts.add(x, x, alpha=alpha).tolist() == [1 + alpha] * 2
        with pytest.raises(RuntimeError, match="alpha"):
            ts.add(x, x, alpha=True)
    for _ in range(2):
        with pytest.raises(OverflowError, match="int too big to convert"):
            x + 2**70


@pytest.mark.parametrize("name", ["add", "sub", "rsub"])
def test_a_fraction_for_alpha_is_refused_for_integers_even_if_it_is_whole(name: str) -> None:
    function, whole, real = getattr(ts, name), ts.tensor([5, 6]), ts.tensor([5.0, 6.0])
    for _ in range(3):
        assert function(whole, whole, alpha=1).dtype == ts.int64
        assert function(real, real, alpha=1.0).tolist() == function(real, real).tolist()
        for alpha in (1.0, 1.5):
            with pytest.raises(RuntimeError, match="alpha must not be a floating point number"):
                function(whole, whole, alpha=alpha)


def test_a_parameter_is_served_and_a_subclass_keeps_its_own_ways() -> None:
    class Loud(ts.Tensor):
        def exp(self) -> str:
            return "loud"

    weight = ts.nn.Parameter(ts.ones(2))
    assert served_twice(lambda: weight * 2).grad_fn.name() == "MulBackward0"
    loud = ts.ones(2).as_subclass(Loud)
    assert served_twice(loud.exp) == "loud"
    assert served_twice(lambda: loud + 1).tolist() == [2, 2]


# views by index


def test_indices_are_served_at_every_place_and_refused_outside() -> None:
    x = ts.arange(60.0).reshape(3, 4, 5).clone()
    for _ in range(3):
        for i in range(-3, 3):
            assert x[i].tolist() == x.tolist()[i]
            assert x[i, 1:3].tolist() == x.tolist()[i][1:3]
            assert x[..., i].shape == (3, 4) and x[..., i].storage_offset() == i % 5
        assert x[:, None, 1].shape == (3, 1, 5)
        assert x[1:, ::2, -1].tolist() == [row[::2] for row in x[1:, :, -1].tolist()]
        assert x[5:].shape == (0, 4, 5)
        with pytest.raises(IndexError, match="index 3 is out of bounds for dimension 0"):
            x[3]
        with pytest.raises(IndexError, match="too many indices"):
            x[0, 0, 0, 0]
    assert x[1]._base is x and x[1][2]._base is x


# threads, processes, switches


def test_each_thread_has_its_own_grad_mode() -> None:
    x = ts.ones(2, requires_grad=True)
    served_twice(lambda: x * 2)
    seen: list[bool] = []
    barrier = threading.Barrier(2)

    def work(recorded: bool) -> None:
        with ts.set_grad_enabled(recorded):
            for _ in range(50):
                barrier.wait()
                seen.append((x * 2).requires_grad is recorded)

    threads = [threading.Thread(target=work, args=(flag,)) for flag in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 100 and all(seen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_serves_calls() -> None:
    x = ts.ones(300, 300)
    total = served_twice(lambda: (x @ x).sum()).item()
    child = os.fork()
    if child == 0:
        os._exit(0 if (x @ x).sum().item() == total else 1)
    assert os.waitpid(child, 0)[1] == 0


PROGRAM = """
import tensorsmith as ts
from tensorsmith.tensor.native.runtime import ENABLED
ts.manual_seed(3)
w = ts.randn(5, 4, requires_grad=True)
for _ in range(3):
    loss = ts.nn.functional.cross_entropy(ts.randn(6, 5) @ w, ts.arange(6) % 4) + w[1:].exp().mean()
    loss.backward()
print(ENABLED, loss.item().hex(), w.grad.untyped_storage().bytes().hex())
"""


def run(program: str, **environment: str) -> str:
    """What a program prints in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_without_native_code_results_are_the_same_to_the_bit() -> None:
    with_it, without = (run(PROGRAM, TENSORSMITH_NATIVE=x).split() for x in ("1", "0"))
    assert (with_it[0], without[0]) == ("True", "False")
    assert with_it[1:] == without[1:]


UNKNOWN = """
import numpy, sys, warnings
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    sys.implementation.name = "another"
    import tensorsmith as ts
    for _ in range(5):
        x = ts.ones(3, requires_grad=True)
        (x + x)[1:].sum().backward()
from tensorsmith.tensor.native.runtime import ENABLED
print(ENABLED, x.grad.tolist())
for each in caught:
    print(each.category.__name__, each.message)
"""


def test_an_unknown_interpreter_is_named_once() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "TENSORSMITH_NATIVE"}
    done = subprocess.run(
        [sys.executable, "-c", UNKNOWN], env=environment, check=True, capture_output=True, text=True
    )
    first, *warned = done.stdout.splitlines()
    assert first == "False [0.0, 2.0, 2.0]"
    assert len(warned) == 1
    assert warned[0].startswith("RuntimeWarning tensorsmith: native code serves CPython 3.11 to")
    assert "calls go through Python on another" in warned[0]


AT_EXIT = """
import sys
import tensorsmith as ts

class Late:
    def __del__(self):
        (self.weight * 2).sum()

late = Late()
late.weight = ts.ones(300, 300, requires_grad=True)
for _ in range(3):
    (late.weight * 2).sum().backward()
sys.late, sys.held = late, [ts.ones(5) + 1 for _ in range(100)]
ts.held = sys.held[0][1:]
print("done")
"""


def test_tensors_that_outlive_modules_are_freed_without_harm() -> None:
    assert run(AT_EXIT) == "done\n"


# what an entry and its functions hold


def test_a_plan_that_is_dropped_while_it_runs_is_held_until_it_is_recorded() -> None:
    x = ts.randn(600, 600, requires_grad=True)
    stop = threading.Event()

    def drop_plans() -> None:
        while not stop.is_set():
            ts.set_default_dtype(ts.float64)
            ts.set_default_dtype(ts.float32)

    thread = threading.Thread(target=drop_plans)
    thread.start()
    try:
        for _ in range(20):
            y = x.exp()
            assert y.grad_fn is not None and y.grad_fn.name() == "ExpBackward0"
            y.sum().backward()
    finally:
        stop.set()
        thread.join()
        ts.set_default_dtype(ts.float32)


def test_equal_words_that_are_other_objects_are_not_learned_again_and_again() -> None:
    x = ts.ones(3)
    record = None
    for _ in range(50):
        ts.nn.functional.mse_loss(x, x, reduction="".join(["su", "m"]))
        entries = entry_of("mse_loss").records.values()
        record = next(iter(entries), record)
    assert record is None or len(record.owners) <= 2


def test_an_empty_tensor_object_is_refused_and_not_read() -> None:
    x = ts.ones(3)
    served_twice(lambda: x[0])
    served_twice(lambda: x + x)
    bare = object.__new__(ts.Tensor)
    for call in (lambda: bare[0], lambda: bare + bare, lambda: bare.exp()):
        with pytest.raises(AttributeError):
            call()


def test_what_a_function_is_made_of_cannot_be_taken_away() -> None:
    with pytest.raises(AttributeError, match="readonly"):
        del ts.add.__wrapped__  # type: ignore[attr-defined]

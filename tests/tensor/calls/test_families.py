"""Sizes never seen: served by formulas, checked like any others, never kept without bound."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.base import observers
from tensorsmith.tensor.calls import families, plans, solving
from tensorsmith.tensor.calls.entries import entry_of, folded, forget_plans
from tensorsmith.tensor.calls.plans import Entry
from tensorsmith.tensor.native.runtime import ENABLED

F = ts.nn.functional
WIDTH = 24


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Nothing is known of any call."""
    forget_plans()


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the ops that were planned anew."""
    names: list[str] = []

    def note(plan: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def noted(call: Any) -> Any:
            names.append(call.entry.op.name)
            return plan(call)

        return noted

    monkeypatch.setattr(families, "kernel_plan", note(solving.kernel_plan))
    monkeypatch.setattr(families, "view_plan", note(solving.view_plan))
    return names


def rows(count: int) -> ts.Tensor:
    generator = ts.Generator().manual_seed(count)
    return ts.randn(count, WIDTH, generator=generator)


CALLS: dict[str, Callable[[int], Any]] = {
    "a[:n] + 1": lambda n: rows(64)[:n] + 1,
    "a[:n].sum(1)": lambda n: rows(64)[:n].sum(1),
    "softmax": lambda n: rows(n).softmax(1),
    "layer_norm": lambda n: F.layer_norm(rows(n), (WIDTH,)),
    "a[:n] @ w": lambda n: rows(64)[:n] @ rows(WIDTH),
    "linear": lambda n: F.linear(rows(n), rows(WIDTH), rows(1)[0]),
    "cross_entropy": lambda n: F.cross_entropy(rows(n), ts.arange(n) % WIDTH),
    "view": lambda n: rows(n).view(-1, 8),
    "expand": lambda n: rows(1).expand(n, WIDTH).contiguous(),
    "conv1d": lambda n: F.conv1d(rows(2 * n).view(2, 1, -1), rows(1).view(1, 1, -1)),
}  # fmt: skip


def gradients(function: Callable[[Any, Any], Any], n: int) -> list[ts.Tensor]:
    """Gradients with respect to rows and weights."""
    leaves = [rows(n).requires_grad_(), rows(WIDTH).requires_grad_()]
    function(*leaves).sum().backward()
    return [leaf.grad for leaf in leaves if leaf.grad is not None]


RECORDED: dict[str, Callable[[Any, Any], Any]] = {
    "linear": lambda a, w: F.linear(a, w, w[0]).softmax(1),
    "matmul": lambda a, w: (a @ w).relu(),
    "layer_norm": lambda a, w: F.layer_norm(a, (WIDTH,), w[0], w[1]),
    "cross_entropy": lambda a, w: F.cross_entropy(a, ts.arange(len(a)) % WIDTH),
}


@pytest.mark.parametrize("name", CALLS)
def test_new_sizes_of_a_known_family_are_not_planned(name: str, planned: list[str]) -> None:
    for n in range(30, 44):  # with whole vectors of rows and without
        CALLS[name](n)
    planned.clear()
    results = [CALLS[name](n) for n in range(44, 54)]
    assert not set(planned), planned
    forget_plans()
    for n, found in zip(range(44, 54), results):
        forget_plans()
        assert ts.equal(found, CALLS[name](n))


@pytest.mark.parametrize("name", RECORDED)
def test_new_sizes_of_a_known_backward_are_not_planned(name: str, planned: list[str]) -> None:
    for n in range(30, 44):
        gradients(RECORDED[name], n)
    planned.clear()
    results = [gradients(RECORDED[name], n) for n in range(44, 52)]
    assert not planned
    for n, found in zip(range(44, 52), results):
        forget_plans()
        for ours, wanted in zip(found, gradients(RECORDED[name], n), strict=True):
            assert ts.equal(ours, wanted)


def test_sizes_that_come_again_are_served_natively() -> None:
    if not ENABLED:
        pytest.skip("native entry points are switched off")
    for n in (40, 41, 42):
        rows(n).exp()
    plan = list(entry_of("exp").plans.values())[-1]
    assert plan.native is None  # 42 came once
    rows(42).exp()
    assert plan.native
    known = len(entry_of("exp").plans)
    rows(42).exp()
    assert len(entry_of("exp").plans) == known


def test_errors_of_new_sizes_are_those_of_planning() -> None:
    for n in (40, 41, 42):
        rows(n) @ rows(WIDTH)
    with pytest.raises(RuntimeError) as known:
        rows(43) @ rows(WIDTH + 1)
    forget_plans()
    with pytest.raises(RuntimeError) as anew:
        rows(43) @ rows(WIDTH + 1)
    assert str(known.value) == str(anew.value)
    assert "25" in str(anew.value)


def test_the_default_dtype_is_asked_again_after_a_change() -> None:
    numbers = [ts.arange(n) for n in (5, 6, 7, 8)]
    assert {(x / 2).dtype for x in numbers} == {ts.float32}
    ts.set_default_dtype(ts.float64)
    try:
        assert {(ts.arange(n) / 2).dtype for n in (9, 10, 11, 12)} == {ts.float64}
    finally:
        ts.set_default_dtype(ts.float32)


def test_tables_of_families_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MOST_CASES", 2)
    monkeypatch.setattr(families, "MOST_FAMILIES", 3)
    entry = folded(entry_of("add"))
    for rank in range(1, 6):
        for n in (1, 2, 3, 5, 8, 13, 40, 4000):
            ts.ones(n, *([2] * (rank - 1))) + 1
        assert len(entry.families) <= 3
        assert all(len(family.cases) <= 2 for family in entry.families.values())


def test_planning_that_refuses_symbols_is_done_anew(
    monkeypatch: pytest.MonkeyPatch, planned: list[str]
) -> None:
    def refuse(*arguments: Any) -> None:
        raise TypeError("no symbols here")

    monkeypatch.setattr(families, "_trace_kernels", refuse)
    monkeypatch.setattr(families, "CREDIT", 3)
    for n in range(2, 20):
        assert ts.equal(ts.ones(n) + 1, ts.full((n,), 2.0))
    assert planned.count("add{alpha=1}") == 18
    (family,) = folded(entry_of("add")).families.values()
    assert family.failures == 3
    assert not family.cases


def test_cases_that_serve_nobody_are_looked_for_only_so_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cases: list[families.Case] = []

    def never(call: Any, plan: Any, values: Any) -> families.Case:
        cases.append(families.KernelCase(lambda *integers: None, plan, solving.solve(call), None))
        return cases[-1]

    inputs = [ts.ones(n) for n in range(2, 20)]
    monkeypatch.setattr(families, "trace", never)
    monkeypatch.setattr(families, "CREDIT", 3)
    for x in inputs:
        x.tanh()
    assert len(entry_of("tanh").plans) == 18
    assert len(cases) == 3


def test_a_program_whose_shapes_repeat_makes_no_formulas() -> None:
    for _ in range(5):
        rows(40).tanh()
    (family,) = entry_of("tanh").families.values()
    assert not family.cases and not family.failures


def test_the_case_that_was_used_last_is_asked_first() -> None:
    for n in (4000, 5000, 1, 2, 3):  # whole vectors, less than one
        ts.ones(n).tanh()
    (family,) = entry_of("tanh").families.values()
    assert len(family.cases) > 1
    for n in (6000, 5, 7000, 6):
        ts.ones(n).tanh()
        assert family.cases[0].evaluate(n, 1) is not None


def test_views_at_absolute_offsets_have_no_family() -> None:
    for n in (3, 4, 5):
        ts.ones(20).as_strided((n,), (2,), n)
    assert not entry_of("as_strided").families


def test_calls_on_lists_have_no_family() -> None:
    call = solving.Call(Entry(entry_of("add").op), ((1, 2), 3), ())
    assert families.describe(call) is None


def test_threads_may_meet_a_family_at_once() -> None:
    wrong: list[int] = []
    start = threading.Barrier(4)

    def work(first: int) -> None:
        start.wait()
        sums = [(n, rows(n).sum(1, keepdim=True)) for n in range(first, first + 40)]
        wrong.extend(n for n, found in sums if not ts.equal(found.sum(1), rows(n).sum(1)))

    threads = [threading.Thread(target=work, args=(10 + 7 * k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_plans_of_sizes_that_came_once_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "LIMIT", 16)
    for n in range(2, 80):
        ts.ones(n).sin()
    entry = entry_of("sin")
    assert len(entry.plans) <= 16
    assert entry.families  # which forget nothing meanwhile
    gc.collect()


def test_who_watches_planning_sees_every_size() -> None:
    seen: list[int] = []

    def watch(op: Any, binding: Any, strides: Any) -> None:
        seen.extend(binding.batch)

    for n in (50, 51, 52):
        ts.ones(n).tanh()
    observers.append(watch)
    try:
        for n in (53, 54):
            ts.ones(n).tanh()
    finally:
        observers.remove(watch)
    ts.ones(55).tanh()
    assert {53, 54} <= set(seen) and 55 not in seen

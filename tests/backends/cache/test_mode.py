"""Whether kernels may be compiled: blocks, calls, threads, and what the environment says."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import tensorsmith as ts
from tensorsmith.backends.cache import mode


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said anything yet."""
    monkeypatch.delenv("TENSORSMITH_JIT", raising=False)
    for name, fresh in (("_own", mode._Own()), ("_threads", []), ("_ended", [])):
        monkeypatch.setattr(mode, name, fresh)


def elsewhere(ask: Callable[[], str] = ts.get_jit_mode) -> str:
    """What a thread sees that begins now."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def test_blocks_nest_and_end_with_what_was_before() -> None:
    with ts.jit_mode("forbid"):
        with ts.jit_mode("warn"):
            assert ts.get_jit_mode() == "warn"
        assert ts.get_jit_mode() == "forbid"
    assert ts.get_jit_mode() == "on"


def test_a_call_holds_until_the_next_one() -> None:
    ts.jit_mode("forbid")
    assert ts.get_jit_mode() == "forbid"
    ts.jit_mode("warn")
    assert ts.get_jit_mode() == "warn"


def test_a_call_inside_a_block_holds_after_it() -> None:
    with ts.jit_mode("warn"):
        ts.jit_mode("forbid")
    assert ts.get_jit_mode() == "forbid"


def test_a_context_can_be_entered_again_and_inside_itself() -> None:
    again = ts.jit_mode("forbid")
    assert ts.get_jit_mode() == "forbid"  # it is a call as well, until it is entered
    for _ in range(2):
        with again:
            with again:
                assert ts.get_jit_mode() == "forbid"
            assert ts.get_jit_mode() == "forbid"
        assert ts.get_jit_mode() == "on"


def test_a_context_holds_whatever_was_made_after_it() -> None:
    one, other = ts.jit_mode("forbid"), ts.jit_mode("on")
    with one:
        assert ts.get_jit_mode() == "forbid"
    with other:
        assert ts.get_jit_mode() == "on"
    assert ts.get_jit_mode() == "on"


@pytest.mark.parametrize("first", [0, 1])
def test_blocks_that_end_out_of_order_leave_what_is_still_open(first: int) -> None:
    contexts = ts.jit_mode("forbid"), ts.jit_mode("warn")
    for each in contexts:
        each.__enter__()
    contexts[first].__exit__(None, None, None)
    assert ts.get_jit_mode() == ("warn", "forbid")[first]
    contexts[1 - first].__exit__(None, None, None)
    assert ts.get_jit_mode() == "on"
    with pytest.raises(RuntimeError, match=r"jit_mode\('forbid'\) must be entered before"):
        contexts[0].__exit__(None, None, None)


def test_a_block_that_another_thread_leaves_ends_where_it_began() -> None:
    context = ts.jit_mode("forbid")
    context.__enter__()
    elsewhere(lambda: str(context.__exit__(None, None, None)))
    assert ts.get_jit_mode() == "on" == elsewhere()


def test_it_decorates_functions_and_generators() -> None:
    @ts.jit_mode("forbid")
    def inside() -> str:
        return ts.get_jit_mode()

    @ts.jit_mode("forbid")
    def steps() -> Iterator[str]:
        yield ts.get_jit_mode()
        yield ts.get_jit_mode()

    assert ts.get_jit_mode() == "on"
    for _ in range(2):
        assert inside() == "forbid"
        seen = []
        for each in steps():
            seen += [each, ts.get_jit_mode()]
        assert seen == ["forbid", "on"] * 2


def test_it_refuses_what_would_run_after_its_block() -> None:
    async def later() -> str:
        return ts.get_jit_mode()

    async def steps() -> AsyncIterator[str]:
        yield ts.get_jit_mode()

    with pytest.raises(TypeError, match=r"must not be async, .* enter it inside of .*later"):
        ts.jit_mode("forbid")(later)
    with pytest.raises(TypeError, match=r"must not be async, .* enter it inside of .*steps"):
        ts.jit_mode("forbid")(steps)
    with pytest.raises(TypeError, match=r"must not be async, .* enter it inside of .*partial"):
        ts.jit_mode("forbid")(functools.partial(later))
    assert asyncio.run(later()) == "on"


@pytest.mark.parametrize("before", ["on", "warn", "forbid"])
def test_a_decorator_that_is_refused_leaves_the_mode_as_it_was(before: str) -> None:
    async def later() -> None: ...

    ts.jit_mode(before)
    for wrong in (later, 5, None):
        for said in ("forbid", "on"):
            with pytest.raises(TypeError, match="jit_mode: what it decorates must"):
                ts.jit_mode(said)(wrong)  # type: ignore[type-var]
            assert ts.get_jit_mode() == before == elsewhere()


def test_what_cannot_be_called_is_not_decorated() -> None:
    error = "jit_mode: what it decorates must be callable, got int"
    with pytest.raises(TypeError, match=error), ts.jit_mode("warn"):
        ts.jit_mode("forbid")(5)  # type: ignore[type-var]
    assert ts.get_jit_mode() == "on"


def test_what_forbids_binds_threads_that_have_said_nothing() -> None:
    with ts.jit_mode("forbid"):
        assert elsewhere() == "forbid"
        with ts.jit_mode("on"):
            assert ts.get_jit_mode() == "on"
            assert elsewhere() == "forbid"
    assert elsewhere() == "on"
    ts.jit_mode("forbid")
    assert elsewhere() == "forbid"
    ts.jit_mode("on")
    assert elsewhere() == "on"


def test_threads_that_run_already_are_bound() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ts.get_jit_mode).result() == "on"
        ts.jit_mode("forbid")
        assert pool.submit(ts.get_jit_mode).result() == "forbid"


def test_a_looser_thread_frees_nobody_else() -> None:
    ts.jit_mode("forbid")

    def loosen() -> str:
        ts.jit_mode("on")
        return ts.get_jit_mode()

    assert elsewhere(loosen) == "on"
    assert ts.get_jit_mode() == elsewhere() == "forbid"


def test_what_a_thread_said_outlives_it() -> None:
    def forbid() -> str:
        ts.jit_mode("forbid")
        return ts.get_jit_mode()

    assert elsewhere(forbid) == "forbid"
    for _ in range(3):
        assert elsewhere() == ts.get_jit_mode() == "forbid"
    elsewhere(lambda: str(ts.jit_mode("warn")))
    assert ts.get_jit_mode() == "forbid" and len(mode._threads) == 1


def test_the_environment_binds_all_that_have_said_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORSMITH_JIT", "forbid")
    assert ts.get_jit_mode() == "forbid"
    with ts.jit_mode("on"):
        assert ts.get_jit_mode() == "on"
        assert elsewhere() == "forbid"
    monkeypatch.setenv("TENSORSMITH_JIT", "sometimes")
    with pytest.raises(ValueError, match="TENSORSMITH_JIT must be on, warn or forbid"):
        ts.get_jit_mode()
    with pytest.raises(ValueError, match="mode must be on, warn or forbid, got 'off'"):
        ts.jit_mode("off")


def test_threads_that_enter_and_leave_blocks_never_free_each_other() -> None:
    """Also not for the moment between making a context and entering it."""
    ts.jit_mode("forbid")
    ended, shared = threading.Event(), ts.jit_mode("on")
    wrong: list[str] = []

    def loosen() -> None:
        while not ended.is_set():
            with ts.jit_mode("on"), shared:
                wrong.extend(x for x in [ts.get_jit_mode()] if x != "on")
            wrong.extend(x for x in [ts.get_jit_mode()] if x != "forbid")

    def watch() -> None:
        for _ in range(3000):
            wrong.extend(x for x in [ts.get_jit_mode()] if x != "forbid")
        ended.set()

    ts.jit_mode("forbid")
    threads = [threading.Thread(target=x) for x in (loosen, loosen, watch)]
    for each in threads:
        each.start()
    while not ended.is_set():
        with ts.jit_mode("on"):
            wrong.extend(x for x in [ts.get_jit_mode()] if x != "on")
    for each in threads:
        each.join()
    assert not wrong and ts.get_jit_mode() == "forbid"

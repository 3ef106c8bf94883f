"""The collector rests while a package is imported, and is as it was afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from tensorsmith.ops.collector import paused_collector


class Marked:
    """An object whose end can be watched."""


def test_nothing_is_collected_inside_and_the_collector_runs_afterwards() -> None:
    assert gc.isenabled()
    with pytest.raises(ImportError), paused_collector():
        assert not gc.isenabled()
        raise ImportError("a module is missing")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with paused_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.fixture
def thawed() -> Iterator[None]:
    """Nothing is frozen, as in a program; the suite freezes what it has before its first test."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_what_was_made_inside_is_old_afterwards_and_still_collected(thawed: None) -> None:
    gc.collect()
    with paused_collector():
        made: list[object] = [[] for _ in range(2_000)]
        made.append(made)
        marked = Marked()
        made.append(marked)
    lives = weakref.ref(marked)
    young = gc.get_objects(generation=0)
    assert not any(each is made for each in young)
    assert gc.get_freeze_count() == 0
    del made, marked, young
    gc.collect()
    assert lives() is None


def test_objects_that_a_program_froze_stay_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with paused_collector():
        pass
    assert gc.get_freeze_count() == frozen > 0

"""The collector rests while a package is imported, and is as it was afterwards."""

from __future__ import annotations

import gc

import pytest
from tensorsmith.ops.collector import paused_collector


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

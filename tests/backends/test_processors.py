"""Processors are found by the names of targets."""

from __future__ import annotations

import pytest
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.ops.errors import ArgumentValueError


def test_targets_without_a_backend_are_named() -> None:
    assert processor_by_name("sm_90").target.name == "sm_90"
    with pytest.raises(ArgumentValueError, match=r"must be one of .*x86-64-v2, .*sm_120, .*pent"):
        processor_by_name("pentium")

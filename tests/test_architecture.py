"""The pages that explain the project are true: their listings are run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "docs/custom_ops.md", "README.md"])
def test_listings_of_the_page_are_true(page: str) -> None:
    failed, attempted = doctest.testfile(str(ROOT / page), module_relative=False)
    assert attempted > 0
    assert failed == 0

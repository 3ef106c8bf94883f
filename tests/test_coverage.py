"""The page of what there is of PyTorch's API is up to date."""

from __future__ import annotations

import pytest

from . import coverage


def test_the_page_says_what_is_there() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch's names are counted")
    page = coverage.PAGE.read_text()
    if f"PyTorch {torch.__version__.partition('+')[0]}," not in page:
        pytest.skip("the page is about another version of PyTorch")
    assert coverage.page() == page, "run `python tests/coverage.py --write`"

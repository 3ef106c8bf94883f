"""Where the cache is, and how much it may hold."""

from __future__ import annotations

import pytest
from tensorsmith.backends.cache.locate import bundle_places, limit_bytes


def test_the_limit_is_a_number_of_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", "3")
    assert limit_bytes(1 << 30) == 3 << 20
    monkeypatch.delenv("TENSORSMITH_CACHE_LIMIT")
    assert limit_bytes(1 << 30) == 1 << 30


@pytest.mark.parametrize("text", ["abc", "1G", "-5"])
def test_a_limit_that_is_no_number_is_the_default_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", text)
    why = f"TENSORSMITH_CACHE_LIMIT must be a number of MiB, got '{text}'; the limit is 1,024 MiB"
    with pytest.warns(RuntimeWarning, match=why):
        assert limit_bytes(1 << 30) == 1 << 30


@pytest.mark.parametrize(("wanted", "kinds"), [("", {"core", "system"}), ("1", {"system"})])
def test_the_bundle_of_the_package_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch, wanted: str, kinds: set[str]
) -> None:
    monkeypatch.delenv("TENSORSMITH_BUNDLES", raising=False)
    monkeypatch.setenv("TENSORSMITH_NO_BUNDLE", wanted)
    found = {kind for kind, _ in bundle_places()}
    assert found & {"core", "system", "environment"} == kinds

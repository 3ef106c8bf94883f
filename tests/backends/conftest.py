"""Each test session compiles into a kernel cache of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tensorsmith.backends.cpu import cache, kernels


@pytest.fixture(autouse=True, scope="package")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cache.ObjectCache]:
    """A kernel cache for these tests alone."""
    made = cache.ObjectCache(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "object_cache", lambda: made)
        yield made

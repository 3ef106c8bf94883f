"""`tensorsmith cache prune` and `clear`: kernels removed."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ...backends.cache.layers import ObjectCache
from .build_folder import build_folder, clear_building
from .stored import Answer, size_of


def prune(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Removes what was used longest ago."""
    limit = None if options.limit is None else options.limit << 20
    return _removed(cache, lambda: cache.user.prune(limit))


def clear(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Removes all, also what bundles were built from, unless one is being built."""
    answer = _removed(cache, cache.user.clear)
    if not clear_building():
        answer.lines.append(f"{build_folder()} stays: a bundle is being built there")
    return answer


def _removed(cache: ObjectCache, remove: Callable[[], object]) -> Answer:
    before = size_of(cache.user)
    remove()
    after = size_of(cache.user)
    objects, names = before.objects - after.objects, before.names - after.names
    text = f"{objects:,} objects removed, and {names:,} names of them"
    return Answer({"objects": objects, "names": names}, [text])

"""`tensorsmith cache prune` and `clear`: kernels removed."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ...backends.cache.layers import ObjectCache
from .build_folder import build_folder, clear_building
from .stored import Answer, size_of

Remove = Callable[[list[OSError]], object]


def prune(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Removes what was used longest ago; 1 if some of it could not be removed."""
    limit = None if options.limit is None else options.limit << 20
    return _removed(cache, lambda stuck: cache.user.prune(limit, stuck))


def clear(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Removes all, also what bundles were built from, unless one is being built; 1 if some of it
    could not be removed."""
    alone = True

    def remove(stuck: list[OSError]) -> None:
        nonlocal alone
        cache.user.clear(stuck)
        alone = clear_building(stuck)

    answer = _removed(cache, remove)
    if not alone:
        answer.lines.append(f"{build_folder()} stays: a bundle is being built there")
    return answer


def _removed(cache: ObjectCache, remove: Remove) -> Answer:
    """What a removal, which notes the errors of files that stay, has come to."""
    before = size_of(cache.user)
    errors: list[OSError] = []
    remove(errors)
    after = size_of(cache.user)
    objects, names = before.objects - after.objects, before.names - after.names
    lines = [f"{objects:,} objects removed, and {names:,} names of them"]
    stuck = {str(error.filename): str(error.strerror) for error in errors}
    if stuck:
        path, why = next(iter(stuck.items()))
        lines.append(f"{len(stuck):,} files could not be removed, the first is {path}: {why}")
    data = {"objects": objects, "names": names, "stuck": stuck}
    return Answer(data, lines, int(bool(stuck)))

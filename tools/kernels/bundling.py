"""Bundles made from a folder: whole, or not at all."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ...backends.cache.bundle import SUFFIX, Bundle, BundleError, Head, write_bundle
from ...backends.cache.format import Item, make_item
from ...backends.cache.layers import ObjectCache
from ...backends.processors import processor_by_name
from ...ops.dataclass import dataclass
from .processes import interrupts_held, workers


@dataclass(frozen=True)
class Written:
    """What became of a bundle.

    Attributes:
        kernels: Of those asked for, how many are in it.
        missing: How many are not in the folder any more; if any, no bundle is written.
        objects: Distinct pieces of machine code in it: kernels may share one.
        nbytes: Of the file.
        distrust: Why programs will refuse it; "" if they will not.
    """

    kernels: int
    missing: int = 0
    objects: int = 0
    nbytes: int = 0
    distrust: str = ""


def write_bundles(
    kernels: Mapping[str, Iterable[str]], store: Path, output: Path, jobs: int = 1
) -> dict[str, Written]:
    """Writes a bundle for each target, in parallel.

    Args:
        kernels: Target -> the plan keys of its kernels.
        store: Folder of the cache that has them.
        output: Folder, or a file if there is one target.
        jobs: Processes.

    Returns:
        Target -> what became of its bundle.
    """
    context = multiprocessing.get_context("spawn")
    with workers(ProcessPoolExecutor(jobs, context)) as pool:
        with interrupts_held():
            waiting = {
                target: pool.submit(_write, place_of(output, target), target, store, list(plans))
                for target, plans in kernels.items()
            }
        return {target: done.result() for target, done in waiting.items()}


def place_of(output: Path, target: str) -> Path:
    """The file of a target's bundle."""
    return output if output.suffix == SUFFIX else output / f"{target}{SUFFIX}"


def _write(path: Path, target: str, store: Path, plans: list[str]) -> Written:
    cache = ObjectCache(store)
    found = {plan: item for plan in plans if (item := cache.user.get(plan)) is not None}
    if len(found) < len(plans):
        return Written(len(found), missing=len(plans) - len(found))
    processor = processor_by_name(target)
    return write_items(path, Head(target, processor.compiler(), processor.generator()), found)


def write_items(path: Path, head: Head, found: Mapping[str, Item]) -> Written:
    """Writes a bundle of what plans have led to.

    Args:
        path: Where to; its folder is made if it is not there.
        head: Target, compiler and generator.
        found: The item of each plan key.
    """
    items = _shared(found)
    if not path.parent.is_dir():
        os.makedirs(path.parent, 0o755)  # not for others to write to, whatever the umask
    nbytes = write_bundle(path, head, items)
    return Written(len(found), 0, len(items), nbytes, _distrust(path))


def _distrust(path: Path) -> str:
    try:
        Bundle(path, guarded=True).close()
    except BundleError as error:
        return str(error)
    return ""


def _shared(found: Mapping[str, Item]) -> list[Item]:
    """The items of plans, without what only people read; plans of one source share an item."""
    of: dict[str, dict[str, Item]] = {}
    for plan, item in found.items():
        of.setdefault(item.keys[-1], {})[plan] = item
    shared = []
    for content, items in of.items():
        labels = sorted({item.about.get("label", "") for item in items.values()})
        first = next(iter(items.values()))
        about = {"label": ", ".join(labels)}
        shared.append(make_item((*sorted(items), content), first.payload, about))
    return shared

"""`tensorsmith cache export`, `import` and `diff`: kernels carried in bundles, and compared."""

from __future__ import annotations

import argparse
from typing import Any

from ...backends.cache.bundle import Bundle, BundleError, Head
from ...backends.cache.format import Item
from ...backends.cache.key import compiler_of
from ...backends.cache.layers import ObjectCache
from ...backends.processors import Processor, processor_by_name
from ...ops.errors import ArgumentValueError
from .bundling import write_items
from .explain import fields_of
from .stored import Answer, label_of, objects_of, open_bundle


def export(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Writes a bundle of what the folder holds for a target and this version of the generator."""
    processor = processor_by_name(options.target)
    compiler, found = _exported(cache, processor)
    head = Head(processor.target.name, compiler, processor.generator())
    path = options.output
    written = write_items(path, head, found)
    data = {
        "path": str(path),
        "kernels": written.kernels,
        "objects": written.objects,
        "bytes": written.nbytes,
        "distrust": written.distrust,
    }
    lines = [
        f"{path}: {written.kernels:,} kernels in {written.objects:,} objects, "
        f"{written.nbytes / 1e6:.2f} MB"
    ]
    if written.distrust:
        lines.append(f"programs will refuse it: {written.distrust}")
    return Answer(data, lines)


def _exported(cache: ObjectCache, processor: Processor) -> tuple[str, dict[str, Item]]:
    """The compiler of a bundle, and the items of its plan keys: one compiler makes a bundle.

    It is the one that is here, or if the folder holds nothing of it, that of most kernels. Items
    are held from the first look on: what another process removes meanwhile is in the bundle.
    """
    target = processor.target.name
    wanted = {"kind": "plan", "target": target, "generator": processor.generator()}
    plans: dict[str, dict[str, Item]] = {}
    for _, item in objects_of(cache):
        for key in item.keys:
            if _has(fields_of(key), wanted):
                plans.setdefault(compiler_of(key), {})[key] = item
    if not plans:
        where = cache.folder or cache.user.asked
        raise ArgumentValueError(
            f"{where}: it holds no kernel for {target} made by this version of the generator; "
            "no bundle is written"
        )
    own = processor.compiler()
    compiler = own if own in plans else max(sorted(plans), key=lambda name: len(plans[name]))
    return compiler, plans[compiler]


def _has(fields: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(fields.get(name) == value for name, value in wanted.items())


def import_bundle(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Puts the objects of a bundle into the folder."""
    kept = names = damaged = 0
    for item in open_bundle(options.bundle, guarded=True).items():
        if item is None:
            damaged += 1
        elif cache.keep(item):
            kept += 1
            names += len(item.keys)
        else:
            raise ArgumentValueError(
                f"{cache.user.asked}: the cache cannot be written to; {kept:,} objects of "
                f"{options.bundle} were put into it"
            )
    text = f"{kept:,} objects under {names:,} names, {damaged} damaged ones left out"
    data = {"objects": kept, "names": names, "damaged": damaged}
    return Answer(data, [text], int(damaged > 0))


def diff(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Compares two bundles; 1 if they differ, or an object of one is damaged."""
    one, other = open_bundle(options.left), open_bundle(options.right)
    left, damaged_left = _objects(one)
    right, damaged_right = _objects(other)
    both = left.keys() & right.keys()
    only_left, lost_right = _only_in(left, right, other, damaged_right)
    only_right, lost_left = _only_in(right, left, one, damaged_left)
    different = sorted(label_of(left[k]) for k in both if left[k].payload != right[k].payload)
    data = {
        "only_left": only_left,
        "only_right": only_right,
        "different": different,
        "damaged_left": lost_left,
        "damaged_right": lost_right,
    }
    lines = [f"- {label}" for label in only_left] + [f"+ {label}" for label in only_right]
    lines += [f"! {label}" for label in different]
    lines += [f"damaged in {one.path}: {label}" for label in lost_left]
    lines += [f"damaged in {other.path}: {label}" for label in lost_right]
    lines.append(
        f"{len(both) - len(different):,} objects equal, {len(different)} with other bytes, "
        f"{len(only_left)} only in {options.left}, {len(only_right)} only in {options.right}"
    )
    return Answer(data, lines, int(any(data.values())))


_Objects = dict[tuple[str, ...], Item]


def _objects(bundle: Bundle) -> tuple[_Objects, int]:
    """The whole items of a bundle, each once, by all of the keys that lead to it, and how many are
    damaged."""
    items = list(bundle.items())
    whole = {item.keys: item for item in items if item is not None}
    return whole, items.count(None)


def _only_in(
    these: _Objects, those: _Objects, bundle: Bundle, damaged: int
) -> tuple[list[str], list[str]]:
    """What objects are called that only one bundle has, and those that are damaged in the other.

    Args:
        these: Objects of the one.
        those, bundle, damaged: Objects of the other, itself, and how many are damaged in it.
    """
    only: list[str] = []
    lost: list[str] = []
    for keys, item in these.items():
        if keys not in those:
            (lost if _is_damaged(bundle, item.key) else only).append(label_of(item))
    return sorted(only), sorted(lost) + ["an object"] * (damaged - len(lost))


def _is_damaged(bundle: Bundle, key: str) -> bool:
    """Whether a bundle has an object of a key that cannot be read."""
    try:
        bundle.get(key)
    except BundleError:
        return True
    return False

"""`tensorsmith cache info`, `list` and `stats`: what is there, and what programs took of it."""

from __future__ import annotations

import argparse
import importlib.metadata
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ...backends.cache.format import Item
from ...backends.cache.layers import ObjectCache
from ...backends.cache.mode import get_jit_mode
from ...backends.cache.statistics import Statistics, read_log
from ...backends.cpu.cache import generator_digest
from ...backends.cpu.compile import compiler_version
from ...backends.cpu.machine import detect_machine
from ...backends.processors import processor_by_name
from ...ops.errors import ArgumentValueError
from .build_folder import build_folder
from .explain import plans_of
from .stored import Answer, all_bundles, files_of, open_bundle, size_of


def info(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Where the layers are."""
    size = size_of(cache.user)
    opened, refused = all_bundles(cache)
    bundles = [{"path": str(b.path), "objects": len(b), **asdict(b.head)} for b in opened]
    data = {
        "folder": None if cache.folder is None else str(cache.folder),
        "objects": size.objects,
        "names": size.names,
        "bytes": size.nbytes,
        "limit": cache.user.limit,
        "building": str(build_folder()),
        "bundles": bundles,
        "refused": refused,
        "target": detect_machine().target.spelling,
        "jit": get_jit_mode(),
        "compiler": compiler_version(),
        "generator": generator_digest(),
    }
    lines = [
        f"folder    {data['folder'] or 'none: kernels are kept in memory only'}",
        f"holds     {size} of at most {cache.user.limit >> 20:,} MiB",
        f"building  {data['building']}: where `precompile -o` builds bundles",
        f"target    {data['target']}",
        f"jit       {data['jit']}",
        f"compiler  {_compiler()}",
        f"generator {generator_digest()}",
    ]
    for bundle in bundles:
        target = bundle["target"]
        same = bundle["generator"] == _generator_of(str(target))
        other = ", of another version of the generator: found by their generated text"
        note = "" if same else other
        lines.append(
            f"bundle    {bundle['path']}: {bundle['objects']:,} objects under "
            f"{bundle['count']:,} names for {target}{note}"
        )
    lines += [f"refused   {path}: {why}" for path, why in refused.items()]
    return Answer(data, lines)


def _generator_of(target: str) -> str:
    try:
        return processor_by_name(target).generator()
    except ArgumentValueError:  # of a bundle of another version, which knows more targets
        return ""


def _compiler() -> str:
    """The compiler's version as people know it, and the start of what keys hold."""
    name, _, known = compiler_version().partition(" ")
    try:
        return f"{name} {importlib.metadata.version(name)} ({known[:16]})"
    except importlib.metadata.PackageNotFoundError:
        return compiler_version()


def list_objects(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """The objects of the folder, or of a bundle, by the kernels that they were made for; 1 if
    any is damaged."""
    found = list(_in_folder(cache) if options.bundle is None else _in_bundle(options))
    found.sort(key=lambda each: (each["label"], each["target"]))
    now = time.time()
    lines = [
        f"{each['label']:50} {each['target']:10} "
        + (_age(now - each["used"]) if "used" in each else f"{each['bytes']:,} bytes")
        + (f" {each['path']}" if each["label"] == DAMAGED and "path" in each else "")
        for each in found
    ]
    where = options.bundle or cache.folder or cache.user.asked
    damaged = any(each["label"] == DAMAGED for each in found)
    return Answer(found, lines or [f"{where} holds no objects"], int(damaged))


DAMAGED = "damaged"


def _in_folder(cache: ObjectCache) -> Iterator[dict[str, Any]]:
    for file, item in files_of(cache):
        place = {"used": file.used, "path": str(file.path)}
        if item is None:
            yield {"label": DAMAGED, "target": "", "names": 0, "bytes": file.size, **place}
        elif cache.path(item.key) == file.path:
            yield {**_described(item), **place}


def _in_bundle(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    bundle = open_bundle(options.bundle)
    for item in bundle.items():
        if item is None:
            yield {"label": DAMAGED, "target": bundle.head.target, "names": 0, "bytes": 0}
        else:
            yield {**_described(item), "target": bundle.head.target}


def _described(item: Item) -> dict[str, Any]:
    key = next(plans_of(item), {"name": item.key})
    return {
        "label": item.about.get("label", key.get("name", "")),
        "target": key.get("target", ""),
        "names": len(item.keys),
        "bytes": len(item.payload),
    }


def _age(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit} ago"
    return "just now"


def stats(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Sums over the programs in the log."""
    runs = [] if cache.folder is None else read_log(cache.folder)
    if options.last:
        runs = runs[-1:]
    total = Statistics()
    for run in runs:
        total.compiled += run.compiled
        total.loaded += run.loaded
        total.bundled += run.bundled
        total.reused += run.reused
        for label, count in run.kernels.items():
            mine = total.of(label)
            mine.compiled += count.compiled
            mine.loaded += count.loaded
            mine.bundled += count.bundled
            mine.seconds += count.seconds
    seconds = sum(count.seconds for count in total.kernels.values())
    lines = [
        f"{len(runs)} programs: {total.compiled:,} kernels compiled in {seconds:.2f} s, "
        f"{total.loaded:,} loaded from the folder, {total.bundled:,} from bundles",
    ]
    rows = sorted(total.kernels.items(), key=lambda pair: (-pair[1].seconds, pair[0]))
    lines += [
        f"  {label:50} compiled {c.compiled:3} ({c.seconds * 1e3:6.0f} ms)  "
        f"folder {c.loaded:4}  bundle {c.bundled:4}"
        for label, c in rows
    ]
    return Answer({"programs": len(runs), **asdict(total)}, lines)

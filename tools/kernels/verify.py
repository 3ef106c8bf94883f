"""`tensorsmith cache verify`: every file and bundle read, a sample compiled again."""

from __future__ import annotations

import argparse
import random
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

from ...backends.cache.format import Item
from ...backends.cache.key import OPTIMIZED, OPTIONS, digest, options_of
from ...backends.cache.layers import ObjectCache
from ...backends.processors import processor_of_key
from ...ops.dataclass import dataclass
from ...ops.errors import ArgumentValueError
from ..printing import in_one_line
from .explain import fields_of
from .stored import Answer, all_bundles, files_of, label_of


@dataclass(frozen=True)
class Rebuilt:
    """What compiling a sample again gave.

    Attributes:
        count: How many were compiled.
        different: Those that came out with other bytes.
        failed: Those that could not be, and why: what is kept beside them makes no sense.
        without_source: How many could not be: bundles, from which they were imported, carry none.
        by_others: How many could not be, since another compiler has made them.
    """

    count: int
    different: list[str]
    failed: list[str]
    without_source: int
    by_others: int


def verify(options: argparse.Namespace, cache: ObjectCache) -> Answer:
    """Checks all files and bundles, and compiles a sample again."""
    good: list[Item] = []
    damaged: list[str] = []
    names = 0
    for file, item in files_of(cache):
        if item is None:
            damaged.append(str(file.path))
            continue
        names += 1
        if file.path == cache.path(item.key):
            good.append(item)
    bundled, refused = _read_bundles(cache)
    rebuilt = _rebuild(good, options.rebuild)
    wrong = [*rebuilt.different, *rebuilt.failed]
    nothing = bool(options.rebuild and good and not rebuilt.count and not wrong)
    data = {
        "objects": len(good),
        "names": names,
        "bundled": bundled,
        "damaged": damaged,
        "refused": refused,
        "rebuilt": rebuilt.count,
        "different": rebuilt.different,
        "failed": rebuilt.failed,
        "without_source": rebuilt.without_source,
        "by_other_compilers": rebuilt.by_others,
    }
    lines = [
        f"{len(good):,} objects under {names:,} names verify, and {bundled:,} objects in bundles"
    ]
    lines += [f"damaged: {path} ({_remedy(Path(path))})" for path in damaged]
    lines += [f"refused: {path}: {why} (build it again)" for path, why in refused.items()]
    if options.rebuild:
        lines += _told(rebuilt, nothing)
    return Answer(data, lines, int(bool(damaged or refused or wrong or nothing)))


def _told(rebuilt: Rebuilt, nothing: bool) -> list[str]:
    lines = [f"{rebuilt.count} compiled again, {len(rebuilt.different)} with other bytes"]
    lines += [f"different: {what}" for what in rebuilt.different]
    lines += [f"cannot be compiled again: {what}" for what in rebuilt.failed]
    if nothing:
        lines.append(
            f"nothing could be compared: {rebuilt.without_source:,} objects were imported from "
            f"bundles, which carry no sources, and {rebuilt.by_others:,} were made by a compiler "
            "that is not here. To compare a bundle, build it again with `tensorsmith precompile "
            "-o` and use `tensorsmith cache diff`"
        )
    return lines


def _remedy(path: Path) -> str:
    lost = "it is a miss"
    return f"{lost}; remove this folder" if path.is_dir() else f"{lost}, and is written again"


def _read_bundles(cache: ObjectCache) -> tuple[int, dict[str, str]]:
    """How many objects bundles hold, and what is wrong with which bundle."""
    bundles, refused = all_bundles(cache)
    count = 0
    for bundle in bundles:
        items = list(bundle.items())
        count += len(items)
        if None in items:
            refused[str(bundle.path)] = f"{items.count(None)} of its objects are damaged"
    return count, refused


def _rebuild(items: list[Item], count: int) -> Rebuilt:
    """Compiles a sample of objects from the sources that are kept beside them."""
    if not count:
        return Rebuilt(0, [], [], 0, 0)
    kept = [item for item in items if "source" in item.about]
    able = [item for item in kept if _is_own(fields_of(item.keys[-1]))]
    sample = random.Random(0).sample(able, min(count, len(able)))
    different, failed, count = [], [], 0
    for item in sample:
        try:
            image, target = _compiled_again(item)
        except Exception as error:  # whatever its source and options make of the compiler
            failed.append(f"{label_of(item)}: {in_one_line(error)}")
            continue
        count += 1
        if image != item.payload:
            different.append(f"{label_of(item)} for {target}")
    return Rebuilt(count, different, failed, len(items) - len(kept), len(kept) - len(able))


def _compiled_again(item: Item) -> tuple[bytes, str]:
    """The object of the source that is kept beside an item, and its target.

    Raises:
        Exception: There is none; of any type that the compiler may raise.
    """
    key = fields_of(item.keys[-1])
    if key.get("kind") != "object":
        raise ArgumentValueError("its last key is not that of a source")
    try:
        source = zlib.decompress(b64decode(item.about["source"], validate=True)).decode()
    except (ValueError, zlib.error):
        raise ArgumentValueError("its source cannot be read") from None
    if digest(source) != key["source"]:
        raise ArgumentValueError("the source is not the one of the key")
    options, processor = options_of(key), processor_of_key(key)
    if key["backend"] == "cpu" and options.flags not in (OPTIONS.flags, OPTIMIZED.flags):
        raise ArgumentValueError("its options have switches that this version never sets")
    image = processor.compile(source, item.about.get("name", ""), options)
    return image, processor.target.spelling


def _is_own(key: dict[str, Any]) -> bool:
    """Whether the compiler that is here made the object of a content key."""
    try:
        processor = processor_of_key(key)
    except ArgumentValueError:  # of a user's kernel for any GPU, of a version that knows more
        return False
    return key.get("compiler") == processor.compiler()

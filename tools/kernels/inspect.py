"""What the cache holds: listed, checked, removed, carried elsewhere."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import random
import time
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...backends.cache.bundle import Bundle, BundleError, DistrustError, Head, write_bundle
from ...backends.cache.files import read
from ...backends.cache.folder import File
from ...backends.cache.format import Item, decode
from ...backends.cache.key import compiler_of, digest, options_of
from ...backends.cache.layers import ObjectCache
from ...backends.cache.mode import get_jit_mode
from ...backends.cache.statistics import Statistics, read_log
from ...backends.cpu.cache import generator_digest, object_cache
from ...backends.cpu.compile import compiler_version
from ...backends.cpu.machine import detect_machine
from ...backends.processors import processor_by_name, processor_of_key
from ...ops.errors import ArgumentValueError
from .explain import fields_of, plans_of
from .precompile import items_of

Options = argparse.Namespace
COMMANDS: dict[str, Callable[[Options], int]] = {}


def command(function: Callable[[Options], int]) -> Callable[[Options], int]:
    """Registers a subcommand under the name of its function."""
    COMMANDS[function.__name__.rstrip("_").removeprefix("show_")] = function
    return function


def _print(options: Options, data: Any, lines: Iterable[str]) -> None:
    print(json.dumps(data) if options.json else "\n".join(lines))


def _check_count(option: str, value: int) -> None:
    if value < 0:
        raise ArgumentValueError(f"{option} must be at least 0, got {value}")


def _items(cache: ObjectCache) -> Iterator[tuple[File, Item | None]]:
    """The files of the folder with what they hold; None for each that a program would not take."""
    for file in cache.user.files():
        try:
            data = read(file.path)
        except FileNotFoundError:
            continue  # removed meanwhile
        except OSError:  # a link, or not readable
            data = None
        yield file, None if data is None else decode(data)


def _named(cache: ObjectCache) -> Iterator[tuple[File, Item]]:
    """The items of the folder, each under its first name only."""
    for file, item in _items(cache):
        if item is not None and cache.path(item.key) == file.path:
            yield file, item


@command
def info(options: Options) -> int:
    """Where the layers are."""
    cache = object_cache()
    count, size = cache.user.size()
    opened, refused = _bundles(cache)
    bundles = [{"path": str(b.path), "items": len(b), **asdict(b.head)} for b in opened]
    data = {
        "folder": None if cache.folder is None else str(cache.folder),
        "files": count,
        "bytes": size,
        "limit": cache.user.limit,
        "bundles": bundles,
        "refused": refused,
        "target": detect_machine().target.spelling,
        "jit": get_jit_mode(),
        "compiler": compiler_version(),
        "generator": generator_digest(),
    }
    lines = [
        f"folder    {data['folder'] or 'none: kernels are kept in memory only'}",
        f"holds     {count:,} files, {size / 1e6:.1f} MB of at most {cache.user.limit >> 20:,} MiB",
        f"target    {data['target']}",
        f"jit       {data['jit']}",
        f"compiler  {_compiler()}",
        f"generator {generator_digest()}",
    ]
    for bundle in bundles:
        target = bundle["target"]
        same = bundle["generator"] == _generator_of(target)
        other = ", of another version of the generator: found by their generated text"
        note = "" if same else other
        lines.append(f"bundle    {bundle['path']}: {bundle['items']:,} items for {target}{note}")
    lines += [f"refused   {path}: {why}" for path, why in refused.items()]
    _print(options, data, lines)
    return 0


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


@command
def show_list(options: Options) -> int:
    """The objects of the folder, by the plans that they were made from."""
    found: list[dict[str, Any]] = []
    for file, item in _named(object_cache()):
        key = next(plans_of(item), {"name": item.key})
        label = item.about.get("label", key.get("name", ""))
        found.append(
            {
                "label": label,
                "target": key.get("target", ""),
                "used": file.used,
                "path": str(file.path),
            }
        )
    found.sort(key=lambda each: (each["label"], each["target"]))
    now = time.time()
    lines = (f"{e['label']:40} {e['target']:10} {_age(now - e['used'])}" for e in found)
    _print(options, found, lines)
    return 0


def _age(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit} ago"
    return "just now"


@command
def verify(options: Options) -> int:
    """Checks all files and bundles, and compiles a sample again."""
    _check_count("--rebuild", options.rebuild)
    cache = object_cache()
    good: list[Item] = []
    damaged: list[str] = []
    for file, item in _items(cache):
        if item is None or file.path not in map(cache.path, item.keys):
            damaged.append(str(file.path))
        elif file.path == cache.path(item.key):
            good.append(item)
    bundles, refused = _bundles(cache)
    bundled = 0
    for bundle in bundles:
        items = list(bundle.items())
        bundled += len(items)
        if None in items:
            refused[str(bundle.path)] = f"{items.count(None)} of its items are damaged"
    different, rebuilt = _rebuild(good, options.rebuild)
    data = {
        "files": len(good),
        "bundled": bundled,
        "damaged": damaged,
        "refused": refused,
        "rebuilt": rebuilt,
        "different": different,
    }
    lines = [f"{len(good):,} files and {bundled:,} items of bundles verify"]
    lines += [f"damaged: {path} ({_remedy(Path(path))})" for path in damaged]
    lines += [f"refused: {path}: {why} (build it again)" for path, why in refused.items()]
    if options.rebuild:
        lines.append(f"{rebuilt} compiled again, {len(different)} with other bytes")
        lines += [f"different: {what}" for what in different]
    nothing = bool(options.rebuild and good and not rebuilt)
    if nothing:
        lines.append("of none is the source kept that the compiler which is here had compiled")
    _print(options, data, lines)
    return int(bool(damaged or refused or different or nothing))


def _remedy(path: Path) -> str:
    lost = "it is a miss"
    return f"{lost}; remove this folder" if path.is_dir() else f"{lost}, and is written again"


def _bundles(cache: ObjectCache) -> tuple[list[Bundle], dict[str, str]]:
    """The bundles in all places, for any target, and why each of the others is not read."""
    found, refused = [], {}
    for path, guarded in cache.bundle_files():
        try:
            found.append(Bundle(path, guarded))
        except (BundleError, OSError) as error:
            refused[str(path)] = str(error)
    return found, refused


def _rebuild(items: list[Item], count: int) -> tuple[list[str], int]:
    """Compiles a sample of objects from the sources that are kept beside them.

    Returns:
        What came out with other bytes, and how many were compiled.
    """
    if not count:
        return [], 0
    able = [item for item in items if "source" in item.about and _is_own(fields_of(item.keys[-1]))]
    sample = random.Random(0).sample(able, min(count, len(able)))
    different = []
    for item in sample:
        key = json.loads(item.keys[-1])  # that of the content
        source = zlib.decompress(b64decode(item.about["source"])).decode()
        name = item.about.get("name", "")
        processor = processor_of_key(key)
        if digest(source) != key["source"]:
            different.append(f"{name}: the source is not the one of the key")
        elif processor.compile(source, name, options_of(key)) != item.payload:
            different.append(f"{name} for {processor.target.spelling}")
    return different, len(sample)


def _is_own(key: dict[str, Any]) -> bool:
    """Whether the compiler that is here made the object of a content key."""
    try:
        processor = processor_of_key(key)
    except ArgumentValueError:  # of a user's kernel for any GPU, of a version that knows more
        return False
    return key.get("compiler") == processor.compiler()


@command
def prune(options: Options) -> int:
    """Removes what was used longest ago."""
    _check_count("--limit", options.limit or 0)
    limit = None if options.limit is None else options.limit << 20
    removed = object_cache().user.prune(limit)
    _print(options, {"removed": removed}, [f"{removed:,} files removed"])
    return 0


@command
def clear(options: Options) -> int:
    """Removes all."""
    removed = object_cache().user.clear()
    _print(options, {"removed": removed}, [f"{removed:,} files removed"])
    return 0


def _has(fields: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(fields.get(name) == value for name, value in wanted.items())


@command
def export(options: Options) -> int:
    """Writes a bundle of what the folder holds for a target and this version of the generator."""
    cache = object_cache()
    processor = processor_by_name(options.target or detect_machine().target.name)
    target, generator = processor.target.name, processor.generator()
    compiler, plans = _exported(cache, target, generator, processor.compiler())
    path = Path(options.output)
    size = write_bundle(path, Head(target, compiler, generator), list(items_of(cache, plans)))
    data = {"path": str(path), "kernels": len(plans), "bytes": size}
    _print(options, data, [f"{path}: {len(plans):,} kernels, {size / 1e6:.2f} MB"])
    return 0


def _exported(
    cache: ObjectCache, target: str, generator: str, own: str
) -> tuple[str, list[str]]:
    """The compiler of a bundle, and its plan keys: a bundle is made by one compiler.

    It is the one that is here, or if the folder holds nothing of it, that of most kernels.
    """
    wanted = {"kind": "plan", "target": target, "generator": generator}
    plans: dict[str, list[str]] = {}
    for _, item in _named(cache):
        for key in item.keys:
            if _has(fields_of(key), wanted):
                plans.setdefault(compiler_of(key), []).append(key)
    if not plans:
        where = cache.folder or cache.user.asked
        raise ArgumentValueError(
            f"{where}: it holds no kernel for {target} made by this version of the generator; "
            "no bundle is written"
        )
    compiler = own if own in plans else max(sorted(plans), key=lambda name: len(plans[name]))
    return compiler, plans[compiler]


@command
def import_(options: Options) -> int:
    """Puts the items of a bundle into the folder."""
    cache = object_cache()
    kept = damaged = 0
    for item in open_bundle(options.bundle, guarded=True).items():
        if item is None:
            damaged += 1
        elif cache.keep(item):
            kept += 1
        else:
            raise ArgumentValueError(f"{cache.user.asked}: the cache cannot be written to")
    lines = [f"{kept:,} items, {damaged} damaged ones left out"]
    _print(options, {"kept": kept, "damaged": damaged}, lines)
    return int(damaged > 0)


def open_bundle(path: str, guarded: bool = False) -> Bundle:
    """A bundle that a user named.

    Args:
        path: Of the file.
        guarded: Whether its code will be run: nobody else may be able to write to it then.

    Raises:
        TensorsmithError: It is none, or not to be trusted.
        OSError: It cannot be read.
    """
    try:
        return Bundle(Path(path), guarded)
    except DistrustError as error:
        raise ArgumentValueError(f"{path}: its code must not be run: {error}") from error
    except BundleError as error:
        raise ArgumentValueError(f"{path}: it is not a bundle of kernels: {error}") from error


@command
def diff(options: Options) -> int:
    """Compares two bundles; 1 if they differ."""
    left, right = (_objects(open_bundle(p)) for p in (options.left, options.right))
    only_left = sorted(_label(left[k]) for k in left.keys() - right.keys())
    only_right = sorted(_label(right[k]) for k in right.keys() - left.keys())
    both = left.keys() & right.keys()
    other = sorted(_label(left[k]) for k in both if left[k].payload != right[k].payload)
    data = {"only_left": only_left, "only_right": only_right, "different": other}
    lines = [f"- {label}" for label in only_left] + [f"+ {label}" for label in only_right]
    lines += [f"! {label}" for label in other]
    lines.append(
        f"{len(both) - len(other):,} equal, {len(other)} with other bytes, {len(only_left)} only "
        f"in {options.left}, {len(only_right)} only in {options.right}"
    )
    _print(options, data, lines)
    return int(bool(only_left or only_right or other))


def _objects(bundle: Bundle) -> dict[tuple[str, ...], Item]:
    """The items of a bundle, each once, by all of the keys that lead to it."""
    return {item.keys: item for item in bundle.items() if item is not None}


def _label(item: Item) -> str:
    return str(item.about.get("label") or item.about.get("name", "an object"))


@command
def stats(options: Options) -> int:
    """Sums over the programs in the log."""
    folder = object_cache().folder
    runs = [] if folder is None else read_log(folder)
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
        f"  {label:44} compiled {c.compiled:3} ({c.seconds * 1e3:6.0f} ms)  "
        f"folder {c.loaded:4}  bundle {c.bundled:4}"
        for label, c in rows
    ]
    _print(options, {"programs": len(runs), **asdict(total)}, lines)
    return 0



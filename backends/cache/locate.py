"""Where the user's folder and the bundles are. Nothing is looked for before it is needed.

Relative paths count from the folder in which a program was when it imported this package: code must
not be looked for wherever the program happens to be when it runs its first kernel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .warn import warn_once

GROUP = "tensorsmith.kernels"
"""Entry points of this group name packages whose folder holds bundles."""

CORE = Path(__file__).resolve().parents[2] / "kernels"
"""Bundles of the package itself; there are none in a source tree."""

OWN = "kernels"
"""The cache's own folder inside of the one that a user names."""

_LARGEST_LIMIT = 1 << 40  # MiB: no disk has as many, and floats still count the bytes

SYSTEM = (Path("/usr/local/share/tensorsmith/kernels"), Path("/usr/share/tensorsmith/kernels"))


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


_BEGAN_IN = _working_folder()


def _absolute(path: str) -> Path:
    """A path that a user gave; not absolute if it is relative and there was no working folder."""
    return Path(os.path.normpath(os.path.join(_BEGAN_IN, path)))


def user_folder() -> Path:
    """`TENSORSMITH_CACHE_DIR`, or the system's place for caches; not absolute without a home."""
    folder = os.environ.get("TENSORSMITH_CACHE_DIR", "")
    if not folder:
        import platformdirs  # only a process that runs a kernel needs it

        return Path(platformdirs.user_cache_dir("tensorsmith", appauthor=False)) / OWN
    return _absolute(folder) / OWN


def limit_bytes(default: int) -> int:
    """`TENSORSMITH_CACHE_LIMIT`, in MiB, as bytes; with a warning the default, in bytes, if it is
    no number, or an absurd one: a cache is no reason for a program to stop."""
    text = os.environ.get("TENSORSMITH_CACHE_LIMIT", "")
    if not text:
        return default
    digits = text.lstrip("0") or "0"  # of a few thousand Python makes no number
    if text.isdecimal() and len(digits) < 20 and int(digits) < _LARGEST_LIMIT:
        return int(digits) << 20
    below = f" below {_LARGEST_LIMIT:,}" if text.isdecimal() else ""
    shown = repr(text) if len(text) <= 40 else f"{text[:20]!r} and {len(text) - 20:,} characters"
    warn_once(
        f"tensorsmith: TENSORSMITH_CACHE_LIMIT must be a number of MiB{below}, got {shown}; "
        f"the limit is {default >> 20:,} MiB"
    )
    return default


def bundle_places() -> Iterator[tuple[str, Path]]:
    """Kinds and paths of folders (or files) where bundles may be, in the order of look-up.

    `TENSORSMITH_NO_BUNDLE=1` leaves out the package's own, as it does when the package is built.
    """
    for text in os.environ.get("TENSORSMITH_BUNDLES", "").split(os.pathsep):
        place = _absolute(text)
        if text and place.is_absolute():
            yield "environment", place
        elif text:
            warn_once(
                f"tensorsmith: the bundles of TENSORSMITH_BUNDLES={text} are ignored: the path "
                "must be absolute, since this program began in a folder that is gone"
            )
    if not os.environ.get("TENSORSMITH_NO_BUNDLE"):
        yield "core", CORE
    yield from _entry_points()
    for folder in SYSTEM:
        yield "system", folder


def _entry_points() -> Iterator[tuple[str, Path]]:
    """Names and folders of the packages of the group. A warning tells of each that fails, whatever
    it raises: it may be installed beside programs that never heard of it."""
    from importlib.metadata import EntryPoint, entry_points  # takes 10 ms: only after the core one

    points: tuple[EntryPoint, ...] = ()
    try:
        points = tuple(entry_points(group=GROUP))
    except Exception as error:  # what one package says of itself cannot be read
        _tell("installed packages", error)
    for point in points:
        try:
            folders = _folders_of(point.module)
        except Exception as error:
            _tell(point.value, error)
            continue
        yield from ((point.name, folder) for folder in folders)


def _folders_of(module: str) -> list[Path]:
    """The folders of a package, but for the one that `CORE` is; finding it imports those above."""
    from importlib.util import find_spec

    spec = find_spec(module)
    found = (spec.submodule_search_locations or ()) if spec else ()
    return [_absolute(folder) for folder in found if Path(folder).resolve() != CORE]


def _tell(whose: str, error: Exception) -> None:
    why = f"{type(error).__name__}: {error}"
    warn_once(f"tensorsmith: the kernels of {whose} cannot be found: {why}")

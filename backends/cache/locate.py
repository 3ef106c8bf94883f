"""Where the user's folder and the bundles are. Nothing is looked for before it is needed.

Relative paths count from the folder in which a program was when it imported this package: code must
not be looked for wherever the program happens to be when it runs its first kernel.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

GROUP = "tensorsmith.kernels"
"""Entry points of this group name packages whose folder holds bundles."""

CORE = Path(__file__).resolve().parents[2] / "kernels"
"""Bundles of the package itself; there are none in a source tree."""

OWN = "kernels"
"""The cache's own folder inside of the one that a user names."""

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
    no number: a cache is no reason for a program to stop."""
    text = os.environ.get("TENSORSMITH_CACHE_LIMIT", "")
    if not text:
        return default
    if not text.isdecimal():
        warnings.warn(
            f"tensorsmith: TENSORSMITH_CACHE_LIMIT must be a number of MiB, got {text!r}; "
            f"the limit is {default >> 20:,} MiB",
            RuntimeWarning,
            stacklevel=2,
        )
        return default
    return int(text) << 20


def bundle_places() -> Iterator[tuple[str, Path]]:
    """Kinds and paths of folders (or files) where bundles may be, in the order of look-up.

    `TENSORSMITH_NO_BUNDLE=1` leaves out the package's own, as it does when the package is built.
    """
    for text in os.environ.get("TENSORSMITH_BUNDLES", "").split(os.pathsep):
        place = _absolute(text)
        if text and place.is_absolute():
            yield "environment", place
        elif text:
            warnings.warn(
                f"tensorsmith: the bundles of TENSORSMITH_BUNDLES={text} are ignored: the path "
                "must be absolute, since this program began in a folder that is gone",
                RuntimeWarning,
                stacklevel=2,
            )
    if not os.environ.get("TENSORSMITH_NO_BUNDLE"):
        yield "core", CORE
    yield from _entry_points()
    for folder in SYSTEM:
        yield "system", folder


def _entry_points() -> Iterator[tuple[str, Path]]:
    from importlib.metadata import entry_points  # takes 10 ms or more: only after the core bundle
    from importlib.util import find_spec

    for point in entry_points(group=GROUP):
        try:
            spec = find_spec(point.module)
        except (ImportError, ValueError) as error:
            warnings.warn(
                f"tensorsmith: the kernels of {point.value} cannot be found: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
            continue
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if Path(folder).resolve() != CORE:
                yield point.name, _absolute(folder)

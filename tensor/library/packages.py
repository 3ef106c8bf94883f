"""Ops that an installed package brings: entries compiled ahead, found without reading YAML.

A package has the entry point `tensorsmith.ops` named like its namespace, whose value is the module
whose folder holds files `NAME.ops.json`; `tensorsmith ops compile NAME.yaml` writes them. They are
looked for when the namespace is first asked for, and each op is built when it is first used.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from ...ops import namespaces
from ...ops.errors import RegistryError
from ...ops.registry import FORMAT, registry
from .define import show

GROUP = "tensorsmith.ops"
SUFFIX = ".ops.json"
_searched: set[str] = set()


def find(space: str) -> None:
    """Shows the ops of the packages whose entry point has the name of a namespace.

    Warns:
        RuntimeWarning: A package cannot be found, or its file was made by another version.
    """
    if space in _searched:
        return
    _searched.add(space)
    for path in _files(space):
        try:
            bring(path)
        except (RegistryError, OSError, ValueError, KeyError) as error:
            _warn(f"the ops of {path} cannot be used: {error}")


def _files(space: str) -> Iterator[Path]:
    from importlib.metadata import entry_points  # takes 10 ms or more: only for a namespace asked

    for point in entry_points(group=GROUP, name=space):
        try:
            spec = find_spec(point.module)
        except Exception as error:  # finding a module imports the packages above it
            _warn(f"the ops of {point.value} cannot be found: {type(error).__name__}: {error}")
            continue
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield from sorted(Path(folder).glob(f"*{SUFFIX}"))


def bring(path: Path) -> None:
    """Shows the ops of a compiled file in their namespaces.

    Raises:
        RegistryError: It was compiled by another version, or an op of it is there already.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise RegistryError(
            f"it must be of format {FORMAT}; compile it anew with `tensorsmith ops compile`"
        )
    for name in found["entries"]:
        namespaces.split(name)
    registry.bring(found["entries"], found["digests"])
    for name in found["entries"]:
        namespaces.add_later(name, partial(_show, name, path))


def _show(name: str, path: Path) -> None:
    """Builds an op that was compiled ahead, and shows its function."""
    show(registry.get(name), str(path))


def _warn(text: str) -> None:
    warnings.warn(f"tensorsmith: {text}", RuntimeWarning, stacklevel=4)

"""Which kernels a piece of work has, kept so that a run which is cut off plans nothing twice.

A listing is a note in the folder that a run builds into. It holds as long as neither the sources of
the package nor the compilers change, and verifies itself like an item. One that is whole but makes
no sense is as if it were not there.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from ...backends.cache.check_key import is_key
from ...backends.cache.folder import LISTING, UserFolder
from ...backends.cache.format import decode, encode, make_item
from ...backends.cache.key import canonical, digest
from ...backends.cache.objects import digest_of_sources
from ...backends.processors import Processor
from ...ops.dataclass import dataclass

FOLDERS = ("autograd", "backends", "data", "lowering", "nn", "ops", "optim", "tensor", "tools")
"""Where the sources are that decide which kernels there are."""


@dataclass(frozen=True)
class Listing:
    """What planning a piece of work found.

    Attributes:
        kernels: For each target the text of each plan key, and a label for people.
        calls: Calls that were planned.
    """

    kernels: dict[str, dict[str, str]]
    calls: int


@cache
def package_digest() -> str:
    """SHA-256 over the sources and the registry of this package."""
    root = Path(__file__).resolve().parents[2]
    return digest_of_sources([root / name for name in FOLDERS], ("*.py", "*.json"))


def read_listing(
    folder: UserFolder, piece: tuple[str, ...], processors: Sequence[Processor]
) -> Listing | None:
    """The listing of a piece of work; None if there is none that holds.

    Args:
        folder: Where it was kept.
        piece: What identifies the work.
        processors: What it was planned for.
    """
    data = folder.get_note(_name(piece, processors))
    item = None if data is None else decode(data, _key(piece, processors))
    found = None if item is None else _unpacked(item.payload)
    return found if found and _is_of(found, {each.target.name for each in processors}) else None


def _unpacked(payload: bytes) -> Listing | None:
    """What may be a listing; None if it has not the fields of one."""
    try:
        return Listing(**json.loads(zlib.decompress(payload)))
    except (zlib.error, ValueError, TypeError, RecursionError):
        return None


def _is_of(found: Listing, targets: Collection[str]) -> bool:
    """Whether a listing has what it should have, for these targets and no others."""
    kernels: Any = found.kernels
    if type(found.calls) is not int or found.calls < 0 or not isinstance(kernels, dict):
        return False
    return kernels.keys() == set(targets) and all(
        isinstance(plans, dict)
        and all(_is_plan(key, target) and isinstance(plans[key], str) for key in plans)
        for target, plans in kernels.items()
    )


def _is_plan(key: str, target: str) -> bool:
    """Whether a text is the key of a kernel's plan for a target."""
    if not (key.startswith("{") and is_key(key)):
        return False
    fields = json.loads(key)
    return bool(fields["kind"] == "plan" and fields["target"] == target)


def keep_listing(
    folder: UserFolder, piece: tuple[str, ...], processors: Sequence[Processor], found: Listing
) -> None:
    """Keeps the listing of a piece of work, in place of an older one; see `read_listing`."""
    payload = zlib.compress(json.dumps(asdict(found)).encode(), 3)
    note = encode(make_item(_key(piece, processors), payload))
    folder.put_note(_name(piece, processors), note)


def _name(piece: tuple[str, ...], processors: Sequence[Processor]) -> str:
    targets = tuple(processor.target.spelling for processor in processors)
    return digest(canonical((piece, targets)))[:32] + LISTING


def _key(piece: tuple[str, ...], processors: Sequence[Processor]) -> str:
    compilers = tuple((each.target.spelling, each.compiler()) for each in processors)
    return canonical((piece, compilers, package_digest()))

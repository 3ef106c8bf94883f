"""The layers in the order of look-up: the user's folder, then bundles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ...ops.lock import PREPARING
from .bundle import SUFFIX, Bundle, BundleError, OtherTargetError
from .folder import LIMIT, UserFolder
from .format import Item, make_item
from .key import ContentKey, PlanKey, compiler_of
from .locate import bundle_places
from .warn import warn_once

Places = Callable[[], Iterator[tuple[str, Path]]]
Fits = Callable[[bytes], bool]
GUARDED = ("environment", "system")
"""Kinds of places whose bundles others must not be able to write; a package is code itself."""


def _anything(payload: bytes) -> bool:
    return True


class ObjectCache:
    """Compiled objects by key.

    Attributes:
        user: The user's folder.
        target: Of the bundles that are searched.
    """

    def __init__(
        self, folder: Path, limit: int = LIMIT, target: str = "", places: Places | None = None
    ) -> None:
        self.user = UserFolder(folder, limit)
        self.target = target
        self._all_places = places or bundle_places
        self._places = self._all_places() if target else iter(())
        self._bundles: list[Bundle] = []
        self._damaged: list[Bundle] = []
        # Where the last object came from a bundle, the next is looked for in the first one before
        # the folder is asked: not to be there costs a file system call, and that is most of it.
        self._bundled = False

    @property
    def folder(self) -> Path | None:
        """Where files are; None when nothing is kept on disk."""
        return self.user.folder

    def path(self, key: str) -> Path | None:
        """The file of a key in the user's folder."""
        return self.user.path(key)

    def get(self, key: str) -> bytes | None:
        """The object of a key; None if no layer has it."""
        item = self.user.get(key) or self._in_bundles(key)
        return None if item is None else item.payload

    def put(
        self, keys: str | tuple[str, ...], payload: bytes, about: dict[str, str] | None = None
    ) -> bool:
        """Keeps an object; whether that was possible."""
        return self.keep(make_item(keys, payload, about))

    def keep(self, item: Item) -> bool:
        """Keeps an item, and which compiler made it; whether that was possible."""
        kept = self.user.put(item)
        compiler = compiler_of(item.keys[-1]) if kept else ""
        if compiler:
            self.user.note_compiler(compiler)
        return kept

    def find(
        self, plan: PlanKey, compiler: str, fits: Fits = _anything
    ) -> tuple[bytes, str] | None:
        """The object of a plan, and the layer that has it.

        Args:
            plan: What it is made from.
            compiler: The one installed here: what the user's folder holds was made by it. A bundle
                was made by the compiler that it names.
            fits: Whether an object can be that of the plan; another one is not there.
        """
        key = plan.text(compiler)
        opened = self._bundles[:1] if self._bundled else []
        found = self._find_in(opened, plan, compiler, key, fits)
        if found is not None:
            return found
        item = self._own(key, fits)
        found = (
            (item.payload, "folder")
            if item is not None
            else self._find_in(self.bundles(), plan, compiler, key, fits)
        )
        self._bundled = found is not None and item is None
        return found

    def _own(self, key: str, fits: Fits) -> Item | None:
        """The item of a key in the user's folder, if its object fits."""
        item = self.user.get(key)
        return item if item is not None and fits(item.payload) else None

    def _find_in(
        self, bundles: Iterable[Bundle], plan: PlanKey, compiler: str, key: str, fits: Fits
    ) -> tuple[bytes, str] | None:
        """What `find` looks for, from the first of some bundles that has it."""
        for bundle in bundles:
            if bundle.head.generator == plan.generator and bundle not in self._damaged:
                theirs = bundle.head.compiler
                own = key if theirs == compiler else plan.text(theirs)
                item = self._ask(bundle, own, fits)
                if item is not None:
                    return item.payload, str(bundle.path)
        return None

    def find_source(
        self, content: ContentKey, fits: Fits = _anything
    ) -> tuple[bytes, str, str] | None:
        """The object made of a source by the compiler that is here, or by that of a bundle.

        Returns:
            The object, the layer that has it, and the text of its key.
        """
        key = content.text()
        item = self._own(key, fits)
        if item is not None:
            return item.payload, "folder", key
        for bundle in self.bundles():
            key = content.by(bundle.head.compiler).text()
            item = self._ask(bundle, key, fits)
            if item is not None:
                return item.payload, str(bundle.path), key
        return None

    def find_by_others(
        self, content: ContentKey, fits: Fits = _anything
    ) -> tuple[bytes, str] | None:
        """The object that any other compiler made of a source, from the user's folder.

        It is for a process that cannot or must not compile: whatever compiler made it, it does what
        the source says.

        Returns:
            The object, and the text of its key.
        """
        for compiler in self.user.compilers():
            key = content.by(compiler).text()
            item = self._own(key, fits)
            if item is not None:
                return item.payload, key
        return None

    def bundles(self) -> Iterator[Bundle]:
        """Bundles for the target, each opened when the ones before it did not have the object."""
        number = 0
        while True:
            if number == len(self._bundles):
                with PREPARING:  # one thread looks for the next one
                    if number == len(self._bundles) and not self._open_next():
                        return
            bundle = self._bundles[number]
            number += 1
            if bundle not in self._damaged:
                yield bundle

    def bundle_files(self) -> Iterator[tuple[Path, bool]]:
        """All files that may be bundles, for any target, and whether each must be guarded."""
        for kind, place in self._all_places():
            yield from ((path, kind in GUARDED) for path in _found(kind, place, self.target))

    def _open_next(self) -> bool:
        """Opens the next bundle for the target; whether there is one."""
        for kind, place in self._places:
            before = len(self._bundles)
            for path in _found(kind, place, self.target):
                bundle = _opened(path, kind in GUARDED, self.target)
                if bundle is not None:
                    self._bundles.append(bundle)
            if len(self._bundles) > before:
                return True
        return False

    def _in_bundles(self, key: str) -> Item | None:
        for bundle in self.bundles():
            item = self._ask(bundle, key)
            if item is not None:
                return item
        return None

    def _ask(self, bundle: Bundle, key: str, fits: Fits = _anything) -> Item | None:
        """The item of a key in a bundle; None if it has none, or one that can't be right: the
        bundle is not asked again then, and a warning says why."""
        try:
            item = bundle.get(key)
            if item is None or fits(item.payload):
                return item
            why = "an object in it is not whole, or is for another machine"
        except BundleError as error:
            why = str(error)
        if bundle not in self._damaged:
            self._damaged.append(bundle)
            _warn(bundle.path, why)
        return None


def _files(place: Path, target: str) -> list[Path]:
    """The file itself, or the `*.bundle` of a folder; first those whose names end in the target."""
    if place.is_dir():
        found = [place / name for name in sorted(os.listdir(place)) if name.endswith(SUFFIX)]
        end = f".{target}{SUFFIX}"
        found.sort(key=lambda path: not f".{path.name}".endswith(end))
        return [path for path in found if not path.is_dir()]
    return [place] if place.suffix == SUFFIX and place.exists() else []


def _found(kind: str, place: Path, target: str) -> list[Path]:
    """The files of a place; a warning if a user named it, and there are none."""
    try:
        found = _files(place, target)
        why = "" if found else "it is no file *.bundle" if place.exists() else "it does not exist"
        why = "no file *.bundle lies in it" if why and place.is_dir() else why
    except OSError as error:
        found, why = [], f"it cannot be read ({error.strerror})"
    if why and kind == "environment":
        _warn(place, why)
    return found


def _opened(path: Path, guarded: bool, target: str) -> Bundle | None:
    try:
        return Bundle(path, guarded, target)
    except OtherTargetError:
        return None
    except (BundleError, OSError) as error:
        _warn(path, str(error))
        return None


def _warn(path: Path, why: str) -> None:
    warn_once(f"tensorsmith: the bundle of kernels {path} is ignored: {why}")

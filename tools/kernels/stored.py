"""What a folder and bundles hold, read as programs would read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...backends.cache.bound import File
from ...backends.cache.bundle import Bundle, BundleError, DistrustError
from ...backends.cache.files import read
from ...backends.cache.folder import UserFolder
from ...backends.cache.format import Item, decode
from ...backends.cache.layers import ObjectCache
from ...ops.dataclass import dataclass
from ...ops.errors import ArgumentValueError


@dataclass(frozen=True)
class Answer:
    """What a command of `tensorsmith cache` says.

    Attributes:
        data: For `--json`.
        lines: For people.
        code: Exit status.
    """

    data: object
    lines: list[str]
    code: int = 0


def files_of(cache: ObjectCache) -> Iterator[tuple[File, Item | None]]:
    """The files of the folder with what they hold; None for each that is damaged, or that lies
    where none of its keys leads."""
    for file in cache.user.files():
        try:
            data = read(file.path)
        except FileNotFoundError:
            continue  # removed meanwhile
        except OSError:  # a link, or not readable
            data = None
        item = None if data is None else decode(data)
        lost = item is not None and file.path not in map(cache.path, item.keys)
        yield file, None if lost else item


def objects_of(cache: ObjectCache) -> Iterator[tuple[File, Item]]:
    """The objects of the folder, each under its first name only."""
    for file, item in files_of(cache):
        if item is not None and cache.path(item.key) == file.path:
            yield file, item


def label_of(item: Item) -> str:
    """What people call an object."""
    return str(item.about.get("label") or item.about.get("name") or "an object")


def objects_in_layers(cache: ObjectCache) -> Iterator[tuple[Item, str]]:
    """The objects of all layers, with the name of the layer: `folder`, or the path of a bundle."""
    for _, item in objects_of(cache):
        yield item, "folder"
    for bundle in cache.bundles():
        yield from ((item, str(bundle.path)) for item in bundle.items() if item is not None)


@dataclass(frozen=True)
class Size:
    """How much lies in a folder.

    Attributes:
        objects: Files: an object is one, whatever number of names it has.
        names: By which they are found; a kernel has one for how it was planned, and one for its
            source.
        nbytes: Of the objects.
    """

    objects: int
    names: int
    nbytes: int

    def __str__(self) -> str:
        return f"{self.objects:,} objects under {self.names:,} names, {self.nbytes / 1e6:.1f} MB"


def size_of(folder: UserFolder) -> Size:
    """How much lies in a folder."""
    files, names, nbytes = set(), 0, 0
    for file in folder.files():
        try:
            state = file.path.stat(follow_symlinks=False)
        except OSError:  # removed meanwhile
            continue
        names += 1
        nbytes += file.size
        files.add((state.st_dev, state.st_ino))
    return Size(len(files), names, nbytes)


def open_bundle(path: Path, guarded: bool = False) -> Bundle:
    """A bundle that a user named.

    Args:
        path: Of the file.
        guarded: Whether its code will be run: nobody else may be able to write to it then.

    Raises:
        TensorsmithError: It is none, or not to be trusted.
        OSError: It cannot be read.
    """
    try:
        return Bundle(path, guarded)
    except DistrustError as error:
        raise ArgumentValueError(f"{path}: its code must not be run: {error}") from error
    except BundleError as error:
        raise ArgumentValueError(f"{path}: it is not a bundle of kernels: {error}") from error


def all_bundles(cache: ObjectCache) -> tuple[list[Bundle], dict[str, str]]:
    """The bundles in all places, for any target, and why each of the others is not read."""
    found, refused = [], {}
    for path, guarded in cache.bundle_files():
        try:
            found.append(Bundle(path, guarded))
        except (BundleError, OSError) as error:
            refused[str(path)] = str(error)
    return found, refused

"""The pieces of an entry, strings, lists and mappings, as what reads them expects them to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from ..errors import RegistryError

Piece = object
"""A string, a list of pieces or a mapping of strings to pieces."""

Pieces = Mapping[str, Piece]
Path = tuple[str | int, ...]
Locate = Callable[[Path], tuple[str, int]]

_T = TypeVar("_T")


class EntryPieces:
    """The pieces of one entry by key; mistakes found in them tell where they stand.

    Args:
        name: Registry key.
        pieces: Key -> text, list or mapping.
        locate: Path of a piece -> file and line.
    """

    def __init__(self, name: str, pieces: Pieces, locate: Locate) -> None:
        self.name = name
        self.pieces = pieces
        self.locate = locate

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Gives mistakes found inside the place of the piece at `path`."""
        try:
            yield
        except RegistryError as error:
            file, line = self.locate(path)
            raise error.located(file, line, self.name) from None

    def text(self, key: str) -> str:
        value = self.pieces.get(key, "")
        with self.at(key):
            return as_text(value, key)

    def mapping(self, key: str) -> dict[str, Piece]:
        value = self.pieces.get(key, {})
        if value == "":
            return {}
        with self.at(key):
            if not isinstance(value, Mapping):
                raise RegistryError(f"{key} must be a mapping of names, got {value!r}")
        return dict(value)

    def list(self, key: str) -> list[Piece]:
        value = self.pieces.get(key, [])
        if isinstance(value, str):
            return [value] if value else []
        with self.at(key):
            if not isinstance(value, list):
                raise RegistryError(f"{key} must be a list, got {value!r}")
        return list(value)

    def words(self, key: str) -> tuple[str, ...]:
        return tuple(as_text(each, key) for each in self.list(key))

    def each(self, key: str, read: Callable[[str, str], _T]) -> tuple[_T, ...]:
        """What `read` makes of every name and text of a mapping."""
        found = []
        for name, value in self.mapping(key).items():
            with self.at(key, name):
                found.append(read(name, as_text(value, f"{key}.{name}")))
        return tuple(found)

    def flag(self, key: str) -> bool:
        text = self.text(key)
        if text not in ("", "true", "false"):
            with self.at(key):
                raise RegistryError(f"{key} must be true or false, got {text}")
        return text == "true"


def as_text(value: Piece, key: str) -> str:
    """A piece that must be one text, without the line ends around it."""
    if not isinstance(value, str):
        raise RegistryError(f"{key} must be one text, got {value!r}")
    return value.strip("\n")

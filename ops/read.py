"""Entries from YAML text: every scalar is a string, duplicate keys are errors, lines are kept.

The only module that imports yaml. Installed packages read the compiled registry instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path as FilePath

import yaml

from .entry import KEYS, Path, Piece, build
from .errors import RegistryError
from .op import Op

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Entry:
    """An entry as it is written.

    Attributes:
        name: Registry key.
        pieces: Key -> string, list or mapping, down to strings.
        file: Where it was read.
        lines: Path of a piece -> 1-based line of its text.
    """

    name: str
    pieces: dict[str, Piece]
    file: str
    lines: dict[Path, int]

    def locate(self, path: Path) -> tuple[str, int]:
        """File and line of a piece, or of the nearest piece around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.file, self.lines[path[:length]]
        return self.file, 0


def read_entries(text: str, file: str = "<text>") -> list[Entry]:
    """The entries of a YAML text, in order, not yet built.

    Raises:
        RegistryError: It is not YAML, not a mapping of mappings, or a key occurs twice.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise RegistryError(
            f"{error.problem or 'this is not YAML'}; quote the value, or write it after |",
            file,
            line,
            column,
        ) from None
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise RegistryError("a file must be a mapping of op names to entries", file, 1)
    entries = []
    seen: set[str] = set()
    for key, value in root.value:
        name = str(key.value)
        line = key.start_mark.line + 1
        if name in seen:
            raise RegistryError("there are two entries of this name", file, line, entry=name)
        if not isinstance(value, yaml.MappingNode):
            raise RegistryError("an entry must be a mapping", file, line, entry=name)
        seen.add(name)
        lines: dict[Path, int] = {(): line}
        pieces = _plain(value, (), lines, file, name)
        assert isinstance(pieces, dict)
        entries.append(Entry(name, pieces, file, lines))
    return entries


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], file: str, entry: str) -> Piece:
    """A node as strings, lists and mappings; notes where each piece begins."""
    if isinstance(node, yaml.ScalarNode):
        if node.style == ">":
            line = node.start_mark.line + 1
            raise RegistryError("a block must begin with |, not >", file, line, entry=entry)
        lines[path] = node.start_mark.line + (2 if node.style == "|" else 1)
        return str(node.value)
    if path:
        lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(each, (*path, place), lines, file, entry)
            for place, each in enumerate(node.value)
        ]
    found: dict[str, Piece] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            line = key.start_mark.line + 1
            raise RegistryError(f"the key {name} occurs twice", file, line, entry=entry)
        found[name] = _plain(value, (*path, name), lines, file, entry)
    return found


def read_text(
    text: str, file: str = "<text>", known: Callable[[str], bool] = lambda name: False
) -> list[Op]:
    """The ops that a YAML text describes; calls of other ops in them are not inlined yet.

    Args:
        text: Entries by name.
        file: What messages call it.
        known: Whether an op of some name exists elsewhere and may be called in expressions.

    Raises:
        RegistryError: With file, line and, inside of an expression, column.
    """
    entries = read_entries(text, file)
    return build_entries(entries, known)


def build_entries(
    entries: Iterable[Entry], known: Callable[[str], bool] = lambda name: False
) -> list[Op]:
    """The ops of entries, which may call each other."""
    entries = list(entries)
    names = {entry.name for entry in entries}

    def functions(name: str) -> bool:
        return name in names or known(name)

    return [build(entry.name, entry.pieces, entry.locate, functions) for entry in entries]


def read_folder(folder: FilePath) -> list[Entry]:
    """All entries of the YAML files in a folder, files in alphabetical order.

    Raises:
        RegistryError: Two files have an entry of one name, or a file cannot be read.
    """
    found: dict[str, Entry] = {}
    for file in sorted(folder.glob("*.yaml")):
        for entry in read_entries(file.read_text(encoding="utf-8"), file.name):
            if entry.name in found:
                other = found[entry.name].file
                line = entry.lines[()]
                raise RegistryError(f"{other} has it too", file.name, line, entry=entry.name)
            found[entry.name] = entry
    return list(found.values())


def key_order_problems(entry: Entry) -> list[str]:
    """One line for each key of an entry that stands before one it should follow."""
    problems = []
    for pieces, where in _mappings(entry):
        places = [KEYS.index(key) for key in pieces if key in KEYS]
        for earlier, later in pairwise(places):
            if later < earlier:
                file, line = entry.locate((*where, KEYS[later]))
                problems.append(
                    f"{file}:{line}: {entry.name}: {KEYS[later]} must stand before {KEYS[earlier]}"
                )
    return problems


def _mappings(entry: Entry) -> Iterable[tuple[dict[str, Piece], Path]]:
    yield entry.pieces, ()
    variants = entry.pieces.get("variants")
    if isinstance(variants, list):
        for place, variant in enumerate(variants):
            if isinstance(variant, dict):
                yield variant, ("variants", place)

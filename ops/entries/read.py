"""Entries from YAML text: every scalar is a string, duplicate keys are errors, lines are kept.

The only module that imports yaml. Installed packages read the compiled registry instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path as FilePath

import yaml

from ..dataclass import dataclass
from ..errors import RegistryError
from ..language.op import Op
from .entry import KEYS, build
from .excerpt import show_line
from .pieces import Path, Piece
from .text_file import read_utf8

DEEPEST = 20  # mappings and lists within each other
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Text:
    """A YAML text as messages show it.

    Attributes:
        lines: Its lines.
        starts: 1-based line -> columns at which the scalars on it begin, from 0.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.starts: dict[int, list[int]] = {}

    def note(self, node: yaml.ScalarNode) -> None:
        """Notes where a scalar's text stands."""
        first = node.start_mark.line + 1
        if node.style != "|":
            quotes = 1 if node.style in ("'", '"') else 0
            self.starts.setdefault(first, []).append(node.start_mark.column + quotes)
            return
        block = self.lines[first : node.end_mark.line]
        indent = min((len(x) - len(x.lstrip()) for x in block if x.strip()), default=0)
        for line in range(first + 1, first + 1 + len(block)):
            self.starts[line] = [indent]

    def indent(self, line: int) -> int | None:
        """Where the one scalar on a line begins; None if there is none, or several."""
        found = self.starts.get(line, [])
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Entry:
    """An entry as it is written.

    Attributes:
        name: Registry key.
        pieces: Key -> string, list or mapping, down to strings.
        file: Where it was read.
        lines: Path of a piece -> 1-based line of its text.
        text: The whole text.
    """

    name: str
    pieces: dict[str, Piece]
    file: str
    lines: dict[Path, int]
    text: Text

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Gives mistakes in the entry their file and line, and shows what is written there."""
        try:
            yield
        except RegistryError as error:
            file, line = self.locate(error.path)
            found = error if error.file else error.located(file, line, self.name)
            raise show_line(found, self.text.lines, self.text.indent) from None

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
    whole = Text(text)
    try:
        return _entries(_compose(text, file), whole, file)
    except RegistryError as error:
        raise show_line(error, whole.lines, lambda line: 0) from None


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = f"{error.problem or 'this is not YAML'}; quote the value, or write it after |"
        raise RegistryError(message, file, line, column) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RegistryError(f"this is not YAML: {error.reason}", file, line) from None
    except (RecursionError, ValueError) as error:
        raise RegistryError(f"this cannot be read: {error}", file, 1) from None


def _entries(root: yaml.Node | None, text: Text, file: str) -> list[Entry]:
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise RegistryError("a file must be a mapping of op names to entries", file, 1)
    entries = []
    seen: set[str] = set()
    for key, value in root.value:
        name = str(key.value)
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise RegistryError("the name of an entry must be one text", file, line)
        if name in seen:
            raise RegistryError("there are two entries of this name", file, line, entry=name)
        if not isinstance(value, yaml.MappingNode):
            raise RegistryError("an entry must be a mapping", file, line, entry=name)
        seen.add(name)
        lines: dict[Path, int] = {(): line}
        pieces = _Pieces(text, lines, file, name).read(value, ())
        assert isinstance(pieces, dict)
        entries.append(Entry(name, pieces, file, lines, text))
    return entries


@dataclass
class _Pieces:
    """Nodes of an entry on their way to strings, lists and mappings."""

    text: Text
    lines: dict[Path, int]
    file: str
    entry: str

    def read(self, node: yaml.Node, path: Path, depth: int = 0) -> Piece:
        """A node as strings, lists and mappings; notes where each piece begins."""
        line = node.start_mark.line + 1
        if depth > DEEPEST:
            raise RegistryError("it must not be nested so deeply", self.file, line, 0, self.entry)
        if isinstance(node, yaml.ScalarNode):
            if node.style == ">":
                message = "a block must begin with |, not >"
                raise RegistryError(message, self.file, line, entry=self.entry)
            self.lines[path] = line + (node.style == "|")
            self.text.note(node)
            return str(node.value)
        if path:
            self.lines[path] = line
        if isinstance(node, yaml.SequenceNode):
            return [
                self.read(each, (*path, place), depth + 1) for place, each in enumerate(node.value)
            ]
        return self.mapping(node, path, depth)

    def mapping(self, node: yaml.Node, path: Path, depth: int) -> Piece:
        found: dict[str, Piece] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise RegistryError("a key must be one text", self.file, line, 0, self.entry)
            name = str(key.value)
            if name in found:
                message = f"the key {name} occurs twice"
                raise RegistryError(message, self.file, line, entry=self.entry)
            found[name] = self.read(value, (*path, name), depth + 1)
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

    built = []
    for entry in entries:
        with entry.placing():
            built.append(build(entry.name, entry.pieces, entry.locate, functions))
    return built


def read_folder(folder: FilePath) -> list[Entry]:
    """All entries of the YAML files in a folder, files in alphabetical order.

    Raises:
        RegistryError: Two files have an entry of one name, or a file cannot be read.
    """
    found: dict[str, Entry] = {}
    for file in sorted(folder.glob("*.yaml")):
        for entry in read_entries(read_utf8(file), file.name):
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

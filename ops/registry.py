"""All ops by name: those of the compiled registry, each built when first used, and users' own.

The compiled registry is one JSON file of entries in canonical form (`compile_registry.py` makes
it). Where it is missing, in a source tree that was never compiled, the YAML definitions are read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from .checks.check import check
from .entries.entry import build
from .entries.inline import inline
from .entries.pieces import Pieces
from .errors import RegistryError, nearest
from .language.op import Op
from .lock import PREPARING

COMPILED = Path(__file__).with_name("generated.json")
DEFINITIONS = Path(__file__).with_name("definitions")
FORMAT = 1
"""Number in the compiled file; a file of another number is not read."""


class Registry:
    """Ops by name, each built when it is first asked for.

    Args:
        load: Gives the pieces of all entries, and their digests, when the first op is asked for.
    """

    def __init__(self, load: Callable[[], tuple[Mapping[str, Pieces], Mapping[str, str]]]) -> None:
        self._load = load
        self._pieces: Mapping[str, Pieces] | None = None
        self._digests: Mapping[str, str] = {}
        self._ops: dict[str, Op] = {}
        self._added: dict[str, Op] = {}
        self._files: dict[str, str] = {}
        self._brought: dict[str, Pieces] = {}
        self._building: list[str] = []
        self._finders: list[Callable[[str], object]] = []

    def _entries(self) -> Mapping[str, Pieces]:
        if self._pieces is None:
            self._pieces, self._digests = self._load()
        return self._pieces

    def __contains__(self, name: object) -> bool:
        return name in self._ops or name in self._entries() or name in self._brought

    def names(self) -> list[str]:
        """Names of all ops, those of the package first, in the order of its files."""
        return list(dict.fromkeys([*self._entries(), *self._added, *self._brought]))

    def get(self, name: str) -> Op:
        """The op called `name`; `max.1` is the first variant of `max`.

        Raises:
            RegistryError: There is none, or its entry is wrong.
        """
        found = self._ops.get(name)
        if found is None:
            with PREPARING:  # what is being built is noted in one list for all threads
                found = self._ops.get(name)
                if found is None:
                    found = self._ops[name] = self._build(name)
        return found

    def _build(self, name: str) -> Op:
        base, _, variant = name.partition(".")
        if variant:
            for each in self.get(base).variants:
                if each.name == name:
                    return each
        entries = self._entries_with(name)
        if name not in entries:
            raise RegistryError(f"there is no op {name}{nearest(name, self.names())}")
        if name in self._building:
            circle = " -> ".join([*self._building, name])
            raise RegistryError(f"entries must not call each other in a circle: {circle}")
        self._building.append(name)
        try:
            op = build(name, entries[name], functions=self.__contains__)
            return inline(op, self._within(name))
        finally:
            self._building.pop()

    def _entries_with(self, name: str) -> Mapping[str, Pieces]:
        """The entries among which a name is to be found."""
        space, separator, _ = name.partition("::")
        if not separator:
            return self._entries()
        if name not in self._brought:
            for finder in self._finders:
                finder(space)
        return self._brought

    def _within(self, caller: str) -> Callable[[str], Op]:
        """How the entry `caller` looks up what it calls: in its own namespace first."""
        space, separator, _ = caller.partition("::")

        def lookup(name: str) -> Op:
            own = f"{space}::{name}"
            return self.get(own if separator and own in self else name)

        return lookup

    def when_missing(self, finder: Callable[[str], object]) -> None:
        """Has a function called with the namespace of a name that is looked for and not there."""
        self._finders.append(finder)

    def bring(self, entries: Mapping[str, Pieces], digests: Mapping[str, str]) -> None:
        """Adds entries that were compiled ahead, each built when it is first asked for.

        Raises:
            RegistryError: There is an op of one of the names.
        """
        for name in entries:
            if name in self:
                raise RegistryError("there is an op of this name already", entry=name)
        self._entries()
        self._brought.update(entries)
        self._digests = {**self._digests, **digests}

    def digest(self, name: str) -> str:
        """SHA-256 of an op's canonical text, the ops that it calls included; hexadecimal."""
        from .entries.canonical import digest  # only added ops need their text

        self._entries()
        return self._digests.get(name) or digest(self.get(name))

    def add(self, op: Op, file: str = "") -> Op:
        """Adds a user's op, checked and with its calls of other ops inlined.

        Args:
            op: As it was read.
            file: Path of the file that it was read from; "" if it came from none.

        Raises:
            RegistryError: There is an op of that name, or the entry is wrong.
        """
        if op.name in self:
            raise RegistryError("there is an op of this name already", entry=op.name)
        check(op)
        self._added[op.name] = self._ops[op.name] = added = inline(op, self._within(op.name))
        self._files[op.name] = file
        return added

    def file_of(self, name: str) -> str:
        """Path of the file that an added op was read from; "" if it came from none."""
        return self._files.get(name, "")

    def was_added(self, name: str) -> bool:
        """Whether this process added the op, so that another one may not know it."""
        return name in self._added

    def remove(self, name: str) -> None:
        """Takes an added op out again.

        Raises:
            RegistryError: No op of that name was added.
        """
        if name not in self._added and name not in self._brought:
            known = [*self._added, *self._brought]
            raise RegistryError(f"{name} was not added{nearest(name, known)}")
        self._digests = {each: text for each, text in self._digests.items() if each != name}
        for table in (self._added, self._brought, self._ops, self._files):
            table.pop(name, None)

    def read_text(
        self,
        text: str,
        file: str = "<text>",
        check_name: Callable[[str], object] = str,
        check_op: Callable[[Op], object] = id,
    ) -> list[Op]:
        """The checked ops of a YAML text, which may call each other and those of the registry.

        They are not added. Raises RegistryError with file and line, also where `check_name` or
        `check_op` raises it.
        """
        from .entries import read  # yaml is imported only when YAML is read

        entries = read.read_entries(text, file)
        for entry in entries:
            with entry.placing():
                check_name(entry.name)
        built = {op.name: op for op in read.build_entries(entries, self.__contains__)}
        found = []
        done: dict[str, Op] = {}
        for entry in entries:
            with entry.placing():
                op = resolve(built[entry.name], built, self._within(entry.name), done=done)
                check_op(op)
                found.append(op)
        return found

    def read_pieces(self, name: str, pieces: Pieces) -> Op:
        """The checked op of an entry given as texts, lists and mappings. It is not added."""
        op = build(name, pieces, functions=self.__contains__)
        return resolve(op, {}, self._within(name))


def resolve(
    op: Op,
    together: Mapping[str, Op],
    get: Callable[[str], Op],
    callers: tuple[str, ...] = (),
    done: dict[str, Op] | None = None,
) -> Op:
    """An op read together with others, checked, with its calls of them and of others inlined.

    What was resolved is noted in `done`, as an op may be called by many others.
    """
    done = {} if done is None else done
    if op.name in done:
        return done[op.name]
    if op.name in callers:
        circle = " -> ".join([*callers, op.name])
        raise RegistryError(f"entries must not call each other in a circle: {circle}")
    check(op)

    def lookup(name: str) -> Op:
        space, separator, _ = op.name.partition("::")
        inner = together.get(f"{space}::{name}" if separator else name)
        return resolve(inner, together, get, (*callers, op.name), done) if inner else get(name)

    found = done[op.name] = inline(op, lookup)
    return found


def stored(
    compiled: Path = COMPILED, definitions: Path = DEFINITIONS
) -> tuple[Mapping[str, Pieces], Mapping[str, str]]:
    """Pieces and digests from the compiled file, or pieces from the YAML definitions."""
    if compiled.exists():
        found = json.loads(compiled.read_text(encoding="utf-8"))
        if found.get("format") == FORMAT:
            return found["entries"], found["digests"]
    from .entries import read  # a source tree that was never compiled

    return {entry.name: entry.pieces for entry in read.read_folder(definitions)}, {}


registry = Registry(stored)
"""The ops of the package and those that were added to it."""

add = registry.add
digest = registry.digest
get = registry.get
names = registry.names
read_text = registry.read_text
remove = registry.remove

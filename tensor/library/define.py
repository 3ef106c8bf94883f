"""Ops that a user declares: `define` and `load` make built-in-like ops of entries in YAML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...ops import namespaces
from ...ops.entries.canonical import entry_text
from ...ops.entries.text_file import read_utf8
from ...ops.errors import ArgumentError, RegistryError, nearest
from ...ops.language.op import Op
from ...ops.lock import PREPARING
from ...ops.registry import registry
from ..calls.entries import forget_op
from ..calls.overloads import forget_signatures
from .expected import check_text
from .functions import RESERVED, make

Function = Callable[..., Any]
NO_FILE = "<text>"
_origins: dict[str, str] = {}  # where an op was defined, by name


def define(text: str, *, replace: bool = False, file: str = NO_FILE) -> list[Function]:
    """Defines the ops of a YAML text; each is `ts.ops.namespace.name` from then on.

    All of them are defined, or none. An entry that is defined already in the same words is left as
    it is, so that a notebook cell can run twice.

    Args:
        text: Entries by names, `mylib::f: {...}`; see `docs/notation.md`.
        replace: Put a new definition in the place of an older one of the same name.
        file: What messages call the text.

    Returns:
        The functions, in the order of the entries.

    Raises:
        RegistryError: An entry is wrong, its name has no namespace, or it is defined otherwise.
    """
    check_text(text, "define: text")
    with PREPARING:
        ops = registry.read_text(text, file, check_name, lambda op: _check(op, replace))
        return [_install(op, file) for op in ops]


def install(op: Op, replace: bool, file: str) -> Function:
    """Makes an op that was read known by its name."""
    with PREPARING:
        _check(op, replace)
        return _install(op, file)


def load(path: str | Path, *, replace: bool = False) -> list[Function]:
    """`define` for a YAML file.

    Raises:
        FileNotFoundError: There is no such file.
        RegistryError: As `define`, or the file is not UTF-8.
    """
    if not isinstance(path, (str, Path)):
        raise ArgumentError(f"load: path must be a str or a Path, not {type(path).__name__}")
    return define(read_utf8(Path(path)), replace=replace, file=str(path))


def undefine(name: str) -> None:
    """Takes a declared op out again. Tensors keep the history that they have.

    Args:
        name: `namespace::name`.

    Raises:
        RegistryError: No op of that name was declared.
    """
    with PREPARING:
        if name not in declared():
            raise RegistryError(f"there is no declared op {name}{nearest(name, declared())}")
        op = registry.get(name)
        registry.remove(name)
        forget_op(op)
        forget_signatures(name)
        _origins.pop(name, None)
        for each in (name, f"{name}_") if op.inplace else (name,):
            namespaces.remove(each)


def declared() -> list[str]:
    """Names of all declared ops, `namespace::name`."""
    return [name for name in registry.names() if "::" in name]


def origin(name: str) -> str:
    """The file that a declared op comes from."""
    return _origins.get(name, NO_FILE)


def check_name(name: str) -> None:
    """Raises RegistryError unless a name has a namespace."""
    try:
        namespaces.split(name)
    except ValueError as error:
        raise RegistryError(str(error)) from None


def _check(op: Op, replace: bool) -> None:
    """Raises RegistryError if an op cannot be declared under its name."""
    check_name(op.name)
    namespaces.search(namespaces.split(op.name)[0])
    if op.form == "extern":
        raise RegistryError(
            "a kernel can be named by the package's own entries only; custom_op takes a function",
            entry=op.name,
            path=("kernel",),
        )
    if op.names:
        raise RegistryError(
            "names must be left out: an op of a namespace is shown there only",
            entry=op.name,
            path=("names",),
        )
    for key, arguments in (("inputs", op.inputs), ("attrs", op.attributes)):
        for name in [each.name for each in arguments if each.name in RESERVED]:
            raise RegistryError(
                f"an argument cannot be called {name}", entry=op.name, path=(key, name)
            )
    _check_clash(op, replace)


def _check_clash(op: Op, replace: bool) -> None:
    before = registry.get(op.name) if op.name in registry else None
    new_form = op.inplace and not (before is not None and before.inplace)
    if new_form and namespaces.find(f"{op.name}_") is not None:
        raise RegistryError(
            f"its form in place would be called {op.name}_, and there is an op of that name",
            entry=op.name,
        )
    if before is None:
        if namespaces.find(op.name) is not None:
            raise RegistryError(_taken(op.name), entry=op.name)
        return
    if entry_text(before) == entry_text(op):
        return
    if not replace:
        raise RegistryError(
            f"it is defined otherwise already, in {origin(op.name)}; undefine it before, or define "
            "with replace=True",
            entry=op.name,
        )
    if version(op.since) < version(before.since):
        raise RegistryError(
            f"what is there is of version {before.since}, and must not be replaced by that of "
            f"{op.since or 'no version'}",
            entry=op.name,
        )


def _taken(name: str) -> str:
    """What has a name that no entry has."""
    outer = name.removesuffix("_")
    if outer != name and outer in registry and registry.get(outer).inplace:
        return f"there is an op of this name, the form in place of {outer}"
    return "there is an op of this name, made by hand"


def version(text: str) -> tuple[int, ...]:
    """A version as numbers that can be compared: `1.10` comes after `1.9`; no version is ()."""
    return tuple(int(part) for part in text.split(".")) if text else ()


def _install(op: Op, file: str) -> Function:
    """The function of a checked op, made known by its name."""
    name = op.name
    if name in registry:
        found = namespaces.find(name)
        if found is not None and entry_text(registry.get(name)) == entry_text(op):
            return found  # type: ignore[no-any-return]
    made = make(op)  # before anything is changed
    if name in registry:
        undefine(name)
    registry.add(op, "" if file == NO_FILE else file)
    return _show(op, made, file)


def show(op: Op, file: str) -> Function:
    """Makes the functions of an op of the registry, and shows them in its namespace."""
    return _show(op, make(op), file)


def _show(op: Op, made: dict[str, Function], file: str) -> Function:
    _origins[op.name] = file
    space, name = namespaces.split(op.name)
    for each, function in made.items():
        namespaces.add(f"{space}::{each}", function)
    return made[name]

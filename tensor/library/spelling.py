"""An entry spelled in Python: `@op("mylib::f(Tensor x, float eps=1e-6) -> Tensor", define=...)`."""

from __future__ import annotations

import dis
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...ops.entries.entry import KEYS
from ...ops.entries.pieces import Piece, Pieces
from ...ops.errors import RegistryError, nearest
from ...ops.language.expression import Expression, Index, Read, reads
from ...ops.language.op import each_statement
from ...ops.language.parse import parse_statements
from ...ops.language.signature import parse_type, split_top
from ...ops.registry import registry
from .define import install

_SCHEMA = re.compile(r"\s*([\w:]+)\s*\((.*)\)\s*->\s*(.+?)\s*", re.DOTALL)
_PARAMETER = re.compile(r"(.+?)\s+(\w+)\s*(?:=\s*(.+))?", re.DOTALL)
_GIVEN = ("inputs", "attrs", "order", "outputs", "names", "kernel", "view", "variants")
_EMPTY = ("RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE")  # a body that says `...`
WORD = "Float"


def op(schema: str, *, define: str, replace: bool = False, **more: Piece) -> Any:
    """Defines an op whose arguments a schema lists. A decorator: the function below it has the
    docstring, the body `...`, and the arguments of the schema; it becomes the op.

    Args:
        schema: `mylib::f(Tensor x, float eps=1e-6) -> Tensor`. The axes of a `Tensor` are those
            that `define` reads it with; types of the notation (`Float[..., N] x`) say it at length.
        define: The statements, as in an entry.
        replace: Put the definition in the place of an older one.
        more: Further keys of the entry: `compute`, `derivative`, `reference`, `samples`...

    Raises:
        RegistryError: The schema or the entry is wrong.
    """
    name, pieces = _pieces(schema, define, more)

    def make(function: Callable[..., Any]) -> Callable[..., Any]:
        code = getattr(function, "__code__", None)
        if code is None:
            raise RegistryError(f"op must decorate a function, got {function!r}", entry=name)
        file, line = code.co_filename, code.co_firstlineno
        doc = (inspect.getdoc(function) or "").partition("\n\n")[0]
        whole: dict[str, Piece] = {"doc": " ".join(doc.split()), **pieces}
        ordered = {key: whole[key] for key in KEYS if key in whole}
        try:
            _check_function(name, pieces, function)
            return install(registry.read_pieces(name, ordered), replace, file)
        except RegistryError as error:
            raise RegistryError(error.message, file, line, 0, name) from None

    return make


def _check_function(name: str, pieces: Pieces, function: Callable[..., Any]) -> None:
    """The function has the arguments of the schema, and no body that would never run."""
    order = pieces["order"]
    assert isinstance(order, list)
    wanted = [each for each in order if each != "*"]
    given = list(inspect.signature(function).parameters)
    if given != wanted:
        raise RegistryError(
            f"the function must have the arguments of the schema, ({', '.join(wanted)}), "
            f"got ({', '.join(given)})",
            entry=name,
        )
    if any(each.opname not in _EMPTY for each in dis.get_instructions(function)):
        raise RegistryError(
            "the body of the function must be `...`: what is computed is said by define", entry=name
        )


def _pieces(schema: str, define: str, more: Mapping[str, Piece]) -> tuple[str, dict[str, Piece]]:
    """Name and pieces of the entry, but for its sentence."""
    found = _SCHEMA.fullmatch(schema)
    if not found:
        raise RegistryError(
            f"a schema must read `mylib::f(Tensor x, float eps=1e-6) -> Tensor`, got {schema!r}"
        )
    name, given, returned = found[1], found[2], found[3]
    for key in more:
        if key not in KEYS or key in _GIVEN or key == "doc":
            allowed = [each for each in KEYS if each not in _GIVEN and each != "doc"]
            raise RegistryError(f"unknown key {key}{nearest(key, allowed)}", entry=name)
    axes = _axes(define)
    inputs: dict[str, Piece] = {}
    attributes: dict[str, Piece] = {}
    order: list[Piece] = []
    for kind, own, default in _parameters(name, given):
        order.append(own)
        if kind:
            table = inputs if _is_tensor(kind) else attributes
            shown = _type(own, kind, axes)
            table[own] = f"{shown} = {default}" if default else shown
    outputs: dict[str, Piece] = {
        own: _type(own, kind, axes) for kind, own in _returned(name, returned)
    }
    own_pieces: dict[str, Piece] = {
        "inputs": inputs, "attrs": attributes, "order": order, "outputs": outputs,
        "define": inspect.cleandoc(define),
    }  # fmt: skip
    return name, {**own_pieces, **{key: _text(value) for key, value in more.items()}}


def _text(value: object) -> Piece:
    """A Python value as YAML would have it: all scalars are texts."""
    if isinstance(value, Mapping):
        return {str(key): _text(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_text(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return inspect.cleandoc(value) if isinstance(value, str) else str(value)


def _parameters(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Kind, name and default of each; a bare `*` has no kind."""
    for part in split_top(text, ","):
        own = part.strip()
        if own == "*":
            yield "", "*", ""
        elif own:
            found = _PARAMETER.fullmatch(own)
            if not found:
                raise RegistryError(f"an argument must read `type name`, got {own!r}", entry=name)
            yield found[1].strip(), found[2], (found[3] or "").strip()


def _returned(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Type and name of each result; one alone may have no name: `output`."""
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    parts = [part.strip() for part in split_top(inner, ",") if part.strip()]
    for part in parts:
        found = _PARAMETER.fullmatch(part)
        if found and not _is_tensor(part):
            yield found[1].strip(), found[2]
        elif len(parts) == 1:
            yield part, "output"
        else:
            raise RegistryError(
                f"each of several results must have a name, see {part!r}", entry=name
            )


def _is_tensor(kind: str) -> bool:
    if kind == "Tensor":
        return True
    try:
        parse_type(kind.removesuffix("..."))
    except RegistryError:
        return False
    return True


def _type(name: str, kind: str, axes: Mapping[str, list[str] | None]) -> str:
    """The type in the notation; that of a `Tensor` follows from how it is read."""
    if kind != "Tensor":
        return kind
    own = axes.get(name, [])
    if own is None:
        raise RegistryError(
            f"the axes of {name} cannot be told from define, which reads it with other than plain "
            f"indices; write its type, for example `Float[..., N] {name}`"
        )
    if not any(axes.values()):
        return WORD
    return f"{WORD}[{', '.join(['...', *own])}]"


def _axes(define: str) -> dict[str, list[str] | None]:
    """Name of a tensor -> sizes of the plain indices it is read or assigned with, None if none."""
    found: dict[str, list[str] | None] = {}
    for statement in each_statement(parse_statements(define)):
        for read in (statement.target, *reads(statement.value)):
            sizes = _sizes(read)
            if found.get(read.tensor) is None:
                found[read.tensor] = sizes
    return found


def _sizes(read: Read) -> list[str] | None:
    indices: tuple[Expression, ...] = read.indices
    sizes = [each.size for each in indices if isinstance(each, Index)]
    return sizes if len(sizes) == len(indices) else None

"""Schemas: what an op implemented by hand takes and returns, in PyTorch's notation.

`mylib::scale(Tensor x, Tensor(a!) out, float factor=1., *, int[]? dims=None) -> Tensor`: a `!`
marks what is written in place, `[]` a list, `?` what may be None.
"""

from __future__ import annotations

import ast
import re
from dataclasses import field
from typing import Any

from ...ops.dataclass import dataclass
from ...ops.errors import ArgumentValueError, nearest
from ...ops.language.op import REQUIRED
from ...ops.language.signature import split_top

KINDS = {
    "Tensor": "Tensor", "int": "int", "SymInt": "int", "float": "float", "bool": "bool",
    "str": "str", "Scalar": "Scalar", "ScalarType": "ScalarType", "Device": "Device",
}  # fmt: skip
SPELLING = {"int": "SymInt"}  # what PyTorch writes for a kind
RETURNED = ("Tensor", "int", "float", "bool", "Scalar")
WORDS = {"None": None, "True": True, "False": False, "true": True, "false": False}

_NAME = re.compile(r"(?:(?P<space>\w+)::)?(?P<name>\w+)(?:\.(?P<overload>\w+))?$")
_TYPE = re.compile(
    r"(?P<kind>[A-Za-z]\w*)(?:\((?P<alias>\w+)(?P<written>!?)\))?(?P<inner>\??)"
    r"(?P<list>\[\d*\])?(?P<outer>\??)"
)
_PARAMETER = re.compile(rf"{_TYPE.pattern}\s+(?P<name>[A-Za-z_]\w*)\s*(?:=(?P<default>.*))?$")
_RESULT = re.compile(rf"{_TYPE.pattern}(?:\s+(?P<name>[A-Za-z_]\w*))?$")


@dataclass(frozen=True)
class Form:
    """The type of an argument or a result.

    Attributes:
        kind: A value of `KINDS`.
        is_list: A list of them.
        optional: None may be given.
        optional_items: None may stand in the list.
        written: The op writes into it.
        alias: The name in `Tensor(a!)`; "" if there is none.
        length: Of a list `int[2]`, for which one value stands too; 0 for any length.
    """

    kind: str
    is_list: bool = False
    optional: bool = False
    optional_items: bool = False
    written: bool = False
    alias: str = ""
    length: int = 0

    def __str__(self) -> str:
        alias = f"({self.alias}{'!' * self.written})" if self.alias else ""
        items = "?" * self.optional_items + f"[{self.length or ''}]" * self.is_list
        return f"{SPELLING.get(self.kind, self.kind)}{alias}{items}{'?' * self.optional}"


@dataclass(frozen=True)
class Parameter:
    """An argument of an op.

    Attributes:
        name: As it is given by keyword.
        form: What it may be.
        default: `REQUIRED` if there is none.
        keyword_only: It is given by keyword only.
    """

    name: str
    form: Form
    default: Any = REQUIRED
    keyword_only: bool = False

    def __str__(self) -> str:
        default = "" if self.default is REQUIRED else f"={_spelled(self.default)}"
        return f"{self.form} {self.name}{default}"


@dataclass(frozen=True)
class Schema:
    """What an op takes and returns.

    Attributes:
        name: `namespace::name`.
        overload: What follows the dot in `mylib::f.out`; "" if nothing does.
        parameters: Arguments, those that are keyword-only last.
        returns: Results.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: tuple[Form, ...]
    overload: str = ""
    positional: int = field(init=False)

    def __post_init__(self) -> None:
        count = sum(not each.keyword_only for each in self.parameters)
        object.__setattr__(self, "positional", count)

    def __str__(self) -> str:
        overload = f".{self.overload}" if self.overload else ""
        return f"{self.name}{overload}{self.signature()}"

    def signature(self) -> str:
        """The schema without the name."""
        parts = [str(each) for each in self.parameters[: self.positional]]
        if self.positional < len(self.parameters):
            parts += ["*", *(str(each) for each in self.parameters[self.positional :])]
        results = ", ".join(str(each) for each in self.returns)
        single = len(self.returns) == 1
        return f"({', '.join(parts)}) -> {results if single else f'({results})'}"

    @property
    def mutates(self) -> bool:
        """An argument is written in place."""
        return any(each.form.written for each in self.parameters)


def _spelled(value: Any) -> str:
    """A default as PyTorch writes it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float) and value == int(value):
        return f"{int(value)}."
    return str(value)


def split_name(name: str) -> tuple[str, str, str]:
    """Namespace, name and overload of `mylib::f.out`.

    Raises:
        ValueError: There is no namespace, or it is not written like that.
    """
    found = _NAME.match(name.strip())
    if found is None or found["space"] is None:
        raise ArgumentValueError(
            f"{name!r}: the name of an op must be written 'namespace::name', for example 'mylib::f'"
        )
    return found["space"], found["name"], found["overload"] or ""


def parse_schema(text: str, namespace: str = "") -> Schema:
    """The schema that a text says.

    Args:
        text: `f(Tensor x) -> Tensor`, the name with its namespace or without.
        namespace: For a name without one.

    Raises:
        ValueError: It is no schema; the message shows where.
    """
    opening, closing = text.find("("), text.rfind(")", 0, max(text.rfind("->"), 0))
    if opening < 0 or closing < opening or "->" not in text[closing:]:
        raise _wrong(text, "", "a schema must be written 'name(Type argument, ...) -> Type'")
    name = text[:opening].strip()
    if "::" not in name and namespace:
        name = f"{namespace}::{name}"
    space, own, overload = split_name(name)
    parameters = _read_parameters(text, text[opening + 1 : closing])
    results = text[closing + 1 :].split("->", 1)[1].strip()
    inner = results[1:-1] if results.startswith("(") and results.endswith(")") else results
    returns = tuple(_read_result(text, part) for part in split(inner))
    return Schema(f"{space}::{own}", parameters, returns, overload)


def _read_parameters(text: str, inside: str) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    keyword_only = False
    for part in split(inside):
        if part == "*":
            keyword_only = True
            continue
        match = _PARAMETER.match(part)
        if match is None:
            raise _wrong(text, part, "an argument must be written 'Type name' or 'Type name=value'")
        parameter = Parameter(
            match["name"],
            _form(text, match),
            REQUIRED if match["default"] is None else _default(text, match["default"].strip()),
            keyword_only,
        )
        if any(each.name == parameter.name for each in found):
            raise _wrong(text, part, f"the argument {parameter.name} must be named once")
        late = not keyword_only and bool(found) and found[-1].default is not REQUIRED
        if late and parameter.default is REQUIRED:
            raise _wrong(text, part, "an argument after one with a default must have one too")
        found.append(parameter)
    return tuple(found)


def _read_result(text: str, part: str) -> Form:
    match = _RESULT.match(part)
    if match is None:
        raise _wrong(text, part, "a result must be written 'Type' or 'Type name'")
    form = _form(text, match)
    if form.kind not in RETURNED:
        raise _wrong(text, part, f"a result must be one of {', '.join(RETURNED)}")
    return form


def _form(text: str, match: re.Match[str]) -> Form:
    kind = KINDS.get(match["kind"])
    if kind is None:
        raise _wrong(
            text,
            match["kind"],
            f"there is no type {match['kind']}{nearest(match['kind'], list(KINDS))}; "
            f"types are {', '.join(KINDS)}",
        )
    is_list = match["list"] is not None
    written = match["written"] == "!"
    length = int(match["list"][1:-1] or 0) if is_list else 0
    if written and kind != "Tensor":
        raise _wrong(text, match.group(0), "only Tensors can be written in place")
    return Form(
        kind,
        is_list,
        bool(match["outer"]) if is_list else bool(match["inner"] or match["outer"]),
        is_list and bool(match["inner"]),
        written,
        match["alias"] or "",
        length,
    )


def _default(text: str, written: str) -> Any:
    if written in WORDS:
        return WORDS[written]
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        raise _wrong(text, written, "a default must be a number, a text, a list or None") from None
    return tuple(value) if isinstance(value, list) else value


def split(text: str) -> list[str]:
    """The parts between commas that stand outside of brackets and quotes."""
    return [part.strip() for part in split_top(text, ",") if part.strip()]


def marked(text: str, part: str) -> str:
    """A text with a mark below a part of it."""
    place = max(text.find(part), 0)
    return f"{text}\n  {' ' * place}{'^' * max(len(part), 1)}"


def _wrong(text: str, part: str, rule: str) -> ArgumentValueError:
    """A mistake in a schema, with a mark below the part that is wrong."""
    return ArgumentValueError(f"schema: {rule}\n  {marked(text, part)}")

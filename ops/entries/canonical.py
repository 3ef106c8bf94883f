"""Whole entries in canonical form: pieces for the compiled registry, YAML text, and its digest."""

from __future__ import annotations

import hashlib
import json
import re

from ..language.op import AttributeSpec, Block, Op, Sample
from ..language.signature import print_attribute, print_input, print_output
from ..language.text import print_expression, print_statements
from .autocast import print_autocast
from .entry import KEYS, default_names, references
from .pieces import Piece

_PLAIN = re.compile(r"[A-Za-z_0-9(.+-][^\n]*")
_FLOW_UNSAFE = set(",[]{}:#'\"&*!|>%@`")


def digest(op: Op) -> str:
    """SHA-256 of an op's canonical text, hexadecimal."""
    return hashlib.sha256(entry_text(op).encode()).hexdigest()


def entry_pieces(op: Op) -> dict[str, Piece]:
    """The pieces of an entry, keys in order; `build` makes the same op of them."""
    default = tuple(each.name for each in (*op.inputs, *op.attributes))
    kernel = dict(op.kernel)
    views = {key: text for key, text in kernel.items() if key in ("shape", "strides", "offset")}
    calls = {key: text for key, text in kernel.items() if key in _cotangents(op)}
    required = {key[9:]: text for key, text in kernel.items() if key.startswith("require: ")}
    own = {k: v for k, v in kernel.items() if k not in calls} if op.form != "view" else {}
    pieces: dict[str, Piece] = {
        "doc": op.doc,
        "names": None if op.names == default_names(op.name) else list(op.names),
        "inputs": {
            each.name: print_input(each, print_expression(each.default) if each.default else "")
            for each in op.inputs
        },
        "attrs": {
            each.name: print_attribute(each, print_expression(each.counted) if each.counted else "")
            for each in op.attributes
        },
        "order": None if op.order == default else list(op.order),
        "outputs": {each.name: print_output(each) for each in op.outputs},
        "inplace": "true" if op.inplace else "",
        "promotes": "true" if op.promotes else "",
        "same": list(op.same),
        "autocast": print_autocast(op.autocast),
        "sizes": {name: print_expression(value) for name, value in op.sizes},
        "require": required or {why: print_expression(value) for why, value in op.requirements},
        "define": print_statements(op.define),
        "outside": {name: print_expression(value) for name, value in op.outside},
        "compute": print_statements(op.compute),
        "derivative": {f"d{o}/d{i}": print_expression(e) for o, i, e in op.derivatives},
        "adjoint": calls or _adjoint(op),
        "nondifferentiable": list(op.nondifferentiable),
        "view": views if op.form == "view" else "",
        "kernel": own,
        "domain": op.domain,
        "smooth": op.smooth,
        "laws": list(op.laws),
        "reference": _reference(op),
        "source": op.source,
        "samples": [_sample(op, each) for each in op.samples],
        "rejects": _rejects(op),
        "tolerance": {name: repr(value) for name, value in op.tolerance},
        "since": op.since,
        "variants": [entry_pieces(each) for each in op.variants],
    }
    return {key: pieces[key] for key in KEYS if pieces[key] or _unnamed(op, key)}


def _unnamed(op: Op, key: str) -> bool:
    """Whether an entry must say that it has no public names."""
    return key == "names" and op.names == () != default_names(op.name)


def _cotangents(op: Op) -> set[str]:
    return (
        {f"d{each.name}" for each in op.inputs}
        if op.form not in ("derived", "primitive")
        else set()
    )


def _adjoint(op: Op) -> Piece:
    return print_statements(op.adjoint)


def _reference(op: Op) -> Piece:
    found = references(op)
    named = found and op.reference not in found.values()
    return found if named else op.reference


def _rejects(op: Op) -> Piece:
    found: dict[str, list[Piece]] = {}
    for why, sample in op.rejects:
        found.setdefault(why, []).append(_sample(op, sample))
    return {why: cases[0] if len(cases) == 1 else cases for why, cases in found.items()}


def _sample(op: Op, sample: Sample) -> Piece:
    kinds = {spec.name: spec for spec in op.attributes}
    return {name: _value(kinds.get(name), value) for name, value in sample.arguments}


def _value(spec: AttributeSpec | None, value: object) -> Piece:
    """A sample's value as strings, lists and mappings of them."""
    if isinstance(value, list | tuple):
        return [_value(spec, each) for each in value]
    if isinstance(value, dict):
        return {key: str(v) if key == "dtype" else _value(spec, v) for key, v in value.items()}
    if isinstance(value, str) and spec is not None and spec.kind != "any":
        return value
    return repr(value)


def entry_text(op: Op) -> str:
    """Canonical YAML of an entry, its name on the first line."""
    return f"{op.name}:\n" + _mapping(entry_pieces(op), "  ", block=True)


def _mapping(pieces: dict[str, Piece], indent: str, block: bool = False) -> str:
    lines = []
    for key, value in pieces.items():
        head = f"{indent}{_scalar(key, flow=False)}:"
        if isinstance(value, str):
            lines.append(_text(head, value, indent))
        elif isinstance(value, dict) and (block or not _flat(value)) and key not in ("rejects",):
            lines.append(f"{head}\n{_mapping(value, indent + '  ')}")
        elif isinstance(value, dict) and block:
            inner = (
                f"{indent}  {_scalar(name, flow=False)}: {_flow(case)}\n"
                for name, case in value.items()
            )
            lines.append(f"{head}\n{''.join(inner)}")
        elif isinstance(value, list) and key in ("samples", "laws", "variants") and block:
            lines.append(f"{head}\n{''.join(_item(key, each, indent) for each in value)}")
        else:
            lines.append(f"{head} {_flow(value)}\n")
    return "".join(lines)


def _item(key: str, value: Piece, indent: str) -> str:
    """One line, or for a variant one block, of a list."""
    if key == "variants" and isinstance(value, dict):
        body = _mapping(value, indent + "    ", block=True)
        return f"{indent}  - {body[len(indent) + 4 :]}"
    shown = _scalar(value, flow=False) if isinstance(value, str) else _flow(value)
    return f"{indent}  - {shown}\n"


def _flat(value: dict[str, Piece]) -> bool:
    return not all(isinstance(each, str) for each in value.values())


def _text(head: str, value: str, indent: str) -> str:
    if "\n" in value:
        return f"{head} |\n" + "".join(f"{indent}  {line}\n" for line in value.split("\n"))
    return f"{head} {_scalar(value, flow=False)}\n"


def _scalar(value: str, flow: bool) -> str:
    """A string as plain YAML where that is safe, else in quotes."""
    unsafe = ": " in value or " #" in value or value.endswith((":", " ")) or value.startswith("- ")
    if flow:
        unsafe = unsafe or bool(_FLOW_UNSAFE & set(value))
    if _PLAIN.fullmatch(value) and not unsafe and value != "-":
        return value
    return json.dumps(value, ensure_ascii=False)


def _flow(value: Piece) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_flow(each) for each in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_scalar(key, flow=True)}: {_flow(v)}" for key, v in value.items())
        return f"{{{inner}}}"
    return _scalar(str(value), flow=True)


__all__ = ["Block", "digest", "entry_pieces", "entry_text"]

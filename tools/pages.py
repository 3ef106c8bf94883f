"""A page in HTML for every op: sentence, call, arguments, formulas, derivatives, example, entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..ops.derivatives.derive import derive_adjoint
from ..ops.entries.canonical import entry_text
from ..ops.errors import TensorsmithError
from ..ops.language.op import Op
from ..ops.registry import registry
from ..tensor import call, tensor
from ..tensor.functions.annotations import usage
from . import mathml
from .battery.definition import specialized
from .battery.sampling import arguments_of, float_inputs, samples_of

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, code, pre { font-family: ui-monospace, monospace; }
pre { background: #f4f4f6; padding: .8rem; overflow-x: auto; font-size: 14px; }
math { margin: .6rem 0; overflow-x: auto; }
dt { font-family: ui-monospace, monospace; } dd { margin: 0 0 .4rem 1.5rem; }
.when { margin: .8rem 0 0; color: #555; font-size: 14px; }
"""
SHORT = 40  # elements of an operand that an example shows


def page(op: Op) -> str:
    """The page of an op."""
    parts = [f"<p>{escape(op.doc)}</p>"]
    for each in (op, *op.variants):
        parts += [f"<pre>{escape(usage(each))}</pre>", _arguments(each)]
        if each.define:
            parts += ["<h2>Formula</h2>", mathml.statements(each.define), *_gradient(each)]
    if op.requirements:
        rows = "".join(f"<li>{escape(sentence)}</li>" for sentence, _ in op.requirements)
        parts.append(f"<h2>Must hold</h2><ul>{rows}</ul>")
    shown = example(op)
    if shown:
        parts += ["<h2>Example</h2>", f"<pre>{escape(shown)}</pre>"]
    if op.source:
        parts.append(f"<p>Source: {escape(op.source)}</p>")
    if op.since:
        parts.append(f"<p>Since {escape(op.since)}.</p>")
    parts += ["<h2>Entry</h2>", f"<pre>{escape(entry_text(op).rstrip())}</pre>"]
    return _document(op.name, "\n".join(part for part in parts if part))


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n<h1>{escape(title)}</h1>\n{body}\n</html>\n"
    )


def _arguments(op: Op) -> str:
    told = [(x.name, x.meaning) for x in (*op.inputs, *op.attributes) if x.meaning]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
    return f"<dl>{rows}</dl>" if rows else ""


def _gradient(op: Op) -> Iterator[str]:
    """The derived adjoint of the op as its first sample calls it, if it has one."""
    samples = samples_of(op)
    if not samples:
        return
    try:
        arguments = arguments_of(op, samples[0])
        moving = frozenset(name for _, name in float_inputs(arguments))
        if moving:
            derived = derive_adjoint(specialized(arguments), moving)
            yield "<h2>Gradient</h2>"
            yield mathml.statements(derived.define)
    except TensorsmithError:
        return


def example(op: Op) -> str:
    """A call of a user's op with its first sample, as a Python session; empty if that is long."""
    if "::" not in op.name or not samples_of(op):
        return ""
    arguments = arguments_of(op, samples_of(op)[0])
    arrays = [v for v in arguments.operands if isinstance(v, np.ndarray)]
    if any(v.size > SHORT for v in arrays) or not arrays:
        return ""
    space, _, name = op.name.partition("::")
    values = [
        np.round(v, 1) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for v in arguments.operands
    ]
    lines = [">>> import tensorsmith as ts"]
    for given, value in zip(op.inputs, values):
        if isinstance(value, np.ndarray):
            lines.append(f">>> {given.name} = ts.tensor({value.tolist()!r})")
    parts = [
        x.name if isinstance(v, np.ndarray) else repr(v)
        for x, v in zip(op.inputs, values)
        if v is not None
    ]
    parts += [f"{name}={value!r}" for name, value in arguments.attributes.items()]
    result = call(op, tuple(_tensor(v) for v in values), dict(arguments.attributes))
    return "\n".join([*lines, f">>> ts.ops.{space}.{name}({', '.join(parts)})", repr(result)])


def _tensor(value: Any) -> Any:
    return tensor(value.tolist()) if isinstance(value, np.ndarray) else value


def file_name(name: str) -> str:
    """Where the page of an op lies."""
    return f"{name.replace('::', '.')}.html"


def write_pages(folder: str, ops: Sequence[Op] = ()) -> int:
    """Write a page for every op, of the registry if none are given, and an index."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    shown = list(ops) or [registry.get(name) for name in registry.names()]
    rows = []
    for op in shown:
        (target / file_name(op.name)).write_text(page(op), encoding="utf-8")
        link = f'<a href="{file_name(op.name)}">{escape(op.name)}</a>'
        rows.append(f"<dt>{link}</dt><dd>{escape(op.doc)}</dd>")
    index = _document("Ops", f"<dl>{''.join(rows)}</dl>")
    (target / "index.html").write_text(index, encoding="utf-8")
    print(f"{len(shown)} pages in {target}")
    return 0

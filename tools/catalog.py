"""The registry as lists, counts and pages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..ops.canonical import entry_text
from ..ops.op import REQUIRED, Op
from ..ops.primitives import PRIMITIVES
from ..ops.registry import registry

# Most extern entries and scalar primitives that the registry may have; a rise needs a reason.
MOST_EXTERN = 25
MOST_PRIMITIVES = 60


def list_ops(pattern: str) -> int:
    """Print name and first sentence of the ops whose name contains a text."""
    names = [name for name in registry.names() if pattern in name]
    width = max(map(len, names), default=0)
    for name in names:
        print(f"{name:{width}}  {registry.get(name).doc}")
    return 0 if names else 1


def count() -> dict[str, int]:
    """How many entries there are, by how much of them is derived.

    Keys: entries, signatures, derived (definition only), stated (a stated derivative or adjoint
    beside the definition), view, extern, primitives (scalar functions that backends supply).
    """
    found: Counter[str] = Counter()
    for name in registry.names():
        op = registry.get(name)
        found["entries"] += 1
        found["signatures"] += 1 + len(op.variants)
        if op.form in ("view", "extern"):
            found[op.form] += 1
        else:
            found["stated" if op.adjoint or op.derivatives else "derived"] += 1
    found["primitives"] = len(PRIMITIVES)
    return {
        key: found[key]
        for key in ("entries", "signatures", "derived", "stated", "view", "extern", "primitives")
    }


def print_stats() -> int:
    """Print the counts; the exit code is 1 if there are too many extern entries or primitives."""
    counts = count()
    meaning = {
        "entries": "ops in the registry",
        "signatures": "with their overloads",
        "derived": "everything follows from the definition",
        "stated": "a derivative is stated too, and tested to equal the derived one",
        "view": "maps of shape, strides and offset",
        "extern": f"host routines (at most {MOST_EXTERN})",
        "primitives": f"scalar functions that every backend supplies (at most {MOST_PRIMITIVES})",
    }
    for key, number in counts.items():
        print(f"{key:11} {number:4}  {meaning[key]}")
    return int(counts["extern"] > MOST_EXTERN or counts["primitives"] > MOST_PRIMITIVES)


def signature(op: Op) -> str:
    """The call as a Python user writes it: `softmax(input, dim, *, dtype=None)`."""
    defaults: dict[str, str] = {}
    for given in op.inputs:
        if given.default is not None:
            defaults[given.name] = "None"
    for spec in op.attributes:
        if spec.default is not REQUIRED:
            defaults[spec.name] = "None" if spec.default in ("all", "none") else repr(spec.default)
    names = op.order or (*(g.name for g in op.inputs), *(s.name for s in op.attributes))
    parts = [f"{name}={defaults[name]}" if name in defaults else name for name in names]
    return f"{op.name.split('.')[0]}({', '.join(parts)})"


def page(op: Op) -> str:
    """The Markdown page of an op: sentence, signatures, arguments, entry, source."""
    lines = [f"# {op.name}", "", op.doc, ""]
    for each in (op, *op.variants):
        lines += ["```python", signature(each), "```", ""]
        told = [(g.name, g.meaning) for g in each.inputs] + [
            (s.name, s.meaning) for s in each.attributes
        ]
        lines += [f"- **{name}**: {meaning}" for name, meaning in told if meaning]
        if any(meaning for _, meaning in told):
            lines.append("")
    if op.names:
        lines += ["Names: " + ", ".join(f"`{name}`" for name in op.names), ""]
    if op.source:
        lines += [f"Source: {op.source}", ""]
    lines += ["## Entry", "", "```yaml", entry_text(op).rstrip(), "```", ""]
    return "\n".join(lines)


def write_pages(folder: str) -> int:
    """Write a page for every op and an index."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    index = ["# Ops", ""]
    for name in registry.names():
        op = registry.get(name)
        (target / f"{name}.md").write_text(page(op))
        index.append(f"- [{name}]({name}.md): {op.doc}")
    (target / "index.md").write_text("\n".join(index) + "\n")
    print(f"{len(index) - 2} pages in {target}")
    return 0

"""Writes `tensor/functions/generated.py` from the registry.

`python -m tensorsmith.tools.generate [--check]`

Every public name of every entry becomes a function with PyTorch's signature that calls dispatch,
and a row in the table of its namespace. The compiled registry is made first, so that both agree;
the stubs that editors and type checkers read (`stubs.py`) come last.
Both are those of the checkout that the command runs in, else of the package itself.
"""

from __future__ import annotations

import argparse
import keyword
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..ops import compile_registry
from ..ops.language.op import Op
from ..ops.registry import Registry, stored
from ..tensor.functions.sources import (
    function,
    functional,
    inplace_function,
    parameters,
    python_name,
)
from . import stubs

HEADER = '''"""Functions of the op registry. Written by `tools.generate`; do not edit."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Any

from ...ops.language.op import REQUIRED as _REQUIRED
from ..calls.dispatch import call
from ..calls.overloads import numpy_names, overloaded, overloaded_inplace
from ..calls.repeating import repeated
from ..calls.writing import inplace as write_back
from ..native.attach import served
from ..native.plans import INTO_FIRST
from ..results import named
from .views import inplace_view

if TYPE_CHECKING:
    from ...ops.dtype import dtype as DType
    from ..tensor import Tensor

REQUIRED: Any = _REQUIRED

'''
BY_HAND = frozenset(
    [
        "bernoulli",
        "broadcast_to",
        "clone",
        "flatten",
        "gather",
        "masked_fill",
        "multinomial",
        "narrow",
        "nonzero",
        "permute",
        "randperm",
        "ravel",
        "scatter",
        "scatter_add",
        "scatter_reduce",
        "take_along_dim",
        "unflatten",
        "vdot",
        "where",
        "cat",
        "concat",
        "concatenate",
        "index_put",
        "dropout",
    ]
)  # public names that modules of `tensor` define themselves
ACTIVATIONS = ("silu", "hardswish", "hardsigmoid", "mish", "elu", "selu", "celu", "rrelu")
SPACES = {
    "": "TOP", "Tensor": "METHODS", "nn.functional": "FUNCTIONAL", "special": "SPECIAL",
    "linalg": "LINALG", "fft": "FFT",
}  # fmt: skip


def method(op: Op, own: str) -> str:
    """What a method is: the function, its tensor in front where another parameter comes first."""
    known = [name for name, _ in parameters(op) if name != "*"]
    if op.variants or not op.inputs or known[0] == op.inputs[0].name:
        return own
    moved = [op.inputs[0].name, *(name for name in known if name != op.inputs[0].name)]
    return f"lambda {', '.join(moved)}: {own}({', '.join(known)})"


def placed(op: Op) -> Iterator[tuple[str, str]]:
    """Namespace and name of each public name of an op."""
    for full in op.names:
        space, _, name = full.rpartition(".")
        if space in SPACES and not keyword.iskeyword(name):
            yield space, name


def generated_text(registry: Registry) -> str:
    """The whole module."""
    sources: dict[str, str] = {}
    tables: dict[str, dict[str, str]] = {table: {} for table in SPACES.values()}
    for key in registry.names():
        op = registry.get(key)
        if not op.names or (not op.inputs and op.form != "extern"):
            continue
        own = python_name(op)
        sources[own] = function(op, own)
        if op.inplace:
            sources[f"{own}_"] = inplace_function(op, own)
        for space, name in placed(op):
            table = tables[SPACES[space]]
            table[name] = method(op, own) if space == "Tensor" else own
            if op.inplace and space in ("", "Tensor") and not name.startswith("__"):
                table[f"{name}_"] = method(op, f"{own}_") if space == "Tensor" else f"{own}_"
            if space == "nn.functional" and (op.inplace or name in ACTIVATIONS):
                if not op.variants:
                    sources[f"functional_{own}"] = functional(op, own)
                    table[name] = f"functional_{own}"
                if op.inplace:
                    table[f"{name}_"] = f"{own}_"
    body = "".join(sources.values())
    for title, rows in tables.items():
        lines = "".join(f"    {name!r}: {own},\n" for name, own in rows.items())
        body += f"{title}: dict[str, Any] = {{\n{lines}}}\n"
    public = sorted(n for n in tables["TOP"] if not n.startswith("_") and n not in BY_HAND)
    body += "\n" + "".join(f"{n} = {tables['TOP'][n]}\n" for n in public if tables["TOP"][n] != n)
    listed = "".join(f"    {name!r},\n" for name in public)
    return HEADER + "\n" + body + f"\n__all__ = [\n{listed}]\n"


def source_folder() -> Path:
    """Where the packages lie: the checkout that this runs in, else the installed package."""
    here = Path.cwd()
    checkout = (here / "pyproject.toml").exists() and (here / "ops" / "definitions").is_dir()
    return here if checkout else Path(__file__).resolve().parent.parent


def main(given: Sequence[str] | None = None) -> int:
    """Exit status: 1 if `--check` finds a stale file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a file is stale"
    )
    options = parser.parse_args(given)
    folder = source_folder()
    definitions, compiled = folder / "ops" / "definitions", folder / "ops" / "generated.json"
    target = folder / "tensor" / "functions" / "generated.py"
    places = ["--definitions", str(definitions), "--output", str(compiled)]
    status = compile_registry.main(places + ["--check"] * options.check)
    text = generated_text(Registry(lambda: stored(compiled, definitions)))
    stale = _put(target, text, options.check)
    if stale and not options.check:  # the stubs are read off the functions just written
        return subprocess.run([sys.executable, "-m", __spec__.name], check=False).returncode
    for path, stub in stubs.texts(folder).items():
        stale |= _put(path, stub, options.check)
    return 1 if stale and options.check else status


def _put(path: Path, text: str, check: bool) -> bool:
    """Whether a file is stale; it is written then, unless this is a check."""
    current = path.read_text(encoding="utf-8") if path.exists() else ""
    if text == current:
        return False
    if check:
        print(f"{path.name} is stale: run `python -m tensorsmith.tools.generate`", file=sys.stderr)
    else:
        path.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    raise SystemExit(main())

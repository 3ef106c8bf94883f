"""Writes `tensor/generated.py` from the registry: `python -m tensorsmith.tools.generate [--check]`.

Every public name of every entry becomes a function with PyTorch's signature that calls dispatch,
and a row in the table of its namespace. The compiled registry is made first, so that both agree;
the stubs that editors and type checkers read (`stubs.py`) come last.
Both are those of the checkout that the command runs in, else of the package itself.
"""

from __future__ import annotations

import argparse
import keyword
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..ops import compile_registry
from ..ops.op import REQUIRED, AttributeSpec, Op
from ..ops.registry import Registry, stored
from . import stubs
from .annotations import described, result_type, type_of

HEADER = '''"""Functions of the op registry. Written by `tools.generate`; do not edit."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Any

from ..ops.op import REQUIRED as _REQUIRED
from .dispatch import call
from .dispatch import inplace as write_back
from .native.attach import served
from .native.plans import INTO_FIRST
from .overloads import numpy_names, overloaded, overloaded_inplace
from .results import named
from .views import inplace_view

if TYPE_CHECKING:
    from ..ops.dtype import dtype as DType
    from .tensor import Tensor

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


def literal(value: object) -> str:
    """A default as Python source."""
    if value is REQUIRED:
        return "REQUIRED"
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value)):
        return ("-" if value < 0 else "") + ("nan" if math.isnan(value) else "inf")
    return repr(value)


def attribute_default(spec: AttributeSpec) -> str | None:
    """The default in a signature; None if the argument is required."""
    if spec.default is REQUIRED:
        return None
    if spec.kind == "Axes" and spec.default == "all":
        return "None"
    if spec.kind in ("size", "sizes") and isinstance(spec.default, str):
        return "None"
    if spec.kind == "choice" and spec.default == "none":
        return "'none'" if spec.name == "reduction" else "None"
    return literal(spec.default)


def parameters(op: Op) -> list[tuple[str, str | None]]:
    """Name and default of each parameter, `*` where keyword-only ones begin."""
    inputs = {x.name: x for x in op.inputs}
    attributes = {x.name: x for x in op.attributes}
    order = op.order or (*inputs, *attributes)
    found: list[tuple[str, str | None]] = []
    optional = False
    for name in order:
        if name == "*":
            optional = False
            found.append(("*", None))
            continue
        if name in inputs:
            default = None if inputs[name].default is None else "None"
        else:
            default = attribute_default(attributes[name])
        if default is None and optional:
            default = "REQUIRED"
        optional = optional or default is not None
        found.append((name, default))
    return found


def signature(op: Op, extra: Sequence[tuple[str, str, str]] = (), names: bool = False) -> str:
    """The parameter list of a function for an op."""
    parts = []
    known = parameters(op)
    for name, default in known:
        if name == "*":
            parts.append("*")
        else:
            kind = type_of(op, name)
            kind += " | None" if default == "None" and "None" not in kind else ""
            parts.append(f"{name}: {kind}" + ("" if default is None else f" = {default}"))
    if extra and "*" not in (name for name, _ in known):
        parts.append("*")
    parts += [f"{name}: {kind} = {default}" for name, kind, default in extra]
    if names:
        parts.append("**numpy: Any")
    return ", ".join(parts)


def tuple_text(names: Sequence[str]) -> str:
    """A tuple display."""
    return "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"


def arguments(op: Op) -> str:
    """The arguments of `call`."""
    operands = tuple_text([x.name for x in op.inputs])
    attributes = tuple_text([x.name for x in op.attributes])
    return f"{op.name!r}, {operands}, {attributes}"


def serving(op: Op, form: str = "", results: str = "") -> str:
    """The decorator that puts a native function in front of a function of an op.

    Args:
        form: `INTO_FIRST` for a function that writes into its first argument.
        results: Name of the class of several results.
    """
    if not op.inputs or op.form == "extern" or op.variants:
        return ""
    values = [x.name for x in (*op.inputs, *op.attributes)]
    places = tuple_text([str(values.index(n)) for n, _ in parameters(op) if n != "*"])
    more = f", {form}" if form else ""
    if len(op.outputs) > 1 and results:
        fields = tuple_text([repr(x.name) for x in op.outputs])
        more += f", results=({results!r}, {fields})"
    return f"@served({op.name!r}, {places}{more})\n"


def named_result(op: Op, text: str, name: str) -> str:
    """The call, its results named if there are several."""
    if len(op.outputs) < 2:
        return text
    fields = tuple_text([repr(x.name) for x in op.outputs])
    return f"named({name!r}, {fields}, {text})"


def function(op: Op, name: str) -> str:
    """Source of the out-of-place function."""
    if op.variants:
        return (
            f"def {name}(*arguments: Any, **options: Any) -> Any:\n{described(op)}"
            f"    return overloaded({op.name!r}, arguments, options)\n\n\n"
        )
    known = [n for n, _ in parameters(op)]
    aliases = [n for n in ("dim", "keepdim") if n in known]
    rest = list(op.attributes)
    if _only_ints(op):
        numbers = rest[0].name
        return (
            f"{serving(op)}"
            f"def {name}({op.inputs[0].name}: Tensor, *{numbers}: Any) -> Tensor:\n{described(op)}"
            f"    if len({numbers}) == 1 and isinstance({numbers}[0], (tuple, list)):\n"
            f"        {numbers} = tuple({numbers}[0])\n"
            f"    return call({arguments(op)})\n\n\n"
        )
    extra = (
        [("out", "Tensor | None" if len(op.outputs) == 1 else "Any", "None")]
        if op.form != "view" and "out" not in known
        else []
    )
    out = ", out=out" if extra else ""
    text = named_result(op, f"call({arguments(op)}{out})", name)
    rename = ""
    if aliases:
        targets = ", ".join(aliases) + ("," if len(aliases) == 1 else "")
        current = ", ".join(f"{n}={n}" for n in aliases)
        rename = f"    if numpy:\n        {targets} = numpy_names({name!r}, numpy, {current})\n"
        if any(
            default == "REQUIRED" or (default is None)
            for n, default in parameters(op)
            if n == "dim"
        ):
            rename = ""
            aliases = []
    return (
        f"{serving(op, results=name)}"
        f"def {name}({signature(op, extra, bool(aliases))}) -> {result_type(op)}:\n"
        f"{described(op)}{rename}    return {text}\n\n\n"
    )


def _only_ints(op: Op) -> bool:
    attributes = op.attributes
    if len(attributes) != 1 or attributes[0].default is not REQUIRED:
        return False
    return (
        attributes[0].kind in ("ints", "Axes") and len(op.inputs) == 1 and len(op.outputs) == 1
    )  # fmt: skip


def inplace_function(op: Op, name: str) -> str:
    """Source of the function that writes into its first argument."""
    if op.variants:
        return (
            f"def {name}_(*arguments: Any, **options: Any) -> Any:\n{described(op)}"
            f"    return overloaded_inplace({op.name!r}, arguments, options)\n\n\n"
        )
    target = "inplace_view" if op.form == "view" else "write_back"
    native = serving(op, "INTO_FIRST") if op.form != "view" else ""
    return (
        f"{native}def {name}_({signature(op)}) -> Tensor:\n{described(op)}"
        f"    return {target}({arguments(op)})\n\n\n"
    )


def functional(op: Op, name: str) -> str:
    """Source of the `nn.functional` function of an activation: it has `inplace`."""
    star = ", ".join(part for part in (signature(op), "inplace: bool = False") if part)
    return (
        f"{serving(op)}def functional_{name}({star}) -> Tensor:\n{described(op)}"
        f"    return (write_back if inplace else call)({arguments(op)})\n\n\n"
    )


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


def python_name(op: Op) -> str:
    """The name of an op's function in the module, which must not hide a word of its own."""
    taken = {"call", "write_back", "named", "inf", "nan", "Any", "REQUIRED"}
    return f"{op.name}_op" if keyword.iskeyword(op.name) or op.name in taken else op.name


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
    target = folder / "tensor" / "generated.py"
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

"""Python source of the functions of ops.

That of the package's ops is written into `generated.py`; that of users' ops runs when they are
defined, so that both are the same.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterator, Sequence

from ...ops.language.op import REQUIRED, TRUTHS, AttributeSpec, Op
from .annotations import described, result_type, type_of


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
    if spec.words == TRUTHS:
        return repr(spec.default == TRUTHS[1])
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


def key(op: Op) -> str:
    """What the function calls its op by: a text, or `KEY` for a user's op.

    CPython interns texts that look like names; one with a namespace must be interned by whoever
    runs the source, or native code would not know it again.
    """
    return "KEY" if "::" in op.name else repr(op.name)


def tuple_text(names: Sequence[str]) -> str:
    """A tuple display."""
    return "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"


def arguments(op: Op) -> str:
    """The arguments of `call`."""
    operands = tuple_text([x.name for x in op.inputs])
    attributes = tuple_text([x.name for x in op.attributes])
    return f"{key(op)}, {operands}, {attributes}"


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
    return f"@served({key(op)}, {places}{more})\n"


def repeating(op: Op) -> str:
    """The decorator of a function that chooses among signatures: native code repeats the choice.
    A user's op can be taken out again, a choice that was learned would outlive it."""
    return "" if "::" in op.name else "@repeated\n"


def serving_variants(op: Op, name: str) -> Iterator[str]:
    """The decorators that put a native function in front for each signature that can be told from
    the others by how many arguments are given: all of its own counts, or just the least one."""
    if "::" in op.name:
        return
    known = {each.name: parameters(each) for each in (op, *op.variants)}
    counts = {each: _counts(parts) for each, parts in known.items()}
    for each in (op, *op.variants):
        own = counts[each.name]
        others = [count for other, found in counts.items() if other != each.name for count in found]
        whole = not any(count in others for count in own)
        if not each.inputs or each.form == "extern" or (own[0] in others and not whole):
            continue
        yield _serving_variant(each, name, whole)


def _counts(parts: list[tuple[str, str | None]]) -> range:
    """How many arguments may be given."""
    names = [part for part in parts if part[0] != "*"]
    return range(sum(default is None for _, default in names), len(names) + 1)


def _serving_variant(op: Op, name: str, whole: bool) -> str:
    """The decorator for one signature; without `whole` for calls with required arguments only."""
    values = [x.name for x in (*op.inputs, *op.attributes)]
    parts = [part for part in parameters(op) if whole or part[1] is None]
    places = tuple_text([str(values.index(n)) for n, _ in parts if n != "*"])
    given = ", ".join(n if default is None else f"{n}={default}" for n, default in parts)
    more = f", like=lambda {given.removesuffix(', *').removesuffix('*').strip(', ')}: None"
    if not whole:
        rest = [(n, d) for n, d in parameters(op) if n != "*" and d is not None]
        fixed = ", ".join(f"{values.index(n)}: {default}" for n, default in rest)
        more = f", defaults={{{fixed}}}{more}"
    if len(op.outputs) > 1:
        fields = tuple_text([repr(x.name) for x in op.outputs])
        more += f", results=({name!r}, {fields})"
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
            f"{''.join(serving_variants(op, name))}{repeating(op)}"
            f"def {name}(*arguments: Any, **options: Any) -> Any:\n{described(op)}"
            f"    return overloaded({key(op)}, arguments, options)\n\n\n"
        )
    if _only_ints(op):
        numbers = op.attributes[0].name
        return (
            f"{serving(op)}"
            f"def {name}({op.inputs[0].name}: Tensor, *{numbers}: Any) -> Tensor:\n{described(op)}"
            f"    if len({numbers}) == 1 and isinstance({numbers}[0], (tuple, list)):\n"
            f"        {numbers} = tuple({numbers}[0])\n"
            f"    return call({arguments(op)})\n\n\n"
        )
    known = [n for n, _ in parameters(op)]
    extra = (
        [("out", "Tensor | None" if len(op.outputs) == 1 else "Any", "None")]
        if op.form != "view" and "out" not in known
        else []
    )
    out = ", out=out" if extra else ""
    text = named_result(op, f"call({arguments(op)}{out})", name)
    rename = _numpy_names(op, name)
    return (
        f"{serving(op, results=name)}"
        f"def {name}({signature(op, extra, bool(rename))}) -> {result_type(op)}:\n"
        f"{described(op)}{rename}    return {text}\n\n\n"
    )


def _numpy_names(op: Op, name: str) -> str:
    """Source that takes NumPy's names of `dim` and `keepdim`; nothing where a dim must be given."""
    aliases = {n: default for n, default in parameters(op) if n in ("dim", "keepdim")}
    if not aliases or aliases.get("dim", "") in ("REQUIRED", None):
        return ""
    names = [n for n in ("dim", "keepdim") if n in aliases]
    targets = ", ".join(names) + ("," if len(names) == 1 else "")
    current = ", ".join(f"{n}={n}" for n in names)
    return f"    if numpy:\n        {targets} = numpy_names({name!r}, numpy, {current})\n"


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
            f"    return overloaded_inplace({key(op)}, arguments, options)\n\n\n"
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


def python_name(op: Op) -> str:
    """The name of an op's function in the module, which must not hide a word of its own."""
    taken = {"call", "write_back", "named", "inf", "nan", "Any", "REQUIRED"}
    return f"{op.name}_op" if keyword.iskeyword(op.name) or op.name in taken else op.name

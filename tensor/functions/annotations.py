"""Types and descriptions of the arguments of entries, as Python source writes them."""

from __future__ import annotations

from ...ops.language.op import TRUTHS, AttributeSpec, Input, Op
from ...ops.language.text import print_statements

KINDS = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "number": "float",
    "choice": "str",
    "Axis": "int",
    "Axes": "int | Sequence[int] | None",
    "Keep": "bool",
    "Shape": "int | Sequence[int]",
    "sizes": "int | Sequence[int]",
    "size": "int",
    "ints": "int | Sequence[int]",
    "dtype": "DType | None",
    "text": "str",
}
FORMULA_LINES = 6  # a longer definition says less than its sentence


def type_of(op: Op, name: str) -> str:
    """The annotation of a parameter."""
    for place, given in enumerate(op.inputs):
        if given.name == name:
            return _tensor_type(given, place == 0)
    spec = next(x for x in op.attributes if x.name == name)
    return _attribute_type(spec)


def _tensor_type(given: Input, first: bool) -> str:
    if given.variadic:
        return "Sequence[Tensor]"
    found = "Tensor" if first or given.type.axes else "Tensor | float"
    return found if given.default is None else f"{found} | None"


def _attribute_type(spec: AttributeSpec) -> str:
    if spec.words == TRUTHS:
        return "bool"
    found = KINDS.get(spec.kind, "Any")
    absent = spec.optional or spec.default is None or isinstance(spec.default, str) or spec.follows
    if absent and found != "Any" and "None" not in found:
        found += " | None"
    return found


def result_type(op: Op) -> str:
    """The annotation of the result: several results are a named tuple made at run time."""
    return "Tensor" if len(op.outputs) == 1 else "Any"


def described(op: Op) -> str:
    """The docstring of an op's functions: sentence, arguments, results, signatures, formula."""
    parts = [op.doc.strip().splitlines()[0]]
    arguments = [f"    {x.name}: {x.meaning}" for x in (*op.inputs, *op.attributes) if x.meaning]
    if arguments:
        parts += ["", "Args:", *arguments]
    if len(op.outputs) > 1:
        rows = [f"    {x.name}{': ' if x.meaning else ''}{x.meaning}" for x in op.outputs]
        parts += ["", "Returns:", *rows]
    if op.variants:
        parts += ["", "Signatures:", *(f"    {usage(each)}" for each in (op, *op.variants))]
    formula = print_statements(op.define).splitlines() if op.define else []
    if 0 < len(formula) <= FORMULA_LINES:
        parts += ["", "Formula:", *(f"    {line}" for line in formula)]
    parts = [_quotable(part) for part in parts]
    if len(parts) == 1:
        return f'    """{parts[0]}"""\n'
    body = "\n".join(f"    {line}" if line else "" for line in parts[1:])
    return f'    """{parts[0]}\n{body}\n    """\n'


def _quotable(text: str) -> str:
    """A line as it can stand in a docstring."""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    return text[:-1] + '\\"' if text.endswith('"') else text


def usage(op: Op) -> str:
    """How a signature is called: `max(input, dim, keepdim=False)`."""
    order = op.order or tuple(x.name for x in (*op.inputs, *op.attributes))
    defaults = {x.name: x for x in op.attributes}
    shown = []
    for name in order:
        spec = defaults.get(name)
        optional = spec is not None and isinstance(spec.default, (bool, int, float))
        shown.append(f"{name}={spec.default!r}" if spec is not None and optional else name)
    return f"{op.name.partition('.')[0]}({', '.join(shown)})"

"""The stated adjoints of host ops: expressions that call public functions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any

from ..ops import registry
from ..ops.errors import RegistryError
from ..ops.language.op import Op
from ..tensor.calls.overloads import overloaded
from ..tensor.creation import creation
from ..tensor.tensor import Tensor
from .op_node import OpNode, Rule

_codes: dict[str, tuple[CodeType, tuple[str, ...], frozenset[str]]] = {}
OF_LAYOUTS = frozenset(("shape", "dtype", "device"))  # what layouts say of tensors
PLAIN: dict[str, Any] = {
    "len": len, "range": range, "tuple": tuple, "list": list, "max": max, "min": min,
}  # fmt: skip


def texts(op: Op, wanted: Sequence[bool]) -> dict[int, str]:
    """Operand number -> the text of its stated adjoint, for the wanted operands."""
    stated = dict(op.kernel)
    found = {}
    for place, (entry, want) in enumerate(zip(op.inputs, wanted)):
        text = stated.get(f"d{entry.name}")
        if want and text:
            found[place] = text
    return found


def reads(op: Op, wanted: Sequence[bool]) -> tuple[tuple[bool, int], ...]:
    """What a node keeps for the stated adjoints: (is an operand, its number), or an output's.

    An operand of which they read no more than its shape or dtype is not kept: the node has its
    layout.
    """
    names: set[str] = set()
    for text in texts(op, wanted).values():
        names.update(_compiled(text)[2])
    kept = [(True, i) for i, entry in enumerate(op.inputs) if entry.name in names]
    return tuple(kept + [(False, i) for i, entry in enumerate(op.outputs) if entry.name in names])


def adjoint(rule: Rule, node: OpNode, gradients: Sequence[Any]) -> list[Any]:
    """The gradients of the operands; a list for an operand that is a list of tensors."""
    op = rule.op
    values: dict[str, Any] = {x.name: known for x, known in zip(op.inputs, node.layouts_in)}
    for place, (operand, number) in enumerate(rule.kept):
        entry = op.inputs[number] if operand else op.outputs[number]
        values[entry.name] = node.unpacked(place)
    return cotangents(op, rule.wanted, node.attributes, values, gradients)


def cotangents(
    op: Op,
    wanted: Sequence[bool],
    attributes: Sequence[Any],
    values: Mapping[str, Any],
    gradients: Sequence[Any],
) -> list[Any]:
    """The stated adjoints evaluated.

    Args:
        values: Inputs and outputs by name, as far as the texts read them; layouts stand for inputs
            of which they read nothing else.
        gradients: Of the outputs.
    """
    known = {spec.name: value for spec, value in zip(op.attributes, attributes)}
    known.update(values)
    known.update({f"d{output.name}": g for output, g in zip(op.outputs, gradients)})
    results: list[Any] = [None] * len(op.inputs)
    for place, text in texts(op, wanted).items():
        results[place] = evaluate(text, known)
    return results


def _compiled(text: str) -> tuple[CodeType, tuple[str, ...], frozenset[str]]:
    """An expression's code, the names in it that it does not bind itself, and those of them whose
    elements it reads."""
    found = _codes.get(text)
    if found is None:
        parsed = ast.parse(text.strip(), mode="eval")
        names = [node for node in ast.walk(parsed) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        free = tuple(sorted({node.id for node in names} - bound))
        code = compile(parsed, "<adjoint>", "eval")
        found = _codes[text] = (code, free, _read_whole(parsed) - bound)
    return found


def _read_whole(parsed: ast.AST) -> frozenset[str]:
    """Names of which an expression reads more than layouts say.

    `x.shape` reads a layout, and so does `[t.shape for t in x]`: there `t` stands for items of `x`.
    """
    nodes = list(ast.walk(parsed))
    loops = [
        (node.target.id, node.iter)
        for node in nodes
        if isinstance(node, ast.comprehension) and isinstance(node.target, ast.Name)
    ]
    harmless = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in OF_LAYOUTS
    }
    loaded = [x for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load)]
    whole = {x.id for x in loaded if id(x) not in harmless}
    for target, source in loops:
        if target not in whole:
            harmless.add(id(source))
    return frozenset(x.id for x in loaded if id(x) not in harmless)


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """The value of an expression whose functions are those of the public namespace."""
    code, names, _ = _compiled(text)
    known = {name: values[name] if name in values else function(name) for name in names}
    return eval(code, {"__builtins__": {}, **known})


def function(name: str) -> Any:
    """The public function of a name: an op of the registry, a creation function or a method.

    Raises:
        RegistryError: There is none.
    """
    if name in PLAIN:
        return PLAIN[name]
    if name in registry.names():
        return lambda *arguments, **options: overloaded(name, arguments, options)
    if hasattr(creation, name):
        return getattr(creation, name)
    if hasattr(Tensor, name):
        return getattr(Tensor, name)
    raise RegistryError(f"an adjoint must call public functions, got {name!r}")

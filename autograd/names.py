"""Classes of nodes, one for each op: named as PyTorch names them, with a property for each thing
kept."""

from __future__ import annotations

from typing import Any

from ..ops.language.op import Op

_classes: dict[str, type[Any]] = {}
NAMES = {
    "view": "View", "slice": "Slice", "select": "Select", "transpose": "Transpose", "t": "T",
    "alias": "Alias", "matmul": "Mm", "mse_loss": "MseLoss", "linear": "Addmm",
}  # fmt: skip


def spoken(name: str) -> str:
    """The name of an op's nodes: `mul` gives `MulBackward0`, `log_softmax` gives
    `LogSoftmaxBackward0`, `mylib::rms_gate` gives `RmsGateBackward0`."""
    entry = name.rpartition("::")[2].partition(".")[0]
    short = entry.partition("[")[0].partition("{")[0]
    if short.startswith("to_"):
        return "ToCopyBackward0"
    known = NAMES.get(short)
    if known is None:
        known = "".join(part[:1].upper() + part[1:] for part in short.split("_") if part)
    inner = name.count(".adjoint") + name.count(".tangent")
    return known + "Backward" * (1 + inner) + "0"


def node_class(op: Op, parent: type[Any], title: str = "") -> type[Any]:
    """The class of nodes of an op, made when it is first needed."""
    title = title or spoken(op.name)
    key = f"{title}({','.join(x.name for x in (*op.inputs, *op.attributes, *op.outputs))})"
    found = _classes.get(key)
    if found is None:
        made = type(title, (parent,), {"__slots__": (), **_properties(op)})
        made.__module__ = "tensorsmith.autograd"
        found = _classes.setdefault(key, made)
    return found


def _properties(op: Op) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for number, entry in enumerate(op.inputs):
        name = "self" if number == 0 and entry.name == "input" else entry.name
        members[f"_saved_{name}"] = _kept(True, number)
    for number, output in enumerate(op.outputs):
        members[f"_saved_{'result' if output.name == 'output' else output.name}"] = _kept(
            False, number
        )
    for number, spec in enumerate(op.attributes):
        members.setdefault(f"_saved_{spec.name}", _attribute(number))
    return members


def _kept(operand: bool, number: int) -> property:
    def read(self: Any) -> Any:
        for place, (inside, which) in enumerate(self.rule.kept):
            if inside == operand and which == number:
                return self.unpacked(place)
        return None

    return property(read, doc="What the node keeps for its backward; None if it does not need it.")


def _attribute(number: int) -> property:
    def read(self: Any) -> Any:
        return self.attributes[number]

    return property(read, doc="The value of the attribute in the call.")

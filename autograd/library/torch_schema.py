"""The schema under which PyTorch knows an op: of an entry, or of an op implemented by hand."""

from __future__ import annotations

from typing import Any

from ...ops.dataclass import dataclass
from ...ops.errors import CustomOpError
from ...ops.language.op import REQUIRED, AttributeSpec, Input, Op
from ...tensor.library.custom import CustomOp
from ...tensor.library.schema import Form, Parameter, Schema

KINDS: dict[str, Form] = {
    "int": Form("int"), "Axis": Form("int"), "size": Form("int"),
    "float": Form("float"), "number": Form("Scalar"), "bool": Form("bool"), "Keep": Form("bool"),
    "choice": Form("str", optional=True), "text": Form("str"),
    "ints": Form("int", is_list=True), "sizes": Form("int", is_list=True),
    "Shape": Form("int", is_list=True), "Axes": Form("int", is_list=True, optional=True),
}  # fmt: skip
NEVER = ("Bool", "Integer", "Integral", "bool")  # words of tensors without a derivative


@dataclass(frozen=True)
class Signature:
    """What PyTorch sees.

    Attributes:
        schema: Arguments, none of them keyword-only, and results.
        differentiable: Places of arguments that may have a gradient.
    """

    schema: Schema
    differentiable: tuple[int, ...]


def signature_of(op: Op | CustomOp, name: str) -> Signature:
    """The signature of an op under another name.

    Raises:
        RuntimeError: It has an argument that PyTorch has no type for, or writes in place.
    """
    if isinstance(op, CustomOp):
        return _of_custom(op, name)
    if not op.inputs:
        raise CustomOpError(
            f"export_torch: {op.name} takes no tensor, so PyTorch has no place for it"
        )
    inputs = {each.name: each for each in op.inputs}
    attributes = {each.name: each for each in op.attributes}
    order = [x for x in (op.order or (*inputs, *attributes)) if x != "*"]
    parameters = [
        _input(op, inputs[x]) if x in inputs else _attribute(op, attributes[x]) for x in order
    ]
    parameters = _without_early_defaults(parameters)
    schema = Schema(name, tuple(parameters), (Form("Tensor"),) * len(op.outputs))
    moving = {x for x, spec in inputs.items() if _may_move(op, spec)}
    places = tuple(i for i, each in enumerate(parameters) if each.name in moving)
    return Signature(schema, places)


def _without_early_defaults(parameters: list[Parameter]) -> list[Parameter]:
    """The parameters in their order; in a schema none with a default stands before one without."""
    required = [i for i, each in enumerate(parameters) if each.default is REQUIRED]
    last = required[-1] if required else -1
    return [
        Parameter(each.name, each.form) if i < last else each for i, each in enumerate(parameters)
    ]


def _may_move(op: Op, spec: Input) -> bool:
    """The input may have a gradient."""
    word = spec.type.word
    return spec.name not in op.nondifferentiable and not word.startswith((*NEVER, "int", "uint"))


def _of_custom(op: CustomOp, name: str) -> Signature:
    if op.schema.mutates:
        raise CustomOpError(
            f"export_torch: {op.schema.name} writes into an argument; only functions are exported"
        )
    for form in (*(x.form for x in op.schema.parameters), *op.schema.returns):
        if form.is_list and form.kind == "Tensor":
            raise _no_lists(op.schema.name)
    plain = tuple(Parameter(x.name, x.form, x.default) for x in op.schema.parameters)
    differentiable = tuple(i for i, x in enumerate(plain) if x.form.kind == "Tensor")
    return Signature(Schema(name, plain, op.schema.returns), differentiable)


def _input(op: Op, spec: Input) -> Parameter:
    if spec.variadic:
        raise _no_lists(op.name)
    if spec.default is not None:
        return Parameter(spec.name, Form("Tensor", optional=True), None)
    return Parameter(spec.name, Form("Tensor"))


def _no_lists(name: str) -> CustomOpError:
    return CustomOpError(f"export_torch: {name} takes a list of tensors, which is not exported")


def _attribute(op: Op, spec: AttributeSpec) -> Parameter:
    if spec.kind == "dtype":
        return Parameter(spec.name, Form("ScalarType", optional=True), None)
    form = KINDS.get(spec.kind)
    if form is None:
        raise CustomOpError(
            f"export_torch: argument {spec.name} of {op.name} is of kind {spec.kind}, for which "
            "PyTorch's schemas have no type"
        )
    default: Any = spec.default
    optional = spec.optional or default is None or bool(spec.follows)
    length = len(spec.sizes) if spec.kind == "sizes" else int(spec.kind == "Axes")
    form = Form(form.kind, form.is_list, form.optional or optional, length=length)
    if default is not REQUIRED and spec.follows:
        default = None
    if isinstance(default, tuple):
        default = list(default)
    elif form.is_list and isinstance(default, int):
        default = [default] * max(len(spec.sizes), 1)
    return Parameter(spec.name, form, default)

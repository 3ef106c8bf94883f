"""Raw kernels: functions in LLVM IR as ops, with a derivative by a formula or by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...backends.cpu.raw import raw_function
from ...ops.entries.entry import build
from ...ops.entries.excerpt import show_line
from ...ops.entries.pieces import Pieces
from ...ops.errors import ArgumentError, CustomOpError, RegistryError
from ...ops.language.op import REQUIRED, Op
from ...ops.registry import registry, resolve
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.entries import entry_of
from ..layout import dense
from ..methods.conversion import contiguous
from ..tensor import fresh
from .custom import CustomOp
from .expected import check_text
from .override import Replaced
from .raw_signature import ANY, RawNumber, RawSignature, RawTensor, parse_signature
from .schema import parse_schema

NAMESPACE = "raw"


class FormulaKernel:
    """A raw kernel that computes what a formula says.

    The formula is an entry like any other: shapes, derivatives of any order in both modes and vmap
    follow from it; where it is evaluated itself, the raw kernel runs.

    Attributes:
        op: The entry.
        signature: What the kernel takes.
    """

    def __init__(self, op: Op, signature: RawSignature) -> None:
        self.op, self.signature = op, signature
        self.__name__ = self.__qualname__ = op.name
        self.__doc__ = op.doc

    def __repr__(self) -> str:
        return f"<raw kernel {self.signature.text}>"

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """The result, or a tuple of results.

        Raises:
            TypeError: An argument is missing, not known, or too many.
            RuntimeError: Shapes or dtypes do not fit.
        """
        names = [each.name for each in self.signature.arguments]
        if len(arguments) > len(names):
            raise ArgumentError(
                f"{self.op.name} takes {len(names)} arguments, but {len(arguments)} were given"
            )
        given = dict(zip(names, arguments))
        for name, value in options.items():
            if name not in names or name in given:
                raise ArgumentError(f"{self.op.name} got an unexpected argument {name!r}")
            given[name] = value
        missing = [x.name for x in self.op.inputs if x.name not in given]
        if missing:
            raise ArgumentError(f"{self.op.name} is missing the argument {missing[0]!r}")
        operands = tuple(given.pop(each.name) for each in self.op.inputs)
        return call(self.op, operands, given)


def llvm_kernel(ir: str, signature: str, *, define: str | None = None) -> Any:
    """An op that a function in LLVM IR computes.

    Args:
        ir: A module that defines `void @name(ptr ..., double ..., i64 ...)`: addresses of tensors
            and results in C order, then numbers, then sizes.
        signature: `scale(float32[N] x, float a) -> float32[N] y`; shapes and dtypes of every call
            are held to it.
        define: Statements of the op notation that mean the same. They give derivatives and vmap;
            without them the op is a `CustomOp`, with `register_autograd` and its kin.

    Raises:
        ValueError: The signature or the statements are wrong.
        RuntimeError: The module does not define the function, or LLVM rejects it.
    """
    check_text(ir, "llvm_kernel: ir")
    read = parse_signature(signature)
    kinds = (
        ("pointer",) * (len(read.tensors) + len(read.results))
        + tuple(each.kind for each in read.numbers)
        + ("int",) * len(read.sizes)
    )
    launch = Launch(read, raw_function(ir, read.name, kinds))
    return with_formula(read, define, launch, "cpu") if define else by_hand(read, launch, "cpu")


class Launch:
    """A call of a raw function: checks, contiguous arguments, new results."""

    def __init__(self, signature: RawSignature, function: Callable[..., None]) -> None:
        self.signature, self.function = signature, function

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """The results for arguments in the order of the signature."""
        given = dict(zip((each.name for each in self.signature.arguments), arguments)) | options
        tensors, numbers = split_arguments(self.signature, given)
        sizes, shape = self.signature.solve(tensors)
        place = tensors[0].device
        outputs = [
            fresh(dense(each.dtype, own, place))
            for each, own in zip(self.signature.results, self.signature.result_shapes(sizes, shape))
        ]
        dense_tensors = [contiguous(x) for x in tensors]
        self.function(
            *(x._data for x in dense_tensors),
            *(x._data for x in outputs),
            *numbers,
            *(sizes[name] for name in self.signature.sizes),
        )
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


def split_arguments(
    signature: RawSignature, given: dict[str, Any]
) -> tuple[tuple[Any, ...], list[Any]]:
    """Tensors and numbers of a call, in the signature's order."""
    tensors, numbers = [], []
    for each in signature.arguments:
        value = given.get(each.name, getattr(each, "default", REQUIRED))
        if isinstance(each, RawTensor):
            if not isinstance(value, TensorBase):
                raise CustomOpError(f"{signature.name}: {each.name} must be a Tensor")
            tensors.append(value)
        else:
            numbers.append((float if each.kind == "float" else int)(value))
    return tuple(tensors), numbers


def by_hand(signature: RawSignature, launch: Callable[..., Any], place: str) -> CustomOp:
    """A raw kernel as an op implemented by hand."""
    op = CustomOp(parse_schema(signature.schema(NAMESPACE)))
    op.register_kernel(place, launch)

    def fake(*arguments: Any) -> Any:
        given = dict(zip((each.name for each in signature.arguments), arguments))
        tensors, _ = split_arguments(signature, given)
        sizes, shape = signature.solve(tensors)
        made = [
            fresh(dense(each.dtype, own, tensors[0].device))
            for each, own in zip(signature.results, signature.result_shapes(sizes, shape))
        ]
        return made[0] if len(made) == 1 else tuple(made)

    op.register_fake(fake)
    return op


def with_formula(
    signature: RawSignature, define: str, launch: Callable[..., Any], place: str
) -> FormulaKernel:
    """A raw kernel as the kernel of an entry.

    Raises:
        ValueError: The statements are wrong.
    """
    op = _formula_op(signature, define)
    entry = entry_of(op)
    replaced = Replaced(entry)
    replaced.functions[place] = [launch]
    entry.replacement = replaced
    return FormulaKernel(op, signature)


def _formula_op(signature: RawSignature, define: str) -> Op:
    """The op of a signature and its statements; mistakes show the line of `define`."""
    pieces = entry_of_signature(signature, define)
    try:
        op = build(signature.name, pieces, functions=lambda x: x in registry)
        return resolve(op, {}, registry.get)
    except RegistryError as error:
        placed = RegistryError(
            error.message, "define", max(error.line, 1), error.column, signature.name
        )
        raise show_line(placed, define.split("\n"), lambda line: 0) from None


def entry_of_signature(signature: RawSignature, define: str) -> Pieces:
    """The pieces of the entry that a signature and its statements are."""

    def typed(each: RawTensor) -> str:
        return each.dtype.name if each.sizes == (ANY,) else str(each)

    def number(each: RawNumber) -> str:
        return each.kind if each.default is REQUIRED else f"{each.kind} = {each.default}"

    pieces: dict[str, Any] = {
        "doc": f"The raw kernel {signature.name}.",
        "inputs": {each.name: typed(each) for each in signature.tensors},
        "outputs": {each.name: typed(each) for each in signature.results},
        "define": define,
        "reference": "None",
        "names": [],
        "order": [each.name for each in signature.arguments],
    }
    if signature.numbers:
        pieces["attrs"] = {each.name: number(each) for each in signature.numbers}
    return pieces

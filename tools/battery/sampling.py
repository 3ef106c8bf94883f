"""Arguments to test an op with, made from the samples of its entry.

A pointwise entry without samples gets a standard set: equal shapes, broadcasting, 0-dim and 0-size.
Values come in four fills (mixed, negative, positive, wide), since a mistake may show in one of them
only; they keep to the entry's `domain`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...ops.dataclass import dataclass
from ...ops.dtype import dtype, numpy_dtype
from ...ops.errors import RegistryError
from ...ops.language.op import REQUIRED, Input, Op, Sample

FILLS: dict[str, tuple[float, float]] = {
    "mixed": (-2.0, 2.0),
    "negative": (-2.0, -0.1),
    "positive": (0.1, 2.0),
    "wide": (-8.0, 8.0),
}
INTEGERS = {"mixed": (-4, 5), "negative": (-4, 0), "positive": (1, 5), "wide": (-9, 10)}
TRIES = 64

_STANDARD: tuple[tuple[list[int], ...], ...] = (
    ([2, 3], [2, 3], [2, 3], [2, 3]),
    ([4, 1], [3], [2, 1, 3], [1]),
    ([], [], [], []),
    ([0, 3], [3], [1, 3], [3]),
)
_FLOATS = ("Float", "Inexact", "Number", "Real", "Ordered", "Any", "Arithmetic")
_NUMBERS = dict.fromkeys(_FLOATS, "float64") | {
    "Complex": "complex128",
    "Integer": "int64",
    "Integral": "int64",
    "Bool": "bool",
}


@dataclass(frozen=True)
class Arguments:
    """One call to test.

    Attributes:
        op: What is called.
        tensors: Input name -> array, Python number, or None where it is absent.
        attributes: Attribute name -> value; those with defaults may be missing.
        label: How the test is called.
        chosen: Names of the tensors whose elements the sample gives one by one.
        fill: Where other elements come from.
    """

    op: Op
    tensors: Mapping[str, Any]
    attributes: Mapping[str, Any]
    label: str
    chosen: tuple[str, ...] = ()
    fill: str = "mixed"

    @property
    def operands(self) -> tuple[Any, ...]:
        """Arrays in the order of the op's inputs."""
        return tuple(self.tensors[given.name] for given in self.op.inputs)


def signatures(op: Op) -> list[Op]:
    """The op and its variants."""
    return [op, *op.variants]


def samples_of(op: Op) -> list[Sample]:
    """The entry's samples, or the standard set of a pointwise op."""
    if op.samples:
        return list(op.samples)
    if not op.inputs or not all(given.type.pointwise for given in op.inputs):
        return []
    return [
        Sample(tuple((given.name, list(shape)) for given, shape in zip(op.inputs, shapes)))
        for shapes in _STANDARD
    ]


def arguments_of(
    op: Op, sample: Sample, fill: str = "mixed", kind: dtype | None = None, seed: int = 0
) -> Arguments:
    """Arrays and attributes of a sample.

    Args:
        op: One signature.
        sample: One of its samples, or a reject.
        fill: Key of `FILLS`.
        kind: Dtype of the inputs whose class admits it; by default the largest of the class.
        seed: Of the random values.

    Raises:
        RegistryError: The sample describes no arrays.
    """
    try:
        return _arguments_of(op, sample, fill, kind, seed)
    except (ArithmeticError, LookupError, MemoryError, NameError, TypeError, ValueError) as error:
        shown = ", ".join(f"{name}: {value}" for name, value in sample.arguments)
        raise RegistryError(f"no arrays can be made of the sample {{{shown}}}: {error}") from None


def _arguments_of(op: Op, sample: Sample, fill: str, kind: dtype | None, seed: int) -> Arguments:
    given = dict(sample.arguments)
    rng = np.random.default_rng(seed)
    attributes = {spec.name: given[spec.name] for spec in op.attributes if spec.name in given}
    tensors: dict[str, Any] = {}
    for tensor_input in op.inputs:
        if tensor_input.name not in given:
            tensors[tensor_input.name] = None
            continue
        value = given[tensor_input.name]
        place = (
            is_index(op, tensor_input) and kind is not None and kind.name not in ("int32", "int64")
        )
        tensors[tensor_input.name] = _make(tensor_input, value, rng, fill, None if place else kind)
    _keep_to_domain(op, tensors, attributes, given, rng, fill, kind)
    shapes = ", ".join(f"{k}={_show(v)}" for k, v in given.items())
    chosen = tuple(each.name for each in op.inputs if not _drawn(given.get(each.name)))
    return Arguments(op, tensors, attributes, f"{op.name}({shapes})", chosen, fill)


def _show(value: object) -> str:
    return (
        "x".join(map(str, value)) or "0d"
        if isinstance(value, list) and _is_shape(value)
        else str(value)
    )


def _is_shape(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(type(item) is int for item in value)


def admits(word: str, kind: dtype) -> bool:
    """Whether a dtype class (or dtype) of the notation takes a dtype."""
    base = word.rstrip("0123456789")
    match base:
        case "Any":
            return True
        case "Bool":
            return kind.kind == "bool"
        case "Integer":
            return kind.kind == "int"
        case "Integral":
            return kind.kind in ("int", "bool")
        case "Float":
            return kind.is_floating_point
        case "Inexact":
            return kind.kind in ("float", "int", "bool")
        case "Ordered":
            return kind.kind in ("float", "int", "bool")
        case "Real" | "Arithmetic":
            return kind.kind in ("float", "int")
        case "Number":
            return kind.kind in ("float", "int")
    return kind.name == word


def is_index(op: Op, given: Input) -> bool:
    """Whether an integer input stands beside inputs of another class: places, targets, counts."""
    word = given.type.word
    return word.rstrip("0123456789") in ("Integer", "Integral") and any(
        other.type.word != word for other in op.inputs
    )


def _make(given: Input, value: Any, rng: np.random.Generator, fill: str, kind: dtype | None) -> Any:
    word = given.type.word
    name = _NUMBERS.get(word.rstrip("0123456789"), word if "(" not in word else "float64")
    if kind is not None and admits(word, kind):
        wanted = np.dtype(numpy_dtype(kind))
    else:
        wanted = np.dtype(name)
    if isinstance(value, list) and value and not _is_shape(value):
        return [_make(given, item, rng, fill, kind) for item in value]  # several tensors
    if isinstance(value, Mapping):
        if "dtype" in value:
            wanted = np.dtype(str(value["dtype"]))
        if "values" in value:
            array = np.array(value["values"])
            if array.dtype.kind == "f" and wanted.kind in "biu":
                array = np.asarray(np.nan_to_num(array, nan=0, posinf=3, neginf=0))
            with np.errstate(over="ignore", invalid="ignore"):  # 1e300 in float32, in int64
                return array.astype(wanted if array.dtype.kind in "biuf" else array.dtype)
        shape, bounds = tuple(value["shape"]), value.get("range")
        return _draw(rng, shape, wanted, fill, tuple(bounds) if bounds is not None else None)
    if not isinstance(value, (list, tuple)):
        return value  # a Python number
    return _draw(rng, tuple(value), wanted, fill, None)


def _draw(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    kind: np.dtype[Any],
    fill: str,
    bounds: tuple[Any, ...] | None,
) -> Any:
    if kind.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if kind.kind in "iu":
        low, high = bounds if bounds is not None else INTEGERS[fill]
        if kind.kind == "u":
            low, high = max(low, 0), max(high, 1)
        return rng.integers(low, high, shape).astype(kind)
    low, high = bounds if bounds is not None else FILLS[fill]
    if kind.kind == "c":
        return (rng.uniform(low, high, shape) + 1j * rng.uniform(low, high, shape)).astype(kind)
    return rng.uniform(low, high, shape).astype(kind)


def _keep_to_domain(
    op: Op,
    tensors: dict[str, Any],
    attributes: Mapping[str, Any],
    given: Mapping[str, Any],
    rng: np.random.Generator,
    fill: str,
    kind: dtype | None,
) -> None:
    """Draws elements again that lie outside of the entry's domain."""
    for text in filter(None, (op.domain,)):
        for _ in range(TRIES):
            holds = condition(op, text, tensors, attributes)
            if bool(np.all(holds)):
                return
            for each in op.inputs:
                array = tensors[each.name]
                if not isinstance(array, np.ndarray) or not _drawn(given[each.name]):
                    continue
                bad = np.broadcast_to(
                    ~np.asarray(holds), np.broadcast_shapes(np.shape(holds), array.shape)
                )
                bad = _reduce_to(bad, array.shape)
                # Beyond the fill if need be: a domain of positive numbers has no negative fill.
                fresh = _make(
                    each, given[each.name], rng, "mixed" if rng.random() < 0.5 else fill, kind
                )
                tensors[each.name] = np.where(bad, fresh, array).astype(array.dtype)


def _drawn(value: Any) -> bool:
    return not (isinstance(value, Mapping) and "values" in value)


def _reduce_to(bad: Any, shape: tuple[int, ...]) -> Any:
    while bad.ndim > len(shape):
        bad = bad.any(axis=0)
    axes = tuple(i for i, extent in enumerate(shape) if extent == 1 and bad.shape[i] != 1)
    return bad.any(axis=axes, keepdims=True)


class _Logic(ast.NodeTransformer):
    """Rewrites `and`, `or`, `not` and chains of comparisons to functions of arrays."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        name = "logical_and" if isinstance(node.op, ast.And) else "logical_or"
        result = node.values[0]
        for value in node.values[1:]:
            result = ast.Call(ast.Name(name, ast.Load()), [result, value], [])
        return result

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            return ast.Call(ast.Name("logical_not", ast.Load()), [node.operand], [])
        return node


_FUNCTIONS = (
    *("abs", "round", "floor", "ceil", "cos", "sin", "tan", "exp", "log", "sqrt", "sign"),
    *("isfinite", "isnan", "maximum", "minimum", "logical_and", "logical_or", "logical_not"),
)
_NAMES: dict[str, Any] = {name: getattr(np, name) for name in _FUNCTIONS} | {
    "pi": np.pi,
    "inf": np.inf,
    "min": np.minimum,
    "max": np.maximum,
}


def condition(op: Op, text: str, tensors: Mapping[str, Any], attributes: Mapping[str, Any]) -> Any:
    """Truth of a condition of the entry (`domain`, `smooth`) on arrays."""
    tree = ast.fix_missing_locations(_Logic().visit(ast.parse(text.strip(), mode="eval")))
    defaults = {spec.name: spec.default for spec in op.attributes if spec.default is not REQUIRED}
    absent = {each.name: 0 for each in op.inputs if tensors.get(each.name) is None}
    present = {name: value for name, value in tensors.items() if value is not None}
    with np.errstate(all="ignore"):
        return eval(
            compile(tree, "<condition>", "eval"),
            {"__builtins__": {}, **_NAMES},
            {**defaults, **attributes, **absent, **present},
        )


def float_inputs(arguments: Arguments) -> Iterator[tuple[int, str]]:
    """Place and name of the inputs that can carry a derivative."""
    for place, given in enumerate(arguments.op.inputs):
        value = arguments.tensors[given.name]
        if (
            isinstance(value, np.ndarray)
            and value.dtype.kind == "f"
            and given.name not in arguments.op.nondifferentiable
        ):
            yield place, given.name

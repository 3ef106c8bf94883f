"""The space of kernels: calls that stand for all calls of an op.

A kernel depends on the structure of a call: op, dtypes, which operands are broadcast or lie how,
which loops are one long loop, whether rows are long enough to be shared out. It never depends on a
size as such. So a finite set of calls stands for all of them: those of each sample of an entry, in
each dtype, layout class and size class, forwards, backwards and through the transforms. They are
planned, never run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np

from ...autograd import grad
from ...autograd.modes import no_grad
from ...autograd.transforms import jvp
from ...autograd.vmap import vmap
from ...ops.dtype import by_name
from ...ops.op import Op
from ...tensor import Tensor, as_tensor, call, from_numpy
from ..battery.sampling import Arguments, arguments_of, samples_of, signatures

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
)  # fmt: skip
LARGEST = 1 << 27  # elements of an operand; a call with a larger one is left out
WIDEST = 1 << 24  # elements of a wide operand
REFUSALS = (ArithmeticError, AssertionError, IndexError, RuntimeError, TypeError, ValueError)
"""What a call may be refused with; anything else is a defect, and no reason to leave a call out."""

LONG = 1 << 17  # elements of a row that is shared out


@dataclass(frozen=True)
class Space:
    """Classes of calls; the space is their product over all samples of all entries.

    Attributes:
        dtypes: Of the operands whose class admits them.
        layouts: Keys of `LAYOUTS`.
        sizes: Keys of `SIZES`.
        ways: Keys of `WAYS`.
        samples: How many samples of each entry, the first ones; None for all.
    """

    dtypes: tuple[str, ...]
    layouts: tuple[str, ...]
    sizes: tuple[str, ...]
    ways: tuple[str, ...]
    samples: int | None = None


# -- size classes ---------------------------------------------------------------------------------

Shape = tuple[int, ...]
Resize = Callable[[Shape], Shape]


def _each(extent: Callable[[int], int]) -> Resize:
    return lambda shape: tuple(map(extent, shape))


def _small(shapes: list[Shape]) -> Resize:
    return lambda shape: shape


def _ragged(shapes: list[Shape]) -> Resize:
    return _each(lambda extent: 5 * extent if extent > 1 else extent)


def _wide(shapes: list[Shape]) -> Resize:
    """Many elements along each dim, as far as an operand of many dims stays below 16 million."""
    factors = (32, 16, 8)
    fits = (f for f in factors if max(map(_scaled(f), shapes), default=0) <= WIDEST)
    factor = next(fits, factors[-1])
    return _each(lambda extent: factor * extent if extent > 1 else extent)


def _scaled(factor: int) -> Callable[[Shape], int]:
    return lambda shape: prod(factor * n if n > 1 else n for n in shape)


def _long_rows(shapes: list[Shape]) -> Resize:
    last = next((shape[-1] for shape in shapes if shape and shape[-1] > 1), 0)
    return _each(lambda extent: LONG if extent == last else extent)


def _long_columns(shapes: list[Shape]) -> Resize:
    first = next((shape[0] for shape in shapes if shape and shape[0] > 1), 0)
    return _each(lambda extent: LONG if extent == first else extent)


def _layers(shapes: list[Shape]) -> Resize:
    """Many channels and places under windows that stay small, where fewer products pay."""
    return _layer(channels=32, places=8)


def _deep_layers(shapes: list[Shape]) -> Resize:
    """So many channels that a sum over them goes block by block."""
    return _layer(channels=128, places=4)


def _layer(channels: int, places: int) -> Resize:
    def resize(shape: Shape) -> Shape:
        first = len(shape) - 2 if len(shape) > 2 else len(shape)  # of the places in a plane
        outer = (channels * n if n > 1 else n for n in shape[:first])
        return (*outer, *(places * n if n > 3 else n for n in shape[first:]))

    return resize


SIZES: dict[str, Callable[[list[Shape]], Resize]] = {
    "small": _small, "ragged": _ragged, "wide": _wide, "long rows": _long_rows,
    "long columns": _long_columns, "layers": _layers, "deep layers": _deep_layers,
}  # fmt: skip
"""From the shapes of a sample to what each of them becomes."""

# -- layout classes -------------------------------------------------------------------------------


def _transposed(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.zeros(x.shape[::-1], x.dtype).T


def _turned(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Transposed, but a dim of one element lies as in dense memory: where all dims but one are
    such, dense memory is transposed memory."""
    moved, dense = _transposed(x), np.empty(x.shape, x.dtype).strides
    strides = [d if n == 1 else s for n, d, s in zip(x.shape, dense, moved.strides)]
    return np.lib.stride_tricks.as_strided(moved, strides=strides)


def _strided(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Elements apart, and rows apart by another step."""
    return np.zeros((*x.shape[:-1], 2 * x.shape[-1] + 1), x.dtype)[..., 1::2] if x.ndim else x


def _every_other(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Elements apart by one step in all of the memory."""
    return np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)[..., ::2] if x.ndim else x


def _rows_apart(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.ndim < 2:
        return x
    return np.zeros((*x.shape[:-1], x.shape[-1] + 1), x.dtype)[..., :-1]


def _channels_last(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.ndim < 3:
        return x
    moved = np.zeros((x.shape[0], *x.shape[2:], x.shape[1]), x.dtype)
    return np.moveaxis(moved, -1, 1)


LAYOUTS: dict[str, Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]] = {
    "contiguous": lambda x: np.zeros(x.shape, x.dtype),
    "transposed": _transposed,
    "turned": _turned,
    "strided": _strided,
    "every other": _every_other,
    "rows apart": _rows_apart,
    "channels last": _channels_last,
}
"""Arrays of the same shape, in other memory."""

# -- ways to call ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One call.

    Attributes:
        arguments: Arrays of zeros, numbers and attributes.
        label: Op, sample, dtype, layout and size.
    """

    arguments: Arguments
    label: str

    def operands(self) -> list[Any]:
        """Fresh tensors over the arrays."""
        return [_tensor(value) for value in self.arguments.operands]

    def run(self, operands: list[Any]) -> tuple[Any, ...]:
        """The results."""
        found = call(self.arguments.op, tuple(operands), dict(self.arguments.attributes))
        return tuple(found) if isinstance(found, (tuple, list)) else (found,)


def _tensor(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return from_numpy(value) if value.dtype.name != "bfloat16" else _bfloat16(value)
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return [_tensor(item) for item in value]
    return value


def _bfloat16(value: np.ndarray[Any, Any]) -> Tensor:
    made = from_numpy(value.view(np.int16))
    return made.view(by_name("bfloat16")) if value.ndim else as_tensor(value)


def _leaves(operands: list[Any]) -> list[int]:
    return [
        i for i, x in enumerate(operands) if isinstance(x, Tensor) and x.dtype.is_floating_point
    ]


def _smooth(results: tuple[Any, ...]) -> list[Tensor]:
    return [x for x in results if isinstance(x, Tensor) and x.requires_grad]


def _forwards(case: Case) -> None:
    with no_grad():
        case.run(case.operands())


def _backwards(case: Case) -> None:
    """Gradients of all operands, of dense cotangents."""
    _differentiate(case, 0, lambda x: Tensor.new_empty(x, tuple(x.shape)))


def _backwards_of_some(case: Case) -> None:
    """Gradients of all operands but the first: of a layer whose input is data."""
    _differentiate(case, 1, lambda x: Tensor.new_empty(x, tuple(x.shape)))


def _backwards_of_sums(case: Case) -> None:
    """Gradients of all operands, of cotangents that are one number."""
    _differentiate(case, 0, lambda x: Tensor.new_empty(x, ()).expand(tuple(x.shape)))


def _differentiate(case: Case, first: int, cotangent: Callable[[Tensor], Tensor]) -> None:
    operands = case.operands()
    leaves = [operands[i].requires_grad_() for i in _leaves(operands)[first:]]
    smooth = _smooth(case.run(operands)) if leaves else []
    if smooth:
        grad(smooth, leaves, [cotangent(x) for x in smooth], allow_unused=True)


def _second_order(case: Case) -> None:
    operands = case.operands()
    places = _leaves(operands)
    for place in places:
        operands[place].requires_grad_()
    smooth = _smooth(case.run(operands))
    if not smooth:
        return
    leaves = [operands[i] for i in places]
    whole = [Tensor.new_empty(x, tuple(x.shape)).requires_grad_() for x in smooth]
    first = [
        x
        for x in grad(smooth, leaves, whole, create_graph=True, allow_unused=True)
        if x is not None and x.requires_grad
    ]
    if first:
        again = [Tensor.new_empty(x, tuple(x.shape)) for x in first]
        grad(first, [*leaves, *whole], again, allow_unused=True)


def _tangents(case: Case) -> None:
    operands = case.operands()
    places = _leaves(operands)
    if not places:
        return

    def function(*moving: Any) -> Any:
        full = list(operands)
        for place, value in zip(places, moving):
            full[place] = value
        return tuple(x for x in case.run(full) if isinstance(x, Tensor))

    given = tuple(operands[i] for i in places)
    jvp(function, given, tuple(Tensor.new_empty(x, tuple(x.shape)) for x in given))


def _mapped(case: Case) -> None:
    """All operands mapped over a leading dim, and each alone."""
    operands = case.operands()
    places = [i for i, x in enumerate(operands) if isinstance(x, Tensor)]
    for mapped in [places] if len(places) == 1 else [places, *([i] for i in places)]:
        stacked = [Tensor.new_empty(operands[i], (3, *operands[i].shape)) for i in mapped]

        def function(*inputs: Any, mapped: list[int] = mapped) -> Any:
            full = list(operands)
            for place, value in zip(mapped, inputs):
                full[place] = value
            return tuple(x for x in case.run(full) if isinstance(x, Tensor))

        vmap(function, randomness="same")(*stacked)


WAYS: dict[str, Callable[[Case], None]] = {
    "forwards": _forwards,
    "backwards": _backwards,
    "backwards of some": _backwards_of_some,
    "backwards of sums": _backwards_of_sums,
    "second order": _second_order,
    "tangents": _tangents,
    "mapped": _mapped,
}

_FLOATS = ("float32", "float64")
_EVERY = ("small", "ragged", "wide")
_LONG = ("long rows", "long columns")
_LAYERS = ("layers", "deep layers")
_OTHERS = ("backwards of some", "backwards of sums", "second order", "tangents", "mapped")
_SOME = ("float32", "float64", "bfloat16", "int64", "bool")
SPACES: dict[str, tuple[Space, ...]] = {
    "full": (
        Space(DTYPES, tuple(LAYOUTS), _EVERY, ("forwards", "backwards")),
        Space(DTYPES, ("contiguous",), _EVERY, ("backwards of some", "backwards of sums")),
        Space(_FLOATS, ("contiguous",), _EVERY, ("second order", "tangents", "mapped")),
        Space(_SOME, ("contiguous", "transposed"), _LONG, ("forwards", "backwards")),
        Space(("float32",), tuple(LAYOUTS), _LAYERS, ("forwards", "backwards")),
        Space(("float32",), ("contiguous",), _LAYERS, _OTHERS),
    ),
    "core": (
        Space(("float32",), ("contiguous",), ("wide",), ("forwards", "backwards"), 1),
        Space(("int64",), ("contiguous",), ("wide",), ("forwards",), 1),
    ),
}
"""`full` is what `precompile --all` builds; `core` comes with the package, together with the
kernels of the programs in `programs.py`."""


def cases(op: Op, space: Space) -> Iterator[Case]:
    """The calls of an op and its overloads, without those that differ in nothing."""
    for one in signatures(op):
        for number, sample in enumerate(samples_of(one)[: space.samples]):
            seen: set[tuple[Any, ...]] = set()
            for kind in space.dtypes:
                try:
                    arguments = arguments_of(one, sample, kind=by_name(kind))
                except (ValueError, TypeError, OverflowError):
                    continue  # the sample's values are none of this dtype
                arguments = _made_as(arguments, kind)
                given = (
                    *(_kind(value) for value in arguments.operands),
                    arguments.attributes.get("dtype"),
                )
                if given in seen:
                    continue
                seen.add(given)
                for size, layout in product(space.sizes, space.layouts):
                    resized = _arranged(arguments, size, layout)
                    if resized is not None:
                        yield Case(resized, f"{one.name} {number} {kind} {size} {layout}")


def _made_as(arguments: Arguments, kind: str) -> Arguments:
    """The arguments of an op without operands, with the dtype of the result asked for."""
    if arguments.tensors or not any(s.kind == "dtype" for s in arguments.op.attributes):
        return arguments
    return replace(arguments, attributes={**arguments.attributes, "dtype": by_name(kind)})


def _kind(value: Any) -> str:
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__


def _arranged(arguments: Arguments, size: str, layout: str) -> Arguments | None:
    """The arguments in a size and a layout class; None if that changes nothing or is too large."""
    arrays = [v for v in arguments.operands if isinstance(v, np.ndarray)]
    resize = SIZES[size]([x.shape for x in arrays])
    arrange = LAYOUTS[layout]
    changed = size == "small"
    tensors: dict[str, Any] = {}
    for name, value in arguments.tensors.items():
        if not isinstance(value, np.ndarray):
            tensors[name] = value
            continue
        shape = resize(value.shape)
        changed = changed or shape != value.shape
        if int(np.prod(shape, dtype=np.float64)) > LARGEST:
            return None
        tensors[name] = arrange(np.broadcast_to(np.zeros((), value.dtype), shape))
    if not changed or (layout == "turned" and not any(1 in x.shape for x in arrays)):
        return None
    arranged = [x for x in tensors.values() if isinstance(x, np.ndarray)]
    if layout != "contiguous" and all(map(_is_dense, arranged)):
        return None
    kinds = {spec.name: spec.kind for spec in arguments.op.attributes}
    attributes = {
        name: list(resize(tuple(value))) if kinds.get(name) == "Shape" else value
        for name, value in arguments.attributes.items()
    }
    return replace(arguments, tensors=tensors, attributes=attributes)


def _is_dense(x: np.ndarray[Any, Any]) -> bool:
    """Memory is dense, and planning sees it: a step over a single element is a step."""
    return x.flags.c_contiguous and (x.size != 1 or x.strides == np.empty(x.shape, x.dtype).strides)


def plan_entry(op: Op, space: Space) -> tuple[int, int]:
    """Plans all calls of an entry on the backend of this process.

    Returns:
        Calls that were planned, and calls that the op does not take.
    """
    planned = refused = 0
    for case in cases(op, space):
        for way in space.ways:
            try:
                WAYS[way](case)
                planned += 1
            except REFUSALS:  # shapes that do not fit, values that are not allowed: no such call
                refused += 1
    return planned, refused

"""The space of kernels: calls that stand for all calls of an op.

A kernel depends on the structure of a call: op, dtypes, which operands are broadcast or lie how,
which loops are one long loop, whether rows are long enough to be shared out. It never depends on a
size as such. So a finite set of calls stands for all of them: those of each sample of an entry, in
each dtype, layout class and size class, forwards, backwards and through the transforms. They are
planned, never run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from ...ops.dataclass import dataclass
from ...ops.dtype import by_name
from ...ops.language.op import Op
from ..battery.sampling import Arguments, arguments_of, samples_of, signatures
from .classes import LAYOUTS, SIZES
from .ways import WAYS, Case

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
)  # fmt: skip
LARGEST = 1 << 27  # elements of an operand; a call with a larger one is left out
REFUSALS = (ArithmeticError, AssertionError, IndexError, RuntimeError, TypeError, ValueError)
"""What a call may be refused with; anything else is a defect, and no reason to leave a call out."""


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
        Space(("float32",), ("contiguous",), ("small",), ("forwards",), 1),
    ),
    "first": (
        Space(("float32", "int64"), ("contiguous",), ("small",), ("forwards", "backwards"), 1),
    ),
    "dtypes": (
        Space(DTYPES, ("contiguous",), ("small", "wide"), ("forwards", "backwards"), 1),
        Space(_SOME, ("contiguous",), _LONG, ("forwards", "backwards"), 1),
        Space(("float32", "int64"), ("contiguous",), ("small",), ("forwards", "backwards")),
    ),
}
"""`full` is what `precompile --all` builds; `core` comes with the package, together with the
kernels of the programs in `programs.py`; `dtypes` is what is compiled for a GPU to see that it can
be, and `first` stands in for the core space where an op takes no call of that."""


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

"""What a kernel written by hand returned, held to its schema, to its fake and to its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...ops.dataclass import dataclass
from ...ops.errors import CustomOpError
from ..base import TensorBase
from ..devices import device
from ..interchange.interop import from_numpy
from .arguments import Values, named_tensors
from .schema import Form, Schema

Results = tuple[Any, ...]
NUMBERS: dict[str, tuple[type, ...]] = {
    "int": (int, np.integer), "bool": (bool, np.bool_),
    "float": (int, float, np.integer, np.floating),
    "Scalar": (int, float, complex, np.number, np.bool_),
}  # fmt: skip
"""Python types of results that are numbers, by what the schema says."""
HARDEST = 10_000  # steps of looking for a common element, where two bounds overlap


@dataclass(frozen=True)
class Promise:
    """What a fake says of a call.

    Attributes:
        results: Tensors on the device `meta`, and numbers.
        open: Extents in them that stand for those that only the kernel knows.
    """

    results: Results
    open: frozenset[int] = frozenset()

    def fits(self, fake: Any, shape: Sequence[int]) -> bool:
        """Whether a result has the shape that one of `results` promises."""
        return len(fake.shape) == len(shape) and all(
            n == m or m in self.open for n, m in zip(shape, fake.shape)
        )

    def shown(self, fake: Any) -> list[int | str]:
        """A promised shape for messages."""
        return ["any" if extent in self.open else extent for extent in fake.shape]


def in_order(schema: Schema, found: Any, kernel: str) -> Results:
    """The results of a kernel, one for each that the schema has; arrays as tensors.

    Raises:
        RuntimeError: There are more or fewer, or one has another type.
    """
    count = len(schema.returns)
    if count == 0:
        if found is not None:
            raise _wrong(schema, kernel, f"must return None, but it returned {_kind_of(found)}")
        return ()
    results = (found,) if count == 1 else found
    if not isinstance(results, (tuple, list)) or len(results) != count:
        raise _wrong(
            schema, kernel, f"must return a tuple of {count} results, but it returned "
            f"{_kind_of(found)}",
        )  # fmt: skip
    return tuple(
        [_one(schema, kernel, form, value) for form, value in zip(schema.returns, results)]
    )


def _one(schema: Schema, kernel: str, form: Form, value: Any) -> Any:
    if form.kind != "Tensor":
        if form.kind in NUMBERS and isinstance(value, NUMBERS[form.kind]):
            return value.item() if isinstance(value, np.generic) else value
    elif form.is_list:
        if isinstance(value, (list, tuple)):
            return [_one(schema, kernel, Form("Tensor"), x) for x in value]
    elif isinstance(value, TensorBase):
        return value
    elif isinstance(value, np.ma.MaskedArray):
        raise _wrong(schema, kernel, "must return plain arrays, but it returned a masked one")
    elif isinstance(value, (np.ndarray, np.generic)):
        return _tensor_over(schema, kernel, np.asarray(value))
    raise _wrong(schema, kernel, f"must return {form}, but it returned {_kind_of(value)}")


def _tensor_over(schema: Schema, kernel: str, array: Any) -> Any:
    """A tensor over the memory of an array, or of its copy where a tensor could not lie there."""
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    flags = array.flags
    if not (flags.writeable and flags.aligned) or any(step < 0 for step in array.strides):
        array = array.copy()
    try:
        return from_numpy(array)
    except (TypeError, ValueError, RuntimeError) as error:
        what = f"must return arrays that a tensor can hold, not of {array.dtype}: {error}"
        raise _wrong(schema, kernel, what) from None


def _kind_of(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__


def _wrong(schema: Schema, kernel: str, what: str) -> CustomOpError:
    return CustomOpError(f"{schema.name}: {kernel} {what}. Declaration: {schema}")


def tensors_of(results: Results) -> list[tuple[str, Any]]:
    """The tensors among results, with what to call them."""
    found = []
    for place, value in enumerate(results):
        name = f"result {place}" if len(results) > 1 else "the result"
        if isinstance(value, TensorBase):
            found.append((name, value))
        elif isinstance(value, list):
            found += [(f"{name}[{i}]", x) for i, x in enumerate(value)]
    return found


def check_alias(schema: Schema, values: Values, results: Results, kernel: str) -> None:
    """Raises RuntimeError if a result shares memory with an argument or with another result."""
    seen = [(f"argument {name}", x) for name, _, x in named_tensors(schema, values)]
    for name, tensor in tensors_of(results):
        for other, earlier in seen:
            if overlap(tensor, earlier):
                raise CustomOpError(
                    f"{schema.name}: {kernel} must return new tensors, but {name} shares memory "
                    f"with {other}. The output of this custom operator (1) must not also be an "
                    "input to this custom operator and (2) may not alias any inputs to this "
                    "custom operator or other returns: return x.clone() instead"
                )
        seen.append((name, tensor))


def overlap(a: Any, b: Any) -> bool:
    """Whether two tensors share memory."""
    if a is b or (a._storage is b._storage and a._layout.device.type == "meta"):
        return True
    if not a._layout.numel or not b._layout.numel or not a._data or not b._data:
        return False
    try:
        work: Any = HARDEST  # NumPy's stubs admit its two named bounds only
        return np.shares_memory(_bytes_of(a), _bytes_of(b), max_work=work)
    except np.exceptions.TooHardError:
        return True


class _Place:
    """Where the elements of a tensor lie, in NumPy's words; nothing is read there."""

    def __init__(self, tensor: Any) -> None:
        layout = tensor._layout
        size = layout.dtype.itemsize
        self.__array_interface__ = {
            "version": 3, "data": (tensor._data, True), "typestr": f"|V{size}",
            "shape": tuple(layout.shape), "strides": tuple(n * size for n in layout.strides),
        }  # fmt: skip


def _bytes_of(tensor: Any) -> Any:
    return np.asarray(_Place(tensor))


def check_expected(
    schema: Schema, results: Results, expected: Promise | None, place: device, kernel: str
) -> None:
    """Raises RuntimeError if a result has not the shape, dtype or device that was promised.

    Args:
        expected: What the fake says; only the device is checked if there is none.
    """
    own = tensors_of(results)
    for name, tensor in own:
        if tensor.device is not place:
            raise _wrong(
                schema, kernel, f"must return tensors on {place}, where its arguments are, but "
                f"{name} is on {tensor.device}",
            )  # fmt: skip
    if expected is None:
        return
    promised = tensors_of(expected.results)
    if len(promised) != len(own):
        raise _wrong(
            schema, kernel, f"must return {len(promised)} tensors, as register_fake says, but it "
            f"returned {len(own)}",
        )  # fmt: skip
    for (name, tensor), (_, fake) in zip(own, promised):
        if tensor.dtype is not fake.dtype:
            raise _wrong(
                schema, kernel, f"must return {fake.dtype.name} for {name}, as register_fake "
                f"says, but it has dtype {tensor.dtype.name}",
            )  # fmt: skip
        if not expected.fits(fake, tensor.shape):
            raise _wrong(
                schema, kernel, f"must return shape {expected.shown(fake)} for {name}, as "
                f"register_fake says, but it has shape {list(tensor.shape)}",
            )  # fmt: skip

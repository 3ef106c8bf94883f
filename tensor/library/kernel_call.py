"""A call of an op implemented by hand, below all transforms: its kernel is run and watched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ...ops.errors import CustomOpError
from ..base import TensorBase
from ..calls.solving import common_device
from ..devices import CPU, META, device
from ..interpreters import modes
from ..layout import strided
from ..tensor import Tensor, fresh
from .arguments import Values, described, named_tensors, tensors_in
from .kernels import Kernels
from .results import Promise, Results, check_alias, check_expected, in_order
from .schema import Schema

STAND_IN = 1 << 30  # plus a count: an extent until the kernel tells it
LIMIT = 4096  # calls of one op whose promised results are kept


def run(op: Kernels, values: Values) -> Results:
    """The results of an op's kernel for plain tensors.

    Raises:
        NotImplementedError: There is none for the device.
        RuntimeError: It returned what schema, fake or arguments forbid, or wrote into an argument
            that the schema does not mark.
    """
    schema = op.schema
    place = _place(schema, values)
    if place is META:
        promise = ask_fake(op, values)
        if promise.open:
            raise CustomOpError(
                f"{schema.name}: tensors must not be on the device meta, as the shape of a result "
                "depends on their elements"
            )
        return promise.results
    kernel = op.kernels.get(place.type) or op.kernels.get(None)
    if kernel is None:
        raise NotImplementedError(
            f"Could not run {schema.name!r} with arguments on the device {place}: kernels were "
            f"registered for {', '.join(map(str, op.kernels)) or 'no device'}; add one with "
            f"register_kernel({place.type!r})"
        )
    label = f"the {place.type} kernel"
    tensors = named_tensors(schema, values)
    before = [tensor._storage.version for _, _, tensor in tensors]
    results = in_order(schema, invoke(op, kernel, values, label), label)
    for (name, form, tensor), version in zip(tensors, before):
        if tensor._storage.version == version or form.written:
            continue
        if not _shares_written(tensor, tensors):
            raise CustomOpError(
                f"{schema.name}: {label} must not write into argument {name}, which mutates_args "
                f"does not name. Declaration: {schema}"
            )
    for storage in {id(x._storage): x._storage for _, form, x in tensors if form.written}.values():
        storage.version += 1  # also what was written past the counter, by NumPy
    check_alias(schema, values, results, label)
    expected = promised(op, values) if op.fake is not None else None
    check_expected(schema, results, expected, place, label)
    return results


def _shares_written(tensor: Any, tensors: list[Any]) -> bool:
    """Another argument over the same memory may be written."""
    return any(form.written and x._storage is tensor._storage for _, form, x in tensors)


def _place(schema: Schema, values: Values) -> device:
    tensors = tensors_in(values)
    if tensors:
        return common_device(schema.name, [x._layout for x in tensors])
    return next((x for x in values if isinstance(x, device)), CPU)


def invoke(op: Kernels, function: Callable[..., Any], values: Values, label: str) -> Any:
    """What a registered function returns, without history; what it raises names the op."""
    schema = op.schema
    positional = tuple([_listed(x) for x in values[: schema.positional]])
    rest = schema.parameters[schema.positional :]
    options = {p.name: _listed(x) for p, x in zip(rest, values[schema.positional :])}
    recording, modes.grad = modes.grad, False
    try:
        return function(*positional, **options)
    except Exception as error:
        error.add_note(f"in {label} of {schema.name}, called with {described(schema, values)}")
        raise
    finally:
        modes.grad = recording


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# fakes


def meta_of(value: Any) -> Any:
    """The value without elements: a tensor on the device `meta`, others as they are."""
    if isinstance(value, tuple):
        return tuple([meta_of(x) for x in value])
    if not isinstance(value, TensorBase):
        return META if isinstance(value, device) else value
    layout = value._layout
    if layout.device is META and type(value) is Tensor:
        return value
    return fresh(strided(layout.dtype, tuple(layout.shape), layout.strides, META))


def ask_fake(op: Kernels, values: Values) -> Promise:
    """Empty results with the shapes and dtypes that the fake gives.

    Raises:
        RuntimeError: None was registered, or what it returned does not fit the schema.
    """
    schema = op.schema
    if op.fake is None:
        raise CustomOpError(
            f"There was no fake impl registered for {op}. It is needed for tensors on the device "
            f"meta and by opcheck: add one with register_fake"
        )
    metas = tuple([meta_of(x) for x in values])
    label = "the function of register_fake"
    outer, _state.open = _state.open, []
    try:
        results = in_order(schema, invoke(op, op.fake, metas, label), label)
        promise = Promise(results, frozenset(_state.open))
    finally:
        _state.open = outer
    check_alias(schema, metas, results, label)
    check_expected(schema, results, None, META, label)
    return promise


def promised(op: Kernels, values: Values) -> Promise:
    """What the fake says of a call; asked once for calls that look alike."""
    try:
        key = tuple([_look(x) for x in values])
        found = op.promised.get(key)
    except TypeError:  # a value that is not hashable
        return ask_fake(op, values)
    if found is None:
        if len(op.promised) >= LIMIT:
            op.promised.clear()
        found = op.promised[key] = ask_fake(op, values)
    return found


def _look(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_look(x) for x in value])
    return value._layout if isinstance(value, TensorBase) else (type(value), value)


class FakeContext:
    """What a fake may ask for while it runs."""

    def new_dynamic_size(self, *, min: int = 0, max: int | None = None) -> int:
        """An extent that depends on the elements, so that only the kernel knows it.

        Args:
            min, max: Accepted as in PyTorch; no kernel is held to them.
        """
        _state.count += 1
        _state.open.append(STAND_IN + _state.count)
        return _state.open[-1]


class _State(threading.local):
    def __init__(self) -> None:
        self.count = 0
        self.open: list[int] = []  # extents that the running fake was given


_state = _State()


def get_ctx() -> FakeContext:
    """The context of the fake that is running."""
    return FakeContext()

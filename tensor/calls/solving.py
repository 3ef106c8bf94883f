"""A call of an op solved: its sizes, the layouts of its results, and the kernels that give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ... import backends
from ...ops.calls.binding import Argument, Binding
from ...ops.calls.sizes import bind
from ...ops.calls.specialize import specialize, title
from ...ops.calls.views import view_map
from ...ops.dtype import bool_, complex64, dtype, get_default_dtype, int64
from ...ops.errors import ArgumentError, DeviceError, ShapeError
from ...ops.language.op import Op
from ..base import TensorBase
from ..devices import CPU, device
from ..layout import Layout, dense_strides, is_packed, strided
from ..storage import backend, backend_at
from .plans import Entry, Plan

ADDRESSES = 1 << 62  # bytes: no memory is that large


@dataclass(slots=True)  # not frozen, which would take a microsecond of each new size
class Call:
    """What the plan of a call depends on.

    Attributes:
        entry: The op.
        operands: For each operand the layout of a tensor, a number, or None.
        attributes: In the entry's order.
        prefix: Leading dims that are one more batch.
        known: For a derived op, the binding of the call it was derived from.
        targets: Layouts that outputs should have, or None for each; () if there are none.
        place: Device of the result for an op without inputs.
        start: Offset of the first operand in its storage, for a view that asks for it.
    """

    entry: Entry
    operands: tuple[Any, ...]
    attributes: tuple[Any, ...]
    prefix: int = 0
    known: Binding | None = None
    targets: tuple[Layout | None, ...] = ()
    place: device | None = None
    start: int = 0

    @property
    def present(self) -> tuple[int, ...]:
        """Places of the operands that are given."""
        return tuple(i for i, value in enumerate(self.operands) if value is not None)


@dataclass(frozen=True, slots=True)
class Result:
    """The layout of a result.

    Attributes:
        dtype, shape, strides: Of it.
        target: Number of the target that has this very layout; -1 if none has.
    """

    dtype: dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    target: int = -1


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules of an op say of a call.

    Attributes:
        op: Specialised.
        binding: Its sizes, places and dtypes.
        results: Of each output.
        place: Where they lie.
    """

    op: Op
    binding: Binding
    results: tuple[Result, ...]
    place: device


def argument(value: Any) -> Argument:
    """What the rules of an op see of an operand, or of one with a layout."""
    layout = value._layout if isinstance(value, TensorBase) else value
    if isinstance(layout, Layout):
        return Argument(layout.shape, layout.dtype)
    if isinstance(value, bool):
        return Argument((), bool_, True)
    if isinstance(value, int):
        return Argument((), int64, True)
    if isinstance(value, float):
        return Argument((), get_default_dtype(), True)
    if isinstance(value, complex):
        return Argument((), complex64, True)
    raise ArgumentError(f"a tensor or a number is needed, but {type(value).__name__} was given")


def common_device(name: str, operands: Iterable[Any]) -> device:
    """The device of the operands that have layouts; 0-dim tensors on the CPU go with any.

    Raises:
        RuntimeError: they lie on different devices.
    """
    found: device | None = None
    scalar: device | None = None
    for layout in operands:
        if isinstance(layout, Layout):
            place = layout.device
            if place is CPU and not layout.rank:
                scalar = place
            elif found is None:
                found = place
            elif found is not place:
                raise DeviceError(
                    f"{title(name)}: Expected all tensors to be on the same device, but found at "
                    f"least two devices, {found} and {place}!"
                )
    return found or scalar or CPU


def kernel_plan(call: Call) -> Plan:
    """The plan of a call that runs a kernel."""
    answer = solve(call)
    outputs = tuple(
        _interned(call, each.target, each.dtype, each.shape, each.strides, answer.place)
        for each in answer.results
    )
    plan = Plan(answer.op, answer.binding, outputs)
    plan.present, plan.known = call.present, call.known
    plan.replacement = call.entry.replacement
    kept = {spec.name for spec in answer.op.attributes}
    plan.kept = tuple(i for i, spec in enumerate(call.entry.specs) if spec.name in kept)
    dtypes, inputs = answer.binding.dtypes, call.entry.op.inputs
    plan.casts = tuple(
        (i, dtypes[inputs[i].name])
        for i, layout in enumerate(call.operands)
        if isinstance(layout, Layout)
        and (
            layout.dtype is not dtypes[inputs[i].name]
            or layout.conj
            or (answer.place.type == "cuda" and layout.device is not answer.place)
        )
    )
    if not plan.casts and answer.place.type != "meta":
        _prepare(plan, call, answer)
    return plan


def _interned(
    call: Call,
    target: int,
    kind: dtype,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    place: device,
) -> Layout:
    """The layout of a result as one object."""
    found = call.targets[target] if target >= 0 else None
    if found is not None and found.device is place:
        return found
    return strided(kind, shape, strides, place)


def solve(call: Call) -> Answer:
    """What the rules of an op say of a call that runs a kernel.

    Raises:
        RuntimeError, IndexError, TypeError, ValueError: what the op requires does not hold.
    """
    op, entry, operands, present = call.entry.op, call.entry, call.operands, call.present
    if present and not any(isinstance(operands[i], (Layout, tuple, list)) for i in present):
        kind = type(operands[present[0]]).__name__
        raise ArgumentError(
            f"{title(op.name)}: argument {op.inputs[0].name!r} must be a Tensor, not {kind}"
        )
    special = _specialized(entry, present, call.attributes)
    arguments = {}
    for i in present:
        try:
            arguments[op.inputs[i].name] = argument(operands[i])
        except ArgumentError as error:
            raise ArgumentError(
                f"{title(op.name)}: argument {op.inputs[i].name!r}: {error}"
            ) from None
    values = {spec.name: value for spec, value in zip(entry.specs, call.attributes)}
    binding = bind(special, arguments, values, call.prefix, call.known)
    place = call.place
    if place is None:
        place = common_device(op.name, operands)
    results = tuple(
        _result(call, binding, number, output.name) for number, output in enumerate(special.outputs)
    )
    return Answer(special, binding, results, place)


def _specialized(entry: Entry, present: tuple[int, ...], attributes: tuple[Any, ...]) -> Op:
    op = entry.op
    words = {entry.specs[i].name: attributes[i] for i in entry.choices}
    return specialize(op, frozenset(op.inputs[i].name for i in present), words)


def _result(call: Call, binding: Binding, number: int, name: str) -> Result:
    """The layout of a result: the wanted one, or dense in C order, or as the operands lie."""
    shape, kind = tuple(binding.shapes[name]), binding.dtypes[name]
    target = call.targets[number] if call.targets else None
    if target is not None and target.shape == shape and target.dtype is kind:
        return Result(kind, shape, target.strides, number)
    if call.entry.pointwise and len(shape) > 1:
        full = [
            layout.strides
            for layout in call.operands
            if isinstance(layout, Layout) and layout.shape == shape
        ]
        if full and all(strides == full[0] for strides in full) and is_packed(shape, full[0]):
            return Result(kind, shape, full[0])
    return Result(kind, shape, dense_strides(shape))


def strides_of(call: Call, answer: Answer) -> dict[str, tuple[int, ...]]:
    """The strides of each operand and result in memory."""
    names = [given.name for given in call.entry.op.inputs]
    found = {n: x.strides for n, x in zip(names, call.operands) if isinstance(x, Layout)}
    for output, result in zip(answer.op.outputs, answer.results):
        found[output.name] = result.strides
    return found


def _prepare(plan: Plan, call: Call, answer: Answer) -> None:
    """Fills in the kernel and where its arguments come from."""
    entry, strides = call.entry, strides_of(call, answer)
    runner = backend_of(answer.binding, answer.place).prepare(answer.op, answer.binding, strides)
    place_of, numbers = _places(call, answer.op)
    plan.run = runner
    plan.pointers = tuple(place_of[name] for name in runner.operands)
    plan.scalars = tuple(
        (False, numbers[name]) if name in numbers else (True, entry.names[name])
        for name in runner.scalars
    )
    plan.constants = {
        entry.names[name]: answer.binding.attributes[name]
        for name in runner.scalars
        if name not in numbers and call.attributes[entry.names[name]] is None
    }
    plan.plain = (
        not plan.scalars
        and plan.single is not None
        and plan.pointers == tuple(range(len(call.operands) + 1))
    )


def _places(call: Call, op: Op) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Places of the operands and results in memory, and of the operands that are numbers."""
    place_of: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for i in call.present:
        where = place_of if isinstance(call.operands[i], Layout) else numbers
        where[call.entry.op.inputs[i].name] = i
    for i, output in enumerate(op.outputs):
        place_of[output.name] = len(call.operands) + i
    return place_of, numbers


def backend_of(binding: Binding, place: device) -> Any:
    """The backend that runs a call: complex numbers have no kernels, the interpreter takes them."""
    if place.type == "cuda":
        return backend_at(place)
    if any(kind.is_complex for kind in binding.dtypes.values()):
        return backends.get("interpreter")
    return backend()


def view_of_layout(call: Call) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Shape, strides and offset of a view."""
    source, entry = call.operands[0], call.entry
    values = {spec.name: value for spec, value in zip(entry.specs, call.attributes)}
    shape, strides, offset = view_map(entry.op, source.shape, source.strides, values, call.start)
    reach = sum((n - 1) * step for n, step in zip(shape, strides)) + abs(offset)
    if reach * source.dtype.itemsize >= ADDRESSES:
        raise ShapeError(
            f"{title(entry.op.name)}: the view must lie inside of the storage: sizes "
            f"{list(shape)}, "
            f"strides {list(strides)} and offset {offset} are out of bounds for any storage"
        )
    return tuple(shape), tuple(strides), offset


def view_plan(call: Call) -> Plan:
    """The plan of a view: the layout of the result and its offset."""
    return planned_view(call, *view_of_layout(call))


def planned_view(call: Call, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Plan:
    """The plan of a view that was solved."""
    source = call.operands[0]
    layout = strided(source.dtype, shape, strides, source.device, source.conj)
    plan = Plan(call.entry.op, None, (layout,))
    plan.offset = int(offset)
    plan.view = not call.entry.absolute
    plan.present = (0,)
    plan.kept = tuple(range(len(call.entry.specs)))
    return plan

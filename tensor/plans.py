"""Plans: a call of an op on given layouts, solved once and run many times.

An `Entry` holds an op and the plans of its calls so far, keyed by the layouts of the tensors, the
Python types of number operands and the values of the attributes. Attributes that are only numbers
in the formula (`alpha`, `eps`, seeds) are keyed by type, not by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from .. import backends
from ..ops.binding import Argument, Binding
from ..ops.dtype import bool_, complex64, dtype, get_default_dtype, int64
from ..ops.errors import ArgumentError, DeviceError, ShapeError
from ..ops.expression import (
    Attribute,
    Constant,
    Expression,
    Index,
    Read,
    Statement,
    reads,
    transform,
    walk,
)
from ..ops.op import REQUIRED, AttributeSpec, Block, Op
from ..ops.simplify import simplify
from ..ops.sizes import bind
from ..ops.specialize import specialize, title
from ..ops.views import view_map
from .base import TensorBase
from .devices import CPU, device
from .layout import Layout, dense, is_packed, strided
from .storage import backend

ADDRESSES = 1 << 62  # bytes: no memory is that large
LIMIT = 4096  # plans of one op; beyond it they start anew


class Plan:
    """A call, solved.

    Attributes:
        op: The op, specialised.
        binding: Sizes, dtypes and places; None for views and host routines.
        casts: (operand, dtype) where an operand must be converted first.
        outputs: Layouts of the results.
        offset: For a view: elements from the input's first one to the output's.
        run: The kernel, ready to be launched; None on the device `meta`.
        pointers: Which operands, then outputs, the kernel takes, in its order.
        scalars: (is an attribute, its place) for each number that the kernel takes.
        constants: Place of an attribute that is None -> the number that it stands for.
        present: Places of the operands that were given.
        kept: Places of the attributes that the specialised op still has.
    """

    __slots__ = (
        "binding",
        "casts",
        "constants",
        "kept",
        "known",
        "native",
        "offset",
        "op",
        "outputs",
        "plain",
        "pointers",
        "present",
        "run",
        "scalars",
        "single",
        "view",
    )

    def __init__(self, op: Op, binding: Binding | None, outputs: tuple[Layout, ...]) -> None:
        self.op = op
        self.binding = binding
        self.outputs = outputs
        self.single = outputs[0] if len(outputs) == 1 else None
        self.casts: tuple[tuple[int, dtype], ...] = ()
        self.offset = 0
        self.run: Callable[[Any, Any], None] | None = None
        self.pointers: tuple[int, ...] = ()
        self.constants: dict[int, Any] = {}
        self.scalars: tuple[tuple[bool, int], ...] = ()
        self.present: tuple[int, ...] = ()
        self.kept: tuple[int, ...] = ()
        self.plain = False  # one output; the kernel takes all operands, then the output, no numbers
        self.view = False  # of the first operand's memory, wherever that starts
        self.known: Binding | None = None
        self.native: Any = None  # the same for native code, once that was made; False if it cannot


class Entry:
    """An op as dispatch sees it, with its plans."""

    __slots__ = (
        "absolute",
        "by_type",
        "choices",
        "copies_first",
        "defaults",
        "fold",
        "folds",
        "names",
        "op",
        "plans",
        "pointwise",
        "records",
        "specs",
    )

    def __init__(self, op: Op) -> None:
        self.op = op
        self.plans: dict[Any, Plan] = {}
        self.records: dict[int, Any] = {}  # what native code knows of the op, by the key's address
        self.fold: Entry | None = None  # the same with numbers fixed to their defaults
        self.specs = op.attributes
        self.names = {spec.name: place for place, spec in enumerate(op.attributes)}
        self.choices = tuple(i for i, s in enumerate(op.attributes) if s.kind == "choice")
        self.by_type = _numbers_only(op)
        self.defaults = tuple(spec.default for spec in op.attributes)
        self.absolute = "start" in dict(op.kernel).get("offset", "") and "start" not in self.names
        self.pointwise = bool(op.inputs) and all(not x.type.axes for x in (*op.inputs, *op.outputs))
        self.copies_first = _copies_first(op)
        self.folds = self.pointwise and bool(self.specs) and all(map(_foldable, self.specs))

    def forget(self) -> None:
        """Drops all plans."""
        self.plans.clear()
        for record in list(self.records.values()):
            record.forget()

    def complete(self, given: dict[str, Any] | tuple[Any, ...]) -> tuple[Any, ...]:
        """Values of all attributes in the entry's order, defaults filled in."""
        if isinstance(given, dict):
            for name in given:
                if name not in self.names:
                    raise ArgumentError(
                        f"{title(self.op.name)}: got an unexpected argument {name!r}"
                    )
            values = tuple(given.get(s.name, s.default) for s in self.specs)
        else:
            values = tuple(given) + self.defaults[len(given) :]
        for spec, value in zip(self.specs, values):
            if value is REQUIRED:
                raise ArgumentError(f"{title(self.op.name)}: argument {spec.name!r} is missing")
        return values

    def key(self, attributes: tuple[Any, ...]) -> tuple[Any, ...]:
        """What of the attributes distinguishes plans."""
        if not self.by_type:
            return attributes
        values = list(attributes)
        for place in self.by_type:
            values[place] = type(values[place])
        return tuple(values)


def _copies_first(op: Op) -> bool:
    """The op copies its first input to its output, element for element, and reads it no more."""
    if op.form != "derived" or not op.inputs or len(op.outputs) != 1:
        return False
    source, (output,) = op.inputs[0].name, op.outputs
    copy, *others = op.compute or op.define
    if not isinstance(copy, Statement) or output.type != op.inputs[0].type:
        return False
    plain = all(isinstance(index, Index) for index in copy.target.indices)
    same = copy.value == Read(source, copy.target.indices)
    alone = all(isinstance(s, Statement) and source not in _names_read(s) for s in others)
    return plain and same and copy.target.tensor == output.name and alone


def _names_read(statement: Statement) -> set[str]:
    parts = (statement.value, *statement.target.indices)
    return {read.tensor for part in parts for read in reads(part)}


def _foldable(spec: AttributeSpec) -> bool:
    """A number in the formula whose default can be written into it."""
    return (
        spec.kind in ("float", "number")
        and type(spec.default) in (int, float)
        and spec.name not in SEEDS
        and not spec.optional
    )


def with_defaults(op: Op) -> Op:
    """The op without attributes: its numbers are those that they are by default."""
    values = {spec.name: spec.default for spec in op.attributes}

    def fix(node: Expression) -> Expression:
        if isinstance(node, Attribute) and node.name in values:
            return Constant(values[node.name])  # type: ignore[arg-type]
        return node

    def body(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(part, statements=body(part.statements))
            if isinstance(part, Block)
            else replace(part, value=simplify(transform(part.value, fix)))
            for part in parts
        )

    text = ",".join(f"{name}={value}" for name, value in values.items())
    return replace(
        op,
        name=f"{op.name}{{{text}}}",
        attributes=(),
        order=tuple(x.name for x in op.inputs),
        define=body(op.define),
        compute=body(op.compute),
        adjoint=body(op.adjoint),
        derivatives=tuple((y, x, transform(value, fix)) for y, x, value in op.derivatives),
        requirements=(),
        sizes=(),
        variants=(),
    )


def _numbers_only(op: Op) -> tuple[int, ...]:
    """Places of attributes whose value no size and no requirement depends on."""
    expressions: list[Expression] = [value for _, value in op.sizes]
    expressions += [value for _, value in op.requirements]
    fixed = {
        node.name for whole in expressions for node in walk(whole) if isinstance(node, Attribute)
    }
    if op.form in ("view", "extern"):
        return ()
    random = any(spec.name == "seed" for spec in op.attributes)
    return tuple(
        place
        for place, spec in enumerate(op.attributes)
        if spec.name not in fixed
        and (spec.kind in ("float", "number") or (random and spec.name in SEEDS))
    )


SEEDS = ("seed", "offset")


def argument(value: Any) -> Argument:
    """What the rules of an op see of an operand."""
    if isinstance(value, TensorBase):
        return Argument(value._layout.shape, value._layout.dtype)
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
    """The device of the operands; 0-dim tensors on the CPU go with any.

    Raises:
        RuntimeError: they lie on different devices.
    """
    found: device | None = None
    scalar: device | None = None
    for value in operands:
        if isinstance(value, TensorBase):
            place = value._layout.device
            if place is CPU and not value._layout.rank:
                scalar = place
            elif found is None:
                found = place
            elif found is not place:
                raise DeviceError(
                    f"{title(name)}: Expected all tensors to be on the same device, but found "
                    "at least "
                    f"two devices, {found} and {place}!"
                )
    return found or scalar or CPU


def kernel_plan(
    entry: Entry,
    operands: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    known: Binding | None,
    targets: tuple[Layout | None, ...],
    place: device | None,
) -> Plan:
    """The plan of a call that runs a kernel.

    Args:
        targets: Layouts that outputs must have (`out=`, in place); () if there are none.
        place: Device of the result for an op without inputs.
    """
    op = entry.op
    present = tuple(i for i, value in enumerate(operands) if value is not None)
    if present and not any(isinstance(operands[i], (TensorBase, tuple, list)) for i in present):
        kind = type(operands[present[0]]).__name__
        raise ArgumentError(
            f"{title(op.name)}: argument {op.inputs[0].name!r} must be a Tensor, not {kind}"
        )
    special = _specialized(entry, present, attributes)
    arguments = {}
    for i in present:
        try:
            arguments[op.inputs[i].name] = argument(operands[i])
        except ArgumentError as error:
            raise ArgumentError(
                f"{title(op.name)}: argument {op.inputs[i].name!r}: {error}"
            ) from None
    values = {spec.name: value for spec, value in zip(entry.specs, attributes)}
    binding = bind(special, arguments, values, prefix, known)
    if place is None:
        place = common_device(op.name, operands)
    outputs = tuple(
        _output_layout(entry, binding, output.name, operands, place, target)
        for output, target in zip(special.outputs, targets or (None,) * len(special.outputs))
    )
    plan = Plan(special, binding, outputs)
    plan.present, plan.known = present, known
    kept = {spec.name for spec in special.attributes}
    plan.kept = tuple(i for i, spec in enumerate(entry.specs) if spec.name in kept)
    plan.casts = tuple(
        (i, binding.dtypes[op.inputs[i].name])
        for i in present
        if isinstance(operands[i], TensorBase)
        and (
            operands[i]._layout.dtype is not binding.dtypes[op.inputs[i].name]
            or operands[i]._layout.conj
        )
    )
    if not plan.casts and place.type != "meta":
        _prepare(plan, entry, operands, attributes)
    return plan


def _specialized(entry: Entry, present: tuple[int, ...], attributes: tuple[Any, ...]) -> Op:
    op = entry.op
    words = {entry.specs[i].name: attributes[i] for i in entry.choices}
    return specialize(op, frozenset(op.inputs[i].name for i in present), words)


def _output_layout(
    entry: Entry,
    binding: Binding,
    name: str,
    operands: tuple[Any, ...],
    place: device,
    target: Layout | None,
) -> Layout:
    """The layout of a result: the wanted one, or dense in C order, or as the operands lie."""
    shape, kind = tuple(binding.shapes[name]), binding.dtypes[name]
    if target is not None and target.shape == shape and target.dtype is kind:
        return target
    if entry.pointwise and len(shape) > 1:
        full = [
            value._layout.strides
            for value in operands
            if isinstance(value, TensorBase) and value._layout.shape == shape
        ]
        if full and all(strides == full[0] for strides in full) and is_packed(shape, full[0]):
            return strided(kind, shape, full[0], place)
    return dense(kind, shape, place)


def _prepare(
    plan: Plan, entry: Entry, operands: tuple[Any, ...], attributes: tuple[Any, ...]
) -> None:
    """Fills in the kernel and where its arguments come from."""
    assert plan.binding is not None
    strides: dict[str, tuple[int, ...]] = {}
    place_of: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for i in plan.present:
        name = entry.op.inputs[i].name
        if isinstance(operands[i], TensorBase):
            strides[name] = operands[i]._layout.strides
            place_of[name] = i
        else:
            numbers[name] = i
    for i, (output, layout) in enumerate(zip(plan.op.outputs, plan.outputs)):
        strides[output.name] = layout.strides
        place_of[output.name] = len(operands) + i
    runner = backend_of(plan.binding).prepare(plan.op, plan.binding, strides)
    plan.run = runner
    plan.pointers = tuple(place_of[name] for name in runner.operands)
    plan.scalars = tuple(
        (False, numbers[name]) if name in numbers else (True, entry.names[name])
        for name in runner.scalars
    )
    plan.constants = {
        entry.names[name]: plan.binding.attributes[name]
        for name in runner.scalars
        if name not in numbers and attributes[entry.names[name]] is None
    }
    plan.plain = (
        not plan.scalars
        and plan.single is not None
        and plan.pointers == tuple(range(len(operands) + 1))
    )


def backend_of(binding: Binding) -> Any:
    """The backend that runs a call: complex numbers have no kernels, the interpreter takes them."""
    if any(kind.is_complex for kind in binding.dtypes.values()):
        return backends.get("interpreter")
    return backend()


def view_plan(entry: Entry, operands: tuple[Any, ...], attributes: tuple[Any, ...]) -> Plan:
    """The plan of a view: the layout of the result and its offset."""
    source = operands[0]._layout
    values = {spec.name: value for spec, value in zip(entry.specs, attributes)}
    start = operands[0]._offset if entry.absolute else 0
    shape, strides, offset = view_map(entry.op, source.shape, source.strides, values, start)
    reach = sum((n - 1) * step for n, step in zip(shape, strides)) + abs(offset)
    if reach * source.dtype.itemsize >= ADDRESSES:
        raise ShapeError(
            f"{title(entry.op.name)}: the view must lie inside of the storage: sizes "
            f"{list(shape)}, "
            f"strides {list(strides)} and offset {offset} are out of bounds for any storage"
        )
    layout = strided(source.dtype, tuple(shape), tuple(strides), source.device, source.conj)
    plan = Plan(entry.op, None, (layout,))
    plan.offset = int(offset)
    plan.view = not entry.absolute
    plan.present = (0,)
    plan.kept = tuple(range(len(entry.specs)))
    return plan

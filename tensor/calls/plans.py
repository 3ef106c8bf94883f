"""Plans: a call of an op on given layouts, solved once and run many times.

An `Entry` holds an op and the plans of its calls so far, keyed by the layouts of the tensors, the
Python types of number operands and the values of the attributes. Attributes that are only numbers
in the formula (`alpha`, `eps`, seeds) are keyed by type, not by value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from ...ops.calls.binding import Binding
from ...ops.calls.counted import counter
from ...ops.calls.overwriting import copies_first, is_pointwise
from ...ops.calls.specialize import title
from ...ops.dtype import dtype
from ...ops.entries.autocast import can_be_cast
from ...ops.errors import ArgumentError
from ...ops.language.expression import Attribute, Constant, Expression, transform, walk
from ...ops.language.op import REQUIRED, AttributeSpec, Block, Op
from ...ops.language.simplify import simplify
from ..layout import Layout

BY_TYPE, BY_VALUE, WITH_SIZES = "by type", "by value", "with sizes"
SIZED = ("Shape", "int", "ints", "number")  # kinds of attributes whose integers are sizes or places
LIMIT = 2048  # plans of one op; beyond it those go that were not used among the last so many


class Replacement(Protocol):
    """What of an overridden op the plans of its calls need."""

    def __call__(
        self, plan: Plan, operands: tuple[Any, ...], attributes: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """The results of a planned call; None where the op's own kernel is to run."""


class Plan:
    """A call, solved.

    Attributes:
        op: The op, specialised.
        binding: Sizes, dtypes and places; None for views and host routines.
        casts: (operand, dtype) where an operand must be converted, or come from the CPU, first.
        outputs: Layouts of the results.
        offset: For a view: elements from the input's first one to the output's.
        run: The kernel, ready to be launched; None on the device `meta`.
        pointers: Which operands, then outputs, the kernel takes, in its order.
        scalars: (is an attribute, its place) for each number that the kernel takes.
        constants: Place of an attribute that is None -> the number that it stands for.
        present: Places of the operands that were given.
        kept: Places of the attributes that the specialised op still has.
        repeated: It is worth writing down for native code: a plan that formulas gave may be needed
            once only, which is known when it is needed again.
        planned: Layouts of the operands that it was found for; kept with TENSORSMITH_CHECK=1.
        replacement: What runs in place of the kernel; None unless a user has overridden the op.
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
        "planned",
        "pointers",
        "present",
        "repeated",
        "replacement",
        "run",
        "scalars",
        "single",
        "view",
    )

    def __init__(self, op: Op, binding: Binding | None, outputs: tuple[Layout, ...]) -> None:
        self.op = op
        self.binding = binding
        self.outputs = outputs
        self.planned: set[tuple[Any, ...]] | None = None
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
        self.repeated = True
        self.replacement: Replacement | None = None
        self.native: Any = None  # the same for native code, once that was made; False if it cannot


class Entry:
    """An op as dispatch sees it, with its plans."""

    __slots__ = (
        "absolute",
        "autocast",
        "by_type",
        "castable",
        "choices",
        "chosen",
        "copies_first",
        "counted",
        "counter",
        "defaults",
        "families",
        "fold",
        "folds",
        "names",
        "older",
        "op",
        "plans",
        "pointwise",
        "records",
        "replacement",
        "specs",
        "varies",
    )

    def __init__(self, op: Op) -> None:
        self.op = op
        self.plans: dict[Any, Plan] = {}
        self.older: dict[Any, Plan] = {}  # which were used before those in `plans`
        self.families: dict[Any, Any] = {}  # calls that differ in sizes only, and formulas for them
        self.records: dict[int, Any] = {}  # what native code knows of the op, by the key's address
        self.replacement: Replacement | None = None
        self.fold: Entry | None = None  # the same with numbers fixed to their defaults
        self.specs = op.attributes
        self.names = {spec.name: place for place, spec in enumerate(op.attributes)}
        self.choices = tuple(i for i, s in enumerate(op.attributes) if s.kind == "choice")
        self.chosen = tuple(i for i, s in enumerate(op.attributes) if s.kind == "dtype")
        self.counter = counter(op)  # gives the sizes that depend on elements
        self.counted = tuple(i for i, s in enumerate(op.attributes) if s.counted is not None)
        self.autocast = dict(op.autocast)
        self.castable = tuple(can_be_cast(x.type.word) for x in op.inputs)
        self.by_type = _numbers_only(op)
        self.varies = tuple(map(self._varies, range(len(op.attributes))))
        self.defaults = tuple(spec.default for spec in op.attributes)
        self.absolute = "start" in dict(op.kernel).get("offset", "") and "start" not in self.names
        self.pointwise = is_pointwise(op)
        self.copies_first = copies_first(op)
        self.folds = self.pointwise and bool(self.specs) and all(map(_foldable, self.specs))

    def _varies(self, place: int) -> str:
        """How calls of one family may differ in an attribute."""
        if place in self.by_type:
            return BY_TYPE
        spec = self.specs[place]
        sized = self.op.form == "view" or spec.kind in SIZED or spec.counted is not None
        return WITH_SIZES if sized else BY_VALUE

    def forget(self) -> None:
        """Drops all plans, and how they were made."""
        self.families.clear()
        self.forget_plans()

    def forget_plans(self) -> None:
        """Drops all plans."""
        self.plans.clear()
        self.older.clear()
        self._forget_taught()

    def older_plan(self, key: Any) -> Plan | None:
        """A plan that was not used for long, which counts as used from now on."""
        plan = self.older.pop(key, None)
        if plan is not None:
            self.keep_plan(key, plan)
        return plan

    def keep_plan(self, key: Any, plan: Plan) -> None:
        """Adds a plan; where there are `LIMIT`, they become the older ones, which are dropped."""
        if len(self.plans) >= LIMIT:
            self.older, self.plans = self.plans, {}
            self._forget_taught()  # native code learns the plans again that are used again
        self.plans[key] = plan

    def _forget_taught(self) -> None:
        for record in list(self.records.values()):
            record.forget()

    def complete(self, given: dict[str, Any] | tuple[Any, ...]) -> tuple[Any, ...]:
        """Values of all attributes in the entry's order, defaults filled in."""
        if len(given) == len(self.specs) and type(given) is tuple:
            return given
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

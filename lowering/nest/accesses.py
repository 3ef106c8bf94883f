"""What a nest touches: memory and where in it, sizes, numbers, values of places."""

from __future__ import annotations

from dataclasses import field, replace

from ...ops.dataclass import dataclass
from ...ops.language.expression import (
    Attribute,
    Call,
    Cast,
    Expression,
    Read,
    Size,
    has_attribute,
    has_index,
)
from ..emit.reduction import Reduction, reduction_of
from ..emit.shape import Pass
from ..ir.kinds import Kind, of_dtype
from ..launch import Launch
from ..program.context import Context
from ..program.layout import Access, Form, Space
from ..program.program import BATCH, PREFIX, Step
from .collapse import Forms
from .fuse import form_passes

PIECE = "%"
"""The index over pieces of a long reduction."""

NARROW = 2**31 - 1
"""Numbers up to so many fit into 32 bits, and one more that stands for none."""


@dataclass
class Tiling:
    """Square tiles over the lane variable and another one.

    Attributes:
        variable: The other one.
        block: Elements of a tile along each.
        fetches, puts: Scratch memory -> what is copied to it, or from it.
    """

    variable: str
    block: int
    fetches: dict[str, Access] = field(default_factory=dict)
    puts: dict[str, Access] = field(default_factory=dict)


@dataclass
class NestAccesses:
    """One kernel being planned.

    Attributes:
        steps: What it computes, by target.
        roots: Targets that go to memory.
        outer, inner: Logical indices.
        lanes: "any", "outer", "inner" or "none": which variables may run over vector lanes.
        partial: The longest inner variable is cut into pieces, and folds are written for each of
            them as accumulators, to temporaries `name/0` ...
        pieces: How many there are; found here if `partial`.
    """

    context: Context
    steps: dict[str, Step]
    roots: list[str]
    outer: tuple[str, ...]
    inner: tuple[str, ...]
    lanes: str = "any"
    partial: bool = False
    pieces: int = 0

    def __post_init__(self) -> None:
        context = self.context
        self.cut: tuple[str, int] | None = None
        self.space = Space(context.binding, context.program, context.strides)
        for index in (*self.outer, *self.inner):
            if index == PIECE:
                self.space.components[PIECE] = (PIECE,)
                self.space.extents[PIECE] = self.pieces
            else:
                self.space.add(index)
        self.forms = Forms(self.space.extents)
        self.reads: dict[Read, None] = {}
        self.computed: list[Expression] = []
        self.names: dict[str, None] = {}
        self.attributes: dict[str, Kind] = {}
        self.sizes: dict[str, None] = {}
        self.words: dict[str, None] = {}
        self.numbers: list[int] = []
        self.passes: list[Pass] = []
        self.tiling: Tiling | None = None
        self.planned: list[Launch] | None = None  # what a schedule found while it matched
        self.kept: dict[str, Kind] = {}  # memory of accumulators: see `strip.py`
        if self.inner:
            self.passes = form_passes(self.steps, self.roots, set(self.inner))
        self._collect()

    def _collect(self) -> None:
        for step in self.steps.values():
            for expression in step.expressions:
                if step.form == "scatter" and expression is not step.value:
                    continue
                self._scan(expression)
            if step.kind in ("argmax", "argmin") and step.form != "merge":
                self.forms.plain["position"] = self.space.row_major(step.bound)
        for name in self.roots:
            step = self.steps[name]
            for target, indices in self._written(step):
                access = self.space.access(target, indices, ())
                self._add_access(("write", target), access)

    def _written(self, step: Step) -> list[tuple[str, tuple[Expression, ...]]]:
        if self.partial and step.form in ("reduce", "merge"):
            parts = 2 if step.kind in ("argmax", "argmin") else 1
            return [(f"{step.target}/{k}", step.indices) for k in range(parts)]
        return [(step.target, step.indices)]

    def _add_access(self, key: object, access: Access) -> None:
        if "/" in access.tensor:
            tensor = self.context.program.tensors[access.tensor]
            piece = Form(0, ((PIECE, self.space.elements(tensor)),))
            access = replace(access, form=access.form.plus(piece))
        self.forms.accesses[key] = access
        self.names.setdefault(access.tensor)
        for computed in access.computed:
            self.computed.append(computed.index)
            self._scan(computed.index)

    def _scan(self, node: Expression) -> None:
        """Notes everything that an expression touches."""
        if node in self.forms.plain:
            return
        # A number that an attribute gives may differ from call to call; a form is made once.
        fixed = not isinstance(node, Read) and has_index(node) and not has_attribute(node)
        form = self.space.value_form(node) if fixed else None
        if form is not None:
            self.forms.plain[node] = form
            return
        match node:
            case Read(name, indices):
                self._scan_read(node, name, indices)
                return
            case Attribute(name):
                self.attributes.setdefault(name, self.context.inference.expression(node))
            case Size(name):
                self.sizes.setdefault(name)
            case Cast(_, word):
                self.words.setdefault(word)
            case Call("linear"):
                batch = tuple(i for i in (PREFIX, BATCH) if i in self.space.components)
                self.forms.plain["linear"] = self.space.row_major(batch)
        for child in node.children:
            self._scan(child)

    def _scan_read(self, node: Read, name: str, indices: tuple[Expression, ...]) -> None:
        if name in self.steps and self.steps[name].form != "scatter":
            return
        tensor = self.context.program.tensors[name]
        if tensor.role != "temporary" and name not in self.context.strides:
            self.attributes.setdefault(name, of_dtype(self.context.binding.dtypes[name]))
            return
        if node not in self.reads:
            self.reads[node] = None
            self._add_access(node, self.space.access(name, indices, ()))

    def depends(self, node: Expression, variable: str) -> bool:
        """A value differs along a variable."""
        form = self.forms.plain.get(node)
        if form is not None:
            return form.coefficient(variable) != 0
        if isinstance(node, Read) and node in self.forms.accesses:
            access = self.forms.accesses[node]
            return access.form.coefficient(variable) != 0 or any(
                self.depends(c.index, variable) for c in access.computed
            )
        if isinstance(node, Read) and node.tensor in self.steps:
            return True
        return any(self.depends(child, variable) for child in node.children)

    def _places(self) -> list[Expression]:
        return [c.index for a in self.forms.accesses.values() for c in a.computed]

    def total(self, variables: list[str]) -> int:
        """Product of extents."""
        result = 1
        for name in variables:
            result *= self.forms.extents[name]
        return result

    def is_narrow(self, form: Form) -> bool:
        """Values of the form, and one more number that stands for none, fit into 32 bits."""
        least, most = form.span(self.forms.extents)
        return bool(least >= -NARROW and most < NARROW)

    def row_roots(self) -> list[str]:
        """Targets that are written once for each row."""
        passed = {name for one in self.passes for name in one.stores}
        return [name for name in self.roots if name not in passed]

    def reduction(self, name: str) -> Reduction:
        """How a step folds."""
        step, position = self.steps[name], self.forms.plain.get("position")
        narrow = position is not None and self.is_narrow(position)
        element = self.context.inference.expression(step.value)
        return reduction_of(step.form, step.kind, element, narrow)

"""Steps -> one launch: how memory is walked, over which variable the lanes run, how work is cut.

The nest of any group comes from here; the schedules differ in what they let it choose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..ops.binding import Binding
from ..ops.dtype import DTYPES, dtype, float64, int64
from ..ops.expression import Attribute, Call, Cast, Expression, Index, Product, Read, Size, walk
from .collapse import Forms
from .emit_nest import emit_nest
from .fuse import form_passes
from .infer import Inference
from .kinds import STORED, Kind, of_dtype
from .launch import (
    Kernel,
    Launch,
    LaunchArgument,
    Number,
    Pointer,
    ScalarArgument,
    Status,
    Target,
    Temporary,
)
from .layout import Access, Form, Space
from .loops import Scalar
from .program import BATCH, PREFIX, Program, Step, cost, size_extent
from .shape import AccessShape, ComputedShape, Cut, FormShape, NestShape, Pass

CHUNK_ELEMENTS = 32768
"""Elements of a chunk of work: small tensors are one chunk."""

PIECE = "%"
"""The index over pieces of a long reduction."""

PIECE_ELEMENTS = 32768
"""Elements of a piece: few enough for float32 sums to stay accurate."""


@dataclass
class Context:
    """What a call of an op looks like to its schedules."""

    name: str
    binding: Binding
    strides: Mapping[str, tuple[int, ...]]
    target: Target
    program: Program
    inference: Inference
    temporaries: dict[str, Temporary] = field(default_factory=dict)

    def stored(self, name: str) -> Scalar:
        """Element type of a tensor in memory."""
        if self.program.tensors[name].role == "temporary":
            return self.inference.tensor(name).stored
        return STORED[self.binding.dtypes[name].name]


@dataclass
class Nest:
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
        if self.inner:
            self.passes = form_passes(self.steps, self.roots, set(self.inner))
        self._collect()
        self._order()

    # -- what it touches ---------------------------------------------------------------------------

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
        form = self.space.value_form(node) if _has_index(node) else None
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

    # -- order and lanes ---------------------------------------------------------------------------

    def _order(self) -> None:
        space, forms = self.space, self.forms
        outer = [v for i in self.outer for v in space.components[i]]
        inner = [v for i in self.inner for v in space.components[i]]
        self.outer_variables = forms.collapse(forms.ordered(outer), (PIECE,))
        if not self.keeps_order:
            inner = forms.ordered(inner)
        self.inner_variables = forms.collapse(inner)
        if self.partial:
            self._cut()
        self.lane = self._choose_lane()
        if self.lane in self.inner_variables:
            self.inner_variables.remove(self.lane)
            self.inner_variables.append(self.lane)
        self.tall = self._crossing()
        if self.tall is not None:
            self.outer_variables.remove(self.tall)
            self.outer_variables.append(self.tall)

    def _crossing(self) -> str | None:
        """The variable that some memory is walked best in, where the lanes run over another one."""
        if self.inner or self.lane is None:
            return None
        for access in self.forms.accesses.values():
            if access.form.coefficient(self.lane) in (0, 1):
                continue
            for name, step in access.form.terms:
                if step == 1 and name in self.outer_variables and name != PIECE:
                    return name
        return None

    def _cut(self) -> None:
        """Cuts the longest inner variable into pieces of a fixed number of elements."""
        extents = self.forms.extents
        widest = max(self.inner_variables, key=lambda v: extents[v])
        others = self.total(self.inner_variables) // max(1, extents[widest])
        length = max(PIECE_ELEMENTS // max(1, others) // 256 * 256, 64)
        self.cut = (widest, length)
        self.pieces = max(1, -(-extents[widest] // length))
        extents[PIECE] = self.pieces

    @property
    def keeps_order(self) -> bool:
        """The elements of a row must be visited in order."""
        return any(
            s.form in ("scan", "scatter") or s.kind in ("argmax", "argmin")
            for s in self.steps.values()
        )

    def _choose_lane(self) -> str | None:
        candidates: list[str] = []
        if self.lanes in ("any", "outer"):
            candidates += [v for v in self.outer_variables if v != PIECE]
        sequential = any(s.form in ("scan", "scatter") for s in self.steps.values())
        if self.lanes in ("any", "inner") and not sequential:
            inner = self.inner_variables
            candidates += inner[-1:] if self.keeps_order else inner
        best = max(candidates, key=self.lane_score, default=None)
        if sequential and best is not None and self.lane_score(best) <= 0:
            return None  # gathers cost more than one element after the other
        return best

    def lane_score(self, variable: str) -> float:
        """How well memory is walked if the variable runs over the lanes."""
        score = 0.0
        count = 0
        for access in self.forms.accesses.values():
            step = access.form.coefficient(variable)
            count += 1
            if any(self._depends(c.index, variable) for c in access.computed):
                score -= 3
            elif step == 1:
                score += 2
            elif step:
                score -= 3
            else:
                score += 1
        extent = self.forms.extents[variable]
        width = self.lane_count()
        fill = extent / (-(-extent // width) * width) if extent else 1.0
        return score / max(count, 1) - 4 * (1 - fill) ** 2

    def _depends(self, node: Expression, variable: str) -> bool:
        form = self.forms.plain.get(node)
        if form is not None:
            return form.coefficient(variable) != 0
        if isinstance(node, Read) and node in self.forms.accesses:
            access = self.forms.accesses[node]
            return access.form.coefficient(variable) != 0 or any(
                self._depends(c.index, variable) for c in access.computed
            )
        if isinstance(node, Read) and node.tensor in self.steps:
            return True
        return any(self._depends(child, variable) for child in node.children)

    def lane_count(self) -> int:
        """Lanes of a vector: as many elements of the widest floating-point type as fit."""
        kinds = [self.context.inference.tensor(n) for n in self.names]
        kinds += [self.context.inference.tensor(n) for n in self.steps]
        floats = [int(k.scalar.name[1:]) for k in kinds if k.category == 2 and not k.weak]
        wide = [int(k.scalar.name[1:]) for k in kinds if k.category == 1 and not k.weak]
        width = max(floats, default=0) or max(wide, default=8)
        return self.context.target.vector_bytes * 8 // width

    def weight(self) -> int:
        """Rough cost of one element in the most costly step."""
        return max((cost(step.value) for step in self.steps.values()), default=0)

    def unrolled(self) -> int:
        """Vectors that are worked on at a time."""
        weight = self.weight()
        if weight < 10 and self.inner:
            return 8
        return 4 if weight < 24 else 2 if weight < 90 else 1

    # -- the launch --------------------------------------------------------------------------------

    def total(self, variables: list[str]) -> int:
        """Product of extents."""
        result = 1
        for name in variables:
            result *= self.forms.extents[name]
        return result

    def slot(self, value: int) -> int:
        """The slot of a new integer argument."""
        self.numbers.append(value)
        return len(self.numbers) - 1

    def form_shape(self, form: Form) -> FormShape:
        """The structure of a form."""
        order = {n: k for k, n in enumerate((*self.outer_variables, *self.inner_variables))}
        offset = self.slot(form.offset) if form.offset else None
        terms = sorted(form.terms, key=lambda term: order[term[0]])
        return FormShape(offset, tuple((n, None if c == 1 else self.slot(c)) for n, c in terms))

    def access_shape(self, access: Access) -> AccessShape:
        """The structure of an access."""
        computed = tuple(
            ComputedShape(
                c.index,
                self.slot(c.extent),
                tuple(
                    (
                        None if divisor == 1 else self.slot(divisor),
                        None if modulus == 0 else self.slot(modulus),
                        None if stride == 1 else self.slot(stride),
                    )
                    for divisor, modulus, stride in c.dims
                ),
            )
            for c in access.computed
        )
        return AccessShape(access.tensor, self.form_shape(access.form), computed, access.safe)

    def launch(self) -> Launch:
        """The kernel with its arguments for this call."""
        shape, chunks = self._shape()
        digest = hashlib.sha256(repr(shape).encode()).hexdigest()[:16]
        words = "".join(c if c.isalnum() else "_" for c in self.context.name).strip("_")
        shape = replace(shape, name=f"{words[:48]}_{digest}")
        target = self.context.target
        key = (self.context.name, digest, target.name, target.vector_bytes)
        arguments: list[LaunchArgument] = [Status()] if shape.checked else []
        arguments += [Pointer(name) for name, _, _ in shape.memory]
        arguments += [Number(value) for value in self.numbers]
        for name, kind in shape.scalars:
            wide: dtype = float64 if kind.category == 2 else int64
            arguments.append(ScalarArgument(name, wide))
        return Launch(Kernel(key, lambda: emit_nest(shape)), tuple(arguments), chunks)

    def _shape(self) -> tuple[NestShape, int]:
        context, forms = self.context, self.forms
        lanes = self.lane_count() if self.lane is not None else 1
        weight = self.weight()
        unroll = 1 if lanes == 1 else self.unrolled()
        saved, scratch = self._saved(lanes * unroll)
        extents = [(v, self.slot(forms.extents[v]))
                   for v in (*self.outer_variables, *self.inner_variables)]  # fmt: skip
        reads = tuple((r, self.access_shape(forms.accesses[r])) for r in self.reads)
        writes = tuple(
            (str(key[1]), self.access_shape(access))
            for key, access in forms.accesses.items()
            if isinstance(key, tuple)
        )
        values = tuple(
            (key, self.form_shape(form))
            for key, form in forms.plain.items()
            if isinstance(key, Expression)
        )
        special = {
            key: self.form_shape(form) for key, form in forms.plain.items() if isinstance(key, str)
        }
        scratch_form = None
        scratch_slot = None
        if scratch:
            scratch_form = self.form_shape(self._inner_position())
            scratch_slot = self.slot(scratch)
        cut = None
        if self.cut:
            cut = Cut(self.cut[0], PIECE, self.slot(self.cut[1]))
        units, grain, block = self._units(lanes * unroll, weight)
        chunks = -(-units // grain)
        for _, place in saved:
            if place not in context.program.tensors or self._is_scratch(place):
                self._make_scratch(place, scratch * chunks)
        shape = NestShape(
            name="",
            steps=tuple(self.steps.values()),
            passes=tuple(self.passes),
            rows=tuple(self._row_roots()),
            outer=tuple(self.outer_variables),
            inner=tuple(self.inner_variables),
            extents=tuple(extents),
            lane=self.lane,
            lanes=lanes,
            unroll=unroll,
            reads=reads,
            writes=writes,
            values=values,
            linear=special.get("linear"),
            position=special.get("position"),
            memory=tuple((n, self._stored(n), self._kind(n)) for n in self.names),
            kinds=tuple(self._kinds()),
            sizes=tuple((n, self.slot(self._size(n))) for n in self.sizes),
            scalars=tuple(self.attributes.items()),
            saved=tuple(saved),
            scratch=scratch_slot,
            scratch_form=scratch_form,
            cut=cut,
            partial=self.partial,
            checked=any(a.computed for a in forms.accesses.values()),
            units=self.slot(units),
            grain=self.slot(grain),
            blocks=None if block is None else self.slot(self._blocks(block)),
            block=None if block is None else self.slot(block),
            tall=None if self.tall is None else self.slot(self._rows()),
            random=context.inference.random,
            words=tuple((w, *self._word(w)) for w in self.words),
            numbers=len(self.numbers),
        )
        return shape, chunks

    def _word(self, word: str) -> tuple[Kind, Scalar]:
        named = self.context.inference.named(word)
        return of_dtype(named), STORED[named.name]

    def _size(self, name: str) -> int:
        return size_extent(name, self.context.binding.sizes)

    def _stored(self, name: str) -> Scalar:
        return self._kind(name).stored if self._is_scratch(name) else self.context.stored(name)

    def _kind(self, name: str) -> Kind:
        if "#" in name:
            return self.context.inference.tensor(name.split("#")[0])
        return self.context.inference.tensor(name)

    def _is_scratch(self, name: str) -> bool:
        return "#" in name

    def _kinds(self) -> list[tuple[str, Kind]]:
        inference = self.context.inference
        kinds = [(name, inference.tensor(name)) for name in self.steps]
        for name, step in self.steps.items():
            if step.form in ("reduce", "scan"):
                kinds.append((f"element of {name}", inference.expression(step.value)))
        return kinds

    def _row_roots(self) -> list[str]:
        passed = {name for one in self.passes for name in one.stores}
        return [name for name in self.roots if name not in passed]

    def _inner_position(self) -> Form:
        terms: list[tuple[str, int]] = []
        step = 1
        for name in reversed(self.inner_variables):
            terms.append((name, step))
            step *= self.forms.extents[name]
        return Form(0, tuple(terms))

    def _saved(self, width: int) -> tuple[list[tuple[str, str]], int]:
        """Where saved values go, and the length of a chunk's scratch row."""
        saved: list[tuple[str, str]] = []
        length = 0
        for number, one in enumerate(self.passes):
            for name in one.saves:
                taken = [p for _, p in saved]
                place = name if name in one.stores and self._exact(name) else None
                place = place or self._output_for(name, number, taken)
                if place is None:
                    place = f"{name}#"
                    outer = self.lane is not None and self.lane in self.outer_variables
                    length = self.total(self.inner_variables) * (width if outer else 1)
                    length += -length % 16
                    self.names.setdefault(place)
                saved.append((name, place))
        return saved, length

    def _exact(self, name: str) -> bool:
        """Memory holds the value as it was computed."""
        return self.context.stored(name) == self.context.inference.tensor(name).stored

    def _output_for(self, name: str, number: int, taken: list[str]) -> str | None:
        """An output that is written only in the last pass, as wide as the value to save."""
        last = len(self.passes) - 1
        kind = self.context.inference.tensor(name)
        if number == last or kind.category != 2:
            return None
        for root in self.passes[last].stores:
            if root in taken or self.steps[root].form == "scatter":
                continue
            if self.context.stored(root) == kind.stored and self.steps[root].free == self.steps[name].free:
                return root
        return None

    def _make_scratch(self, name: str, elements: int) -> None:
        kind = self._kind(name)
        self.context.temporaries[name] = Temporary(name, dtype_of(kind), max(elements, 1))

    def _rows(self) -> int:
        return self.total([v for v in self.outer_variables if v != self.lane])

    def _blocks(self, block: int) -> int:
        assert self.lane is not None
        return -(-self.forms.extents[self.lane] // block)

    def _units(self, width: int, weight: int) -> tuple[int, int, int | None]:
        """Number of units, units in a chunk, and lanes in a block if an outer variable has them."""
        elements = CHUNK_ELEMENTS if weight < 60 else CHUNK_ELEMENTS // 4
        inner = max(1, self.total(self.inner_variables))
        if self.cut:
            inner = max(1, inner // max(1, self.forms.extents[self.cut[0]]) * self.cut[1])
        if self.lane is None or self.lane not in self.outer_variables:
            units = self.total(self.outer_variables)
            return units, max(1, elements // inner), None
        extent = self.forms.extents[self.lane]
        block = max(width, elements // inner // width * width)
        if self.tall is not None:
            block = width  # narrow, so that lines of the memory walked across are used up
        units = self._rows() * self._blocks(block)
        return units, max(1, elements // (max(1, min(block, extent)) * inner)), block


def _has_index(node: Expression) -> bool:
    if isinstance(node, Read):
        return False
    return isinstance(node, Product) or any(isinstance(n, Index) for n in walk(node))


def dtype_of(kind: Kind) -> dtype:
    """A dtype that stores the kind in a temporary."""
    names = [name for name, scalar in STORED.items() if scalar == kind.stored]
    wanted = "bool" if kind.category == 0 else names[-1] if kind.signed else names[0]
    if kind.category == 1 and kind.stored.name == "i8":
        wanted = "int8" if kind.signed else "uint8"
    return next(d for d in DTYPES if d.name == wanted)

"""How a nest walks through memory: what it touches, its loop variables, which one has lanes."""

from __future__ import annotations

from dataclasses import field, replace

from ..ops.dataclass import dataclass
from ..ops.expression import (
    Attribute,
    Call,
    Cast,
    Expression,
    Read,
    Size,
    has_attribute,
    has_index,
    once,
    walk,
)
from ..ops.symbols import maximum, minimum
from .collapse import Forms
from .context import Context
from .emit_reduction import Reduction, reduction_of
from .fuse import form_passes
from .kinds import Kind, of_dtype
from .launch import Launch
from .layout import Access, Form, Space
from .program import BATCH, PREFIX, SLOW, Step, cost
from .shape import Pass

CHUNK_ELEMENTS = 32768
"""Elements of a chunk of work: small tensors are one chunk."""

PIECE = "%"
"""The index over pieces of a long reduction."""

PIECE_ELEMENTS, WIDE_PIECE = 32768, 1 << 18
"""Elements of a piece: few enough for float32 sums to stay accurate; and those of all rows."""

NARROW = 2**31 - 1
"""Numbers up to so many fit into 32 bits, and one more that stands for none."""

OWNED_ROWS = 64
"""Rows side by side from which on a list of places may be read more than once."""

ONCE = 0.5
"""How much it counts how memory is walked that is touched once for a row."""

FEWER = (7, 4)
"""Vectors at a time besides 8: images are often 7, 14, 28 ... vectors wide."""

WHOLE_DIVISION = 20
"""What a division of integers costs more than one of floating-point numbers."""

TURNS, LONG_TURN = 4, 24
"""Rows that are walked by turns, an element of each, and the cost of an element from which on one
row is enough to do. Twice as many spill, and so do positions with their extremes."""

LEFT_OVER_COUNTS = 32
"""Vectors side by side from which on it does not matter how many are folded one by one."""


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
class NestSpace:
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

    piece_elements = PIECE_ELEMENTS
    wide_piece = WIDE_PIECE

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
        self.by_turns = False  # lanes are rows, each one alone, of which some are walked together
        self.planned: list[Launch] | None = None  # what a schedule found while it matched
        self.kept: dict[str, Kind] = {}  # memory of accumulators: see `strip.py`
        if self.inner:
            self.passes = form_passes(self.steps, self.roots, set(self.inner))
        self._collect()
        self._order()

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

    def _order(self) -> None:
        space, forms = self.space, self.forms
        outer = [v for i in self.outer for v in space.components[i]]
        inner = [v for i in self.inner for v in space.components[i]]
        self.outer_variables = forms.collapse(forms.ordered(outer), (PIECE,))
        if not self.keeps_order:
            inner = forms.ordered(inner)
        elif self.spreads:
            longest = max(reversed(inner), key=lambda name: forms.extents[name])
            inner = [*(name for name in inner if name != longest), longest]
        self.inner_variables = forms.collapse(inner)
        if self.partial:
            self._cut()
        self.lane = self._choose_lane()
        if self.lane in self.inner_variables:
            self.inner_variables.remove(self.lane)
            self.inner_variables.append(self.lane)
        pair = self._pair()
        if pair is not None:
            self.outer_variables.remove(pair)
            self.inner_variables.append(pair)
        self.tall = self._crossing()
        if self.tall is not None:
            self.outer_variables.remove(self.tall)
            self.outer_variables.append(self.tall)

    def _pair(self) -> str | None:
        """The variable over the two elements that a map writes side by side, those of the next lane
        behind them: a row is such a pair, then, and its elements are stored together."""
        if self.inner or self.lane is None:
            return None
        for key, access in self.forms.accesses.items():
            pairs = access.form.coefficient(self.lane) == 2 and not access.computed
            if not isinstance(key, tuple) or not pairs:
                continue
            for name, step in access.form.terms:
                if step == 1 and self.forms.extents[name] == 2 and name in self.outer_variables:
                    return name
        return None

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
        others = self.total(self.inner_variables) // maximum(1, extents[widest])
        # Elements of all rows count as well: a piece of rows side by side is a chunk of its own.
        rows = self.total([v for v in self.outer_variables if v != PIECE])
        wide = self.wide_piece // maximum(1, others * rows)
        length = minimum(self.piece_elements // maximum(1, others), maximum(wide, 256))
        length = maximum(length // 256 * 256, 64)
        self.cut = (widest, length)
        self.pieces = maximum(1, -(-extents[widest] // length))
        extents[PIECE] = self.pieces

    @property
    def keeps_order(self) -> bool:
        """The elements of a row must be visited in order."""
        return any(
            s.form in ("scan", "scatter") or s.kind in ("argmax", "argmin")
            for s in self.steps.values()
        )

    @property
    def spreads(self) -> bool:
        """All that is done is to add at places that no memory decides; the longest loop may stand
        inside, then."""
        return all(step.kind == "add" for step in self.steps.values()) and not any(
            access.computed for access in self.forms.accesses.values()
        )

    @property
    def across(self) -> bool:
        """Elements may be walked over all rows before the next ones: nothing is folded or kept."""
        if self.lane is None or self.lane not in self.outer_variables or len(self.passes) != 1:
            return False
        one = self.passes[0]
        alone = all(self.steps[name].form == "scatter" for name in one.stores)
        along = any(self.depends(place, self.lane) for place in self._places())
        return alone and not (along or one.folds or one.saves or self.row_roots())

    @property
    def owned(self) -> bool:
        """Chunks may share the elements by where they are put: all go to the places of one list."""
        computed = [c for a in self.forms.accesses.values() for c in a.computed]
        return (
            self.across
            and self.forms.extents[self.lane or ""] >= OWNED_ROWS
            and len(computed) == len(self.inner_variables) == 1
            and len(self.passes[0].stores) == 1
            and not self.passes[0].reverse
        )

    def _places(self) -> list[Expression]:
        return [c.index for a in self.forms.accesses.values() for c in a.computed]

    def reduction(self, name: str) -> Reduction:
        """How a step folds."""
        step, position = self.steps[name], self.forms.plain.get("position")
        narrow = position is not None and self.is_narrow(position)
        element = self.context.inference.expression(step.value)
        return reduction_of(step.form, step.kind, element, narrow)

    def is_narrow(self, form: Form) -> bool:
        """Values of the form, and one more number that stands for none, fit into 32 bits."""
        least, most = form.span(self.forms.extents)
        return bool(least >= -NARROW and most < NARROW)

    def row_roots(self) -> list[str]:
        """Targets that are written once for each row."""
        passed = {name for one in self.passes for name in one.stores}
        return [name for name in self.roots if name not in passed]

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
            # Gathers cost more than one element after the other, in some rows by turns.
            self.by_turns = self._waits(best)
            return best if self.by_turns else None
        return best

    def _waits(self, rows: str) -> bool:
        """Each element waits for the one before it, so that rows had better be walked by turns."""
        alone = all(
            step.form in ("scan", "map") and step.kind not in ("argmax", "argmin")
            for step in self.steps.values()
        )
        return (
            alone
            and self.weight() < LONG_TURN
            and rows in self.outer_variables
            and self.forms.extents[rows] >= TURNS
        )

    def lane_score(self, variable: str) -> float:
        """How well memory is walked if the variable runs over the lanes."""
        extent = self.forms.extents[variable]
        width = self.lane_count()
        fill = extent / (-(-extent // width) * width) if extent else 1.0
        return self.walk_score(variable) - 4 * (1 - fill) ** 2

    def walk_score(self, variable: str) -> float:
        """How well memory is walked along the variable, 2 if all of it lies side by side."""
        total = score = 0.0
        for key, access in self.forms.accesses.items():
            step = access.form.coefficient(variable)
            weight = 1.0 if self._each_element(access) else ONCE
            written = isinstance(key, tuple)
            total += weight
            if any(self.depends(c.index, variable) for c in access.computed):
                score -= 3 * weight
            elif step == 1:
                score += (2.01 if written else 2) * weight  # what is written decides a tie
            elif step == 2 and not access.computed and (not written or self._is_paired(access)):
                score += weight  # two loads and a shuffle, or shuffles and two stores
            elif step == -1 and not written and not access.computed:
                score += 1.5 * weight  # a load and a shuffle
            elif step:
                score -= 3 * weight
            else:
                score += weight
        return score / (total or 1)

    def _is_paired(self, access: Access) -> bool:
        """Elements between those of neighbouring lanes belong to the same rows: see `twin`."""
        if not self.inner_variables or self.cut is not None:
            return False
        last = self.inner_variables[-1]
        return access.form.coefficient(last) == 1 and self.forms.extents[last] == 2

    def _each_element(self, access: Access) -> bool:
        """The access is made for each element of a row, or rows have none."""
        return not self.inner_variables or any(
            access.form.coefficient(name)
            or any(self.depends(c.index, name) for c in access.computed)
            for name in self.inner_variables
        )

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

    def lane_count(self) -> int:
        """Lanes of a vector: as many elements of the widest floating-point type as fit, without
        one of the widest integer type."""
        kinds = [self.context.inference.tensor(n) for n in (*self.names, *self.steps)]
        given = [k for k in kinds if not k.weak] or kinds
        category = max((k.category for k in given), default=0)
        bits = (int(k.scalar.name[1:]) for k in given if k.category == category > 0)
        width = max(bits, default=8)
        return self.context.target.vector_bytes * 8 // width

    def weight(self) -> int:
        """Rough cost of one element in the most costly step."""
        return max((self._cost(step.value) for step in self.steps.values()), default=0)

    def _cost(self, value: Expression) -> int:
        """Rough number of instructions; no vector instruction divides integers."""
        kind_of = self.context.inference.expression
        whole = sum(kind_of(node).category == 1 for node in _slow_calls(value))
        return cost(value) + WHOLE_DIVISION * whole

    def unrolled(self) -> int:
        """Vectors that are worked on at a time: enough to hide latencies, and no more."""
        weight = self.weight()
        folds = max((len(one.folds) for one in self.passes), default=0)
        if weight >= 10:
            if folds == 1 and weight < 90 and self._lies_wide():
                return 8
            count = 4 if weight < 24 else 2 if weight < 90 else 1
            return count if self.inner else max(1, count // 2)
        if self.lane is not None and any(self.depends(p, self.lane) for p in self._places()):
            return 2  # places, conditions and elements of a gather fill the registers
        kinds = {self.steps[name].kind for one in self.passes for name in one.folds}
        if not kinds.isdisjoint(("argmax", "argmin")):
            return self._fitting(2)  # a vector of positions takes two registers or more
        return self._fitting(8 if folds == 1 else 4)

    def _lies_wide(self) -> bool:
        """Many rows lie side by side, and the elements of each far apart: some lines of memory are
        to be worked on at a time."""
        if self.lane is None or self.lane not in self.outer_variables:
            return False
        return self.forms.extents[self.lane] > LEFT_OVER_COUNTS * self.lane_count()

    def _fitting(self, count: int) -> int:
        """Fewer vectors at a time where a row does not fill them, or many were left over."""
        if self.lane is None or self.cut is not None:
            return count
        vectors = self.forms.extents[self.lane] // self.lane_count()
        outside = self.lane in self.outer_variables
        if outside and (not self.inner or vectors > LEFT_OVER_COUNTS):
            return count
        fewer = [some for some in FEWER if some <= min(count, vectors)]
        while count > max(vectors, 1):
            count //= 2
        if not outside:
            return count
        return min((count, *fewer), key=lambda some: vectors // some + vectors % some)

    def total(self, variables: list[str]) -> int:
        """Product of extents."""
        result = 1
        for name in variables:
            result *= self.forms.extents[name]
        return result


@once
def _slow_calls(value: Expression) -> tuple[Expression, ...]:
    return tuple([n for n in walk(value) if isinstance(n, Call) and n.function in SLOW])

"""How a nest walks through memory: its loop variables, which one has lanes, how many of them."""

from __future__ import annotations

from ...ops.calls.symbols import maximum, minimum
from ...ops.dataclass import dataclass
from ...ops.language.expression import Call, Expression, once, walk
from ..program.layout import Access
from ..program.program import SLOW, cost
from .accesses import PIECE, NestAccesses

CHUNK_ELEMENTS = 32768
"""Elements of a chunk of work: small tensors are one chunk."""

PIECE_ELEMENTS, WIDE_PIECE = 32768, 1 << 18
"""Elements of a piece: few enough for float32 sums to stay accurate; and those of all rows."""

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
class NestSpace(NestAccesses):
    """The loop variables of a kernel being planned, in order, and the one that has the lanes."""

    piece_elements = PIECE_ELEMENTS
    wide_piece = WIDE_PIECE

    def __post_init__(self) -> None:
        self.by_turns = False  # lanes are rows, each one alone, of which some are walked together
        super().__post_init__()
        self._order()

    def _order(self) -> None:
        space, forms = self.space, self.forms
        outer = [v for i in self.outer for v in space.components[i]]
        inner = [v for i in self.inner for v in space.components[i]]
        if all(step.form == "map" for step in self.steps.values()):
            forms.turn_round(outer)
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


@once
def _slow_calls(value: Expression) -> tuple[Expression, ...]:
    return tuple([n for n in walk(value) if isinstance(n, Call) and n.function in SLOW])

"""The structure of a chain: which groups of a program are its products and its rows."""

from __future__ import annotations

from ...ops.dataclass import dataclass
from ...ops.language.expression import Call, Expression, Index, Read, reads, walk
from ...ops.language.primitives import DRAWS
from ..program.partition import Group, is_contraction
from ..program.program import BATCH, PREFIX, Program, Step, product_factors

NEVER = DRAWS | {"linear"}


@dataclass(frozen=True)
class Product:
    """A product of the chain.

    Attributes:
        number: Of its group.
        step: The sum of products.
        maps: Maps that follow, over the same space.
        line: The factor that has the rows.
        other: The factor that has the columns.
    """

    number: int
    step: Step
    maps: tuple[Step, ...]
    line: Read
    other: Read

    @property
    def last(self) -> Step:
        """The step whose value others read."""
        return (self.step, *self.maps)[-1]


@dataclass(frozen=True)
class Chain:
    """Groups that run as one kernel.

    Attributes:
        number: Of the group of rows.
        row, column: Index of a row, of an element of it.
        heads: Products that give the elements of rows.
        steps: Over the rows, the heads' maps first.
        along: Products of rows, summed along their elements.
        across: Products of rows, summed over the rows.
    """

    number: int
    row: str
    column: str
    heads: tuple[Product, ...]
    steps: tuple[Step, ...]
    along: tuple[Product, ...]
    across: tuple[Product, ...]

    @property
    def tails(self) -> tuple[Product, ...]:
        """Products of rows."""
        return (*self.along, *self.across)

    @property
    def members(self) -> frozenset[int]:
        """Numbers of its groups."""
        return frozenset((self.number, *(p.number for p in (*self.heads, *self.tails))))


def find_chain(program: Program, groups: list[Group]) -> Chain | None:
    """The first chain among the groups of a program."""
    for number, group in enumerate(groups):
        chain = _chain_of(program, groups, number, group)
        if chain is not None:
            return chain
    return None


def _chain_of(program: Program, groups: list[Group], number: int, rows: Group) -> Chain | None:
    """The chain around a group of rows."""
    core = [index for index in rows.outer if index not in (PREFIX, BATCH)]
    if rows.alone or len(core) != 1 or len(rows.inner) != 1:
        return None
    row, column = core[0], rows.inner[0]
    if not all(step.form in ("map", "reduce") for step in rows.steps):
        return None
    heads = _heads(program, groups, number, row, column)
    elements = {s.target for s in rows.steps if column in s.free}
    elements |= {step.target for head in heads for step in head.maps}
    tails = _tails(program, groups, number, elements)
    along = tuple(p for p in tails if p.step.bound == (column,) and row in p.step.free)
    across = tuple(p for p in tails if p.step.bound == (row,) and column in p.step.free)
    if not heads or not tails or len(along) + len(across) < len(tails):
        return None
    steps = (*(step for head in heads for step in head.maps), *rows.steps)
    chain = Chain(number, row, column, heads, steps, along, across)
    return chain if _is_closed(program, groups, chain) and _is_plain(chain) else None


def _heads(
    program: Program, groups: list[Group], number: int, row: str, column: str
) -> tuple[Product, ...]:
    wanted = {read.tensor for step in groups[number].steps for read in step.reads()}
    found = []
    for place, group in enumerate(groups[:number]):
        product = _product(program, place, group)
        if product is None or not wanted & {s.target for s in (product.step, *product.maps)}:
            continue
        core = {index for index in product.step.free if index not in (PREFIX, BATCH)}
        if core != {row, column} or len(product.step.bound) != 1:
            continue
        turned = _turned(product, row)
        if turned is not None:
            found.append(turned)
    return tuple(found)


def _turned(product: Product, row: str) -> Product | None:
    """The product with the factor that has the rows first."""
    first, second = product.line, product.other
    if _has(second, row):
        first, second = second, first
    if not _has(first, row) or _has(second, row):
        return None
    return Product(product.number, product.step, product.maps, first, second)


def _has(read: Read, index: str) -> bool:
    return Index(index) in read.indices


def _tails(program: Program, groups: list[Group], number: int, elements: set[str]) -> list[Product]:
    found = []
    for place, group in enumerate(groups[number + 1 :], number + 1):
        product = _product(program, place, group)
        if product is None:
            continue
        first, second = product.line, product.other
        if second.tensor in elements:
            first, second = second, first
        if first.tensor in elements and second.tensor not in elements:
            found.append(Product(place, product.step, product.maps, first, second))
    return found


def _product(program: Program, number: int, group: Group) -> Product | None:
    """A group that is the product of two tensors that are read as they are."""
    step = group.steps[0]
    if not group.alone or not is_contraction(step, program):
        return None
    factors = product_factors(step.value)
    first, second = factors
    if not (isinstance(first, Read) and isinstance(second, Read)):
        return None
    if step.value != Call("mul", (first, second)):
        return None
    return Product(number, step, tuple(group.steps[1:]), first, second)


def _is_closed(program: Program, groups: list[Group], chain: Chain) -> bool:
    """What is passed on inside the chain is read nowhere else, and what it reads is there."""
    inside = {s.target for s in chain.steps} | {p.step.target for p in chain.heads}
    if any(program.tensors[name].role != "temporary" for name in inside):
        return False
    for number, group in enumerate(groups):
        read = {read.tensor for step in group.steps for read in step.reads()}
        if number not in chain.members and read & inside:
            return False
    results = {step.target for step in chain.steps if chain.column not in step.free}
    late = {step.target for group in groups[chain.number + 1 :] for step in group.steps}
    for tail in chain.tails:
        own = {step.target for step in (tail.step, *tail.maps)}
        beside = {read.tensor for step in tail.maps for read in step.reads()} - own
        if (beside | {tail.other.tensor}) & late:
            return False
        if beside & inside - (results if tail in chain.along else set()):
            return False
    return True


def _is_plain(chain: Chain) -> bool:
    """Nothing depends on the position in the batch, and each element is read from its own place."""
    expressions: list[Expression] = [step.value for step in chain.steps]
    expressions += [step.value for tail in chain.tails for step in tail.maps]
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Call) and node.function in NEVER:
                return False
    places = (Index(chain.row), Index(chain.column))
    names = {p.step.target for p in chain.heads} | {s.target for s in chain.steps}
    found = [read for e in expressions for read in reads(e) if read.tensor in names]
    found += [tail.line for tail in chain.tails]
    return all(read.indices in (places, places[:1]) for read in found)

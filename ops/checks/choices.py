"""Statements under conditions: which are met whatever words are chosen, which are exclusive."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from ..errors import RegistryError
from ..language.expression import Statement
from ..language.op import Block, Condition, Op


def guarded(
    body: tuple[Statement | Block, ...], conditions: tuple[Condition, ...] = ()
) -> Iterator[tuple[tuple[Condition, ...], Statement]]:
    """All statements with the conditions that they stand under."""
    for each in body:
        if isinstance(each, Block):
            yield from guarded(each.statements, (*conditions, *each.conditions))
        else:
            yield conditions, each


def check_choices(
    op: Op,
    name: str,
    conditions: tuple[Condition, ...],
    cases: list[tuple[Condition, ...]],
) -> None:
    """A name is assigned whatever words are chosen, as far as `conditions` admit them."""
    if not all(cases):
        return
    specs = {spec.name: spec.words for spec in op.attributes}
    used = sorted({c.attribute for case in cases for c in case} & specs.keys())
    for words in product(*(specs[each] for each in used)):
        chosen = dict(zip(used, words))
        if _holds(conditions, chosen) and not any(_holds(case, chosen) for case in cases):
            shown = " and ".join(f"{each} is {word}" for each, word in chosen.items())
            raise RegistryError(f"{name} must be assigned where {shown}, too")


def _holds(conditions: tuple[Condition, ...], chosen: dict[str, str]) -> bool:
    """Whether conditions hold for chosen words; those on other attributes are taken to hold."""
    return all(
        each.attribute not in chosen or (chosen[each.attribute] == each.word) != each.negated
        for each in conditions
    )


def are_exclusive(left: tuple[Condition, ...], right: tuple[Condition, ...]) -> bool:
    """Whether two lists of conditions cannot hold together."""
    for a in left:
        for b in right:
            if a.attribute == b.attribute:
                same = a.word == b.word
                if (not a.negated and not b.negated and not same) or (
                    same and a.negated != b.negated
                ):
                    return True
    return False

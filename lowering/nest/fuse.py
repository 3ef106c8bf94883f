"""Statements that share passes over memory: which walk over a row's elements computes what.

A reduction ends with the pass that walks over its elements; what depends on its result waits for
the next one. A value for each element that several passes need is computed again if that is cheap,
else kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ops.language.expression import reads
from ..emit.shape import Pass
from ..program.program import Step, cost

KEEP_COST = 16
"""From this cost on, a value is stored and loaded rather than computed in every pass."""


def form_passes(steps: dict[str, Step], roots: list[str], inner: set[str]) -> list[Pass]:
    """The passes of a group over its inner space, in order.

    Args:
        steps: All steps of the group by target.
        roots: Targets that go to memory.
        inner: Logical indices of the inner space.
    """
    planner = _Planner(steps, inner)
    folds: dict[int, list[str]] = {}
    stores: dict[int, list[str]] = {}
    for name, step in steps.items():
        if step.form in ("reduce", "scan", "merge"):
            folds.setdefault(planner.level(name), []).append(name)
        if name in roots and planner.is_vector(step):
            stores.setdefault(planner.level(name), []).append(name)
    count = 1 + max((*folds, *stores), default=-1)
    saves = planner.saves(folds, stores, count)
    return [
        Pass(
            tuple(folds.get(k, ())),
            tuple(stores.get(k, ())),
            tuple(saves.get(k, ())),
            any(steps[name].reverse for name in folds.get(k, ())),
        )
        for k in range(count)
    ]


class _Planner:
    def __init__(self, steps: dict[str, Step], inner: set[str]) -> None:
        self.steps = steps
        self.inner = inner
        self.levels: dict[str, int] = {}
        self.directions: dict[int, bool] = {}
        for name in steps:  # in order, so that no level asks for many others
            self.level(name)

    def is_vector(self, step: Step) -> bool:
        """The step gives a value for each element of a row."""
        if step.form == "scatter":
            return True
        return step.form in ("map", "scan") and self.inner <= set(step.free)

    def level(self, name: str) -> int:
        """The first pass in which the value can be computed."""
        if name in self.levels:
            return self.levels[name]
        step = self.steps[name]
        level = 0
        for read in step.reads():
            made = self.steps.get(read.tensor)
            if made is None:
                continue
            below = self.level(read.tensor)
            # The result of a fold is there when its pass is over; a row's values follow it.
            done = made.form in ("reduce", "merge")
            level = max(level, below + 1 if done else below)
        if step.form == "scan":
            while self.directions.setdefault(level, step.reverse) != step.reverse:
                level += 1
        self.levels[name] = level
        return level

    def saves(
        self, folds: dict[int, list[str]], stores: dict[int, list[str]], count: int
    ) -> dict[int, list[str]]:
        """Pass -> values to keep from it on."""
        users: dict[str, set[int]] = {}
        for level in range(count):
            for root in (*folds.get(level, ()), *stores.get(level, ())):
                for name in self.reached(root):
                    users.setdefault(name, set()).add(level)
        kept: dict[int, list[str]] = {}
        saved: set[str] = set()
        for name, levels in users.items():
            step = self.steps[name]
            if len(levels) == 1 or not self.is_vector(step):
                continue
            inlined = self.inlined_cost(name, saved)
            if step.form == "scan" or inlined >= KEEP_COST:
                kept.setdefault(min(levels), []).append(name)
                saved.add(name)
        return kept

    def reached(self, root: str) -> Iterator[str]:
        """Values for each element that the root's pass computes, the root included if it is one."""
        seen: set[str] = set()
        stack = [root]
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            step = self.steps[name]
            if self.is_vector(step) and step.form != "scatter":
                yield name
            for expression in step.expressions:
                for read in reads(expression):
                    made = self.steps.get(read.tensor)
                    if made is not None and self.is_vector(made):
                        stack.append(read.tensor)

    def inlined_cost(self, name: str, saved: set[str]) -> int:
        """Cost of computing a value together with the values that it reads, each of them once."""
        total = 0
        seen, stack = {name}, [name]
        while stack:
            step = self.steps[stack.pop()]
            total += cost(step.value)
            for read in step.reads():
                made = self.steps.get(read.tensor)
                if made is None or not self.is_vector(made) or read.tensor in saved | seen:
                    continue
                seen.add(read.tensor)
                if made.form == "map":
                    stack.append(read.tensor)
                else:
                    total += KEEP_COST
        return total

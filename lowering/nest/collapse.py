"""Loop variables made few: those that walk through all memory as one are one.

Two variables are one where every form has for the slow one the coefficient of the fast one times
its extent. Variables are first ordered by how far they step, so that a transposed tensor that is
dense collapses like any other.
"""

from __future__ import annotations

from dataclasses import replace

from ..program.layout import Access, Form


class Forms:
    """All forms of a nest, changed together.

    Attributes:
        accesses: Key -> access to memory.
        plain: Key -> form of an integer.
        extents: Variable -> extent.
    """

    def __init__(self, extents: dict[str, int]) -> None:
        self.accesses: dict[object, Access] = {}
        self.plain: dict[object, Form] = {}
        self.extents = extents

    def all(self) -> list[Form]:
        """Every form."""
        return [*(a.form for a in self.accesses.values()), *self.plain.values()]

    def reach(self, variable: str) -> int:
        """How far a step of the variable goes through memory, over all accesses."""
        return sum(
            abs(a.form.coefficient(variable)) * (2 if isinstance(key, tuple) else 1)
            for key, a in self.accesses.items()
        )

    def ordered(self, variables: list[str]) -> list[str]:
        """Variables from the longest steps to the shortest."""
        return sorted(variables, key=lambda name: -self.reach(name))

    def collapse(self, variables: list[str], fixed: tuple[str, ...] = ()) -> list[str]:
        """The variables that are left when all that can be are merged.

        Args:
            variables: Slow to fast.
            fixed: Those that must stay as they are.
        """
        left = list(variables)
        changed = True
        while changed:
            changed = False
            for fast in reversed(left):
                for slow in left:
                    if slow == fast or slow in fixed or fast in fixed:
                        continue
                    if self.fits(slow, fast):
                        self.merge(slow, fast)
                        left.remove(slow)
                        changed = True
                        break
                if changed:
                    break
        return left

    def fits(self, slow: str, fast: str) -> bool:
        """Whether the two walk as one."""
        extent = self.extents[fast]
        if self.extents[slow] == 1 or extent == 1:
            return True
        return all(f.coefficient(slow) == f.coefficient(fast) * extent for f in self.all())

    def turn_round(self, variables: list[str]) -> None:
        """Lets those variables run from their ends to their beginnings along which some memory is
        walked backwards, element by element, and none forwards: it lies like any other, then."""
        for variable in variables:
            steps = [access.form.coefficient(variable) for access in self.accesses.values()]
            if not any(step == -1 for step in steps) or any(step == 1 for step in steps):
                continue
            if not any(form.coefficient(variable) for form in self.plain.values()):
                for key, access in self.accesses.items():
                    self.accesses[key] = replace(access, form=self._turned(access.form, variable))

    def _turned(self, form: Form, variable: str) -> Form:
        step = form.coefficient(variable)
        terms = tuple((n, -c if n == variable else c) for n, c in form.terms)
        return Form(form.offset + step * (self.extents[variable] - 1), terms)

    def merge(self, slow: str, fast: str) -> None:
        """Makes the two one, which keeps the name of the fast one."""
        keep_slow = self.extents[fast] == 1

        def merged(form: Form) -> Form:
            if keep_slow:
                terms = tuple((fast if n == slow else n, c) for n, c in form.terms if n != fast)
            else:
                terms = tuple((n, c) for n, c in form.terms if n != slow)
            return Form(form.offset, terms)

        for key, access in self.accesses.items():
            self.accesses[key] = replace(access, form=merged(access.form))
        for name, form in self.plain.items():
            self.plain[name] = merged(form)
        self.extents[fast] *= self.extents.pop(slow)

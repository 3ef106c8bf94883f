"""Calls of ops compared: CUDA C on the host against the interpreter, which shares nothing with it.

`compare` takes any number of calls, compiles their kernels together and says for each what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import Any

import numpy as np

from ...lowering.launch import Schedule, Target
from ...lowering.simt.schedule import schedule
from ...ops.calls.binding import Binding
from ...ops.dataclass import dataclass
from ...ops.dtype import numpy_dtype
from ...ops.errors import TensorsmithError
from ...ops.interpreter.interpret import interpret
from ...ops.language.expression import Call, Statement, walk
from ...ops.language.op import Op
from ...ops.language.primitives import DRAWS
from .host import Array, HostModule, kernels_of, poisoned, run_schedule
from .kernel import CudaKernel
from .target import TARGETS

TOLERANCES = {"float16": 2e-3, "bfloat16": 1.6e-2, "float32": 2e-5, "float64": 1e-9}
"""Relative to the larger of 1 and the result: float32 for a few roundings of its sums."""

TOGETHER = 48  # kernels in one translation unit
JOBS = 2


@dataclass
class HostCall:
    """One call of an op with its operands.

    Attributes:
        label: For messages.
        op: Specialised or derived.
        binding: The call, solved.
        values: Arrays and numbers by name; an output given here keeps what nothing writes.
        tolerance: Relative, by the dtype of a result, where it is wider than `TOLERANCES`.
    """

    label: str
    op: Op
    binding: Binding
    values: Mapping[str, Any]
    tolerance: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.prepare()

    def prepare(self) -> None:
        """Operands as they were given, and results that nobody has written to."""
        kinds = self.binding.dtypes
        self.inputs = {
            name: np.asarray(value).astype(numpy_dtype(kinds[name]), copy=self._is_kept(name))
            for name, value in self.values.items()
            if isinstance(value, np.ndarray)
        }
        self.given = {**self.values, **{n: a.copy() for n, a in self.inputs.items()}}
        self.results = {
            item.name: self._fresh(item.name)
            for item in self.op.outputs
            if item.name not in self.inputs
        }

    def _is_kept(self, name: str) -> bool:
        """Whether an array is an output that is written over."""
        return any(item.name == name for item in self.op.outputs)

    def _fresh(self, name: str) -> Array:
        return poisoned(self.binding.shapes[name], np.dtype(numpy_dtype(self.binding.dtypes[name])))

    def memory(self) -> dict[str, Array]:
        """All operands in memory."""
        return {**self.inputs, **self.results}

    def plan(self, target: Target) -> Schedule:
        """Its launches."""
        strides = {n: tuple(s // a.itemsize for s in a.strides) for n, a in self.memory().items()}
        return schedule(self.op, self.binding, strides, target)

    def wanted(self, exact: bool) -> dict[str, Array]:
        """What the interpreter gives: in float64, or computed in the dtypes of the call."""
        with np.errstate(all="ignore"):
            return interpret(self.op, self.binding, self.given, exact=exact)

    def is_random(self) -> bool:
        """Whether it draws random numbers, whose bits depend on the dtype they are drawn in."""
        return any(
            isinstance(node, Call) and node.function in DRAWS
            for statement in self.op.compute or self.op.define
            if isinstance(statement, Statement)
            for node in walk(statement.value)
        )

    def difference(self) -> str:
        """How results differ from what is wanted; empty if they do not.

        Results are right if they are near those in float64, or, where these overflow the dtype on
        their way, near those of the dtype's own arithmetic.
        """
        problem = "" if self.is_random() else self._difference(exact=True)
        return self._difference(exact=False) if problem or self.is_random() else ""

    def _difference(self, exact: bool) -> str:
        for name, wanted in self.wanted(exact).items():
            found = self.memory()[name]
            kind = self.binding.dtypes[name].name
            bound = max(TOLERANCES.get(kind, 0.0), self.tolerance.get(kind, 0.0))
            expected = np.asarray(wanted)
            with np.errstate(all="ignore"):
                if kind in TOLERANCES:
                    expected = expected.astype(found.dtype).astype(np.float64)
                    found = found.astype(np.float64)
                close = np.isclose(found, expected, rtol=bound, atol=bound, equal_nan=True)
            if not close.all():
                place = tuple(int(i) for i in np.argwhere(~close)[0])
                seen, right = found[place], expected[place]
                count = int(np.sum(~close))
                return f"{name}{list(place)} is {seen}, must be {right}; {count} of {close.size}"
        return ""


@dataclass(frozen=True)
class Outcome:
    """What came of a call: empty if it is right, else what is wrong, or why it cannot be run."""

    call: HostCall
    problem: str


def compare(calls: Sequence[HostCall], target: Target = TARGETS["sm_90"]) -> list[Outcome]:
    """Plans, compiles and runs the calls; kernels that calls share are compiled once."""
    planned: list[tuple[HostCall, Schedule]] = []
    outcomes: list[Outcome] = []
    kernels: dict[str, CudaKernel] = {}
    for call in calls:
        try:
            found = call.plan(target)
            kernels.update((kernel.entry, kernel) for kernel in kernels_of(found))
            planned.append((call, found))
        except TensorsmithError as error:
            outcomes.append(Outcome(call, f"{type(error).__name__}: {error}"))
    modules = build(list(kernels.values()))
    for call, found in planned:
        outcomes.append(Outcome(call, _run(call, found, modules)))
    return outcomes


def build(kernels: Sequence[CudaKernel]) -> dict[str, HostModule]:
    """Entry -> the module that has it."""
    parts = [kernels[k : k + TOGETHER] for k in range(0, len(kernels), TOGETHER)]
    with ThreadPoolExecutor(JOBS) as pool:
        modules = list(pool.map(HostModule, parts))
    return {entry: module for module in modules for entry in module.kernels}


def _run(call: HostCall, planned: Schedule, modules: Mapping[str, HostModule]) -> str:
    numbers = {n: v for n, v in call.values.items() if not isinstance(v, np.ndarray)}
    scalars = {**call.binding.attributes, **numbers}
    runs = []
    for backwards in (True, False):
        call.prepare()
        try:
            run_schedule(modules, planned, call.memory(), scalars, backwards)
        except (TensorsmithError, ArithmeticError) as error:
            return f"{type(error).__name__}: {error}"
        runs.append({item.name: call.memory()[item.name].tobytes() for item in call.op.outputs})
    if runs[0] != runs[1]:
        return f"the order of threads matters: {call.difference() or 'other bits'}"
    return call.difference()


def failures(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each call that is wrong."""
    for outcome in outcomes:
        if outcome.problem:
            yield f"{outcome.call.label}: {outcome.problem}"

"""Calls to lower: an entry, shapes and attributes; and the same run by the cpu backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tensorsmith.backends.cpu.run import CpuBackend
from tensorsmith.lowering.launch import Kernel, Schedule, Target
from tensorsmith.lowering.schedule import schedule
from tensorsmith.ops import registry
from tensorsmith.ops.calls.binding import Argument, Binding
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.dtype import bool_, float32, from_numpy_dtype, int64, numpy_dtype
from tensorsmith.ops.interpreter.interpret import interpret
from tensorsmith.ops.language.op import Op

WIDE = Target("x86-64-v4", 64, 32)
NARROW = Target("x86-64-v3", 32, 16)


@dataclass
class Call:
    """An op as one call sees it, and its operands."""

    op: Op
    binding: Binding
    arrays: dict[str, object]

    def outputs(self) -> dict[str, np.ndarray]:
        """Fresh contiguous outputs, filled with rubbish."""
        made = {}
        for output in self.op.outputs:
            kind = numpy_dtype(self.binding.dtypes[output.name])
            made[output.name] = np.full(self.binding.shapes[output.name], 77, kind)
        return made

    def memory(self, outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All operands in memory."""
        arrays = {n: a for n, a in self.arrays.items() if isinstance(a, np.ndarray)}
        return {**arrays, **outputs}

    def planned(self, target: Target = WIDE) -> Schedule:
        """What lowering makes of it."""
        return schedule(self.op, self.binding, self.strides(self.memory(self.outputs())), target)

    def strides(self, memory: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
        """Strides in elements."""
        return {n: tuple(s // a.itemsize for s in a.strides) for n, a in memory.items()}

    def run(self, outputs: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
        """Results of the compiled kernels."""
        results = dict(outputs or self.outputs())
        memory = self.memory(results)
        runner = CpuBackend().prepare(self.op, self.binding, self.strides(memory))
        values = {**self.binding.attributes, **self.arrays}
        scalars = [values[name] for name in runner.scalars]
        runner([memory[name].ctypes.data for name in runner.operands], scalars)
        return results

    def expected(self) -> dict[str, np.ndarray]:
        """Results of the definition, in float64."""
        return interpret(self.op, self.binding, self.arrays, exact=True)

    def check(self, tolerance: float = 1e-5) -> None:
        """The compiled kernels give what the definition says."""
        results = self.run()
        for name, wanted in self.expected().items():
            np.testing.assert_allclose(
                results[name].astype(np.float64), np.asarray(wanted, np.float64),
                rtol=tolerance, atol=tolerance, err_msg=f"{self.op.name}.{name}",
            )  # fmt: skip


def argument(value: object) -> Argument:
    """Shape and dtype of an operand."""
    if isinstance(value, np.ndarray):
        return Argument(value.shape, from_numpy_dtype(value.dtype))
    kind = bool_ if isinstance(value, bool) else int64 if isinstance(value, int) else float32
    return Argument((), kind, True)


def make(
    entry: Op | str,
    arrays: Mapping[str, object],
    attributes: Mapping[str, object] | None = None,
    prefix: int = 0,
) -> Call:
    """A call of an entry, or of the registry's entry of that name."""
    op = registry.get(entry) if isinstance(entry, str) else entry
    given = dict(attributes or {})
    choices = {
        s.name: given[s.name] for s in op.attributes if s.kind == "choice" and s.name in given
    }
    op = specialize(op, frozenset(arrays), choices)
    binding = bind(op, {n: argument(a) for n, a in arrays.items()}, given, prefix)
    kept: dict[str, object] = {}
    for name, value in arrays.items():
        if isinstance(value, np.ndarray):
            value = value.astype(numpy_dtype(binding.dtypes[name]), copy=False)
        kept[name] = value
    return Call(op, binding, kept)


def defined(text: str) -> Op:
    """The one entry of a text."""
    return registry.read_text(text)[0]


def kernels(call: Call) -> list[Kernel]:
    """Kernels of products in a call's schedule."""
    found = [launch.kernel for launch in call.planned().launches]
    engines = ("contraction", "direct", "slide", "taps")
    return [kernel for kernel in found if kernel.key[0] in engines]


def random(*shape: int, seed: int = 0, kind: str = "float32") -> np.ndarray:
    """Normal numbers, or small integers."""
    generator = np.random.default_rng(seed)
    if kind.startswith("float"):
        return generator.standard_normal(shape).astype(kind)
    return generator.integers(-5, 6, shape).astype(kind)


Shapes = Sequence[int]

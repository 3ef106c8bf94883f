"""Products of integers wrap around as their dtype does, and narrow ones are multiplied together."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cpu.compile import assembly
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES, Machine
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify

from .calls import defined, kernels, make, random


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int32", "int64"])
@pytest.mark.parametrize("turned", ["nn", "nt", "tn"])
@pytest.mark.parametrize(("m", "k", "n"), [(33, 41, 50), (70, 700, 37), (1, 300, 90), (5, 2, 4)])
def test_integer_products_wrap_around(kind: str, turned: str, m: int, k: int, n: int) -> None:
    limits = np.iinfo(kind)
    generator = np.random.default_rng(0)
    a, b = (
        generator.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
        for shape in ((m, k), (k, n))
    )
    wanted = (a.astype(np.int64) @ b.astype(np.int64)).astype(kind)
    first = np.ascontiguousarray(a.T).T if turned[0] == "t" else a
    second = np.ascontiguousarray(b.T).T if turned[1] == "t" else b
    call = make("mm", {"input": first, "mat2": second})
    assert kernels(call)
    np.testing.assert_array_equal(call.run()["output"], wanted)
    addend = b[0].copy()
    call = make("addmm", {"input": addend, "mat1": first, "mat2": second}, {"alpha": 3, "beta": 2})
    expected = (3 * wanted.astype(np.int64) + 2 * addend.astype(np.int64)).astype(kind)
    assert kernels(call)
    np.testing.assert_array_equal(call.run()["output"], expected)


@pytest.mark.parametrize(("m", "k", "n"), [(33, 41, 50), (70, 701, 37), (2, 300, 90), (3, 0, 2)])
def test_products_of_bytes_are_summed_in_32_bits(m: int, k: int, n: int) -> None:
    generator = np.random.default_rng(0)
    a = generator.integers(-128, 128, (m, k), dtype=np.int8)
    b = generator.integers(-128, 128, (k, n), dtype=np.int8)
    call = make("_int_mm", {"input": a, "mat2": b})
    wanted = a.astype(np.int32) @ b.astype(np.int32)
    np.testing.assert_array_equal(call.run()["output"], wanted)


@pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))
def test_two_steps_of_narrow_integers_are_multiplied_at_once(machine: Machine) -> None:
    arrays = {"input": random(40, 64, kind="int8"), "mat2": random(64, 64, kind="int8")}
    (launch,) = make("_int_mm", arrays).planned(machine.target).launches
    function = launch.kernel.build()
    verify(function)
    assert "ts.dot" in print_function(function)
    if machine.triple.startswith("x86_64"):
        assert "pmaddwd" in assembly(emit(function, machine), machine)


def test_what_does_not_wrap_around_like_its_sum_is_left_to_other_schedules() -> None:
    """A maximum of sums of bytes depends on all of their bits."""
    entry = defined(
        "\n".join(
            [
                "clipped_product:",
                "  doc: Product of two matrices, at least 0.",
                "  inputs: {a: 'int8[M, K]', b: 'int8[K, N]'}",
                "  outputs: {output: 'int8[M, N]'}",
                "  define: |",
                "    total[m, n] = sum[k](a[m, k] * b[k, n])",
                "    output[m, n] = maximum(total[m, n], 0)",
                "  reference: np.maximum(np.matmul(a, b, dtype=np.int64), 0)",
                "  samples: [{a: [2, 3], b: [3, 2]}]",
            ]
        )
    )
    a, b = random(9, 40, kind="int8") * np.int8(20), random(40, 9, seed=1, kind="int8")
    call = make(entry, {"a": a, "b": b})
    assert not kernels(call)
    np.testing.assert_array_equal(call.run()["output"], call.expected()["output"])

"""Products of narrow elements by instructions that only some processors have.

None of these instructions need be here: kernels are made for a processor that has them, then the
instructions are spelled out and the kernels run on this one. What LLVM selects is looked up.
"""

from __future__ import annotations

import re

import ml_dtypes
import numpy as np
import pytest
from tensorsmith.backends.cpu.compile import assembly
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.loader import own_loader_works
from tensorsmith.backends.cpu.machine import MACHINES, Machine, machine_of
from tensorsmith.lowering.ir.builder import Builder
from tensorsmith.lowering.ir.loops import F32, I32, Vector
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.ops.errors import BackendError, LoweringError

from ..lowering.calls import Call, defined, make
from . import emulated, translated

V3, V4 = machine_of("x86-64-v3", ["avxvnni"]), machine_of("x86-64-v4", ["avx512bf16", "avx512vnni"])
ARM = machine_of("aarch64", ["bf16", "dotprod"])

on_x86 = pytest.mark.skipif(not own_loader_works(), reason="kernels for x86-64 run on x86-64 only")


def factors(m: int, k: int, n: int, kind: str, turned: bool) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices, both transposed in memory if they are turned."""
    generator = np.random.default_rng(m + k + n)
    made = []
    for shape in ((m, k), (k, n)):
        if kind == "bfloat16":
            array = generator.standard_normal(shape).astype(ml_dtypes.bfloat16)
        else:
            limits = np.iinfo(kind)
            array = generator.integers(limits.min, limits.max, shape, kind, endpoint=True)
        made.append(np.ascontiguousarray(array.T).T if turned else array)
    return made[0], made[1]


def product(m: int, k: int, n: int, kind: str, turned: bool = False) -> Call:
    """A product of matrices; of bytes, summed in 32 bits."""
    first, second = factors(m, k, n, kind, turned)
    name = "_int_mm" if kind == "int8" else "mm"
    return make(name, {"input": first, "mat2": second})


def features_of(call: Call, machine: Machine) -> set[tuple[str, ...]]:
    """The features that the kernels of a call need."""
    return {launch.kernel.features for launch in call.planned(machine.target).launches}


def check_integers(call: Call, found: np.ndarray) -> None:
    """Sums are exact in as many bits as are written."""
    a, b = (call.arrays[name].astype(np.int64) for name in ("input", "mat2"))
    np.testing.assert_array_equal(found, (a @ b).astype(found.dtype))


@on_x86
@pytest.mark.parametrize(
    ("machine", "feature", "kind", "size", "turned"),
    [
        (V4, "avx512vnni", "int8", (33, 43, 50), False),
        (V4, "avx512vnni", "int8", (17, 1401, 37), True),
        (V3, "avxvnni", "int8", (17, 1402, 37), True),
        (V3, "avxvnni", "int16", (17, 41, 37), False),
    ],
)
def test_sums_of_narrow_integers_are_exact(
    machine: Machine, feature: str, kind: str, size: tuple[int, int, int], turned: bool
) -> None:
    call = product(*size, kind, turned)
    assert features_of(call, machine) == {(feature,)}
    check_integers(call, translated.run(call, machine)["output"])


@pytest.mark.parametrize(("kind", "feature"), [("int8", ("dotprod",)), ("int16", ())])
def test_sums_of_narrow_integers_are_exact_on_aarch64(kind: str, feature: tuple[str, ...]) -> None:
    unicorn = pytest.importorskip("unicorn", reason="the CPU emulator `unicorn` is not installed")
    call = product(23, 43, 18, kind)
    assert features_of(call, ARM) == {feature}
    check_integers(call, emulated.run(unicorn, call, ARM)["output"])


def check_bfloats(call: Call, found: np.ndarray) -> None:
    """Sums are those of float32, rounded once to bfloat16 at the end.

    A step of a sum is wrong by at most 2**-23 of all it has seen, whichever way it is rounded.
    """
    a, b = (call.arrays[name].astype(np.float64) for name in ("input", "mat2"))
    reach = np.abs(a) @ np.abs(b)
    bound = 2.0**-8 * np.abs(a @ b) + a.shape[1] * 2.0**-23 * reach
    assert (np.abs(found.astype(np.float64) - a @ b) <= bound).all()


@on_x86
def test_sums_of_bfloats_have_the_precision_of_float32() -> None:
    call = product(17, 701, 37, "bfloat16", turned=True)
    assert features_of(call, V4) == {("avx512bf16",)}
    check_bfloats(call, translated.run(call, V4)["output"])


@on_x86
def test_what_follows_a_sum_of_bfloats_is_in_the_same_kernel() -> None:
    rows, columns = factors(33, 41, 50, "bfloat16", False)
    bias = np.linspace(-9, 9, 50).astype(ml_dtypes.bfloat16)
    weight = np.ascontiguousarray(columns.T)
    call = make("linear", {"input": rows, "weight": weight, "bias": bias})
    assert features_of(call, V4) == {("avx512bf16",)}
    found, wanted = translated.run(call, V4)["output"], call.expected()["output"]
    np.testing.assert_allclose(found.astype(np.float64), wanted.astype(np.float64), 2**-8, 2**-10)


def test_sums_of_bfloats_that_are_written_in_float32_keep_its_small_numbers() -> None:
    entry = defined(
        """
precise_product:
  doc: Product of two matrices, in float32.
  inputs: {a: 'bfloat16[M, K]', b: 'bfloat16[K, N]'}
  outputs: {output: 'float32[M, N]'}
  define: output[m, n] = sum[k](a[m, k] * b[k, n])
  reference: np.matmul(a, b)
  samples: [{a: [2, 3], b: [3, 2]}]
"""
    )
    first, second = factors(33, 41, 50, "bfloat16", False)
    call = make(entry, {"a": first, "b": second})
    assert features_of(call, V4) == {()}


def test_sums_of_bfloats_on_aarch64_have_the_precision_of_float32() -> None:
    unicorn = pytest.importorskip("unicorn", reason="the CPU emulator `unicorn` is not installed")
    call = product(23, 41, 18, "bfloat16")
    assert features_of(call, ARM) == {("bf16",)}
    check_bfloats(call, emulated.run(unicorn, call, ARM)["output"])


@on_x86
def test_numbers_below_the_least_normal_one_count_as_zeros_and_infinities_as_themselves() -> None:
    first = np.full((2, 3), 2.0**-130, ml_dtypes.bfloat16)
    first[1] = (np.inf, 1, 1)
    second = np.full((3, 16), 2.0**120, ml_dtypes.bfloat16)
    second[2] = np.nan
    second[2, :8] = 1
    call = make("mm", {"input": np.tile(first, (8, 1)), "mat2": np.tile(second, (1, 2))})
    assert features_of(call, V4) == {("avx512bf16",)}
    found = translated.run(call, V4)["output"].astype(np.float32)
    assert (found[0, :8] == 0).all() and (found[1, :8] == np.inf).all()
    assert np.isnan(found[:, 8:16]).all()


def dots_of_the_longest_loop(text: str, name: str) -> tuple[int, list[str]]:
    """How often an instruction stands in the loop that has it most often, and that loop's lines."""
    lines, starts, found = text.splitlines(), {}, (0, list[str]())
    for number, line in enumerate(lines):
        label = re.match(r"(\.LBB\w+):", line)
        jump = re.match(r"\tj\w+\t(\.LBB\w+)", line)
        if label:
            starts = {label[1]: number}  # loops without others inside
        elif jump and jump[1] in starts:
            body = lines[starts[jump[1]] + 1 : number + 1]
            found = max(found, (sum(name in line for line in body), body))
    return found


@pytest.mark.parametrize(
    ("machine", "kind", "name", "dots"),
    [
        (V4, "int8", "vpdpbusd", 2 * 14 * 2),
        (V3, "int8", "vpdpbusd", 2 * 6 * 2),
        (V3, "int16", "vpdpwssd", 2 * 6 * 2),
        (V4, "bfloat16", "vdpbf16ps", 2 * 14 * 2),
    ],
)
def test_the_inner_loop_is_the_instruction_and_loads(
    machine: Machine, kind: str, name: str, dots: int
) -> None:
    (launch,) = product(40, 200, 64, kind).planned(machine.target).launches
    used = machine.using(launch.kernel.features)
    text = assembly(emit(launch.kernel.build(), used), used)
    count, body = dots_of_the_longest_loop(text, name)
    assert count == dots and len(body) < 2 * dots, "\n".join(body)
    assert not any("(%rsp" in line for line in body), "a sum is spilled"
    assert "pmaddwd" not in text


def dot(sums: Vector) -> Builder:
    """A kernel that would be nothing but `ts.dot`."""
    b = Builder("dot")
    words = b.constant(0, Vector(sums.lanes, I32))
    b.dot(words, words, b.constant(0, sums))
    return b


def test_a_dot_of_bfloats_needs_a_target_that_has_it() -> None:
    function = dot(Vector(16, F32)).finish()
    verify(function)
    why = r"bfloat needs avx512bf16 or bf16, the target is x86-64-v4$"
    with pytest.raises(BackendError, match=why):
        emit(function, MACHINES["x86-64-v4"])


def test_a_dot_adds_words_to_sums_of_as_many_lanes() -> None:
    b = Builder("dot")
    words = b.constant(0, Vector(8, I32))
    b.dot(words, words, b.constant(0, Vector(16, I32)))
    with pytest.raises(LoweringError, match="must have two vectors of i32 and add to one of i32"):
        verify(b.finish())


def test_only_words_that_are_summed_in_integers_have_four_parts() -> None:
    b = Builder("dot")
    words = b.constant(0, Vector(16, I32))
    b.dot(words, words, b.constant(0, Vector(16, F32)), parts=4)
    with pytest.raises(LoweringError, match="must have 2 parts, or 4 where sums are of i32, got 4"):
        verify(b.finish())

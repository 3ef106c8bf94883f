"""Instructions in CUDA C give what they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import ml_dtypes
import numpy as np
import pytest
from tensorsmith.backends.cpu import emit as cpu_emit
from tensorsmith.backends.cpu.emitter import HANDLERS as ON_CPU
from tensorsmith.backends.cuda import emit_math, host
from tensorsmith.backends.cuda.emit import emit
from tensorsmith.backends.cuda.emit_arith import number_text
from tensorsmith.backends.cuda.emitter import HANDLERS, c_type
from tensorsmith.backends.cuda.kernel import CudaKernel, meets
from tensorsmith.lowering.emit.call import emit_call
from tensorsmith.lowering.ir.builder import Builder
from tensorsmith.lowering.ir.kinds import BOOL, DOUBLE, FLOAT, INTEGER, Kind
from tensorsmith.lowering.ir.loops import (
    BF16,
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    Descriptor,
    Memref,
    Scalar,
    Value,
    Vector,
)  # fmt: skip
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.launch import Grid
from tensorsmith.ops.errors import BackendError, LoweringError
from tensorsmith.ops.interpreter import philox
from tensorsmith.ops.language.primitives import DRAWS
from tensorsmith.ops.language.vocabulary import PRIMITIVES

needs_host = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")
ARRAYS = {
    F16: np.float16, F32: np.float32, F64: np.float64, I8: np.int8, I16: np.int16, I32: np.int32,
    I64: np.int64,
}  # fmt: skip


@dataclass
class Probe:
    """Instructions applied to arrays, one thread for each element; `found` holds the results."""

    write: Callable[..., Value]
    scalar: Scalar
    operands: tuple[np.ndarray, ...]
    result: Scalar | None = None

    def kernel(self, name: str) -> CudaKernel:
        b = Builder(name)
        b.function.threads = 32
        kinds = [*(self.scalar for _ in self.operands), self.result or self.scalar]
        memory = [b.argument(Memref(kind), f"m{k}") for k, kind in enumerate(kinds)]
        thread = b.thread_id()
        found = self.write(b, *(b.load(m, thread) for m in memory[:-1]))
        b.store(found, memory[-1], thread)
        function = b.finish()
        verify(function)
        parameters = tuple(c_type(argument.type) for argument in function.arguments)
        return CudaKernel(name, emit(function), Grid(32, 0, 1), parameters, meets(function))


def evaluate(*probes: Probe) -> list[np.ndarray]:
    """What each probe gives; they are compiled together."""
    kernels = [probe.kernel(f"probe{k}") for k, probe in enumerate(probes)]
    module = host.HostModule(kernels)
    results = []
    for probe, kernel in zip(probes, kernels):
        padded = [np.resize(x, 32) for x in probe.operands]
        out = np.zeros(32, ARRAYS[probe.result or probe.scalar])
        module.launch(kernel, [x.ctypes.data for x in (*padded, out)], 1, [*padded, out])
        results.append(out[: len(probe.operands[0])])
    return results


def apply(name: str, to: Scalar | None = None) -> Callable[..., Value]:
    """Writes one instruction; its result has the type of its first operand, or is a `to`."""
    return lambda b, *operands: b.add(name, list(operands), to or operands[0].type)


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE, INTEGER, BOOL], ids=lambda k: k.scalar.name)
def test_every_primitive_has_code_in_every_backend(kind: Kind) -> None:
    assert cpu_emit.DIALECTS
    for name in sorted(set(PRIMITIVES) - DRAWS - {"select", "linear"}):
        b = Builder("probe")
        operands = [b.argument(kind.scalar, f"x{k}") for k in range(PRIMITIVES[name])]
        try:
            emit_call(b, name, kind, operands)
        except LoweringError:
            continue  # not defined for this kind
        used = {each.name for each in b.function.walk()} - {"scf.yield"}
        assert used <= HANDLERS.keys(), name
        assert used <= ON_CPU.keys(), name


def test_every_function_of_the_library_has_a_stated_accuracy() -> None:
    exact = {"fabs", "floor", "ceil", "trunc", "rint", "copysign", "fma", "nextafter"}
    assert set(emit_math.FUNCTIONS.values()) - exact == set(emit_math.ACCURACY)


def test_an_unknown_instruction_is_refused_by_name() -> None:
    b = Builder("probe")
    b.function.threads = 32
    b.add("ts.no_such", [])
    with pytest.raises(
        BackendError, match=r"probe: the cuda backend has no code for .* ts.no_such"
    ):
        emit(b.finish())


def test_a_kernel_for_the_cpu_is_refused() -> None:
    with pytest.raises(BackendError, match="probe: must be a kernel for blocks of threads"):
        emit(Builder("probe").finish())


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (0.1, "f32", "0x1.99999a0000000p-4f"),
        (3.0, "f64", "3.0"),
        (math.inf, "f32", "infinity<float>()"),
        (-math.inf, "f64", "-infinity<double>()"),
        (-(2**63), "i64", "(-9223372036854775807LL - 1)"),
        (200, "i8", "(signed char)(-56LL)"),
        (1, "i1", "true"),
        (1.0, "bf16", "(unsigned short)0x3f80"),
        (1.0, "f16", "(unsigned short)0x3c00"),
    ],
)
def test_numbers_are_written_exactly(value: float, name: str, text: str) -> None:
    assert number_text(value, name) == text


@needs_host
def test_integers_wrap_around_and_never_trap() -> None:
    names = ("addi", "subi", "muli", "floordivsi", "remsi")
    probes, wanted = [], []
    for scalar in (I8, I16, I32, I64):
        info = np.iinfo(ARRAYS[scalar])
        a = np.array([info.min, info.max, info.min, 7, -7, 7], ARRAYS[scalar])
        c = np.array([-1, 1, 0, 2, 2, -2], ARRAYS[scalar])
        probes += [Probe(apply(f"arith.{name}"), scalar, (a, c)) for name in names]
        with np.errstate(all="ignore"):
            wanted += [a + c, a - c, a * c]
        wanted += [[info.min, info.max, info.min, 3, -4, -4], [0, 0, 0, 1, -1, 1]]
    for found, right in zip(evaluate(*probes), wanted):
        np.testing.assert_array_equal(found, right)


@needs_host
def test_halves_are_rounded_to_nearest_even() -> None:
    values = np.array([0.1, 1.0009765, 65520.0, np.inf, np.nan, 6e-8, -0.0], np.float32)

    def through(b: Builder, x: Value) -> Value:
        return b.add("arith.extf", [b.add("arith.truncf", [x], BF16)], F32)

    narrow, wide = evaluate(
        Probe(apply("arith.truncf", F16), F32, (values,), F16), Probe(through, F32, (values,))
    )
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(narrow, values.astype(np.float16))
    np.testing.assert_array_equal(wide, values.astype(ml_dtypes.bfloat16).astype(np.float32))


@needs_host
def test_random_words_are_those_of_every_other_backend() -> None:
    counters = np.array([0, 1, 2**33, 2**62], np.int64)
    seed = 2**40 + 12345

    def draw(which: str) -> Callable[..., Value]:
        return lambda b, c: b.add("ts.philox", [b.constant(seed, I64), c], I64, which=which)

    low, high = evaluate(*(Probe(draw(which), I64, (counters,)) for which in ("low", "high")))
    words = philox.words(seed, counters)
    np.testing.assert_array_equal(low.view(np.uint64), (words[1] << np.uint64(32)) | words[0])
    np.testing.assert_array_equal(high.view(np.uint64), (words[3] << np.uint64(32)) | words[2])


@needs_host
def test_special_functions_are_those_of_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    inside = np.array([-0.999999, -0.5, -1e-3, 1e-12, 0.3, 0.77, 0.9999999])
    outside = np.array([-3.3, -0.5, 1e-3, 0.7, 1.46, 2.0, 9.9, 1e5])
    cases = [
        ("digamma", outside, special.digamma(outside)),
        ("lgamma", outside, special.gammaln(outside)),
        ("erfinv", inside, special.erfinv(inside)),
    ]
    results = evaluate(*(Probe(apply(f"ts.{name}"), F64, (x,)) for name, x, _ in cases))
    for found, (name, _, wanted) in zip(results, cases):
        np.testing.assert_allclose(found, wanted, rtol=2e-14, atol=1e-15, err_msg=name)


def test_threads_are_an_error_outside_of_their_kernels() -> None:
    b = Builder("probe")
    b.thread_id()
    with pytest.raises(LoweringError, match="must stand in a kernel that runs in blocks"):
        verify(b.finish())


@pytest.mark.parametrize("threads", [0, 48, 2048])
def test_a_block_is_whole_warps(threads: int) -> None:
    b = Builder("probe")
    b.function.threads = threads
    with pytest.raises(LoweringError, match="threads must be a multiple of 32 up to 1024"):
        verify(b.finish())


def test_vectors_are_not_exchanged() -> None:
    b = Builder("probe")
    b.function.threads = 32
    b.exchange("xor", b.constant(0.0, Vector(4, F32)), 1)
    with pytest.raises(LoweringError, match="must exchange scalars of one type"):
        verify(b.finish())


def _copy(b: Builder, shared: Value, memory: Value, elements: int) -> None:
    place = b.constant(0)
    b.copy_async(shared, place, memory, place, b.constant(elements), elements)


def _product(b: Builder, kind: Scalar, *lanes: int) -> None:
    parts = [b.constant(0, Vector(n, kind)) for n in lanes]
    b.multiply_matrices(parts[0], parts[1], b.constant(0.0, Vector(4, F32)))


def _group(
    b: Builder, threads: int = 128, sums: Scalar = F32, right: Scalar = BF16, columns: int = 128
) -> None:
    b.function.threads = threads
    factors = [(b.shared(64, kind), b.constant(0)) for kind in (BF16, right)]
    b.add_group_product(b.own(64, sums), factors[0], factors[1], columns, (False, False), 0)


def _box(b: Builder, shared: Scalar = F16, dims: int = 2, barrier: Scalar = I64) -> None:
    source, place = b.argument(Descriptor(F16), "map"), b.constant(0)
    barriers = b.shared(2, barrier), place
    b.copy_box(b.shared(64, shared), place, source, barriers, [place] * dims)


MISTAKES: dict[str, tuple[Callable[[Builder], object], str]] = {
    "match": (
        lambda b: b.match(b.constant(0, I64)), "must match any i32, got .*i64",
    ),
    "product": (
        lambda b: _product(b, F32, 8, 4), "must have elements of a 16x8x16 or 16x8x8",
    ),
    "own memory": (
        lambda b: b.load_matrices(b.own(64, F16), b.constant(0), False), "must have shared memory",
    ),
    "kind": (
        lambda b: b.load_matrices(b.shared(64, I16), b.constant(0), False),
        "must load f16, bf16 or f32, got",
    ),
    "turned": (
        lambda b: b.load_matrices(b.shared(64, F32), b.constant(0), True),
        "must not transpose elements of 32 bits",
    ),
    "other type": (
        lambda b: _copy(b, b.shared(64, F32), b.own(64, I32), 4), "must copy .*f32.*, got .*i32",
    ),
    "size": (
        lambda b: _copy(b, b.shared(64, F32), b.own(64, F32), 3),
        "must copy 4, 8 or 16 bytes, got 3",
    ),
    "few threads": (lambda b: _group(b, threads=96), "must stand in a kernel of 128 threads"),
    "sums": (lambda b: _group(b, sums=F16), "must add to memory of f32, got .*f16"),
    "factors": (
        lambda b: _group(b, right=F16), "must multiply f16 or bf16 in shared memory, got .*f16",
    ),
    "columns": (lambda b: _group(b, columns=64), "must have 128 or 256 columns, got 64"),
    "box": (lambda b: _box(b, shared=F32), "must copy to shared memory, got .*f16.* to .*f32"),
    "corner": (lambda b: _box(b, dims=1), "must have a corner of 2 or 3 dims"),
    "barrier": (lambda b: _box(b, barrier=I32), "barriers must be i64 in shared memory, got .*i32"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_a_warp_cannot_do_is_refused(mistake: str) -> None:
    write, message = MISTAKES[mistake]
    b = Builder("probe")
    b.function.threads = 32
    write(b)
    with pytest.raises(LoweringError, match=message):
        verify(b.finish())


def test_shared_memory_that_a_launch_gives_is_what_pieces_take() -> None:
    b = Builder("probe")
    b.function.threads, b.function.shared = 32, 4096
    b.store(b.constant(0.0, F32), b.shared(1024, F32, 1024), b.constant(0))
    with pytest.raises(BackendError, match="probe: has 5120 bytes of shared memory, not 4096"):
        emit(b.finish())


def test_values_that_nothing_uses_are_not_written() -> None:
    b = Builder("probe")
    b.function.threads = 32
    b.plus(b.thread_id(), b.block_id())
    assert "Idx" not in emit(b.finish())

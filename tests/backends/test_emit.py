"""Instructions of the loop IR give what they say, on every machine that can run here."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.elf import undefined_symbols
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES, Machine, detect_machine
from tensorsmith.backends.cpu.run import make_runner
from tensorsmith.lowering.ir.builder import Builder
from tensorsmith.lowering.ir.loops import BF16, F16, F32, F64, I64, INDEX, Instruction, Memref
from tensorsmith.lowering.launch import Kernel, Launch, Number, Pointer, Schedule
from tensorsmith.ops.errors import BackendError
from tensorsmith.ops.interpreter import philox

from tests.backends.build import evaluate, instruction, lanes_of, pointwise, runnable_machines

MACHINE_PARAMETERS = [pytest.param(m, id=m.target.name) for m in runnable_machines()]
ALL_MATH = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "erf",
    "erfc",
    "sqrt",
    "rsqrt",
    "floor",
]


def same(got: np.ndarray, wanted: np.ndarray) -> None:
    """Equal bit by bit, but for the sign of NaN."""
    both_nan = np.isnan(got) & np.isnan(wanted) if got.dtype.kind == "f" else False
    equal = (got == wanted) & (np.signbit(got) == np.signbit(wanted)) | both_nan
    assert equal.all(), (got[~equal][:4], wanted[~equal][:4])


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("scalar", [F32, F64], ids=["f32", "f64"])
def test_objects_for_every_machine_need_no_other_code(name: str, scalar: object) -> None:
    machine = MACHINES[name]

    def write(b: Builder, x: object) -> object:
        for function in ALL_MATH:
            x = b.math(function, x)
        for function in ("erfinv", "lgamma", "digamma"):
            x = b.add(f"ts.{function}", [x], x.type)
        x = b.add("ts.polygamma", [x, x], x.type)
        return b.add("arith.remf", [b.math("powf", x, b.math("atan2", x, x)), x], x.type)

    function = pointwise(write, [scalar], scalar, lanes_of(machine, scalar))
    image = compile_text(emit(function, machine), machine, "all")
    assert undefined_symbols(image) <= {"memset", "memcpy"}


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("kind", ["f16", "bf16"])
def test_half_conversions_for_every_machine_need_no_other_code(name: str, kind: str) -> None:
    machine, half = MACHINES[name], {"f16": F16, "bf16": BF16}[kind]

    def write(b: Builder, x: object, y: object) -> object:
        return b.convert(b.plus(b.convert(x, F64), b.convert(b.convert(y, F32), F64)), half)

    function = pointwise(write, [half, half], half, lanes_of(machine, F32))
    image = compile_text(emit(function, machine), machine, "half")
    assert undefined_symbols(image) <= {"memset", "memcpy"}


@pytest.mark.parametrize("machine", MACHINE_PARAMETERS)
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100])
def test_addition_equals_numpy_at_every_tail(machine: Machine, size: int) -> None:
    x, y = np.arange(size, dtype=np.float32), np.linspace(0, 1, size, dtype=np.float32)
    same(evaluate("arith.addf", x, y, machine=machine, key="add"), x + y)


@pytest.mark.parametrize("machine", MACHINE_PARAMETERS)
def test_float16_conversion_is_right_for_all_patterns(machine: Machine) -> None:
    patterns = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    wide = evaluate(instruction("arith.extf", F32), patterns, output="float32", machine=machine)
    same(wide, patterns.astype(np.float32))
    # All values, and the midpoints between neighbours with what lies beside them.
    finite = np.unique(wide[np.isfinite(wide)])
    middle = ((finite[1:].astype(np.float64) + finite[:-1]) / 2).astype(np.float32)
    beside = [np.nextafter(middle, np.float32(s * np.inf)) for s in (-1, 1)]
    extremes = np.array([65519.9, 65520, 1e30, -1e30, np.inf, np.nan, 1e-9, -0.0], np.float32)
    values = np.concatenate([wide, middle, *beside, extremes])
    narrow = evaluate(instruction("arith.truncf", F16), values, output="float16", machine=machine)
    with np.errstate(over="ignore"):
        same(narrow, values.astype(np.float16))


@pytest.mark.parametrize("machine", MACHINE_PARAMETERS)
def test_bfloat16_conversion_equals_ml_dtypes(machine: Machine) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    random = np.random.default_rng(0).integers(0, 1 << 32, 20000, dtype=np.uint32)
    values = np.concatenate([random, (random & 0xFFFF0000) | 0x8000]).view(np.float32)
    got = evaluate(instruction("arith.truncf", BF16), values, output="bfloat16", machine=machine)
    back = evaluate(instruction("arith.extf", F32), got, output="float32", machine=machine)
    with np.errstate(invalid="ignore"):
        same(got.astype(np.float32), values.astype(ml_dtypes.bfloat16).astype(np.float32))
        same(back, got.astype(np.float32))


@pytest.mark.parametrize("name, function", [("maximumf", np.maximum), ("minimumf", np.minimum)])
def test_extremes_give_nan_if_there_is_one(name: str, function: np.ufunc) -> None:
    x = np.array([1, np.nan, 2, np.nan, np.inf, -3], np.float64)
    y = np.array([2, 1, np.nan, np.nan, -np.inf, 3], np.float64)
    same(evaluate(f"arith.{name}", x, y), function(x, y))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_integer_division_never_traps(dtype: str) -> None:
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    x = np.array([7, -7, 7, -7, 5, low, low, high, 0], dtype)
    y = np.array([2, 2, -2, -2, 0, -1, 0, -1, 0], dtype)
    fine = (y != 0) & ~((x == low) & (y == -1))
    got = evaluate("arith.floordivsi", x, y)
    with np.errstate(all="ignore"):
        same(got[fine], (x // np.where(y == 0, 1, y))[fine])
    assert got[4] == 5 and got[5] == low
    same(evaluate("arith.remsi", x, y)[fine], np.fmod(x[fine], y[fine]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("machine", MACHINE_PARAMETERS)
def test_float_remainder_is_exact(dtype: str, machine: Machine) -> None:
    rng = np.random.default_rng(0)
    with np.errstate(over="ignore"):
        edge = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-310, 1e-44, 1e300], dtype)
    x = np.concatenate([np.repeat(edge, len(edge)), rng.normal(size=500) * 1e6]).astype(dtype)
    y = np.concatenate([np.tile(edge, len(edge)), rng.normal(size=500) / 1e6]).astype(dtype)
    # All exponents: quotients of one digit and of hundreds.
    word = np.dtype(dtype).str.replace("f", "u")
    patterns = rng.integers(0, np.iinfo(word).max, (2, 2000), dtype=word).view(dtype)
    x, y = np.concatenate([x, patterns[0]]), np.concatenate([y, patterns[1]])
    with np.errstate(invalid="ignore"):
        same(evaluate("arith.remf", x, y, machine=machine), np.fmod(x, y))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nextafter_equals_numpy(dtype: str) -> None:
    x = np.array([0.0, -0.0, 1, 1, -1, 1, np.inf, np.nan, 5e-324, 1e38], dtype)
    y = np.array([1.0, -1.0, 2, 0, -2, 1, 0, 1, 0, np.inf], dtype)
    same(evaluate("ts.nextafter", x, y), np.nextafter(x, y))


@pytest.mark.parametrize("kind, function", [
    ("add", np.sum), ("mul", np.prod), ("maximumf", np.max), ("minimumf", np.min),
])  # fmt: skip
def test_reductions_combine_all_lanes(kind: str, function: object) -> None:
    x = np.random.default_rng(0).normal(size=64).astype(np.float32)
    lanes = lanes_of(detect_machine(), F32)

    def write(b: Builder, value: object) -> object:
        return b.broadcast(b.reduction(kind, value), lanes)

    got = evaluate(write, x).reshape(-1, lanes)
    np.testing.assert_allclose(got[:, 0], function(x.reshape(-1, lanes), axis=1), rtol=1e-5)


@pytest.mark.parametrize("which", ["low", "high"])
def test_philox_equals_the_interpreter(which: str) -> None:
    counter = np.array([0, 1, 2, 12345, 2**40, -1], np.int64)
    seed = 0x0123456789ABCDEF

    def write(b: Builder, value: object) -> object:
        return b.add("ts.philox", [b.constant(seed, I64), value], value.type, which=which)

    words = philox.words(seed, counter)
    first, second = words[:2] if which == "low" else words[2:]
    got = evaluate(write, counter).view(np.uint64)
    np.testing.assert_array_equal(got, (second << np.uint64(32)) | first)


@pytest.mark.parametrize("machine", MACHINE_PARAMETERS)
def test_dot_adds_the_products_of_both_halves(machine: Machine) -> None:
    lowest = -(1 << 15)
    pairs = [[1, 2], [-3, 4], [lowest, lowest], [lowest, 32767], [0, -1], [7, 0], [9, 9], [-1, 1]]
    x = np.array(pairs, np.int16)
    y = np.roll(x, 1, axis=0)
    c = np.arange(8, dtype=np.int32) * 1000
    wanted = c + (x.astype(np.int32) * y.astype(np.int32)).sum(1, dtype=np.int32)
    words = [array.copy().view(np.int32).ravel() for array in (x, y)]
    got = evaluate(lambda b, *v: b.dot(*v), *words, c, machine=machine)
    np.testing.assert_array_equal(got, wanted)


def test_loops_carry_values_and_branches_choose() -> None:
    b = Builder("triangle")
    x, out, n = b.argument(Memref(F64), "x"), b.argument(Memref(F64), "out"), b.argument(INDEX, "n")
    with b.loop(b.constant(0), n, 1, [b.constant(0.0, F64)]) as loop:
        value = b.load(x, loop.index)
        branch = b.branch(b.compare("olt", value, b.constant(0.0, F64)), [F64])
        with b.inside(branch.then) as yields:
            yields.append(b.constant(0.0, F64))
        with b.inside(branch.otherwise) as yields:
            yields.append(value)
        loop.next.append(b.plus(loop.carried[0], branch.results[0]))
    b.store(loop.results[0], out, b.constant(0))
    kernel = Kernel(("triangle",), lambda: b.finish())
    launch = Launch(kernel, (Pointer("x"), Pointer("out"), Number(5)), 1)
    data, result = np.array([1.0, -2, 3, -4, 5]), np.zeros(1)
    runner = make_runner("triangle", Schedule((launch,)), detect_machine())
    runner([data.ctypes.data, result.ctypes.data])
    assert result[0] == 9.0


def test_an_unknown_instruction_is_named() -> None:
    b = Builder("odd")
    b.block.instructions.append(Instruction("arith.unheard_of", [], []))
    with pytest.raises(BackendError, match=r"odd: .*arith.unheard_of"):
        emit(b.finish(), detect_machine())

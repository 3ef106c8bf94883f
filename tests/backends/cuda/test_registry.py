"""Every op of the registry in CUDA C on the host gives what the interpreter gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tensorsmith.backends.cuda import host
from tensorsmith.backends.cuda.check import HostCall, compare, failures
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.ops import dtype as dtypes
from tensorsmith.ops.language.op import Op
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.host import LAYOUTS, host_calls, is_computed
from tensorsmith.tools.battery.sampling import admits, samples_of, signatures

pytestmark = pytest.mark.skipif(bool(host.why_not()), reason=host.why_not() or "g++ is there")

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
)  # fmt: skip
OPS = [op for name in registry.names() for op in signatures(registry.get(name)) if is_computed(op)]
PARTS = 12
"""The registry in parts of every twelfth op; two are tested by default, all by `make slow`."""


def takes(op: Op, kind: dtypes.dtype) -> bool:
    """Whether an input of the op takes the dtype; without inputs one dtype is enough."""
    if not op.inputs:
        return kind.name == "float32"
    return any(admits(given.type.word, kind) for given in op.inputs)


def calls(
    ops: list[Op], names: tuple[str, ...], samples: int | None = None, factor: int = 1,
    layout: str = "contiguous",
) -> Iterator[HostCall]:  # fmt: skip
    """Calls of the ops, forwards and backwards."""
    for op in ops:
        for sample in samples_of(op)[:samples]:
            for kind in map(dtypes.by_name, names):
                if takes(op, kind):
                    yield from host_calls(op, sample, kind, factor, layout)


def check(cases: list[HostCall]) -> None:
    """All cases give what the interpreter gives."""
    assert cases
    wrong = list(failures(compare(cases)))
    assert not wrong, f"{len(wrong)} of {len(cases)} calls differ:\n" + "\n".join(wrong[:20])


def test_every_sample_of_every_op_is_run_in_some_dtype() -> None:
    """Where a floating-point dtype fits, `host_calls` leaves no sample out."""
    kinds = [dtypes.by_name(name) for name in DTYPES]
    for op in OPS:
        taken = [kind for kind in kinds if takes(op, kind)]
        assert taken and samples_of(op), op.name
        if not any(kind.is_floating_point for kind in taken):
            for sample in samples_of(op):
                found = (host_calls(op, sample, kind, backwards=False) for kind in taken)
                assert any(call for each in found for call in each), (op.name, sample)


@pytest.mark.parametrize("part", [0, PARTS // 2])
def test_a_part_of_the_ops_gives_what_the_interpreter_gives(part: int) -> None:
    check(list(calls(OPS[part::PARTS], ("float32",), samples=1)))


@pytest.mark.parametrize(
    "name",
    ["softmax", "layer_norm", "sum", "argmax", "cumsum", "mm", "conv2d", "embedding", "dropout"],
)
def test_every_schedule_gives_what_the_interpreter_gives_of_longer_rows(name: str) -> None:
    op = registry.get(name)
    cases = list(calls([op], ("float32",), samples=1, factor=9))
    check(cases or list(calls([op], ("float32",), samples=1)))


def test_positions_are_compared_where_a_thread_has_one_element_at_a_time() -> None:
    _, adjoint = calls([registry.get("put_pairs")], ("float32",), samples=1, factor=32)
    for launch in adjoint.plan(TARGETS["sm_90"]).launches:
        verify(launch.kernel.build())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", DTYPES)
def test_every_op_gives_what_the_interpreter_gives(kind: str) -> None:
    check(list(calls(OPS, (kind,))))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_op_of_longer_rows_gives_what_the_interpreter_gives(layout: str) -> None:
    check(list(calls(OPS, ("float32",), factor=9, layout=layout)))

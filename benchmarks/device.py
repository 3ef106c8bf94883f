"""`python -m benchmarks --device cuda`: cases on a GPU, against PyTorch's and the chip's limits.

Both libraries run in this process and take turns. Times are those of events around some calls; the
cost of a launch is what the host takes for calls that it does not wait for. The least of all
samples counts. On a simulated device the cases are tiny and their times mean nothing.
"""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Run = Callable[[], Any]
WARM_UP = 3
LAUNCHES = 200
"""Calls in a sample of the cost of a launch."""


@dataclass(frozen=True)
class DeviceCase:
    """Something that both libraries do on the device.

    Attributes:
        name: For the table.
        make: Gives it, for a library and a size: what to call.
        size: On a real device, and on a simulated one.
        moved: Bytes that it must at least read and write, by size; 0 where it is not bound by that.
        operations: Floating-point operations, by size.
        launch: It is timed on the host, without waiting.
        capability: The only compute capability on which it is something of its own; None for all.
    """

    name: str
    make: Callable[[Any, int], Run]
    size: tuple[int, int]
    moved: Callable[[int], int] = lambda size: 0
    operations: Callable[[int], float] = lambda size: 0.0
    launch: bool = False
    capability: tuple[int, int] | None = None


@dataclass(frozen=True)
class DeviceRow:
    """What came of a case: seconds by library, and parts of the limits."""

    name: str
    seconds: dict[str, float]
    bandwidth: float
    flops: float


def _pair(lib: Any, *shape: int) -> tuple[Any, Any]:
    return lib.randn(*shape, device="cuda"), lib.randn(*shape, device="cuda")


def _copy(lib: Any, size: int) -> Run:
    source, target = _pair(lib, size)
    return lambda: target.copy_(source)


def _add(lib: Any, size: int) -> Run:
    x, y = _pair(lib, size)
    out = lib.empty(size, device="cuda")
    return lambda: lib.add(x, y, out=out)


def _of_rows(function: Callable[[Any, Any], Any]) -> Callable[[Any, int], Run]:
    """A function of a library and of a matrix with 4096 columns, or as many as there are rows."""

    def make(lib: Any, size: int) -> Run:
        columns = min(size, 4096)
        x = lib.randn(size // columns, columns, device="cuda")
        return lambda: function(lib, x)

    return make


def _product(kind: str, groups: bool = False, boxes: bool = False) -> Callable[[Any, int], Run]:
    """A product of square matrices; by warps here, or by warp groups, for which threads copy, or
    the tensor memory accelerator does."""

    def make(lib: Any, size: int) -> Run:
        if lib.__name__ == "tensorsmith":
            lib.backends.cuda.matmul.allow_warp_groups = groups
            lib.backends.cuda.matmul.allow_tensor_maps = boxes
        x, y = (each.to(getattr(lib, kind)) for each in _pair(lib, size, size))
        return lambda: x @ y

    return make


def _small(lib: Any, size: int) -> Run:
    x, y = _pair(lib, size, size)
    return lambda: x + y


def _training(lib: Any, size: int) -> Run:
    nn = lib.nn
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 8 * 8, 10),
    ).cuda()  # fmt: skip
    steps = lib.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    inputs = lib.randn(size, 3, 32, 32, device="cuda")
    classes = lib.randint(0, 10, (size,), device="cuda")

    def step() -> Any:
        steps.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), classes)
        loss.backward()
        steps.step()
        return loss

    return step


WARP_GROUPS = (9, 0)
LARGE = (1 << 26, 1 << 10)  # 64M elements
CASES = (
    DeviceCase("copy 64M float32", _copy, LARGE, lambda n: 8 * n),
    DeviceCase("add 64M float32", _add, LARGE, lambda n: 12 * n),
    DeviceCase("gelu 64M float32", _of_rows(lambda lib, x: lib.nn.functional.gelu(x)), LARGE,
               lambda n: 8 * n),
    DeviceCase("sum 64M float32", _of_rows(lambda lib, x: x.sum()), LARGE, lambda n: 4 * n),
    DeviceCase("sum of rows", _of_rows(lambda lib, x: x.sum(-1)), LARGE, lambda n: 4 * n),
    DeviceCase("sum of columns", _of_rows(lambda lib, x: x.sum(0)), LARGE, lambda n: 4 * n),
    DeviceCase("softmax of rows", _of_rows(lambda lib, x: x.softmax(-1)), LARGE, lambda n: 8 * n),
    DeviceCase("layer_norm", _of_rows(lambda lib, x: lib.nn.functional.layer_norm(x, x.shape[-1:])),
               LARGE, lambda n: 8 * n),
    DeviceCase("gemm float32", _product("float32"), (4096, 16), operations=lambda n: 2.0 * n**3),
    DeviceCase("gemm bfloat16", _product("bfloat16"), (8192, 16), operations=lambda n: 2.0 * n**3),
    DeviceCase("gemm bfloat16, warp groups", _product("bfloat16", True), (8192, 64),
               operations=lambda n: 2.0 * n**3, capability=WARP_GROUPS),
    DeviceCase("gemm bfloat16, warp groups and boxes", _product("bfloat16", True, True),
               (8192, 64), operations=lambda n: 2.0 * n**3, capability=WARP_GROUPS),
    DeviceCase("launch of 8x8 a + b", _small, (8, 8), launch=True),
    DeviceCase("training step of a CNN, 3x32x32", _training, (256, 2)),
)  # fmt: skip


def libraries() -> dict[str, Any]:
    """This package, and PyTorch where it sees the device as well."""
    import tensorsmith

    found: dict[str, Any] = {"tensorsmith": tensorsmith}
    if find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available() and not is_simulated():
            found["torch"] = torch
    return found


def is_simulated() -> bool:
    """Whether the device is a simulated one."""
    from tensorsmith.backends.cuda.runtime import machine

    return machine.is_simulated()


def time_on_device(lib: Any, run: Run, calls: int) -> float:
    """Seconds of a call, by events around some of them."""
    first, last = (lib.cuda.Event(enable_timing=True) for _ in range(2))
    first.record()
    for _ in range(calls):
        run()
    last.record()
    last.synchronize()
    return float(first.elapsed_time(last)) / 1e3 / calls


def time_on_host(lib: Any, run: Run, calls: int) -> float:
    """Seconds that the host takes for a call that it does not wait for."""
    lib.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(calls):
        run()
    found = (time.perf_counter() - start) / calls
    lib.cuda.synchronize()
    return found


def measure(case: DeviceCase, libs: dict[str, Any], rounds: int, budget: float) -> DeviceRow:
    """The least time of each library, which take turns."""
    simulated = is_simulated()
    size = case.size[simulated]
    runs = {name: case.make(lib, size) for name, lib in libs.items()}
    clock = time_on_host if case.launch else time_on_device
    calls: dict[str, int] = {}
    for name, run in runs.items():
        for _ in range(WARM_UP):
            run()
        once = max(clock(libs[name], run, 1), 1e-7)
        many = LAUNCHES if case.launch else int(budget / once)
        calls[name] = 1 if simulated else max(1, min(many, 1000))
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(1 if simulated else rounds):
        for name, run in runs.items():
            best[name] = min(best[name], clock(libs[name], run, calls[name]))
    ours = best["tensorsmith"]
    return DeviceRow(case.name, best, case.moved(size) / ours, case.operations(size) / ours)


def lines(rows: Sequence[DeviceRow], libs: Sequence[str], simulated: bool = False) -> Iterator[str]:
    """The table: times, ratios to PyTorch, and what part of the measured copy comes to.

    Args:
        simulated: The device is not there: the table says that cases ran, and no figures.
    """
    times = " | ".join(f"{name} us" for name in libs)
    yield f"| case | {times} | ratio | GB/s | of copy | TFLOP/s |"
    yield "|" + "---|" * (len(libs) + 5)
    copy = next((row.bandwidth for row in rows if row.name.startswith("copy")), 0.0)
    for row in rows:
        times = " | ".join(f"{row.seconds[name] * 1e6:,.1f}" for name in libs)
        peer = row.seconds.get("torch")
        if simulated:  # where nothing runs that could be measured
            yield f"| {row.name} | {' | '.join('ran' for _ in libs)} | | | | |"
            continue
        ratio = f"{row.seconds['tensorsmith'] / peer:.2f}" if peer else ""
        speed = f"{row.bandwidth / 1e9:,.0f}" if row.bandwidth else ""
        part = f"{row.bandwidth / copy:.0%}" if row.bandwidth and copy else ""
        flops = f"{row.flops / 1e12:,.1f}" if row.flops else ""
        yield f"| {row.name} | {times} | {ratio} | {speed} | {part} | {flops} |"


def run_device(text: str, rounds: int, budget: float, path: Path | None) -> int:
    """Times the cases whose name contains a text, prints them, and keeps them as JSON.

    Returns:
        The exit status: 1 if there is no device.
    """
    os.environ.setdefault("TENSORSMITH_WGMMA", "1")  # each case says what it takes
    import tensorsmith as ts

    if not ts.cuda.is_available():
        print(f"no GPU: {ts.cuda.why_not()}")
        return 1
    libs = libraries()
    name, date = ts.cuda.get_device_name(), datetime.date.today().isoformat()
    print(f"{name}, {date}; {', '.join(libs)}\n")
    here = (None, ts.cuda.get_device_capability())
    cases = [case for case in CASES if text in case.name and case.capability in here]
    rows = [measure(case, libs, rounds, budget) for case in cases]
    simulated = is_simulated()
    if simulated:
        print("The device is simulated: the cases run, and nothing is measured.\n")
    print("\n".join(lines(rows, list(libs), simulated)))
    if path is not None:
        kept = [asdict(row) for row in rows]
        whole = {"device": name, "date": date, "simulated": simulated, "rows": kept}
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return 0

"""Kernels of calls that the battery generates, held against the kernel space.

    TENSORSMITH_BACKEND=planning python -m tests.tools.kernels.generated_calls relu softmax

prints for each op how many kernels its calls used, and labels of those that the space lacks. Calls
are planned, on a backend that runs nothing. All ops take some twenty minutes:

    TENSORSMITH_BACKEND=planning python -m tests.tools.kernels.generated_calls --log found.jsonl

writes a line for each op, and goes on after those that are there already.
"""

from __future__ import annotations

import json
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tensorsmith import backends
from tensorsmith.autograd import grad
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.dtype import by_name
from tensorsmith.ops.op import Op
from tensorsmith.ops.registry import registry
from tensorsmith.tensor import Tensor
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tools.battery import checks, running
from tensorsmith.tools.battery.sampling import (
    FILLS,
    Arguments,
    arguments_of,
    samples_of,
    signatures,
)
from tensorsmith.tools.kernels.space import DTYPES, SPACES, plan_entry

PROCESSOR = processor_by_name("x86-64-v3")


def calls(op: Op) -> Iterator[Arguments]:
    """The battery's calls of an op: each sample in each dtype, with a fill drawn for it."""
    rng = random.Random(op.name)
    for one in signatures(op):
        for sample in samples_of(one):
            for kind in DTYPES:
                try:
                    fill = rng.choice(list(FILLS))
                    yield arguments_of(one, sample, fill, by_name(kind), rng.randrange(1 << 20))
                except (ValueError, TypeError, OverflowError):
                    continue  # the sample's values are none of this dtype


def make(arguments: Arguments) -> None:
    """Makes a call in every layout of the battery, and its gradients.

    Operands without elements stay as they are: the space has them in dense memory only.
    """
    plain = tuple(running.to_tensors(value) for value in arguments.operands)
    empty = any(isinstance(x, Tensor) and not x.numel() for x in plain)
    layouts = [None] if empty else [None, *checks.LAYOUTS.values()]
    for arrange in layouts:
        moved = [x if arrange is None or not isinstance(x, Tensor) else arrange(x) for x in plain]
        try:
            leaves = [x for x in moved if isinstance(x, Tensor) and x.dtype.is_floating_point]
            for leaf in leaves:
                leaf.requires_grad_()
            results = [x for x in running.run(arguments, tuple(moved)) if x.requires_grad]
            if results:
                ones = [Tensor.new_ones(x, tuple(x.shape)) for x in results]
                grad(results, leaves, ones, allow_unused=True)
        except Exception:  # no call of this op, in this dtype or layout
            continue


def missing(op: Op) -> tuple[int, list[str]]:
    """How many kernels of the op its calls use, and which of them the space lacks."""
    backend: Any = backends.get()
    forget_plans()
    backend.plan_for([PROCESSOR])
    for arguments in calls(op):
        make(arguments)
    used = {pair: None for pair in backend.planned[PROCESSOR.target.name] if _of(op, pair[0])}
    forget_plans()
    backend.plan_for([PROCESSOR])
    for space in SPACES["full"]:
        plan_entry(op, space)
    known = backend.planned[PROCESSOR.target.name]
    rest = [pair for pair in used if pair not in known]
    if rest:  # a plan that the space lacks may have the source of one that is there
        sources = {_source(pair) for pair in known if pair[1] in {letters for _, letters in rest}}
        rest = [pair for pair in rest if _source(pair) not in sources]
    return len(used), [f"{kernel.op}[{kernel.form}] {letters}" for kernel, letters in rest]


def _of(op: Op, kernel: Kernel) -> bool:
    """Whether a kernel is the op's own; those that host routines run have no op."""
    if op.form == "extern":
        return not kernel.op
    return kernel.op == op.name or kernel.op.startswith((f"{op.name}.", f"{op.name}{{"))


def _source(pair: Any) -> str:
    return PROCESSOR.recipe(*pair).source()


def log(path: Path) -> None:
    """Adds a line to a file for each op of the registry that has kernels and is not yet there."""
    known = path.read_text().splitlines() if path.exists() else []
    done = {json.loads(line)["op"] for line in known}
    for name in registry.names():
        if name not in done and registry.get(name).form != "view":
            used, lacking = missing(registry.get(name))
            line = json.dumps({"op": name, "used": used, "lacking": lacking})
            with path.open("a") as file:
                file.write(line + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "--log":
        log(Path(sys.argv[2]))
    else:
        print(json.dumps({name: missing(registry.get(name)) for name in sys.argv[1:]}))

"""Kernels of calls that the battery generates, held against the kernel space.

    TENSORSMITH_BACKEND=planning python -m tests.tools.kernels.generated_calls relu softmax

prints for each op how many calls were made, how many samples and calls were skipped, how many kernels
the calls used, and labels of those that the space lacks. Calls are planned, on a backend that runs
nothing. All ops take some twenty minutes:

    TENSORSMITH_BACKEND=planning python -m tests.tools.kernels.generated_calls --log found.jsonl

writes a line for each op, and goes on after those that are there already.
"""

from __future__ import annotations

import json
import random
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from tensorsmith import backends
from tensorsmith.autograd import grad
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.dataclass import dataclass
from tensorsmith.ops.dtype import by_name
from tensorsmith.ops.errors import DtypeError, RegistryError
from tensorsmith.ops.language.op import Op
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


@dataclass
class Result:
    """What came of the calls of an op.

    Attributes:
        made: Calls that were planned, each in one layout.
        skipped: Calls that there are not: the sample's numbers or attributes are none of the dtype.
        used: Kernels that the calls used.
        lacking: Labels of those that the space lacks.
    """

    made: int = 0
    skipped: int = 0
    used: int = 0
    lacking: list[str] = field(default_factory=list)


def calls(op: Op, result: Result) -> Iterator[Arguments]:
    """The battery's calls of an op: each sample in each dtype, with a fill drawn for it."""
    rng = random.Random(op.name)
    for one in signatures(op):
        for sample in samples_of(one):
            for kind in DTYPES:
                try:
                    fill = rng.choice(list(FILLS))
                    yield arguments_of(one, sample, fill, by_name(kind), rng.randrange(1 << 20))
                except RegistryError:  # no arrays of this dtype can be made of the sample
                    result.skipped += 1


def make(arguments: Arguments, result: Result) -> None:
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
            result.made += 1
        except DtypeError:  # an attribute that is no number of this dtype
            result.skipped += 1


def missing(op: Op) -> Result:
    """Which kernels of the op its calls use, and which of them the space lacks."""
    result = Result()
    backend: Any = backends.get()
    forget_plans()
    backend.plan_for([PROCESSOR])
    for arguments in calls(op, result):
        make(arguments, result)
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
    result.used = len(used)
    result.lacking = [f"{kernel.op}[{kernel.form}] {letters}" for kernel, letters in rest]
    return result


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
            line = json.dumps({"op": name, **asdict(missing(registry.get(name)))})
            with path.open("a") as file:
                file.write(line + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "--log":
        log(Path(sys.argv[2]))
    else:
        found = {name: asdict(missing(registry.get(name))) for name in sys.argv[1:]}
        print(json.dumps(found))

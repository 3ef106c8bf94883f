"""Kernels of 3x3 layers of all sizes, held against the kernel space.

    python -m tests.tools.kernels.layer_calls

prints for each op how many kernels its layers used, and labels of those that the space lacks. Calls
are planned on a backend that runs nothing: TENSORSMITH_BACKEND=planning.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from itertools import product
from typing import Any

from tensorsmith import backends, empty, nn
from tensorsmith.autograd import grad
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.ops.registry import registry
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tools.kernels.space import SPACES, plan_entry

from .generated_calls import _of, _source

PROCESSOR = processor_by_name("x86-64-v3")
OPS = ("conv2d", "conv_transpose2d")
LAYERS = ((8, 64, 56, 64), (2, 64, 28, 256), (8, 512, 14, 512), (0, 64, 28, 64), (0, 512, 28, 512))
"""Images (0 for one without a batch), channels, side, filters; tiles pay in all their passes."""


def make(name: str, layer: tuple[int, int, int, int], bias: bool, data: bool) -> None:
    """A layer and its gradients; that of the input is left out if the input is data."""
    images, channels, side, filters = layer
    x = empty(*([images] if images else []), channels, side, side, requires_grad=not data)
    shape = (filters, channels) if name == "conv2d" else (channels, filters)
    leaves = [empty(*shape, 3, 3, requires_grad=True)]
    leaves += [empty(filters, requires_grad=True)] if bias else []
    result = getattr(nn.functional, name)(x, *leaves, padding=1)
    grad([result], leaves if data else [x, *leaves], [empty(*result.shape)])


def convolutions(backend: Any, name: str) -> set[Any]:
    """Planned kernels of an op's convolutions."""
    planned = backend.planned[PROCESSOR.target.name]
    op = registry.get(name)
    return {p for p in planned if _of(op, p[0]) and p[0].form == "convolution"}


def missing(name: str) -> tuple[int, list[str]]:
    """How many kernels the layers of an op use, and which of them the space lacks."""
    backend: Any = backends.get()
    forget_plans()
    backend.plan_for([PROCESSOR])
    for layer, bias, data in product(LAYERS, (False, True), (False, True)):
        make(name, layer, bias, data)
    used = convolutions(backend, name)
    forget_plans()
    backend.plan_for([PROCESSOR])
    for space in SPACES["full"]:
        if "layers" in space.sizes:
            plan_entry(registry.get(name), replace(space, layouts=("contiguous",)))
    sources = {_source(pair) for pair in convolutions(backend, name)}
    rest = [pair for pair in used if _source(pair) not in sources]
    return len(used), sorted(f"{kernel.op}[{kernel.form}] {letters}" for kernel, letters in rest)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps({name: missing(name) for name in OPS}))

"""Kernels say in a word how the memory lies that they are for, and of which dtypes it is."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.definition import bind_arguments
from tensorsmith.tools.kernels.classes import LAYOUTS
from tensorsmith.tools.kernels.example import Asked, asked_arguments

TARGETS = ("x86-64-v3", "sm_90")


def kernels(asked: Asked, target: str) -> list[Kernel]:
    """Those of a call whose results lie densely."""
    arguments = asked_arguments(registry.get(asked.op), asked)
    op, binding = bind_arguments(arguments)
    strides = {name: np.empty(shape, np.int8).strides for name, shape in binding.shapes.items()} | {
        name: tuple(s // x.itemsize for s in x.strides)
        for name, x in arguments.tensors.items()
        if isinstance(x, np.ndarray)
    }
    planned = processor_by_name(target).schedule(op, binding, strides)
    return [each.kernel for launch in planned.launches for each in launch.alternatives()]


def label(asked: Asked, target: str = "x86-64-v3") -> str:
    """Of a call of one kernel."""
    (kernel,) = kernels(asked, target)
    return kernel.label


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("op", "dtype", "shapes", "layout", "wanted"),
    [
        ("relu", "float32", ((40, 30),), "contiguous", "relu[f32, dense]"),
        ("relu", "float32", ((40, 30),), "rows apart", "relu[f32, rows]"),
        ("relu", "float32", ((40, 30),), "every other", "relu[f32, strided]"),
        ("relu", "int8", ((400, 300),), "transposed", "relu[i8, transposed]"),
        ("softmax", "float64", ((40, 3000),), "contiguous", "softmax[f64, rows]"),
        ("embedding", "float64", ((9, 64), (5,)), "contiguous", "embedding[f64 i64, rows]"),
    ],
)
def test_labels_name_dtypes_and_layout(
    target: str, op: str, dtype: str, shapes: tuple[tuple[int, ...], ...], layout: str, wanted: str
) -> None:
    assert label(Asked(op, dtype, shapes, layout), target) == wanted


def test_factors_of_a_product_lie_in_rows_or_columns() -> None:
    def lie(name: str, layout: str) -> str:
        return label(Asked(name, "float32", ((64, 100), (100, 80)), layout))

    assert lie("matmul", "contiguous") == "matmul[f32, contraction rows x rows]"
    assert lie("matmul", "transposed") == "matmul[f32, contraction columns x columns]"


@pytest.mark.parametrize("target", TARGETS)
def test_dtypes_and_layout_are_the_same_where_the_structure_is(target: str) -> None:
    """Else a program would look for a kernel under another key than it was built for."""
    seen: dict[object, set[tuple[object, ...]]] = {}
    for name in ("softmax", "add", "relu", "matmul", "sum", "cumsum", "embedding", "layer_norm"):
        for dtype in ("float32", "float64", "bfloat16", "int64", "bool"):
            for layout in LAYOUTS:
                try:
                    found = kernels(Asked(name, dtype, layout=layout), target)
                except (ValueError, RuntimeError, TypeError):
                    continue  # there is no such call
                for kernel in found:
                    seen.setdefault(kernel.key, set()).add((kernel.layout, kernel.dtypes))
    assert len(seen) > 60
    assert {key: many for key, many in seen.items() if len(many) > 1} == {}

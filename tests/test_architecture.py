"""The pages that explain the project are true: their listings are run."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "docs/custom_ops.md", "README.md"])
def test_listings_of_the_page_are_true(page: str) -> None:
    failed, attempted = doctest.testfile(str(ROOT / page), module_relative=False)
    assert attempted > 0
    assert failed == 0


@pytest.mark.parametrize(
    "package",
    [
        "autograd", "backends/cache", "backends/cpu", "backends/cuda", "backends/cuda/runtime",
        "backends/native", "lowering", "lowering/contraction", "lowering/convolution",
        "lowering/emit", "lowering/ir", "lowering/nest", "lowering/program", "lowering/simt", "ops",
        "ops/calls", "ops/checks", "ops/cplusplus", "ops/derivatives", "ops/entries",
        "ops/interpreter", "ops/language", "tensor", "tensor/calls", "tensor/creation",
        "tensor/functions", "tensor/library", "tensor/native", "tools/battery", "tools/kernels",
    ],
)  # fmt: skip
def test_the_head_of_a_large_package_names_every_module(package: str) -> None:
    head = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))
    assert head is not None
    rows = [row for row in head.splitlines() if "  " in row]  # the rest of it is prose
    named = [name.strip(" ,") for row in rows for name in row.split("  ")[-1].split(",")]
    inside = [each for each in (ROOT / package).iterdir() if not each.name.startswith("__")]
    modules = [x.stem for x in inside if x.suffix == ".py" or x.is_dir()]
    assert sorted(filter(None, named)) == sorted(modules)

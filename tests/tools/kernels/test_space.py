"""Generated calls over the registry use no kernel that the enumerated space lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tensorsmith.ops.registry import registry
from tensorsmith.tools.kernels.classes import LAYOUTS, SIZES
from tensorsmith.tools.kernels.programs import PROGRAMS
from tensorsmith.tools.kernels.space import DTYPES, SPACES, cases
from tensorsmith.tools.kernels.ways import WAYS

from .run import python

ROOT = Path(__file__).parents[3]

FEW = ("relu", "add", "softmax", "gather", "full", "i1")
KERNELS = [n for n in registry.names() if registry.get(n).form not in ("view", "extern")]
ORDERING = (
    "sort", "argsort", "topk", "kthvalue", "median", "mode", "places_of_nonzero", "masked_select",
    "searchsorted", "bucketize", "bincount",
)  # fmt: skip


def assert_complete(folder: Path, names: tuple[str, ...]) -> None:
    """Every kernel that generated calls of the ops use is in the space."""
    code = (
        "import os; os.environ['TENSORSMITH_BACKEND'] = 'planning'\n"
        "import runpy, sys; runpy.run_module('tests.tools.kernels.generated_calls', "
        "run_name='__main__', alter_sys=True)"
    )
    found = json.loads(python(folder, "-c", code, *names).stdout)
    assert set(found) == set(names)
    for name, result in found.items():
        assert result["used"] > 0 and not result["lacking"], (name, result)
        assert result["made"] > result["skipped"], (name, result)


def test_calls_of_a_few_ops_are_in_the_space(cache: Path) -> None:
    assert_complete(cache, FEW)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_calls_of_ops_that_order_elements_are_in_the_space(tmp_path: Path) -> None:
    assert_complete(tmp_path, ORDERING)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("start", range(0, len(KERNELS), 20))
def test_calls_of_all_ops_are_in_the_space(tmp_path: Path, start: int) -> None:
    assert_complete(tmp_path, tuple(KERNELS[start : start + 20]))


def test_every_op_with_kernels_has_calls_in_every_space() -> None:
    for name in KERNELS:
        op = registry.get(name)
        for space in SPACES.values():
            if op.inputs:  # what has no operands is in the programs
                assert any(True for one in space for _ in cases(op, one)), name


def test_spaces_name_classes_that_there_are() -> None:
    for spaces in SPACES.values():
        for space in spaces:
            assert set(space.dtypes) <= set(DTYPES) and set(space.layouts) <= set(LAYOUTS)
            assert set(space.sizes) <= set(SIZES) and set(space.ways) <= set(WAYS)
    assert PROGRAMS.keys() == {
        "digits", "perceptron", "convolutions", "transformer", "first_steps", "dtypes", "tensors",
    }  # fmt: skip


def test_the_first_listing_of_the_readme_needs_no_kernel_that_does_not_come_along(
    cache: Path,
) -> None:
    listing = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    assert "import tensorsmith" in listing and ">>>" not in listing
    code = f"""
from tensorsmith import backends
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tools.kernels.programs import PROGRAMS

def planned(run):
    forget_plans()
    backends.get().plan_for([processor_by_name("x86-64-v3")])
    run()
    return dict(backends.get().planned["x86-64-v3"])

known = planned(PROGRAMS["first_steps"])
used = planned(lambda: exec({listing!r}, {{}}))
print(len(used) > 10, [kernel.op for kernel, _ in used.keys() - known.keys()])
"""
    assert python(cache, "-c", code, TENSORSMITH_BACKEND="planning").stdout.strip() == "True []"

"""Kernels that only large layers use are in the enumerated space as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .run import python


@pytest.mark.slow
def test_kernels_of_large_3x3_layers_are_in_the_space(cache: Path) -> None:
    code = (
        "import os; os.environ['TENSORSMITH_BACKEND'] = 'planning'\n"
        "import runpy; runpy.run_module('tests.tools.kernels.layer_calls', "
        "run_name='__main__', alter_sys=True)"
    )
    found = json.loads(python(cache, "-c", code).stdout)
    assert set(found) == {"conv2d", "conv_transpose2d"}
    for name, (used, lacking) in found.items():
        assert used > 20 and not lacking, (name, lacking)

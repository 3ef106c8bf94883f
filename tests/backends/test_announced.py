"""Backends are announced by name and loaded when they are first asked for."""

from __future__ import annotations

import pytest
from tensorsmith import backends
from tensorsmith.ops.errors import DeviceError

from .cuda.runtime.test_machine import run


def test_a_program_on_the_cpu_reads_no_module_of_a_gpu() -> None:
    """But for the switches that PyTorch has in `backends.cuda`, which name no device."""
    text = (
        "import sys\n"
        "import tensorsmith as ts\n"
        "x = ts.ones(3, requires_grad=True); (x * x).sum().backward(); ts.manual_seed(1)\n"
        "print(*sorted(n for n in sys.modules if n.startswith('tensorsmith.backends.cuda.')))\n"
        "ts.cuda.device_count()\n"
        "print('tensorsmith.backends.cuda.runtime.machine' in sys.modules)\n"
    )
    switches = [f"tensorsmith.backends.cuda.{name}" for name in ("switches", "warp_groups")]
    assert run(text) == f"{' '.join(switches)}\nTrue\n"


def test_a_family_is_the_module_announced() -> None:
    assert backends.family("cuda").__name__ == "tensorsmith.backends.cuda.family"


def test_a_backend_of_no_known_name_names_those_there_are() -> None:
    with pytest.raises(DeviceError) as error:
        backends.get("gpu")
    assert str(error.value) == "backend must be one of cpu, interpreter, planning, got 'gpu'"

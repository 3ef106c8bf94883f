"""What a process may run follows from the processor that it finds."""

from __future__ import annotations

import pytest
from tensorsmith.backends.cpu import machine
from tensorsmith.backends.cpu.kernels import get_kernel
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.errors import BackendError


def test_code_for_another_processor_is_never_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = machine._V2 | {"avx2"}
    monkeypatch.setattr(machine, "_processor_flags", lambda: frozenset(flags))
    machine.lacking.cache_clear()
    try:
        kernel = Kernel(("never built",), lambda: pytest.fail("it was built"))
        with pytest.raises(BackendError, match="cannot run code for x86-64-v4: it lacks abm, avx"):
            get_kernel(kernel, MACHINES["x86-64-v4"], "pp")
        monkeypatch.setenv("TENSORSMITH_CPU_TARGET", "x86-64-v3")
        with pytest.raises(BackendError, match="cannot run code for x86-64-v3"):
            machine.detect_machine.__wrapped__()
        monkeypatch.setenv("TENSORSMITH_CPU_TARGET", "")
        assert machine.detect_machine.__wrapped__().target.name == "x86-64-v2"
    finally:
        machine.lacking.cache_clear()

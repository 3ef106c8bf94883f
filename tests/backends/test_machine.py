"""What a process may run follows from the processor that it finds."""

from __future__ import annotations

import re

import pytest
from tensorsmith.backends.cpu import machine
from tensorsmith.backends.cpu.kernels import get_kernel
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.lowering.launch import Kernel
from tensorsmith.ops.errors import BackendError, TensorsmithError


@pytest.mark.parametrize("name", ["foo", "x86-64", "+avx2"])
def test_a_target_that_nobody_knows_is_an_error_of_this_package(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TENSORSMITH_CPU_TARGET", name)
    why = f"TENSORSMITH_CPU_TARGET must be one of x86-64-v2, .*, got '{re.escape(name)}'"
    with pytest.raises(TensorsmithError, match=why) as error:
        machine.detect_machine.__wrapped__()
    assert isinstance(error.value, ValueError)


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

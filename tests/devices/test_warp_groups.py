"""Large products of 16-bit floats on a device whose process asks for warp groups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.lowering.simt.product import plan as planning
from tensorsmith.tensor.entries import forget_plans

from .conftest import is_real


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A device for a process that asks for them, where few tiles are many."""
    if is_real():
        pytest.skip("the real device's target was chosen when it was first used")
    monkeypatch.setenv("TENSORSMITH_WGMMA", "1")
    monkeypatch.setattr(planning, "MANY_GROUP_TILES", 1)
    before = machine.machine().driver
    machine.use_driver(SimulatedDriver(Settings(devices=2)))
    forget_plans()
    try:
        yield
    finally:
        ts.backends.cuda.matmul.allow_warp_groups = True
        ts.backends.cuda.matmul.allow_tensor_maps = True
        machine.use_driver(before)
        forget_plans()




@pytest.mark.slow
def test_products_are_the_same_however_factors_are_copied() -> None:
    driver = machine.machine().driver
    assert isinstance(driver, SimulatedDriver)
    switches = ts.backends.cuda.matmul
    for rows in (130, 140):  # the second one's plan is filled in
        x, y = ts.randn(rows, 200).bfloat16(), ts.randn(152, 200).bfloat16()
        wanted = (x.float() @ y.float().T).bfloat16()
        there = x.cuda(), y.cuda()
        for groups, boxes in ((True, True), (True, False), (False, False)):
            switches.allow_warp_groups, switches.allow_tensor_maps = groups, boxes
            found = [(there[0] @ there[1].T).cpu() for _ in range(3)]
            made = driver.calls["cuTensorMapEncodeTiled"]
            assert all(ts.allclose(each, wanted, rtol=2e-2, atol=2e-2) for each in found)
            assert made == 2 * (1 + (rows == 140))


@pytest.mark.slow
def test_a_factor_that_begins_elsewhere_is_copied_by_threads() -> None:
    whole, y = ts.randn(130 * 200 + 1).half(), ts.randn(152, 200).half()
    wanted = whole[1:].view(130, 200).float() @ y.float().T
    found = whole.cuda()[1:].view(130, 200) @ y.cuda().T
    assert ts.allclose(found.cpu().float(), wanted, rtol=1e-2, atol=2e-2)


def test_the_target_of_such_a_process_is_its_own_one() -> None:
    assert machine.get_device().target.name == "sm_90a"
    assert ts.cuda.get_arch_list() == ["sm_80", "sm_90", "sm_100", "sm_120"]
    switches = ts.backends.cuda.matmul
    assert switches.allow_warp_groups and switches.allow_tensor_maps
    switches.allow_warp_groups = False
    assert not switches.allow_warp_groups and not switches.allow_tensor_maps


def test_other_processes_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENSORSMITH_WGMMA")
    machine.use_driver(SimulatedDriver(Settings(devices=2)))
    assert machine.get_device().target.name == "sm_90"
    assert not ts.backends.cuda.matmul.allow_warp_groups

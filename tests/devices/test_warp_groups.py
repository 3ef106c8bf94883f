"""Large products of 16-bit floats on a device whose process asks for warp groups.

On a GPU: `TENSORSMITH_WGMMA=1 pytest -m cuda tests/devices/test_warp_groups.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.driver.simulated.settings import Settings
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.lowering.simt.product import plan as planning
from tensorsmith.tensor.calls.entries import forget_plans

from .conftest import is_real

pytestmark = pytest.mark.cuda


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A device for a process that asks for them, where few tiles are many."""
    before = machine.machine().driver
    if not is_real():
        monkeypatch.setenv("TENSORSMITH_WGMMA", "1")
        machine.use_driver(SimulatedDriver(Settings(devices=2)))
    elif machine.get_device().target.name != "sm_90a":
        pytest.skip("the GPU is not of compute capability 9.0, or TENSORSMITH_WGMMA=1 is not set")
    monkeypatch.setattr(planning, "MANY_GROUP_TILES", 1)
    forget_plans()
    try:
        yield
    finally:
        ts.backends.cuda.matmul.allow_warp_groups = True
        ts.backends.cuda.matmul.allow_tensor_maps = True
        if not is_real():
            machine.use_driver(before)
        forget_plans()


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["nt", "nn", "tn", "tt"])
def test_large_products_are_near_those_of_the_host(layout: str) -> None:
    if not is_real():
        pytest.skip("takes minutes on a simulated device; smaller ones are compared above")
    for rows, columns, depth in ((1000, 1112, 2056), (2048, 2048, 512), (257, 4104, 8192)):
        left, right = ts.randn(rows, depth).half().cuda(), ts.randn(depth, columns).half().cuda()
        if layout[0] == "t":
            left = left.T.contiguous().T
        if layout[1] == "t":
            right = right.T.contiguous().T
        wanted = left.cpu().float() @ right.cpu().float()
        for boxes in (True, False):
            ts.backends.cuda.matmul.allow_tensor_maps = boxes
            found = (left @ right).cpu().float()
            assert ts.allclose(found, wanted, rtol=2e-3, atol=2e-3 * depth**0.5)


@pytest.mark.slow
def test_products_are_the_same_however_factors_are_copied() -> None:
    driver = machine.machine().driver
    switches = ts.backends.cuda.matmul
    for rows in (130, 140):  # the second one's plan is filled in
        x, y = ts.randn(rows, 200).bfloat16(), ts.randn(152, 200).bfloat16()
        wanted = (x.float() @ y.float().T).bfloat16()
        there = x.cuda(), y.cuda()
        for groups, boxes in ((True, True), (True, False), (False, False)):
            switches.allow_warp_groups, switches.allow_tensor_maps = groups, boxes
            found = [(there[0] @ there[1].T).cpu() for _ in range(3)]
            assert all(ts.allclose(each, wanted, rtol=2e-2, atol=2e-2) for each in found)
            if isinstance(driver, SimulatedDriver):  # two for each pair of operands
                assert driver.calls["cuTensorMapEncodeTiled"] == 2 * (1 + (rows == 140))


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


@pytest.mark.skipif(is_real(), reason="a real device's target is chosen when it is first used")
def test_other_processes_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENSORSMITH_WGMMA")
    machine.use_driver(SimulatedDriver(Settings(devices=2)))
    assert machine.get_device().target.name == "sm_90"
    assert not ts.backends.cuda.matmul.allow_warp_groups

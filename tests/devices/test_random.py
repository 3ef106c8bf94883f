"""Random numbers of a GPU are those that the CPU draws from the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts

pytestmark = pytest.mark.cuda


@pytest.mark.parametrize(
    "draw",
    [
        lambda place: ts.rand(5, 3, device=place),
        lambda place: ts.randint(0, 100, (9,), device=place),
        lambda place: ts.randperm(9, device=place),
        lambda place: ts.empty(7, device=place).uniform_(-1, 1),
        lambda place: ts.bernoulli(ts.full((9,), 0.5, device=place)),
        lambda place: ts.nn.functional.dropout(ts.ones(33, device=place), 0.5),
        lambda place: ts.multinomial(ts.ones(9, device=place), 4),
    ],
)  # fmt: skip
def test_both_draw_the_same_bits(draw: Callable[[str], Any]) -> None:
    found = []
    for place in ("cpu", "cuda"):
        ts.manual_seed(11)
        found.append((draw(place).cpu().tolist(), draw(place).cpu().tolist()))
    assert found[0] == found[1] and found[0][0] != found[0][1]


def test_normal_numbers_differ_by_library_functions_only() -> None:
    ts.manual_seed(5)
    here = ts.randn(64)
    ts.manual_seed(5)
    assert ts.allclose(ts.randn(64, device="cuda").cpu(), here, rtol=1e-5, atol=1e-6)


def test_devices_have_generators_of_their_own() -> None:
    ts.manual_seed(1)
    ts.rand(5)
    first = ts.rand(3, device="cuda").tolist()
    ts.manual_seed(1)
    assert ts.rand(3, device="cuda").tolist() == first
    state = ts.cuda.get_rng_state()
    second = ts.rand(3, device="cuda").tolist()
    ts.cuda.set_rng_state(state)
    assert ts.rand(3, device="cuda").tolist() == second != first


def test_a_generator_of_another_kind_of_device_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Expected a 'cuda' device type for generator but"):
        ts.rand(3, device="cuda", generator=ts.Generator())
    given = ts.Generator(device="cuda").manual_seed(7)
    assert ts.rand(3, device="cuda", generator=given).tolist() == (
        ts.rand(3, generator=ts.Generator().manual_seed(7)).tolist()
    )

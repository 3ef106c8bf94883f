"""Convolutions of 3x3 taps go tile by tile: fewer products, the same sums, a bounded error."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.machine import MACHINES
from tensorsmith.backends.cpu.threads import get_num_threads, set_num_threads
from tensorsmith.lowering.convolution.winograd import points, tiles
from tensorsmith.lowering.ir.verify import verify

from .calls import NARROW, Call, make, random
from .test_contraction import adjoint

Arrays = dict[str, np.ndarray]

CASES: list[tuple[str, Arrays, dict[str, object]]] = [
    ("conv2d", {"input": random(2, 5, 9, 11), "weight": random(6, 5, 3, 3)}, {"padding": 1}),
    ("conv2d", {"input": random(1, 5, 6, 7), "weight": random(5, 5, 3, 3)}, {}),
    ("conv2d", {"input": random(2, 9, 8, 37), "weight": random(5, 9, 3, 3)}, {"padding": (2, 0)}),
    (
        "conv2d",
        {"input": random(3, 17, 6, 7), "weight": random(9, 17, 3, 3), "bias": random(9)},
        {"padding": (0, 1)},
    ),
    ("conv2d", {"input": random(2, 2, 12, 12), "weight": random(8, 2, 3, 3)}, {"padding": 1}),
    (
        "conv_transpose2d",
        {"input": random(2, 6, 7, 8), "weight": random(6, 4, 3, 3)},
        {"padding": 1},
    ),
]
NAMES = [f"{name}{number}" for number, (name, _, _) in enumerate(CASES)]
cases = pytest.mark.parametrize(("name", "arrays", "attributes"), CASES, ids=NAMES)

LARGE = {"input": random(1, 32, 40, 32), "weight": random(40, 32, 3, 3, seed=1)}


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles are used however small the call."""
    monkeypatch.setattr(tiles, "pays", lambda found, lanes: True)


def kinds(call: Call) -> list[str]:
    """Kinds of the kernels of a call's schedule."""
    return [str(launch.kernel.key[0]) for launch in call.planned(NARROW).launches]


def test_the_matrices_give_the_sums_of_the_definition_exactly() -> None:
    signal = [Fraction(n) for n in (3, -1, 4, 1, -5, 9)]
    taps = [Fraction(n) for n in (2, -6, 5)]
    filters = [sum(a * b for a, b in zip(row, taps)) for row in points.filter_matrix()]
    inputs = [sum(a * b for a, b in zip(row, signal)) for row in points.input_matrix()]
    products = [a * b for a, b in zip(filters, inputs)]
    results = [sum(a * b for a, b in zip(row, products)) for row in points.result_matrix()]
    assert results == [sum(taps[k] * signal[n + k] for k in range(3)) for n in range(4)]


@cases
@pytest.mark.usefixtures("always")
def test_tiles_give_what_the_definition_says(
    name: str, arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    call = make(name, arrays, attributes)
    assert "winograd results" in kinds(call)
    call.check(2e-5)


@cases
@pytest.mark.usefixtures("always")
def test_both_gradients_give_what_the_definition_says(
    name: str, arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    call = adjoint(make(name, arrays, attributes))
    assert {"winograd results", "winograd gradients"} <= set(kinds(call))
    call.check(5e-5)


@pytest.mark.parametrize("channels", [32, 300])
def test_the_error_is_a_small_multiple_of_the_rounding_of_one_sum(channels: int) -> None:
    arrays = {"input": random(1, channels, 40, 32), "weight": random(32, channels, 3, 3, seed=1)}
    call = make("conv2d", arrays, {"padding": 1})
    assert "winograd results" in kinds(call)
    magnitude = make("conv2d", {n: abs(a) for n, a in arrays.items()}, {"padding": 1})
    error = abs(call.run()["output"] - call.expected()["output"])
    assert (error / magnitude.run()["output"]).max() < 12 * 2.0**-24


@pytest.mark.parametrize(
    ("arrays", "attributes"),
    [
        ({"input": random(1, 32, 40, 32), "weight": random(40, 32, 5, 5)}, {}),
        (LARGE, {"stride": 2}),
        (LARGE, {"dilation": 2}),
        ({"input": random(1, 32, 40, 32), "weight": random(32, 16, 3, 3)}, {"groups": 2}),
        ({n: a.astype(np.float64) for n, a in LARGE.items()}, {}),
        ({"input": random(1, 4, 40, 32), "weight": random(40, 4, 3, 3)}, {}),
        ({"input": random(1, 64, 4, 4), "weight": random(64, 64, 3, 3)}, {}),
    ],
    ids=["5x5", "step", "dilated", "groups", "float64", "few channels", "few places"],
)
def test_other_windows_and_those_that_gain_nothing_are_left_alone(
    arrays: Arrays, attributes: Mapping[str, object]
) -> None:
    assert not any("winograd" in kind for kind in kinds(make("conv2d", arrays, attributes)))


def test_images_with_channels_last_are_left_alone() -> None:
    images = np.transpose(random(1, 40, 32, 32), (0, 3, 1, 2))
    call = make("conv2d", {"input": images, "weight": LARGE["weight"]})
    assert not any("winograd" in kind for kind in kinds(call))
    call.check(5e-5)


def test_any_number_of_threads_gives_the_same_bits() -> None:
    call = make("conv2d", LARGE, {"padding": 1})
    before = get_num_threads()
    results = []
    for threads in (1, 2):
        set_num_threads(threads)
        results.append([call.run(), adjoint(call).run()])
    set_num_threads(before)
    for one, two in zip(*results):
        for name, value in one.items():
            np.testing.assert_array_equal(value, two[name])


@pytest.mark.usefixtures("always")
def test_sizes_are_no_part_of_the_kernels() -> None:
    found = []
    for shape, filters in (((2, 5, 9, 11), 6), ((3, 12, 30, 20), 17)):
        arrays = {"input": random(*shape), "weight": random(filters, shape[1], 3, 3)}
        call = make("conv2d", arrays, {"padding": 1})
        own = [
            x.kernel for x in call.planned(NARROW).launches if "winograd" in str(x.kernel.key[0])
        ]
        found.append(own)
    assert found[0] == found[1] and len(found[0]) == 3


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("machine", ["x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"])
def test_kernels_of_tiles_verify_for_every_machine(machine: str) -> None:
    target = MACHINES[machine].target
    call = make(*CASES[3])
    for launch in (*call.planned(target).launches, *adjoint(call).planned(target).launches):
        function = launch.kernel.build()
        verify(function)
        assert emit(function, MACHINES[machine])


def test_tiles_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    call = make("conv2d", LARGE, {"padding": 1})
    assert "winograd results" in kinds(call)
    monkeypatch.setattr(tiles, "ALLOWED", False)
    assert "direct" in kinds(call)


def test_an_infinite_pixel_spreads_over_its_tile_and_no_farther() -> None:
    arrays = {name: array.copy() for name, array in LARGE.items()}
    arrays["input"][0, 3, 10, 10] = np.inf  # of the rows and columns 7 to 12 that one tile reads
    call = make("conv2d", arrays, {"padding": 1})
    assert "winograd results" in kinds(call)
    lost = np.zeros((40, 32), bool)
    lost[8:12, 8:12] = True
    found = call.run()["output"][0]
    assert not np.isfinite(found[:, lost]).any() and np.isfinite(found[:, ~lost]).all()

"""Vector math against mpmath: errors in units in the last place, and values at the edges."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from tests.backends.build import evaluate, runnable_machines

POINTS = 250
NEWEST = runnable_machines()[-1]
OLDEST = runnable_machines()[0]
MACHINES = list(dict.fromkeys((OLDEST, NEWEST)))

# name -> mpmath's function, sampled interval, bound in ulp for float32 and float64
FUNCTIONS: dict[str, tuple[Callable[..., object], tuple[float, float], float, float]] = {
    "math.exp": (mpmath.exp, (-100.0, 88.0), 1.0, 1.0),
    "math.expm1": (mpmath.expm1, (-20.0, 80.0), 2.0, 2.5),
    "math.log": (mpmath.log, (1e-30, 30.0), 1.0, 1.0),
    "math.log1p": (mpmath.log1p, (-0.999, 3.0), 2.0, 2.0),
    "math.log2": (lambda x: mpmath.log(x) / mpmath.log(2), (1e-30, 30.0), 1.0, 1.0),
    "math.tanh": (mpmath.tanh, (-5.0, 5.0), 2.5, 2.5),
    "math.sinh": (mpmath.sinh, (-20.0, 20.0), 0.6, 2.5),
    "math.cosh": (mpmath.cosh, (-20.0, 20.0), 0.6, 2.0),
    "math.sin": (mpmath.sin, (-30.0, 30.0), 0.6, 1.0),
    "math.cos": (mpmath.cos, (-30.0, 30.0), 0.6, 1.0),
    "ts.cospi": (mpmath.cospi, (-30.0, 30.0), 1.0, 1.0),
    "math.tan": (mpmath.tan, (-30.0, 30.0), 0.6, 3.5),
    "math.asin": (mpmath.asin, (-1.0, 1.0), 0.6, 2.0),
    "math.acos": (mpmath.acos, (-1.0, 1.0), 0.6, 2.0),
    "math.atan": (mpmath.atan, (-20.0, 20.0), 0.6, 2.0),
    "math.erf": (mpmath.erf, (-5.0, 5.0), 1.0, 3.0),
    "math.erfc": (mpmath.erfc, (-3.0, 9.0), 0.6, 4.0),
    "ts.erfinv": (mpmath.erfinv, (-0.999, 0.999), 0.6, 3.0),
    "ts.lgamma": (mpmath.loggamma, (0.01, 40.0), 0.6, 4.0),
    "ts.digamma": (mpmath.digamma, (0.01, 40.0), 0.6, 4.0),
}


def distance(got: np.ndarray, wanted: list[mpmath.mpf]) -> float:
    """The largest error in units in the last place of the exact value."""
    worst = 0.0
    for value, exact in zip(got, wanted):
        spacing = float(np.spacing(np.abs(got.dtype.type(float(exact)))))
        worst = max(worst, float(abs(mpmath.mpf(float(value)) - exact) / spacing))
    return worst


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.target.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_keep_their_bounds(name: str, dtype: str, machine: object) -> None:
    function, (low, high), *bounds = FUNCTIONS[name]
    rng = np.random.default_rng(3)
    spread = rng.uniform(low, high, POINTS)
    small = np.exp(rng.uniform(-20, 0, POINTS)) * (1 if low >= 0 else rng.choice([-1, 1], POINTS))
    x = np.concatenate([spread, np.clip(small, low, high)]).astype(dtype)
    with mpmath.workdps(30):
        wanted = [mpmath.mpf(function(mpmath.mpf(float(v)))) for v in x]
    bound = bounds[dtype == "float64"]
    if not machine.fma:
        bound = max(bound, 1.0) * 1.5  # without fused multiply-add a step rounds once more
    assert distance(evaluate(name, x, machine=machine, key=name), wanted) <= bound


EDGES = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-310, -1e-310, 710, -746, 1e300])
NUMPY = {
    "math.exp": np.exp, "math.expm1": np.expm1, "math.log": np.log, "math.log1p": np.log1p,
    "math.log2": np.log2, "math.tanh": np.tanh, "math.sinh": np.sinh, "math.cosh": np.cosh,
    "math.sin": np.sin, "math.cos": np.cos, "math.tan": np.tan, "math.asin": np.arcsin,
    "math.acos": np.arccos, "math.atan": np.arctan,
    "math.erf": np.vectorize(math.erf), "math.erfc": np.vectorize(math.erfc),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NUMPY)
def test_edges_equal_numpy(name: str, dtype: str) -> None:
    with np.errstate(all="ignore"):
        x = EDGES.astype(dtype)
        wanted = NUMPY[name](x.astype(np.float64)).astype(dtype)
    got = evaluate(name, x, key=name)
    np.testing.assert_allclose(got, wanted, rtol=1e-6 if dtype == "float32" else 1e-14)
    numbers = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(got)[numbers], np.signbit(wanted)[numbers])


@pytest.mark.parametrize("name, function", [("sin", mpmath.sin), ("cos", mpmath.cos)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_angles_have_their_exact_quadrant(
    name: str, function: Callable[[object], object], dtype: str
) -> None:
    rng = np.random.default_rng(0)
    top = 88 if dtype == "float32" else 709
    x = np.concatenate([np.exp(rng.uniform(13, top, 100)), -np.exp(rng.uniform(13, 30, 50))])
    # The double nearest to a multiple of pi/2 of all (Kahan and McDonald).
    x = np.append(x, 5.319372648326541e255 if dtype == "float64" else 16367173.0 * 2**72)
    x = x.astype(dtype)
    with mpmath.workdps(400):
        wanted = [mpmath.mpf(function(mpmath.mpf(float(v)))) for v in x]
    assert distance(evaluate(f"math.{name}", x), wanted) <= 2.0


def test_inverse_of_erf_at_its_edges() -> None:
    x = np.array([1.0, -1.0, 1.5, np.nan, 0.0, -0.0, 1e-300, 1 - 2.0**-53, -(1 - 2.0**-53)])
    got = evaluate("ts.erfinv", x)
    with mpmath.workdps(40):
        last = float(mpmath.erfinv(mpmath.mpf(float(x[-2]))))
    wanted = [np.inf, -np.inf, np.nan, np.nan, 0.0, -0.0, 8.862269254527581e-301, last, -last]
    np.testing.assert_allclose(got, wanted, rtol=1e-15)
    assert np.signbit(got[5])


def test_gamma_functions_at_poles_and_below_zero() -> None:
    special = pytest.importorskip("scipy.special")
    x = np.array([0.0, -1.0, -2.0, np.inf, -0.5, -1.5, -2.7, -10.3, 1.0, 2.0, 1e100])
    np.testing.assert_allclose(evaluate("ts.lgamma", x), special.gammaln(x), rtol=1e-13)
    y = np.array([np.inf, -0.5, -1.5, -2.7, -10.3, 1.0, 2.0, 1e100, 1.4616321449683622])
    np.testing.assert_allclose(evaluate("ts.digamma", y), special.psi(y), rtol=1e-12, atol=1e-15)
    poles = evaluate("ts.digamma", np.array([0.0, -0.0, -1.0, -7.0]))
    assert poles[0] == -np.inf and poles[1] == np.inf and np.isnan(poles[2:]).all()


@pytest.mark.parametrize("order", [0, 1, 2, 4, 7])
def test_polygamma_equals_mpmath(order: int) -> None:
    x = np.concatenate([np.linspace(0.1, 30, 60), [-0.5, -1.25, -3.5]])
    with mpmath.workdps(30):
        wanted = [float(mpmath.psi(order, mpmath.mpf(float(v)))) for v in x]
    got = evaluate("ts.polygamma", np.full_like(x, order), x)
    # Below zero the first terms nearly cancel.
    np.testing.assert_allclose(got, wanted, rtol=2e-12, atol=1e-13)


@pytest.mark.parametrize("dtype, bound", [("float32", 0.6), ("float64", 2.0)])
@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.target.name)
def test_powers_keep_their_bound(dtype: str, bound: float, machine: object) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([np.exp(rng.uniform(-10, 10, 200)), 1 + rng.uniform(-1e-5, 1e-5, 200)])
    y = np.concatenate([rng.uniform(-8, 8, 200), rng.uniform(-1e6, 1e6, 200)])
    x, y = x.astype(dtype), y.astype(dtype)
    with mpmath.workdps(30):
        wanted = [mpmath.power(mpmath.mpf(float(a)), mpmath.mpf(float(b))) for a, b in zip(x, y)]
    got = evaluate("math.powf", x, y, machine=machine)
    keep = [k for k, w in enumerate(wanted) if 1e-37 < w < 1e38]
    assert len(keep) > 300
    assert distance(got[keep], [wanted[k] for k in keep]) <= bound


@pytest.mark.parametrize("name, function", [("powf", np.power), ("atan2", np.arctan2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_functions_follow_c_at_the_edges(name: str, function: np.ufunc, dtype: str) -> None:
    edges = [0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, np.inf, -np.inf, np.nan]
    x, y = (np.array(v, dtype) for v in zip(*((a, b) for a in edges for b in edges)))
    with np.errstate(all="ignore"):
        wanted = function(x, y)
    got = evaluate(f"math.{name}", x, y)
    np.testing.assert_allclose(got, wanted, rtol=1e-6 if dtype == "float32" else 1e-15)
    numbers = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(got)[numbers], np.signbit(wanted)[numbers])

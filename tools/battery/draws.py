"""What random results are judged by: the distribution that an entry's reference names."""

from __future__ import annotations

from typing import Any

import numpy as np

DEVIATIONS = 5.0  # how many standard errors are taken for chance: one case in two million
MANY = 500  # draws from which on the spread is judged too


def is_distribution(value: Any) -> bool:
    """Whether a reference gave a distribution of scipy.stats instead of values."""
    return hasattr(value, "cdf")


def compare(values: Any, wanted: Any, label: str) -> None:
    """Draws follow a distribution; where its parameters are arrays, in mean and spread.

    Raises:
        AssertionError: They are further off than chance explains.
    """
    values = np.asarray(values, np.float64)
    if not values.size:
        return
    with np.errstate(all="ignore"):
        middle, spread = np.asarray(wanted.mean()), np.asarray(wanted.std())
    if middle.ndim:
        _moments(values, middle, spread, label)
        return
    low, high = wanted.support()
    assert values.min() >= low and values.max() <= high, f"{label}: a value lies outside of the law"
    for share in np.linspace(0.02, 0.98, 25):
        point = wanted.ppf(share)
        due = float(wanted.cdf(point))  # more than `share` where values are integers
        # float32 rounds a value that is the point itself up or down
        slack = 1e-6 * (1 + abs(point))
        got = float((values <= point + slack).mean())
        error = DEVIATIONS * np.sqrt(max(due * (1 - due), 1e-4) / values.size) + 1e-6
        assert abs(got - due) <= error, f"{label}: {got:.3f} are at most {point:.4g}, not {due:.3f}"


def _moments(values: Any, middle: Any, spread: Any, label: str) -> None:
    error = DEVIATIONS * np.sqrt(np.mean(spread**2) / values.size) + 1e-6
    difference = abs(np.mean(values - middle))
    assert difference <= error, f"{label}: the mean is off by {difference:.4g}, allowed {error:.4g}"
    if values.size < MANY:
        return
    squares = np.broadcast_to((values - middle) ** 2, values.shape)
    due, error = np.mean(spread**2), DEVIATIONS * squares.std() / np.sqrt(values.size) + 1e-6
    assert abs(squares.mean() - due) <= error, f"{label}: the variance is {squares.mean():.4g}"

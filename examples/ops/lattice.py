"""A fluid by the lattice Boltzmann method: one declared op a step, against NumPy and PyTorch.

    python examples/ops/lattice.py

A shear wave decays with the viscosity that the theory gives, (tau - 1/2) / 3; then the three
programs are timed. The op was written for physics, and can be differentiated all the same: the last
line is the derivative of the energy after some steps by the first state, in one direction.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorsmith as ts
from activation import least

SIZE, STEPS, TAU = 256, 200, 0.8
CY = np.array([0, 0, 0, 1, -1, 1, -1, 1, -1])
CX = np.array([0, 1, -1, 0, 0, 1, -1, -1, 1])
WEIGHT = np.array([16, 4, 4, 4, 4, 1, 1, 1, 1], "float32") / 36
(step,) = ts.library.load(Path(__file__).with_name("lattice.yaml"))


def by_numpy(population: Any) -> Any:
    """One step in NumPy, as textbooks have it."""
    moved = np.stack([np.roll(p, (y, x), (0, 1)) for p, y, x in zip(population, CY, CX)])
    density = moved.sum(0)
    v, u = (np.tensordot(c.astype("float32"), moved, 1) / density for c in (CY, CX))
    along = 3 * (CY[:, None, None] * v + CX[:, None, None] * u).astype("float32")
    rest = WEIGHT[:, None, None] * density * (1 - 1.5 * (v * v + u * u) + along + along**2 / 2)
    return moved + (rest - moved) / np.float32(TAU)


def by_torch(torch: Any, population: Any, cy: Any, cx: Any, weight: Any) -> Any:
    """One step in PyTorch."""
    shifts = zip(population, CY.tolist(), CX.tolist())
    moved = torch.stack([torch.roll(p, (y, x), (0, 1)) for p, y, x in shifts])
    density = moved.sum(0)
    v, u = (torch.tensordot(c, moved, 1) / density for c in (cy, cx))
    along = 3 * (cy[:, None, None] * v + cx[:, None, None] * u)
    rest = weight[:, None, None] * density * (1 - 1.5 * (v * v + u * u) + along + along**2 / 2)
    return moved + (rest - moved) / TAU


def shear_wave() -> Any:
    """Populations at rest density with the velocity u = 0.05 sin(2 pi y / SIZE)."""
    u = 0.05 * np.sin(2 * math.pi * np.arange(SIZE) / SIZE)[:, None] * np.ones(SIZE)
    along = 3 * CX[:, None, None] * u
    state = WEIGHT[:, None, None] * (1 - 1.5 * u * u + along + along**2 / 2)
    return state.astype("float32")


def largest_velocity(state: Any) -> float:
    """The amplitude of the wave."""
    return float((np.tensordot(CX, state, 1) / state.sum(0)).max())


def main() -> None:
    """Prints viscosities and times of one thread."""
    ts.set_num_threads(1)
    first = shear_wave()
    given = [ts.from_numpy(each) for each in (CY, CX, WEIGHT)]
    state = ts.from_numpy(first)
    np.testing.assert_allclose(step(state, *given, TAU).numpy(), by_numpy(first), 1e-4, 1e-6)
    for _ in range(STEPS):
        state = step(state, *given, TAU)
    decay = math.log(largest_velocity(first) / largest_velocity(state.numpy()))
    viscosity = decay / STEPS * (SIZE / (2 * math.pi)) ** 2
    print(f"viscosity {viscosity:.4f}, theory {(TAU - 0.5) / 3:.4f}")

    runs = [lambda: step(state, *given, TAU), lambda: by_numpy(first)]
    try:
        import torch
    except ModuleNotFoundError:
        torch = None
    if torch is not None:
        torch.set_num_threads(1)
        theirs = [torch.from_numpy(x.astype("float32")) for x in (first, CY, CX, WEIGHT)]
        runs.append(lambda: by_torch(torch, *theirs))
    times = zip(("declared", "NumPy", "PyTorch"), least(*runs))
    print("one step", ", ".join(f"{who} {took:.2f} ms" for who, took in times))

    start = ts.from_numpy(first).requires_grad_()
    moved = start
    for _ in range(5):
        moved = step(moved, *given, TAU)
    energy = (moved * moved).sum()
    energy.backward()
    print(f"slope of the energy along the state {float((start.grad * start).sum()):.1f}")


if __name__ == "__main__":
    main()

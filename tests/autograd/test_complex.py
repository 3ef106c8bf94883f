"""Gradients at complex numbers: PyTorch's convention, dL/da + i dL/db for z = a + ib."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.autograd import gradcheck, gradgradcheck

Function = Callable[..., Any]


def numbers(*shape: int, seed: int = 0) -> Any:
    """Complex numbers away from 0 and from the negative real axis."""
    drawn = ts.rand(*shape, 2, dtype=ts.float64, generator=ts.Generator().manual_seed(seed))
    return ts.view_as_complex(drawn + 0.3).clone().requires_grad_()


HOLOMORPHIC: dict[str, Function] = {
    "mul": lambda z, w: z * w,
    "div": lambda z, w: z / w,
    "sub and add": lambda z, w: z - 2j * w + 1,
    "pow": lambda z, w: z**w,
    "square": lambda z, w: z**2,
    "exp and log": lambda z, w: z.exp() * w.log(),
    "roots": lambda z, w: z.sqrt() + w.rsqrt(),
    "sin, cos and tanh": lambda z, w: z.sin() * w.cos() + z.tanh(),
    "sigmoid": lambda z, w: z.sigmoid() + w.reciprocal(),
    "matmul": lambda z, w: z @ w.T,
    "conjugate transpose": lambda z, w: z @ w.mH,
    "sum": lambda z, w: z.sum(0) * w.sum(),
    "prod": lambda z, w: z.prod(1) + w.cumsum(0).sum(),
    "cumprod": lambda z, w: z.cumprod(0) + w,
    "where": lambda z, w: ts.where(z.real > w.real, z, w),
    "cat": lambda z, w: ts.cat([z, w]) * 1j,
    "with a real one": lambda z, w: z * w.real + w.imag,
    "index": lambda z, w: z[:, ts.tensor([1, 1])] * w[1],
    "linear": lambda z, w: ts.nn.functional.linear(z, w),
}
VIEWS: dict[str, Function] = {
    "real": lambda z: z.real,
    "imag": lambda z: z.imag,
    "conj": lambda z: z.conj() * z,
    "parts of conj": lambda z: z.conj().imag * z.conj().real,
    "view_as_real": ts.view_as_real,
    "view_as_complex": lambda z: ts.view_as_complex(ts.view_as_real(z) ** 2),
    "view_as_complex of a part": lambda z: ts.view_as_complex(ts.view_as_real(z)[1:]),
    "slice": lambda z: z[1:, ::2].real,
    "transpose": lambda z: z.t().imag + z.t().conj().imag,
    "H": lambda z: z.H @ z,
    "resolve_conj": lambda z: z.conj().resolve_conj() * 1j,
    "conj_physical": lambda z: ts.conj_physical(z) * z,
    "complex": lambda z: ts.complex(z.imag, z.real * 2),
    "polar": lambda z: ts.polar(z.real, z.imag),
    "angle": ts.angle,
    "norm": lambda z: z.abs() + (z.real**2 + z.imag**2).sqrt(),
    "cast to real": lambda z: (z * 1j).real.to(ts.complex128) * z,
    "expand": lambda z: z[0].conj().expand(2, 2) * z,
}


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_gradients_of_holomorphic_functions_are_conjugate_transposes(name: str) -> None:
    given = (numbers(2, 2), numbers(2, 2, seed=1))
    assert gradcheck(HOLOMORPHIC[name], given, check_forward_ad=True)


@pytest.mark.parametrize("name", VIEWS)
def test_views_of_complex_tensors_have_gradients_and_tangents(name: str) -> None:
    assert gradcheck(VIEWS[name], (numbers(2, 2),), check_forward_ad=True)


@pytest.mark.parametrize("name", ["mul", "div", "matmul", "exp and log", "conjugate transpose"])
def test_gradients_of_complex_gradients_are_right(name: str) -> None:
    assert gradgradcheck(HOLOMORPHIC[name], (numbers(2, 2), numbers(2, 2, seed=1)))


def _by_parts(z: Any) -> Any:
    written = z * 1
    written.real.mul_(2)
    written[0].imag.copy_(written[1].real)
    return written * written


def _through_conj(z: Any) -> Any:
    written = z * 1
    seen = written.conj()
    seen.mul_(2j)
    seen[0] = written[1]
    return written * seen


def _as_pairs(z: Any) -> Any:
    pairs = ts.view_as_real(z) * 1
    seen = ts.view_as_complex(pairs)
    seen[0].mul_(seen[1])
    return pairs * 2


def _with_gaps(z: Any) -> Any:
    written = (z * 1).t()
    part = written[:, 1]
    part.imag.mul_(part.real)
    return written.imag * written.real


@pytest.mark.parametrize("function", [_by_parts, _through_conj, _as_pairs, _with_gaps])
def test_writes_through_views_of_complex_tensors_are_part_of_the_history(
    function: Function,
) -> None:
    assert gradcheck(function, (numbers(2, 2),))


def test_gradients_of_complex_numbers_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    values = [[1 + 2j, -3 - 1j], [0.5 - 4j, 2j]]

    def gradients(m: Any) -> Any:
        z = m.tensor(values, dtype=m.complex128, requires_grad=True)
        w = m.tensor(values, dtype=m.complex128).mT.clone().requires_grad_()
        x = m.tensor([1.0, 2.0], dtype=m.float64, requires_grad=True)
        y = (z @ w.conj() * x + z.exp() / w).abs().sum() + (z.imag * w.angle()).sum()
        y.backward()
        return [z.grad.tolist(), w.grad.tolist(), x.grad.tolist()]

    for mine, its in zip(gradients(ts), gradients(torch)):
        assert ts.tensor(mine).sub(ts.tensor(its)).abs().max() < 1e-5


def test_the_gradient_of_abs_at_zero_is_zero() -> None:
    z = ts.zeros(2, dtype=ts.complex64, requires_grad=True)
    z.abs().sum().backward()
    assert z.grad.tolist() == [0, 0]


def test_transforms_map_and_differentiate_views_of_complex_tensors() -> None:
    z = numbers(4, 3).detach()

    def energy(row: Any) -> Any:
        return (row.conj() * row * 1j).imag.sum() + ts.view_as_real(row)[..., 1].sum()

    rows = ts.vmap(ts.func.grad(energy))(z)
    assert (rows - (2 * z + 1j)).abs().max() < 1e-12
    assert ts.allclose(ts.vmap(ts.angle)(z), z.angle())
    assert ts.vmap(lambda row: row.conj())(z).resolve_conj().equal(z.conj().resolve_conj())


@pytest.mark.parametrize("function", [lambda z: z.abs(), lambda z: ts.nn.functional.softsign(z)])
def test_what_has_no_complex_derivative_says_so(function: Function) -> None:
    z = numbers(2)
    with pytest.raises(RuntimeError, match="for complex numbers is not implemented"):
        (first,) = ts.autograd.grad(function(z), z, ts.ones_like(function(z)), create_graph=True)
        ts.autograd.grad(first.real.sum(), z)


def test_a_leaf_is_not_written_through_its_parts() -> None:
    z = numbers(2)
    for part in (z.real, z.conj(), ts.view_as_real(z)):
        with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
            part.mul_(2)


def test_writes_into_a_conjugate_change_the_memory_by_conjugates() -> None:
    z = ts.tensor([1 + 2j, 3 - 1j])
    z.conj().mul_(1j)
    assert z.tolist() == [2 - 1j, -1 - 3j]
    z.conj()[0] = 5j
    z.conj()[1:].fill_(2j)
    assert z.tolist() == [-5j, -2j]
    z.conj().copy_(ts.tensor([1j, 2]))
    z.conj().index_add_(0, ts.tensor([0, 0]), ts.tensor([1j, 1j]))
    assert z.tolist() == [-3j, 2]
    ts.add(z, 1j, out=z.conj())
    assert z.tolist() == [2j, 2 - 1j]

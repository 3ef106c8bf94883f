"""Products with Jacobians and Hessians, as `autograd.functional` gives them."""

from __future__ import annotations

import pytest
import tensorsmith as ts
from tensorsmith.autograd import functional

X, V = ts.tensor([1.0, 2.0, 3.0]), ts.tensor([1.0, 0.5, -1.0])


def energy(x: ts.Tensor) -> ts.Tensor:
    """Its Hessian is 6x on the diagonal, and 1 for the first two."""
    return (x**3).sum() + x[0] * x[1]


@pytest.mark.parametrize("product", [functional.vhp, functional.hvp])
def test_products_with_a_hessian_are_those_of_the_matrix(product: object) -> None:
    value, found = product(energy, X, V)  # type: ignore[operator]
    matrix = functional.hessian(energy, X)
    assert value.item() == 38.0
    assert matrix.tolist() == [[6, 1, 0], [1, 12, 0], [0, 0, 18]]
    assert found.tolist() == (matrix @ V).tolist() == [6.5, 7.0, -18.0]


def test_jvp_and_vjp_are_products_with_the_jacobian() -> None:
    matrix = functional.jacobian(lambda x: x * x[0], X)
    assert matrix.tolist() == [[2, 0, 0], [2, 1, 0], [3, 0, 1]]
    assert functional.jvp(lambda x: x * x[0], X, V)[1].tolist() == (matrix @ V).tolist()
    assert functional.vjp(lambda x: x * x[0], X, V)[1].tolist() == (V @ matrix).tolist()


@pytest.mark.parametrize("name", ["vhp", "hvp"])
def test_a_hessian_of_several_numbers_is_refused(name: str) -> None:
    with pytest.raises(RuntimeError, match="single"):
        getattr(functional, name)(lambda x: x * x, X, V)


def test_a_product_that_depends_on_nothing_is_zero_or_refused_if_strict() -> None:
    assert functional.hvp(lambda x: ts.ones(()) + 0 * x.detach().sum(), X, V)[1].tolist() == [0] * 3
    with pytest.raises(RuntimeError, match="does not require gradients"):
        functional.hvp(lambda x: ts.ones(()) + 0 * x.detach().sum(), X, V, strict=True)

"""Products of several tensors."""

import pytest
import tensorsmith as ts


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [("ii->i", [(2, 3)]), ("aa->", [(2, 3)]), ("ii,ii->i", [(2, 2), (1, 2)])],
)
def test_sizes_of_a_subscript_repeated_within_an_operand_must_be_equal(
    equation: str, shapes: list[tuple[int, ...]]
) -> None:
    with pytest.raises(RuntimeError, match=r"subscript . is repeated, but its sizes do not match"):
        ts.einsum(equation, *(ts.ones(shape) for shape in shapes))


def test_an_extent_of_one_broadcasts_between_operands() -> None:
    assert ts.einsum("ij,jk->ik", ts.ones(2, 2), ts.ones(1, 2)).tolist() == [[2.0, 2.0]] * 2

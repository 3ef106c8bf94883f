"""Axes that may be missing, groups side by side, and products of computed sizes."""

from __future__ import annotations

import pytest
from tensorsmith.ops import registry
from tensorsmith.ops.calls.binding import Argument, Binding
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.derivatives.derive import derive_adjoint
from tensorsmith.ops.dtype import float32, int64
from tensorsmith.ops.errors import ShapeError
from tensorsmith.ops.language.op import Op

Shape = tuple[int, ...]


def _bound(
    name: str, attributes: dict[str, object] | None = None, **shapes: Shape
) -> tuple[Op, Binding]:
    op = specialize(registry.get(name), frozenset(shapes), {})
    arguments = {
        key: Argument(shape, int64 if key == "index" else float32) for key, shape in shapes.items()
    }
    return op, bind(op, arguments, attributes or {})


@pytest.mark.parametrize(
    ("input", "other", "output"),
    [
        ((4,), (4,), ()),
        ((4,), (2, 4, 3), (2, 3)),
        ((2, 3, 4), (4,), (2, 3)),
        ((2, 1, 4), (4,), (2, 1)),
        ((5, 2, 3, 4), (4,), (5, 2, 3)),
    ],
)
def test_the_cotangent_of_a_product_lacks_the_axis_that_an_operand_lacks(
    input: Shape, other: Shape, output: Shape
) -> None:
    op, known = _bound("matmul", input=input, other=other)
    assert known.shapes["output"] == output
    for name, shape in (("input", input), ("other", other)):
        adjoint = derive_adjoint(op, frozenset({name}))
        shapes = {"input": input, "other": other, "d_output": output}
        arguments = {item.name: Argument(shapes[item.name], float32) for item in adjoint.inputs}
        found = bind(adjoint, arguments, {}, known=known).shapes[f"d_{name}"]
        assert found[len(found) - len(shape) :] == shape


def test_other_operands_say_which_dims_belong_to_which_group() -> None:
    _, binding = _bound("put_rows", input=(5, 3, 2), index=(4, 1), values=(4, 1, 3, 2))
    assert binding.places["values"].core == ((0, 1), (2, 3))
    assert binding.shapes["output"] == (5, 3, 2)


def test_a_product_of_computed_sizes_is_checked_after_they_are_computed() -> None:
    attributes: dict[str, object] = {"output_size": (5, 6), "kernel_size": (2, 3)}
    _, binding = _bound("col2im", attributes, input=(2, 18, 16))
    assert binding.shapes["output"] == (2, 3, 5, 6)
    with pytest.raises(ShapeError, match=r"axis OH\*OW of input is 15, but 16 is needed"):
        _bound("col2im", attributes, input=(2, 18, 15))


def test_an_absent_number_reads_as_zero() -> None:
    _, binding = _bound("avg_pool2d", {"kernel_size": 2}, input=(1, 4, 4))
    assert binding.attributes["divisor_override"] == 0

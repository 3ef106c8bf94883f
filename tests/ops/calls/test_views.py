"""Views are maps of shape, strides and offset: the same elements that NumPy shows."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorsmith.ops.calls.views import check_view, contiguous, infer, reshape_strides, view_map
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.errors import DimensionError, RegistryError, ShapeError, ViewError

VIEWS = """\
transpose:
  doc: Two dims exchanged.
  inputs: {input: Any}
  attrs: {dim0: int, dim1: int}
  outputs: {output: Any}
  view:
    shape: swap(shape, wrap(dim0), wrap(dim1))
    strides: swap(strides, wrap(dim0), wrap(dim1))
    offset: 0
  reference: np.swapaxes(input, dim0, dim1)

permute:
  doc: All dims in a new order.
  inputs: {input: Any}
  attrs: {dims: ints}
  outputs: {output: Any}
  require:
    dims must name every dim once: sorted([wrap(dim) for dim in dims]) == list(range(rank))
  view:
    shape: permute(shape, dims)
    strides: permute(strides, dims)
    offset: 0
  reference: np.transpose(input, dims)

reshape:
  doc: The same elements under another shape.
  inputs: {input: Any}
  attrs: {size: ints}
  outputs: {output: Any}
  view:
    shape: infer(shape, size)
    strides: reshape_strides(shape, strides, new)
    offset: 0
  reference: np.reshape(input, size)

expand:
  doc: Dims of extent one repeated.
  inputs: {input: Any}
  attrs: {size: ints}
  outputs: {output: Any}
  require:
    size must have as many dims: len(size) == rank
  view:
    shape: "[a if b == -1 else b for a, b in zip(shape, size)]"
    strides: "[0 if shape[d] != n else strides[d] for d, n in enumerate(new)]"
    offset: 0
  reference: np.broadcast_to(input, size)

slice:
  doc: Every step-th place of a dim.
  inputs: {input: Any}
  attrs: {dim: int = 0, begin: int = 0, end: int? = None, step: int = 1}
  outputs: {output: Any}
  require:
    step must be positive: step > 0
    index begin must lie in the dim: begin <= shape[wrap(dim)]
  view:
    shape: replace(shape, wrap(dim), len(range(shape[wrap(dim)])[begin:end:step]))
    strides: replace(strides, wrap(dim), strides[wrap(dim)]*step)
    offset: strides[wrap(dim)]*begin
  reference: input[begin:end:step]

from_storage:
  doc: Elements at a place of the storage.
  inputs: {input: Any}
  attrs: {storage_offset: int}
  outputs: {output: Any}
  view:
    shape: "[2]"
    strides: "[1]"
    offset: storage_offset - start
  reference: input
"""
OPS = {op.name: op for op in read_text(VIEWS)}


def _shown(name: str, array: np.ndarray, **attributes: object) -> np.ndarray:
    """What a view op shows of an array."""
    strides = [stride // array.itemsize for stride in array.strides]
    shape, steps, offset = view_map(OPS[name], array.shape, strides, attributes)
    begin = np.lib.stride_tricks.as_strided(array, (math.prod(array.shape),), (array.itemsize,))
    return np.lib.stride_tricks.as_strided(
        begin[offset:], shape, [step * array.itemsize for step in steps]
    )


X = np.arange(24).reshape(2, 3, 4)


def test_transpose_and_permute_show_what_numpy_shows() -> None:
    np.testing.assert_array_equal(_shown("transpose", X, dim0=0, dim1=-1), X.swapaxes(0, 2))
    for dims in itertools.permutations(range(3)):
        np.testing.assert_array_equal(_shown("permute", X, dims=dims), X.transpose(dims))


def test_expand_repeats_without_memory() -> None:
    narrow = np.arange(3).reshape(3, 1)
    np.testing.assert_array_equal(
        _shown("expand", narrow, size=[-1, 4]), np.broadcast_to(narrow, (3, 4))
    )


def test_slices_have_steps_and_offsets() -> None:
    np.testing.assert_array_equal(_shown("slice", X, dim=2, begin=1, step=2), X[:, :, 1::2])
    np.testing.assert_array_equal(_shown("slice", X, dim=-2, begin=1, end=3), X[:, 1:3])


def test_the_offset_may_count_from_the_start_of_the_storage() -> None:
    assert view_map(OPS["from_storage"], (3,), (1,), {"storage_offset": 1}, start=5)[2] == -4


def test_a_scalar_can_be_transposed() -> None:
    assert view_map(OPS["transpose"], (), (), {"dim0": 0, "dim1": -1}) == ((), (), 0)


def test_reshape_infers_one_extent() -> None:
    assert infer([2, 6], [3, -1]) == [3, 4]
    assert infer([], []) == []
    assert infer([0, 3], [3, 0, 5]) == [3, 0, 5]


@pytest.mark.parametrize(
    ("shape", "new", "message"),
    [
        ([2, 3], [4, 2], "shape '[4, 2]' is invalid for input of size 6"),
        ([2, 3], [4, -1], "is invalid for input of size 6"),
        ([2, 3], [-1, -1], "only one dimension can be inferred"),
        ([0], [0, -1], "ambiguous"),
        ([6], [-2, 3], "invalid shape dimension"),
    ],
)
def test_shapes_with_other_numbers_of_elements_are_refused(
    shape: list[int], new: list[int], message: str
) -> None:
    with pytest.raises(ShapeError) as caught:
        view_map(OPS["reshape"], shape, contiguous(shape), {"size": new})
    assert message in str(caught.value)
    assert str(caught.value).startswith("reshape: shape")


def test_what_strides_cannot_show_is_an_error_of_its_own() -> None:
    with pytest.raises(ViewError, match="view size is not compatible"):
        view_map(OPS["reshape"], (3, 2), (1, 3), {"size": [6]})


@st.composite
def _arrays(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """An array with its dims permuted and cut, and a shape of as many elements."""
    base = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    array = (
        np.arange(math.prod(base)).reshape(base).transpose(draw(st.permutations(range(len(base)))))
    )
    array = array[tuple(slice(None, None, draw(st.integers(1, 2))) for _ in base)]
    rest, new = array.size, []
    while rest > 1:
        factors = [f for f in range(2, rest + 1) if rest % f == 0]
        new.append(draw(st.sampled_from(factors)))
        rest //= new[-1]
    for _ in range(draw(st.integers(0, 2))):
        new.insert(draw(st.integers(0, len(new))), 1)
    return array, new


@given(_arrays())
def test_reshaped_strides_show_the_elements_in_order_or_none_do(
    case: tuple[np.ndarray, list[int]],
) -> None:
    array, new = case
    strides = [stride // array.itemsize for stride in array.strides]
    try:
        steps = reshape_strides(array.shape, strides, new)
    except ViewError:
        probe = np.lib.stride_tricks.as_strided(array, array.shape, array.strides)
        with pytest.raises(AttributeError):
            probe.shape = tuple(new)  # NumPy needs a copy too
        return
    shown = np.lib.stride_tricks.as_strided(array, new, [step * array.itemsize for step in steps])
    np.testing.assert_array_equal(shown, array.reshape(new))


@pytest.mark.parametrize(
    ("name", "attributes", "error", "message"),
    [
        ("transpose", {"dim0": 0, "dim1": 3}, DimensionError, "dim must be in [-3, 2], got 3"),
        ("permute", {"dims": [0, 0, 1]}, ShapeError, "permute: dims must name every dim once"),
        ("slice", {"step": 0}, ShapeError, "step must be positive: got shape"),
        ("slice", {"begin": 9}, IndexError, "index begin must lie in the dim"),
    ],
)
def test_requirements_of_views_are_checked(
    name: str, attributes: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        view_map(OPS[name], (2, 3, 4), (12, 4, 1), attributes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("open('file')", "open is not known"),
        ("shape.__class__", "Attribute is not in the language of views"),
        ("[d for d in shape if (lambda: d)()]", "Lambda is not in the language"),
        ("strdes", "strdes is not known"),
    ],
)
def test_maps_know_lists_and_nothing_else(text: str, message: str) -> None:
    (op,) = read_text(
        VIEWS.partition("\n\n")[0].replace("swap(shape, wrap(dim0), wrap(dim1))", f'"{text}"')
    )
    with pytest.raises(RegistryError) as caught:
        check_view(op)
    assert message in str(caught.value)

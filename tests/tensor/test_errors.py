"""What callers get wrong: PyTorch's exception types, and messages that say what was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorsmith as ts

SELF: list[Any] = []
SELF.append(SELF)
INTEGERS = ts.tensor([1])

WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: ts.zeros(-1), RuntimeError, "negative dimension -1"),
    (lambda: ts.zeros(1.5), TypeError, "must be tuple of ints"),
    (lambda: ts.zeros(float("nan")), TypeError, "float"),
    (lambda: ts.zeros(2, dtype="float32"), TypeError, "'float32'"),
    (lambda: ts.zeros(2, device="tpu"), RuntimeError, "'tpu'"),
    (lambda: ts.full((2,), "a"), TypeError, "not str"),
    (lambda: ts.full((2,), None), TypeError, "NoneType"),
    (lambda: ts.full(2, 1), TypeError, "tuple of ints, not int"),
    (lambda: ts.tensor("abc"), TypeError, "'str'"),
    (lambda: ts.tensor(None), RuntimeError, "NoneType"),
    (lambda: ts.tensor([1, None]), RuntimeError, "NoneType"),
    (lambda: ts.tensor([1, "a"]), TypeError, "'str'"),
    (lambda: ts.tensor([[1, 2], [3]]), ValueError, "expected sequence of length 2 at dim 1"),
    (lambda: ts.tensor([ts.ones(2), ts.ones(2)]), ValueError, "only one element tensors"),
    (lambda: ts.tensor([2**63]), ValueError, "Overflow"),
    (lambda: ts.tensor([1j], dtype=ts.float32), TypeError, "imaginary part"),
    (lambda: ts.arange(float("inf")), RuntimeError, "inf"),
    (lambda: ts.arange("a"), TypeError, "must be Number, not str"),
    (lambda: ts.linspace(0, 1, 2.5), TypeError, "not float"),
    (lambda: ts.ones(2) + "a", TypeError, "unsupported operand"),
    (lambda: ts.ones(2) + ts.ones(3), RuntimeError, "got 3 in other where other operands have 2"),
    (lambda: ts.ones(2) @ 2, TypeError, "unsupported operand"),
    (lambda: ts.ones(2).sum(1), IndexError, r"expected to be in range of \[-1, 0\], but got 1"),
    (lambda: ts.ones(0).max(), RuntimeError, "must not be empty"),
    (lambda: ts.ones(2).view("a"), TypeError, "integers"),
    (lambda: ts.ones(2).view(3), RuntimeError, "invalid for input of size 2"),
    (lambda: ts.ones(2).permute("a"), TypeError, "integers"),
    (lambda: ts.ones(4)["a"], TypeError, "'str'"),
    (lambda: ts.ones(4)[4], IndexError, "index 4 is out of bounds for dimension 0 with size 4"),
    (lambda: ts.ones(4).__setitem__(0, "a"), TypeError, "not str"),
    (lambda: ts.ones(4)[:2].__setitem__([0, 9], 1.0), IndexError, "index 9 is out of bounds"),
    (
        lambda: ts.ones(4, dtype=ts.int64).__setitem__(0, float("nan")),
        RuntimeError,
        "without overflow",
    ),
    (lambda: ts.cat([]), ValueError, "non-empty list"),
    (lambda: ts.cat(ts.ones(2)), TypeError, "tuple of Tensors, not Tensor"),
    (lambda: ts.stack([ts.ones(2), None]), TypeError, "element 1 in argument 0"),
    (lambda: ts.where(True, 1, 2), TypeError, "'condition' must be Tensor, not bool"),
    (lambda: ts.relu(3), TypeError, "must be a Tensor, not int"),
    (lambda: ts.exp([1, 2]), TypeError, "list"),
    (lambda: ts.unbind(3), TypeError, "must be Tensor, not int"),
    (lambda: ts.ones(2).gather(0, ts.tensor([2])), RuntimeError, "dimension 0 with size 2"),
    (
        lambda: ts.ones(2).scatter(0, ts.tensor([0]), ts.ones(1, dtype=ts.float64)),
        RuntimeError,
        "self.dtype to be equal to src.dtype",
    ),
    (lambda: float(ts.ones(2)), ValueError, "only one element"),
    (lambda: ts.ones(2).item(), RuntimeError, "cannot be converted to Scalar"),
    (lambda: ts.add(ts.ones(2), 1, out=3), TypeError, "'out' must be Tensor, not int"),
    (lambda: ts.poisson(-ts.ones(2)), RuntimeError, "non-negative"),
    (lambda: ts.histc(ts.ones(2), 0), RuntimeError, "bins must be > 0"),
    (lambda: ts.ones(2).diff(-1), RuntimeError, "got -1"),
    (lambda: ts.tensor(SELF), ValueError, "too many dimensions 'list'"),
    (lambda: ts.ones(2).sum(SELF), TypeError, "must not be a list that holds itself"),
    (
        lambda: ts.add(INTEGERS, INTEGERS, alpha=0.5),
        RuntimeError,
        r"add: alpha must fit into int64, got 0.5: .* must not be a floating point number",
    ),
    (lambda: ts.addmm(*[INTEGERS.view(1, 1)] * 3, beta=1j), RuntimeError, "beta must fit"),
    (lambda: ts.sub(ts.ones(2), 1, alpha=1j), RuntimeError, "must not be a complex number"),
    (lambda: ts.save(ts.ones(2), "/nonexistent/folder/x"), RuntimeError, "does not exist"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG)
def test_the_type_is_pytorch_s_and_the_message_says_what_was_seen(
    call: Callable[[], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("shape", [(10**13,), (2**31, 2**31), (2**62,), (10**19,)])
def test_memory_that_is_not_there_is_named_and_the_process_goes_on(shape: tuple[int, ...]) -> None:
    bytes_wanted = 4
    for extent in shape:
        bytes_wanted *= extent
    with pytest.raises(MemoryError, match=str(bytes_wanted)):
        ts.zeros(shape)
    assert ts.ones(3).sum().item() == 3


def test_a_wrong_index_changes_nothing() -> None:
    x = ts.zeros(3, 4)
    with pytest.raises(IndexError, match="index 4 is out of bounds for dimension 1 with size 4"):
        x[[0, 1], [0, 4]] = 1.0
    with pytest.raises(IndexError, match="index -4 is out of bounds for dimension 0 with size 3"):
        x[[0, -4]] = 1.0
    with pytest.raises(RuntimeError, match="cannot be broadcast to indexing result of shape"):
        x[[0, 1]] = ts.ones(3)
    assert x.sum().item() == 0 and x._version == 0


def test_more_dims_than_arrays_have_are_refused() -> None:
    assert (ts.zeros([1] * 64) + 1).sum().item() == 1
    with pytest.raises(RuntimeError, match="tensors must have at most 64 dims, got 65"):
        ts.zeros([1] * 65)

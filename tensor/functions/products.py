"""Products of several tensors: `einsum`, `tensordot`, covariances."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from ...ops.dtype import get_default_dtype
from ...ops.errors import ArgumentValueError, BackendError, ShapeError
from ..base import TensorBase
from ..calls.dispatch import call
from ..calls.ordering import wrap_dim
from ..calls.repeating import repeated
from ..tensor import Tensor


@repeated
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sum of products of elements whose letters are equal (Einstein's convention).

    Args:
        equation: As `"ij,jk->ik"`, with `...` for broadcast dims; without `->` single letters.
        operands: Tensors, or one list of them.

    Raises:
        RuntimeError: the equation does not fit the operands.
    """
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    if not isinstance(equation, str):
        return _einsum_lists((equation, *operands))
    left, arrow, right = equation.replace(" ", "").partition("->")
    for place, letter in enumerate(equation.replace("...", "").replace("->", "")):
        if not (letter in ", " or (letter.isascii() and letter.isalpha())):
            raise BackendError(
                f"einsum(): invalid subscript given: {letter!r} in the equation string at letter "
                f"{place}, subscripts must be in [a-zA-Z]"
            )
    terms = left.split(",")
    if len(terms) != len(operands):
        raise BackendError(
            f"einsum(): fewer operands were provided than specified in the equation: {len(terms)} "
            f"terms, {len(operands)} operands"
        )
    extra = max(
        (x.dim() - len(t.replace("...", ""))) if "..." in t else 0 for x, t in zip(operands, terms)
    )
    dots = "".join(chr(0x3B1 + i) for i in range(extra))  # letters for the dims of `...`
    terms = [_spelled(t, dots, x) for t, x in zip(terms, operands)]
    if arrow:
        result = right.replace("...", dots)
    else:
        seen = sorted(set("".join(terms)) - set(dots))
        result = dots + "".join(c for c in seen if "".join(terms).count(c) == 1)
    for letter in result:
        if result.count(letter) > 1 or not any(letter in t for t in terms):
            raise BackendError(
                f"einsum(): output subscript {letter} must appear exactly once in the output and "
                "at least once in the operands"
            )
    parts = [_diagonal(x, t) for x, t in zip(operands, terms)]
    current, letters_now = parts[0]
    for place, (other, letters) in enumerate(parts[1:], 1):
        needed = set(result).union(*(t for _, t in parts[place + 1 :]))
        current, letters_now = _pair(current, letters_now, other, letters, needed)
    dims = [i for i, c in enumerate(letters_now) if c not in result]
    if dims:
        current = current.sum(dims)
        letters_now = "".join(c for c in letters_now if c in result)
    order = [letters_now.index(c) for c in result]
    return current.permute(order) if order != list(range(len(order))) else current  # type: ignore[no-any-return]


def _spelled(term: str, dots: str, operand: Any) -> str:
    plain = term.replace("...", "")
    room = operand.dim() - len(plain)
    if room < 0 or (room and "..." not in term):
        raise BackendError(
            f"einsum(): the number of subscripts in the equation ({len(plain)}) does not match the "
            f"number of dimensions ({operand.dim()}) for an operand and no ellipsis was given"
        )
    return term.replace("...", dots[len(dots) - room :])


def _diagonal(tensor: Any, letters: str) -> tuple[Any, str]:
    """The tensor with dims of one letter merged to their diagonal."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            if tensor.shape[first] != tensor.shape[second]:
                raise BackendError(
                    f"einsum(): subscript {letter} is repeated, but its sizes do not match: "
                    f"{tensor.shape[second]} and {tensor.shape[first]} for operand of shape "
                    f"{list(tensor.shape)}"
                )
            tensor = tensor.diagonal(0, first, second)
            letters = letters[:first] + letters[first + 1 : second] + letters[second + 1 :] + letter
    return tensor, letters


def _pair(a: Any, la: str, b: Any, lb: str, needed: set[str]) -> tuple[Any, str]:
    """Two operands multiplied and summed over the letters that nobody needs any more."""
    for letter in [c for c in la if c not in lb and c not in needed]:
        a, la = a.sum(la.index(letter)), la.replace(letter, "")
    for letter in [c for c in lb if c not in la and c not in needed]:
        b, lb = b.sum(lb.index(letter)), lb.replace(letter, "")
    both = [c for c in la if c in lb]
    summed = [c for c in both if c not in needed]
    batch = [c for c in both if c in needed]
    rows, columns = [c for c in la if c not in both], [c for c in lb if c not in both]

    def sizes(letters: Sequence[str]) -> list[int]:
        return [
            max(x.shape[names.index(c)] for x, names in ((a, la), (b, lb)) if c in names)
            for c in letters
        ]

    _check_sizes(a, la, b, lb, both)
    if not summed:
        names = batch + rows + columns
        wide = [_spread(x, own, names) for x, own in ((a, la), (b, lb))]
        return wide[0] * wide[1], "".join(names)

    def count(letters: Sequence[str]) -> int:
        return int(np.prod(sizes(letters), dtype=np.int64))

    left = a.permute([la.index(c) for c in batch + rows + summed])
    right = b.permute([lb.index(c) for c in batch + summed + columns])
    left = left.expand(sizes(batch + rows + summed)).reshape(
        count(batch), count(rows), count(summed)
    )
    right = right.expand(sizes(batch + summed + columns)).reshape(
        count(batch), count(summed), count(columns)
    )
    product = left[0].mm(right[0]).unsqueeze(0) if not batch else left.bmm(right)
    names = batch + rows + columns
    return product.reshape(sizes(names)), "".join(names)


def _check_sizes(a: Any, la: str, b: Any, lb: str, both: Sequence[str]) -> None:
    for letter in both:
        one, two = a.shape[la.index(letter)], b.shape[lb.index(letter)]
        if one != two and 1 not in (one, two):
            raise BackendError(
                f"einsum(): subscript {letter} has size {two} for one operand which does not "
                f"broadcast with previously seen size {one}"
            )


def _spread(tensor: Any, own: str, names: Sequence[str]) -> Any:
    order = [own.index(c) for c in names if c in own]
    tensor = tensor.permute(order)
    for place, letter in enumerate(names):
        if letter not in own:
            tensor = tensor.unsqueeze(place)
    return tensor


def _einsum_lists(given: tuple[Any, ...]) -> Tensor:
    """`einsum(a, [0, 1], b, [1, 2], [0, 2])`."""
    operands, terms = list(given[0 : len(given) - len(given) % 2 : 2]), list(given[1::2])

    def spelled(term: Any) -> str:
        outside = [x for x in term if x is not Ellipsis and not 0 <= x < len(ascii_letters)]
        if outside:
            raise ArgumentValueError(f"einsum(): subscripts must be in [0, 52), got {outside[0]}")
        return "".join("..." if x is Ellipsis else ascii_letters[x] for x in term)

    equation = ",".join(spelled(t) for t in terms)
    if len(given) % 2:
        equation += "->" + spelled(given[-1])
    return einsum(equation, *operands)


@repeated
def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """Sum of products over dims of both."""
    if isinstance(dims, TensorBase):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise BackendError(f"tensordot expects dims >= 0, but got dims={dims}")
        first, second = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
    first = [wrap_dim("tensordot", d, a.dim()) for d in first]
    second = [wrap_dim("tensordot", d, b.dim()) for d in second]
    rest_a = [d for d in range(a.dim()) if d not in first]
    rest_b = [d for d in range(b.dim()) if d not in second]
    for one, two in zip(first, second):
        if a.shape[one] != b.shape[two]:
            raise ShapeError(
                f"contracted dimensions need to match, but first has size {a.shape[one]} in dim "
                f"{one} and second has size {b.shape[two]} in dim {two}"
            )
    size = int(np.prod([a.shape[d] for d in first], dtype=np.int64))
    left = a.permute(rest_a + first).reshape(-1 if size else 0, size)
    right = b.permute(second + rest_b).reshape(size, -1 if size else 0)
    shape = [a.shape[d] for d in rest_a] + [b.shape[d] for d in rest_b]
    found = left.mm(right).reshape(shape)
    return out.copy_(found) if out is not None else found


def chain_matmul(*matrices: Tensor) -> Tensor:
    """Product of several matrices."""
    found = matrices[0]
    for matrix in matrices[1:]:
        found = found @ matrix
    return found


@repeated
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Scalar product of 1-d tensors, the first conjugated."""
    return call("dot", (input.conj().resolve_conj(), other), out=out)  # type: ignore[no-any-return]


def cov(
    input: Tensor,
    *,
    correction: int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:
    """Covariances of the rows."""
    rows: Any = input.reshape(1, -1) if input.dim() < 2 else input
    if rows.dtype.kind not in ("float", "complex"):
        rows = rows.to(get_default_dtype())
    weights: Any = None
    for part in (fweights, aweights):
        if part is not None:
            weights = part if weights is None else weights * part
    count: Any = rows.shape[1] if weights is None else weights.sum()
    mean = rows.mean(1, True) if weights is None else (rows * weights).sum(1, True) / count
    centered = rows - mean
    scaled = centered if weights is None else centered * weights
    if weights is not None and aweights is not None:
        used = (weights * aweights).sum() / count
        norm = count - correction * used
    else:
        norm = count - correction
    found = scaled @ centered.conj().transpose(0, 1) / norm
    return found.squeeze()  # type: ignore[no-any-return]


def corrcoef(input: Tensor) -> Tensor:
    """Correlation coefficients of the rows."""
    c = cov(input)
    if not c.dim():
        return c / c
    scale = c.diagonal().sqrt()
    return (c / scale[:, None] / scale[None, :]).clamp(-1, 1)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f for f in (einsum, tensordot, chain_matmul, vdot, cov, corrcoef)
}
METHODS: dict[str, Any] = {name: FUNCTIONS[name] for name in ("vdot", "cov", "corrcoef")}

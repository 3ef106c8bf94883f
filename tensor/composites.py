"""Functions made of several ops in Python, where no single entry says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops import dtype as dtypes
from ..ops.dtype import dtype, int64
from ..ops.errors import BackendError, DtypeError, ShapeError
from .arrangement import broadcast_tensors, integers, stack
from .base import TensorBase
from .creation import zeros
from .data import as_tensor
from .dispatch import call, sum_to
from .extern import tensor_of, values_of, wrap_dim
from .fill import before_write
from .interop import array_of
from .plans import argument
from .tensor import Tensor
from .views import view_as_complex

# what tensors are


def is_tensor(obj: object) -> bool:
    """The object is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj: object) -> bool:
    """The object is a storage."""
    from .storage import Storage

    return isinstance(obj, Storage)


def is_floating_point(input: Tensor) -> bool:
    """The dtype is a real floating-point one."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """The dtype is complex."""
    return input.is_complex()


def is_nonzero(input: Tensor) -> bool:
    """The only element is not zero.

    Raises:
        RuntimeError: the tensor does not have one element.
    """
    return bool(input)


def numel(input: Tensor) -> int:
    """Number of elements."""
    return input.numel()


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Both have the same shape."""
    return input.shape == other.shape


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The dtype in which elements of two dtypes meet."""
    return dtypes.promote(type1, type2)


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype of the result of an arithmetic op on the two."""
    return dtypes.result_type([argument(tensor1), argument(tensor2)])


def equal(input: Tensor, other: Tensor) -> bool:
    """Both have the same shape and the same elements."""
    if input.shape != other.shape:
        return False
    return bool((input == other).all())


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """All elements are close to each other."""
    if input.dtype is not other.dtype:
        raise DtypeError(f"allclose: {input.dtype} did not match {other.dtype}")
    return bool(
        call(
            "isclose",
            (input.detach(), other.detach()),
            {"rtol": rtol, "atol": atol, "equal_nan": equal_nan},
        ).all()
    )


# choosing


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """Places of the elements that are not zero: rows of numbers, or one tensor for each dim."""
    if as_tuple:
        source = input.reshape(1) if not input.dim() else input
        return call("nonzero", (source,)).unbind(1)
    return call("nonzero", (input,), out=out)


def argwhere(input: Tensor) -> Tensor:
    """Places of the elements that are not zero, one row of numbers for each."""
    return call("nonzero", (input,))  # type: ignore[no-any-return]


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """Elements of `input` where the condition holds, of `other` elsewhere; alone: its places."""
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if condition.dtype is dtypes.uint8:
        condition = condition.bool()
    if condition.dtype is not dtypes.bool_:
        raise DtypeError(
            f"where expected condition to be a boolean tensor, but got {condition.dtype}"
        )
    return call("where", (condition, input, other), out=out)


def where_method(self: Any, condition: Any, other: Any) -> Any:
    """Elements of the tensor where the condition holds, of `other` elsewhere."""
    return where(condition, self, other)


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements (or slices of a dim) in order.

    Args:
        input: Elements.
        sorted: Accepted; they are always in order.
        return_inverse: Also which of them each element is.
        return_counts: Also how often each occurs.
        dim: Compare slices of this dim.
    """
    if dim is None:
        found = call("unique", (input,))
    else:
        axis = wrap_dim("unique", dim, input.dim())
        values, inverse, counts = np.unique(
            values_of(input), return_inverse=True, return_counts=True, axis=axis
        )
        found = (
            tensor_of(values, input.dtype),
            tensor_of(inverse.reshape(-1), int64),
            tensor_of(counts, int64),
        )
    return _selected(found, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements (or slices of a dim) without repetitions of the one before."""
    if dim is None or input.dim() == 1:
        return _selected(call("unique_consecutive", (input,)), return_inverse, return_counts)
    axis = wrap_dim("unique_consecutive", dim, input.dim())
    rows = np.moveaxis(values_of(input), axis, 0)
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]).reshape(len(rows) - 1, -1).any(1)
    starts = np.flatnonzero(new)
    found = (
        tensor_of(np.moveaxis(rows[starts], 0, axis), input.dtype),
        tensor_of(np.cumsum(new) - 1, int64),
        tensor_of(np.diff(np.append(starts, len(rows))), int64),
    )
    return _selected(found, return_inverse, return_counts)


def _selected(found: Sequence[Any], inverse: bool, counts: bool) -> Any:
    if not inverse and not counts:
        return found[0]
    return tuple(x for x, wanted in zip(found, (True, inverse, counts)) if wanted)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each number from 0 on occurs, or the sum of the weights that come with it."""
    if input.dim() != 1 or input.dtype.kind != "int":
        raise BackendError("bincount only supports 1-d non-negative integral inputs.")
    values = array_of(input)
    if values.size and int(values.min()) < 0:
        raise BackendError("bincount only supports 1-d non-negative integral inputs.")
    length = max(minlength, int(values.max()) + 1 if values.size else 0)
    operands = (input,) if weights is None else (input, weights)
    name = "bincount.1" if weights is None else "bincount"
    return call(name, operands, {"length": length})  # type: ignore[no-any-return]


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal intervals from `min` to `max`."""
    values = values_of(input).reshape(-1)
    low, high = (min, max) if min != max else (values.min(initial=0), values.max(initial=0))
    if low == high:
        low, high = low - 1, high + 1
    counts, _ = np.histogram(values, bins, (low, high))
    return tensor_of(counts, input.dtype)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Elements along a dim chosen by an index tensor that broadcasts over the others."""
    if dim is None:
        return call("take_along_dim", (input.reshape(-1), indices.reshape(-1)), (0,))  # type: ignore[no-any-return]
    return call("take_along_dim", (input, indices), (dim,))  # type: ignore[no-any-return]


# products


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
                f"einsum(): output subscript {letter} must appear exactly once in the output "
                f"and at "
                "least once in the operands"
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
                f"broadcast "
                f"with previously seen size {one}"
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
        return "".join("..." if x is Ellipsis else chr(ord("A") + x) for x in term)

    equation = ",".join(spelled(t) for t in terms)
    if len(given) % 2:
        equation += "->" + spelled(given[-1])
    return einsum(equation, *operands)


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
                f"contracted dimensions need to match, but first has size {a.shape[one]} in "
                f"dim {one} "
                f"and second has size {b.shape[two]} in dim {two}"
            )
    size = int(np.prod([a.shape[d] for d in first], dtype=np.int64))
    left = a.permute(rest_a + first).reshape(-1 if size else 0, size)
    right = b.permute(second + rest_b).reshape(size, -1 if size else 0)
    shape = [a.shape[d] for d in rest_a] + [b.shape[d] for d in rest_b]
    found = left.mm(right).reshape(shape)
    return out.copy_(found) if out is not None else found  # type: ignore[no-any-return]


def chain_matmul(*matrices: Tensor) -> Tensor:
    """Product of several matrices."""
    found = matrices[0]
    for matrix in matrices[1:]:
        found = found @ matrix
    return found


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
    return (c / scale[:, None] / scale[None, :]).clamp(-1, 1)  # type: ignore[no-any-return]


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    return call("norm", ((input - other).reshape(-1),), {"p": p})  # type: ignore[no-any-return]


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The tensor summed to a shape that broadcasts to its own."""
    return sum_to(self, integers(size))  # type: ignore[no-any-return]


def scalar_tensor(value: Any, *, dtype: Any = None, device: Any = None, **_: Any) -> Tensor:
    """A 0-dim tensor of a number, of the default dtype."""
    return as_tensor(value, dtype=dtype or dtypes.get_default_dtype(), device=device)


def complex_of(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A complex tensor of its real and imaginary parts.

    Raises:
        RuntimeError: the parts are not both of float32 or both of float64.
    """
    if real.dtype is not imag.dtype:
        raise DtypeError(
            f"complex: Expected object of scalar type {real.dtype} but got scalar type "
            f"{imag.dtype} "
            "for second argument"
        )
    if not real.dtype.is_floating_point:
        raise DtypeError(
            f"complex: Expected both inputs to be Half, Float or Double tensors but got "
            f"{real.dtype}"
        )
    found = view_as_complex(stack(broadcast_tensors(real, imag), -1))
    return found if out is None else out.copy_(found)


def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A complex tensor of absolute values and angles."""
    return complex_of(abs * angle.cos(), abs * angle.sin(), out=out)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of the elements, one row for each."""
    count = x.shape[0] if N is None else N
    powers = list(range(count)) if increasing else list(range(count - 1, -1, -1))
    if not count:
        return zeros(x.shape[0], 0, dtype=x.dtype)
    return stack([x**power for power in powers], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of `r` elements of a 1-d tensor, one a row."""
    import itertools

    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = list(choose(range(input.numel()), r))
    if not places:
        return input.new_empty(0, r)  # type: ignore[no-any-return]
    return input[as_tensor(places)]


def trapezoid(y: Tensor, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integral by the trapezoidal rule."""
    size = y.shape[dim]
    sums: Any = y.narrow(dim, 1, size - 1) + y.narrow(dim, 0, size - 1)
    if x is None:
        return sums.sum(dim) * (dx / 2)  # type: ignore[no-any-return]
    steps = x.diff(dim=-1 if x.dim() == 1 else dim)
    if x.dim() == 1:
        steps = steps.reshape(
            [-1 if d == wrap_dim("trapezoid", dim, y.dim()) else 1 for d in range(y.dim())]
        )
    return (sums * steps).sum(dim) / 2  # type: ignore[no-any-return]


# methods that write in place


def put_(self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor itself with elements of its flattened form replaced (or added to)."""
    flat = self.reshape(-1)
    name = "add_rows" if accumulate else "put_rows"
    found = call(name, (flat, index.reshape(-1), source.reshape(-1)))
    return self.copy_(found.reshape(self.shape))  # type: ignore[no-any-return]


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of the tensor with elements of its flattened form replaced (or added to)."""
    return put_(input.clone(), index, source, accumulate)


def _region(tensor: Any, dim: int, shape: Sequence[int], whole: bool = False) -> Any:
    """The part of a tensor that an index of this shape reaches; `whole` leaves `dim` as it is."""
    if len(shape) != tensor.dim():
        raise ShapeError(
            f"Index tensor must have the same number of dimensions as input tensor: got "
            f"{len(shape)} and {tensor.dim()}"
        )
    axis = wrap_dim("scatter", dim, tensor.dim())
    for place, extent in enumerate(shape):
        if (whole and place == axis) or tensor.shape[place] == extent:
            continue
        if tensor.shape[place] < extent:
            raise ShapeError(
                f"Expected index {list(shape)} to be no larger than {list(tensor.shape)} apart "
                f"from "
                f"dimension {axis}"
            )
        tensor = call("narrow", (tensor,), (place, 0, extent))
    return tensor


def _scattered(name: str, target: Any, dim: int, index: Any, src: Any, **more: Any) -> Any:
    """The result of a scatter; an index may be smaller than target and source."""
    if not target.dim() and not index.dim():
        target, index = target.reshape(1), index.reshape(1)
        src = src.reshape(1) if isinstance(src, TensorBase) else src
        return _scattered(name, target, dim, index, src, **more).reshape(())
    if not index.numel():
        return target.clone()
    shape = tuple(index.shape)
    part = _region(target, dim, shape, True)
    if isinstance(src, TensorBase):
        found = call(name, (part, index, _region(src, dim, shape)), {"dim": dim, **more})
    else:
        found = call(f"{name}.1", (part, index), {"dim": dim, "value": src, **more})
    if part is target:
        return found
    made = target.clone()
    _region(made, dim, shape, True).copy_(found)
    return made


def gather(
    input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None
) -> Tensor:
    """Elements along a dim chosen by an index tensor, each at its own place in the other dims."""
    if not input.dim() or not index.dim():
        flat = call("gather", (input.reshape(-1), index.reshape(-1)), (0,))
        return flat.reshape(index.shape)  # type: ignore[no-any-return]
    part = _region(input, dim, tuple(index.shape), True)
    return call("gather", (part, index), (dim,), out=out)  # type: ignore[no-any-return]


def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """A copy of the tensor with elements along a dim replaced, at places that an index gives.

    Args:
        input: The tensor.
        dim: The dim.
        index: Places along it.
        src: New elements, a tensor or a number.
        value: The same, by the other name.
        reduce: `add` or `multiply` combines instead of replacing.
        out: Takes the result.
    """
    source = src if src is not None else value
    if reduce is None:
        found = _scattered("scatter", input, dim, index, source)
    else:
        if reduce not in ("add", "multiply"):
            raise BackendError(f"reduce argument must be either add or multiply, got {reduce}")
        if not isinstance(source, TensorBase):
            source = zeros(tuple(index.shape), dtype=input.dtype) + source
        name = {"add": "sum", "multiply": "prod"}[reduce]
        found = _scattered("scatter_reduce", input, dim, index, source, reduce=name)
    return found if out is None else out.copy_(found)  # type: ignore[no-any-return]


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy of the tensor with values added along a dim, at places that an index tensor gives."""
    return _scattered("scatter_add", input, dim, index, src)  # type: ignore[no-any-return]


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy of the tensor combined along a dim with values that an index sends to places."""
    return _scattered(  # type: ignore[no-any-return]
        "scatter_reduce", input, dim, index, src, reduce=reduce, include_self=include_self
    )


def _writing(function: Any) -> Any:
    """The method that writes a function's result into its first argument."""

    def write_into(self: Any, *arguments: Any, **options: Any) -> Any:
        return self.copy_(function(self, *arguments, **options))

    write_into.__name__ = f"{function.__name__}_"
    write_into.__doc__ = f"The tensor itself, with what `{function.__name__}` gives."
    return write_into


def index_reduce_(
    self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """The tensor itself combined with slices, at places of a dim that a list of numbers gives."""
    shape = [-1 if d == wrap_dim("index_reduce", dim, self.dim()) else 1 for d in range(self.dim())]
    wide = index.reshape(shape).expand(source.shape)
    found = call(
        "scatter_reduce",
        (self, wide, source),
        {"dim": dim, "reduce": reduce, "include_self": include_self},
    )
    return self.copy_(found)  # type: ignore[no-any-return]


def apply_(self: Tensor, callable: Any) -> Tensor:
    """The tensor itself with a Python function applied to each element. Slow."""
    before_write(self)
    values = array_of(self)
    flat = [callable(x) for x in values.reshape(-1).tolist()]
    values[...] = np.array(flat, values.dtype).reshape(values.shape)
    self._storage.version += 1
    return self


def map_(self: Tensor, tensor: Tensor, callable: Any) -> Tensor:
    """The tensor itself with a Python function of its and another's elements. Slow."""
    before_write(self)
    mine, other = np.broadcast_arrays(array_of(self), array_of(tensor))
    flat = [callable(x, y) for x, y in zip(mine.reshape(-1).tolist(), other.reshape(-1).tolist())]
    array_of(self)[...] = np.array(flat, mine.dtype).reshape(mine.shape)
    self._storage.version += 1
    return self


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        is_tensor,
        is_storage,
        is_floating_point,
        is_complex,
        is_nonzero,
        numel,
        is_same_size,
        promote_types,
        result_type,
        equal,
        allclose,
        nonzero,
        argwhere,
        where,
        unique,
        unique_consecutive,
        bincount,
        histc,
        take_along_dim,
        einsum,
        tensordot,
        chain_matmul,
        vdot,
        cov,
        corrcoef,
        dist,
        scalar_tensor,
        vander,
        combinations,
        trapezoid,
        put,
        scatter,
        scatter_add,
        scatter_reduce,
        gather,
    )
} | {"can_cast": dtypes.can_cast, "complex": complex_of, "polar": polar, "trapz": trapezoid}

METHODS: dict[str, Any] = {
    name: FUNCTIONS[name]
    for name in (
        "is_nonzero",
        "equal",
        "allclose",
        "nonzero",
        "argwhere",
        "unique",
        "unique_consecutive",
        "bincount",
        "histc",
        "take_along_dim",
        "vdot",
        "cov",
        "corrcoef",
        "dist",
        "put",
        "scatter",
        "scatter_add",
        "scatter_reduce",
        "gather",
    )
} | {
    "where": where_method,
    "sum_to_size": sum_to_size,
    "put_": put_,
    "scatter_": _writing(scatter),
    "scatter_add_": _writing(scatter_add),
    "scatter_reduce_": _writing(scatter_reduce),
    "index_reduce_": index_reduce_,
    "apply_": apply_,
    "map_": map_,
}

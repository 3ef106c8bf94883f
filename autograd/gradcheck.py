"""Gradients compared with finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.creation.creation import zeros
from ..tensor.creation.random import randn_like
from ..tensor.functions.composites import allclose
from ..tensor.functions.views import view_as_complex, view_as_real
from ..tensor.tensor import Tensor
from .backward import grad
from .modes import enable_grad, no_grad
from .transforms import jvp
from .vmap import vmap


class GradcheckError(RuntimeError):
    """A gradient that finite differences contradict."""


def _tensors(values: Any) -> tuple[Any, ...]:
    return (
        values
        if isinstance(values, tuple)
        else tuple(values)
        if isinstance(values, list)
        else (values,)
    )


def _differentiable(values: Any) -> list[Tensor]:
    return [x for x in _tensors(values) if isinstance(x, Tensor) and x.requires_grad]


def numerical_jacobian(
    function: Callable[..., Any], inputs: Sequence[Any], place: int, eps: float
) -> list[Any]:
    """For each output that requires grad, d output / d input, (elements of input, elements of
    output).

    Central differences: the error is of order eps squared.
    """
    source: Any = inputs[place]
    rows: list[list[Any]] = []
    with no_grad():
        flat = source.data
        for index in _indices(tuple(source.shape)):
            kept = flat[index].item()
            flat[index] = kept + eps
            above = [x.detach().clone() for x in _outputs(function, inputs)]
            flat[index] = kept - eps
            below = [x.detach().clone() for x in _outputs(function, inputs)]
            flat[index] = kept
            rows.append([((a - b) / (2 * eps)).reshape(-1) for a, b in zip(above, below)])
    count = source.numel()
    outputs = _outputs(function, inputs)
    found = []
    for number, output in enumerate(outputs):
        table = zeros((count, output.numel()), dtype=output.dtype, device=output.device)
        for row, values in enumerate(rows):
            table[row] = values[number]
        found.append(table)
    return found


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for extent in shape:
        found = [(*head, i) for head in found for i in range(extent)]
    return found


def _outputs(function: Callable[..., Any], inputs: Sequence[Any]) -> list[Tensor]:
    found = _tensors(function(*inputs))
    return [
        x
        for x in found
        if isinstance(x, Tensor) and (x.dtype.is_floating_point or x.dtype.is_complex)
    ]


def analytical_jacobian(
    output: Any, inputs: Sequence[Tensor], count_check: float
) -> tuple[list[Any], bool]:
    """For each input, d output / d input by backward, and whether two runs agree."""
    tables = [x.new_zeros((x.numel(), output.numel()), dtype=output.dtype) for x in inputs]
    same = True
    for column in range(output.numel()):
        start = zeros((output.numel(),), dtype=output.dtype, device=output.device)
        start[column] = 1
        vector = start.reshape(tuple(output.shape))
        first = grad(output, inputs, vector, retain_graph=True, allow_unused=True)
        again = grad(output, inputs, vector, retain_graph=True, allow_unused=True)
        for table, x, y in zip(tables, first, again):
            if x is None:
                continue
            table[:, column] = x.detach().reshape(-1)
            if y is None or bool(((x - y).abs() > count_check).any()):
                same = False
    return tables, same


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether gradients by backward (and forward mode) agree with finite differences.

    Args:
        func: Takes `inputs`, returns a tensor or a tuple of them.
        inputs: Tensors that require grad should be float64.
        eps: Step of the differences.
        atol, rtol: Tolerances of the comparison.
        raise_exception: Raise instead of returning False.
        nondet_tol: Largest difference between two backward runs.

    Raises:
        GradcheckError: A gradient is wrong.
        ValueError: No input requires grad.
    """
    try:
        with enable_grad():
            _check(func, _tensors(inputs), eps, atol, rtol, nondet_tol, check_undefined_grad,
                   check_batched_grad, check_forward_ad, check_backward_ad)  # fmt: skip
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(
    func: Callable[..., Any], inputs: tuple[Any, ...], eps: float, atol: float, rtol: float,
    nondet_tol: float, undefined: bool, batched: bool, forward: bool, backward: bool,
) -> None:  # fmt: skip
    checked = _differentiable(inputs)
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have"
            " requires_grad=True."
        )
    for place, x in enumerate(checked):
        if x.dtype.name not in ("float64", "complex128"):
            warnings.warn(
                f"Input #{place} requires gradient and is not a double precision floating point or "
                "complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex.",
                stacklevel=3,
            )
        if not x.is_leaf:
            x.retain_grad()
    outputs = _outputs(func, inputs)
    if any(isinstance(x, Tensor) and x.is_complex() for x in (*inputs, *outputs)):
        func, inputs = _of_pairs(func, inputs)
        _check(func, inputs, eps, atol, rtol, nondet_tol, undefined, batched, forward, backward)
        return
    differentiable = [x.requires_grad for x in outputs]
    if not any(differentiable):
        for place, x in enumerate(inputs):
            if isinstance(x, Tensor) and x.requires_grad:
                for table in numerical_jacobian(func, inputs, place, eps):
                    if bool((table != 0).any()):
                        raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    places = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    numerical = [numerical_jacobian(func, inputs, place, eps) for place in places]
    if backward:
        for number, output in enumerate(outputs):
            if differentiable[number]:
                _compare_backward(output, number, checked, numerical, atol, rtol, nondet_tol)
        if undefined:
            _check_undefined(outputs, checked)
    if batched:
        _check_batched(outputs, checked, atol, rtol)
    if forward:
        _compare_forward(func, inputs, places, numerical, atol, rtol)


def _of_pairs(func: Callable[..., Any], inputs: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The function and its inputs with complex numbers as pairs of real ones.

    Gradients of a complex function are right if those of its real and imaginary parts with respect
    to real and imaginary parts are.
    """
    was = [isinstance(x, Tensor) and x.is_complex() for x in inputs]

    def paired(x: Any) -> Any:
        made = view_as_real(x.detach().resolve_conj())
        return made.requires_grad_(x.requires_grad)

    def of_pairs(*given: Any) -> Any:
        found = func(*(view_as_complex(x) if pair else x for x, pair in zip(given, was)))
        return tuple(
            view_as_real(x.resolve_conj()) if isinstance(x, Tensor) and x.is_complex() else x
            for x in _tensors(found)
        )

    return of_pairs, tuple(paired(x) if pair else x for x, pair in zip(inputs, was))


def _compare_backward(
    output: Any, number: int, checked: Sequence[Any], numerical: Sequence[Any], atol: float,
    rtol: float, nondet_tol: float,
) -> None:  # fmt: skip
    tables, same = analytical_jacobian(output, checked, nondet_tol)
    for place, (table, columns) in enumerate(zip(tables, numerical)):
        expected = columns[number]
        if not allclose(table, expected, rtol=rtol, atol=atol):
            raise GradcheckError(
                f"Jacobian mismatch for output {number} with respect to input {place},\n"
                f"numerical:{expected}\nanalytical:{table}\n"
            )
    if not same:
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and grad_output "
            "multiple times gives different values, although analytical gradient matches numerical "
            f"gradient. The tolerance for nondeterminism was {nondet_tol}."
        )


def _check_undefined(outputs: Sequence[Any], checked: Sequence[Any]) -> None:
    """A backward in which some outputs were not used must work."""
    used = [x for x in outputs if x.requires_grad]
    if len(used) < 2:
        return
    for output in used:
        grad(output, checked, randn_like(output.detach()), retain_graph=True, allow_unused=True)


def _check_batched(
    outputs: Sequence[Any], checked: Sequence[Any], atol: float, rtol: float
) -> None:
    for output in outputs:
        if not output.requires_grad:
            continue
        vectors = randn_like(output.detach().expand((2, *output.shape)).contiguous())

        def product(vector: Any, output: Any = output) -> Any:
            found = grad(output, checked, vector, retain_graph=True, allow_unused=True)
            return tuple(y.new_zeros(y.shape) if x is None else x for x, y in zip(found, checked))

        together = vmap(product)(vectors)
        for row in range(2):
            for x, y in zip(product(vectors[row]), together):
                if not allclose(x, y[row], rtol=rtol, atol=atol):
                    raise GradcheckError("gradcheck with batched gradients differs from one by one")


def _compare_forward(
    func: Callable[..., Any], inputs: tuple[Any, ...], places: Sequence[int],
    numerical: Sequence[Any], atol: float, rtol: float,
) -> None:  # fmt: skip
    for place, columns in zip(places, numerical):
        source = inputs[place]

        def partial(x: Any, place: int = place) -> Any:
            given = [y.detach() if isinstance(y, Tensor) else y for y in inputs]
            given[place] = x
            return tuple(_outputs(func, given))

        for row, index in enumerate(_indices(tuple(source.shape))):
            direction = zeros(tuple(source.shape), dtype=source.dtype, device=source.device)
            direction[index] = 1
            pushed = jvp(partial, (source.detach(),), (direction,))[1]
            for number, tangent in enumerate(pushed):
                if not allclose(tangent.reshape(-1), columns[number][row], rtol=rtol, atol=atol):
                    raise GradcheckError(
                        f"Jacobian computed with forward mode mismatch for output {number} with"
                        f" respect to"
                        f" input {place},\nnumerical:{columns[number][row]}\nanalytical:{tangent}\n"
                    )


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether gradients of gradients agree with finite differences; arguments as for `gradcheck`.

    Args:
        grad_outputs: The gradients to start with; random ones by default.
    """
    given = _tensors(inputs)
    if grad_outputs is None:
        outputs = _differentiable(func(*given))
        vectors: tuple[Any, ...] = tuple(randn_like(x.detach()).requires_grad_() for x in outputs)
    else:
        vectors = _tensors(grad_outputs)
    count = len(vectors)

    def gradients(*arguments: Any) -> Any:
        values = arguments[:-count]
        values = tuple(
            x.detach().requires_grad_()
            if isinstance(x, Tensor) and y.requires_grad and not x.requires_grad
            else x
            for x, y in zip(values, given)
        )
        with enable_grad():
            outputs = _differentiable(func(*values))
            wanted = _differentiable(values)
            start = arguments[-count:]
            found = grad(outputs, wanted, start, create_graph=True, allow_unused=True)
        return tuple(x for x in found if x is not None)

    return gradcheck(
        gradients, (*given, *vectors), eps=eps, atol=atol, rtol=rtol,
        raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev,
    )  # fmt: skip

"""Products and matrices of derivatives of functions, by backward: vjp, jvp, vhp, hvp, jacobian,
hessian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.creation.creation import zeros_like
from ..tensor.functions.joining import stack
from ..tensor.tensor import Tensor
from .backward import grad
from .jacobians import basis, split_rows
from .modes import enable_grad
from .transforms import jvp as forward_product
from .vmap import vmap

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _tuple(value: Any, name: str, where: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether the value was a tuple, and the value as one.

    Raises:
        TypeError: It is neither a tensor nor a tuple of tensors.
    """
    several = isinstance(value, tuple)
    values = value if several else (value,)
    for place, each in enumerate(values):
        if not isinstance(each, Tensor):
            if several:
                raise TypeError(
                    f"The {name} given to {where} must be either a Tensor or a tuple of Tensors "
                    f"but the value at index {place} has type {type(each)}."
                )
            raise TypeError(
                f"The {name} given to {where} must be either a Tensor or a tuple of Tensors but "
                f"the given {name} has type {type(each)}."
            )
    return several, values


def _prepared(inputs: Sequence[Tensor], create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs as new places in the graph: connected to the old one with `create_graph`."""
    if create_graph:
        return tuple(
            x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in inputs
        )
    return tuple(x.detach().requires_grad_() for x in inputs)


def _finished(values: Any, create_graph: bool, several: bool) -> Any:
    """The results, cut off from the graph unless it was asked for."""
    found = tuple(x if create_graph or not isinstance(x, Tensor) else x.detach() for x in values)
    return found if several else found[0]


def _check_vector(v: Sequence[Tensor], like: Sequence[Tensor], what: str, several: bool) -> None:
    if len(v) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}."
            if several
            else "The given v should contain a single Tensor."
        )
    for place, (x, y) in enumerate(zip(v, like)):
        if x.shape != y.shape:
            raise RuntimeError(
                f"Entry {place} in v has invalid size: should be {y.shape} but got {x.shape}."
                if several
                else f"v has invalid size: should be {y.shape} but got {x.shape}."
            )


def _vector(v: Any, like: Sequence[Tensor], where: str, what: str) -> tuple[Tensor, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if {what} a single Tensor with a single element."
            )
        return (like[0].new_ones(tuple(like[0].shape)),)
    several, vector = _tuple(v, "v", where)
    _check_vector(vector, like, what, several)
    return vector


def _filled(
    found: Sequence[Any], like: Sequence[Tensor], strict: bool, create_graph: bool, message: str
) -> tuple[Tensor, ...]:
    """Gradients with zeros where there is none.

    Raises:
        RuntimeError: `strict`, and there is none.
    """
    results = []
    for place, (x, y) in enumerate(zip(found, like)):
        if x is None:
            if strict:
                raise RuntimeError(message.format(place))
            x = zeros_like(y.detach())
        elif strict and create_graph and not x.requires_grad:
            raise RuntimeError(
                f"The derivative of the user-provided function is independent of input {place}. "
                "This is not allowed in strict mode when create_graph=True."
            )
        results.append(x)
    return tuple(results)


INDEPENDENT = (
    "Output of the user-provided function is independent of input {}."
    " This is not allowed in strict mode."
)


def _gradients(
    outputs: Sequence[Any], inputs: Sequence[Any], vectors: Sequence[Any] | None, create_graph: bool
) -> tuple[Any, ...]:
    """As `grad`, None for all when no output has history."""
    vectors = vectors or [None] * len(outputs)
    pairs = [(o, v) for o, v in zip(outputs, vectors) if o is not None and o.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    return grad(
        [o for o, _ in pairs], inputs, [v for _, v in pairs], allow_unused=True,
        create_graph=create_graph, retain_graph=True,
    )  # fmt: skip


def _called(
    func: Callable[..., Any], inputs: Any, where: str, create_graph: bool, strict: bool
) -> tuple[bool, tuple[Any, ...], bool, tuple[Any, ...]]:
    several, given = _tuple(inputs, "inputs", where)
    given = _prepared(given, create_graph)
    many, outputs = _tuple(func(*given), "outputs of the user-provided function", where)
    for place, output in enumerate(outputs):
        if strict and not output.requires_grad:
            raise RuntimeError(
                f"Output {place} of the user-provided function does not require gradients. The "
                "outputs must be computed in a differentiable manner from the input when running "
                "in strict mode."
            )
    return several, given, many, outputs


def _single(outputs: Sequence[Tensor], where: str) -> None:
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError(
            f"The function given to {where} should return a single Tensor with a single element"
        )


def _pushed(
    outputs: Sequence[Any], inputs: Sequence[Any], vector: Sequence[Any], create_graph: bool,
    strict: bool,
) -> Any:  # fmt: skip
    """The Jacobian times a vector: the derivative of `u -> u * Jacobian`, which is linear in u."""
    probes = tuple(zeros_like(x.detach()).requires_grad_() for x in outputs)
    pulled = _gradients(outputs, inputs, probes, True)
    pulled = _filled(pulled, inputs, strict, True, INDEPENDENT)
    return _gradients(pulled, probes, vector, create_graph)


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """The value of `func`, and the product of a vector with its Jacobian.

    Args:
        v: As many numbers as the function returns; may be left out if that is one.
        create_graph: The results can be differentiated.
        strict: It is an error when an output does not depend on an input.
    """
    with enable_grad():
        several, given, many, outputs = _called(func, inputs, "vjp", create_graph, strict)
        vector = _vector(v, outputs, "vjp", "the user-provided function returns")
        found = _gradients(outputs, given, vector, create_graph)
        found = _filled(found, given, strict, create_graph, INDEPENDENT)
    return _finished(outputs, create_graph, many), _finished(found, create_graph, several)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """The value of `func`, and the product of its Jacobian with a vector.

    Args:
        v: As many numbers as the inputs have; may be left out if that is one.
        create_graph: The results can be differentiated.
        strict: It is an error when an output does not depend on an input.
    """
    with enable_grad():
        _, given, many, outputs = _called(func, inputs, "jvp", create_graph, strict)
        vector = _vector(v, given, "jvp", "the input to the user-provided function is")
        found = _pushed(outputs, given, vector, create_graph, strict)
        found = _filled(found, outputs, strict, create_graph, INDEPENDENT)
    return _finished(outputs, create_graph, many), _finished(found, create_graph, many)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """The value of a function that returns one number, and the product of a vector with its
    Hessian."""
    return _product("vhp", func, inputs, v, create_graph, strict)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """The value of a function that returns one number, and the product of its Hessian with a
    vector."""
    return _product("hvp", func, inputs, v, create_graph, strict)


def _product(
    name: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    """`vhp` or `hvp`: the gradient pulled back from the vector, or pushed forward along it."""
    with enable_grad():
        several, given, many, outputs = _called(func, inputs, name, create_graph, strict)
        _single(outputs, name)
        vector = _vector(v, given, name, "the input to the user-provided function is")
        first = _gradients(outputs, given, None, True)
        first = _filled(first, given, strict, True, INDEPENDENT)
        if name == "vhp":
            found = _gradients(first, given, vector, create_graph)
        else:
            found = _pushed(first, given, vector, create_graph, strict)
        found = _filled(found, given, strict, create_graph, INDEPENDENT)
    return _finished(outputs, create_graph, many), _finished(found, create_graph, several)


def jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Jacobian of a function: a tensor of the output's dims, then the input's; tuples as there
    are.

    Args:
        create_graph: The result can be differentiated.
        strict: It is an error when an output does not depend on an input.
        vectorize: All rows (columns) at once, with `vmap`.
        strategy: "reverse-mode", or "forward-mode" (needs `vectorize`).
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    if strategy == "forward-mode":
        return _forward_jacobian(func, inputs, create_graph, strict, vectorize)
    with enable_grad():
        several, given, many, outputs = _called(func, inputs, "jacobian", create_graph, strict)
        if vectorize:
            if strict:
                raise RuntimeError(
                    "jacobian: `strict=True` and `vectorized=True` are not supported together. "
                    "Please either set `strict=False` or `vectorize=False`."
                )
            rows = _vectorized_rows(outputs, given, create_graph)
        else:
            rows = [
                _rows(output, given, create_graph, strict, i) for i, output in enumerate(outputs)
            ]
        table = tuple(
            tuple(_finished(row, create_graph, True))
            if several
            else _finished(row, create_graph, False)
            for row in rows
        )
    return table if many else table[0]


def _rows(
    output: Any, inputs: Sequence[Any], create_graph: bool, strict: bool, number: int
) -> list[Any]:
    """For each input, the Jacobian of an output, one element after the other."""
    columns: list[list[Any]] = [[] for _ in inputs]
    flat = output.reshape(-1)
    for place in range(output.numel()):
        found = _gradients((flat[place],), inputs, None, create_graph)
        if strict and any(x is None for x in found):
            raise RuntimeError(
                f"Output {number} of the user-provided function is independent of input"
                f" {[x is None for x in found].index(True)}. This is not allowed in strict mode."
            )
        found = _filled(found, inputs, strict, create_graph, INDEPENDENT)
        for column, x in zip(columns, found):
            column.append(x)
    return [
        (stack(tuple(column)) if column else x.new_zeros((0, *x.shape))).view(
            (*output.shape, *x.shape)
        )
        for column, x in zip(columns, inputs)
    ]


def _vectorized_rows(
    outputs: Sequence[Any], inputs: Sequence[Any], create_graph: bool
) -> list[list[Any]]:
    def row(*vectors: Any) -> Any:
        found = _gradients(outputs, inputs, vectors, create_graph)
        return _filled(found, inputs, False, create_graph, INDEPENDENT)

    return split_rows(vmap(row)(*basis(outputs)), outputs, inputs)


def _forward_jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool, vectorize: bool
) -> Any:
    if strict:
        raise RuntimeError(
            'jacobian: `strict=True` and `strategy="forward-mode"` are not'
            ' supported together. Please either set `strict=False` or `strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only "
            "implemented for `vectorize=True`."
        )
    several, given = _tuple(inputs, "inputs", "jacobian")
    given = _prepared(given, create_graph)
    many: list[bool] = []

    def column(*tangents: Any) -> Any:
        found = forward_product(func, given, tangents)[1]
        many.append(isinstance(found, tuple))
        return found

    columns = vmap(column)(*basis(given))
    outputs = columns if many[0] else (columns,)
    table = []
    for output in outputs:
        parts = []
        start = 0
        for x in given:
            part = output.narrow(0, start, x.numel()).movedim(0, -1)
            parts.append(part.reshape((*output.shape[1:], *x.shape)))
            start += x.numel()
        table.append(_finished(parts, create_graph, several))
    return tuple(table) if many[0] else table[0]


def hessian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
    vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Hessian of a function that returns one number; for a tuple of inputs a tuple of tuples.

    Args:
        create_graph: The result can be differentiated.
        strict: It is an error when an output does not depend on an input.
        vectorize: All rows at once, with `vmap`.
        outer_jacobian_strategy: "reverse-mode" or "forward-mode".
    """
    several, given = _tuple(inputs, "inputs", "hessian")

    def single(*values: Any) -> Any:
        found = func(*values)
        many, outputs = _tuple(found, "outputs of the user-provided function", "hessian")
        if many or outputs[0].numel() != 1:
            raise RuntimeError(
                "The function given to hessian should return a single Tensor with a single element"
            )
        return outputs[0].squeeze()

    def first(*values: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            values = tuple(x.view_as(x) if x.requires_grad else x for x in values)
        found = jacobian(single, values, create_graph=True)
        if strict:
            for place, x in enumerate(found):
                if not x.requires_grad:
                    raise RuntimeError(
                        f"The Jacobian of the user-provided function with respect to input {place} "
                        "is independent of the input. This is not allowed in strict mode."
                    )
        return found

    found = jacobian(
        first, given, create_graph=create_graph, strict=strict, vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )  # fmt: skip
    return found if several else found[0][0]

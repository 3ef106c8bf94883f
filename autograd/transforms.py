"""Transforms of functions: grad, vjp, jvp, Jacobians and Hessians, to any depth of nesting."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..tensor.interpreters import modes
from ..tensor.tensor import Tensor
from . import tree
from .engine import run_edges
from .forward_level import ForwardLevel
from .grad_level import GradLevel
from .inplace import current_node
from .leaf import gradient_edge
from .node import Edge
from .vmap import vmap

Argnums = int | tuple[int, ...]


def _places(argnums: Any, count: int, name: str) -> tuple[int, ...]:
    """Argument numbers counted from the front.

    Raises:
        RuntimeError: One is out of range or repeated, or is no int.
    """
    if not isinstance(argnums, int | tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    for number in numbers:
        if not isinstance(number, int):
            raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(number)}")
        if not -count <= number < count:
            raise RuntimeError(f"Got argnum={number}, but only {count} positional inputs")
    found = tuple(number % count for number in numbers)
    if len(set(found)) != len(found):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return found


def _chosen(argnums: Argnums, values: tuple[Any, ...], name: str) -> Any:
    places = _places(argnums, len(values), name)
    return values[places[0]] if isinstance(argnums, int) else tuple(values[p] for p in places)


def _replaced(argnums: Argnums, values: tuple[Any, ...], chosen: Any, name: str) -> tuple[Any, ...]:
    places = _places(argnums, len(values), name)
    parts = (chosen,) if isinstance(argnums, int) else tuple(chosen)
    result = list(values)
    for place, part in zip(places, parts):
        result[place] = part
    return tuple(result)


def _wrapped(level: GradLevel, value: Any, wanted: bool) -> Any:
    """The tensors of a tree as tensors of a level, their gradient wanted or not.

    Raises:
        RuntimeError: A gradient is wanted of whole numbers.
    """

    def one(leaf: Any) -> Any:
        if not isinstance(leaf, Tensor):
            return leaf
        if wanted and not _is_differentiable(leaf):
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients: an argument that is "
                f"differentiated by is a tensor of {leaf.dtype}"
            )
        return level.wrap(leaf, wanted)

    return tree.map_leaves(one, value)


def _is_differentiable(tensor: Any) -> bool:
    return tensor.dtype.kind in ("float", "complex")


def _lowered(level: Any, value: Any) -> Any:
    """The tensors of a tree as they are below a level."""
    return tree.map_leaves(level.lower, value)


def _tensors(value: Any, what: str) -> tuple[list[Any], Any]:
    leaves, structure = tree.flatten(value)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{what} to be a Tensor or a collection of Tensors, got {type(leaf)}"
            )
    return leaves, structure


class Pullback:
    """The gradients of inputs from those of outputs, kept open after the function has run.

    Attributes:
        outputs, inputs: Edges of the tape where gradients start and arrive.
        likes: Tensors like the inputs, for zeros where nothing arrives.
    """

    def __init__(self, level: GradLevel, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.level = level
        self.inputs: list[Edge] = [gradient_edge(x) for x in inputs]
        self.outputs: list[Edge] = [
            gradient_edge(x) if level.wraps(x) else (None, 0) for x in outputs
        ]
        self.likes = [x.detach() for x in inputs]
        self.leaves = list(inputs)

    def __call__(self, gradients: Sequence[Any], keep: bool, create_graph: bool) -> list[Any]:
        """The gradients of the inputs; zeros where nothing arrives."""
        found = run_edges(self.outputs, gradients, self.inputs, keep, create_graph)
        return [y.new_zeros(tuple(y.shape)) if x is None else x for x, y in zip(found, self.likes)]


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of a function, and the function from gradients of the value to those of the
    arguments.

    Args:
        has_aux: The function returns a pair; its second part is handed through.

    Returns:
        (value, vjp_fn) or (value, vjp_fn, aux).
    """
    return vjp_with_argnums(func, *primals, argnums=None, has_aux=has_aux)


def vjp_with_argnums(
    func: Callable[..., Any], *primals: Any, argnums: Argnums | None, has_aux: bool = False
) -> tuple[Any, ...]:
    """As `vjp`, for some of the arguments only."""
    with GradLevel() as level:
        if argnums is None:
            chosen: Any = _wrapped(level, primals, True)
            result = func(*chosen)
        else:
            chosen = _wrapped(level, _chosen(argnums, primals, "vjp"), True)
            rest = _wrapped(level, primals, False)
            result = func(*_replaced(argnums, rest, chosen, "vjp"))
        aux: Any = None
        if has_aux:
            result, aux = _pair(result, "vjp(f, *primals)")
            aux = _lowered(level, aux)
        inputs, structure = _tensors(chosen, "vjp(f, *primals): Expected the primals")
        outputs, shape = _tensors(
            result, "vjp(f, *primals): Expected f to return something that is"
        )
        pullback = Pullback(level, inputs, outputs)
        value = _lowered(level, result)
        layouts = [x._layout for x in outputs]

    def vjp_fn(
        *cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None
    ) -> Any:
        given: Any = cotangents[0] if len(cotangents) == 1 else cotangents
        leaves, own = tree.flatten(given)
        _check_cotangents(leaves, own, layouts, shape)
        recording = modes.grad if create_graph is None else create_graph
        found = pullback(leaves, retain_graph, recording)
        return tree.unflatten(found, structure)

    return (value, vjp_fn, aux) if has_aux else (value, vjp_fn)


def _check_cotangents(
    leaves: Sequence[Any], own: tree.Structure, layouts: Sequence[Any], shape: tree.Structure
) -> None:
    """Raises RuntimeError unless cotangents have the structure and the shapes of the results."""
    if own != shape:
        raise RuntimeError(
            "Expected pytree structure of cotangents to be the same as pytree structure of "
            f"outputs to the function. cotangents: {own}, primal output: {shape}"
        )
    for place, (leaf, layout) in enumerate(zip(leaves, layouts)):
        if tuple(leaf.shape) != tuple(layout.shape):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{place}] has a shape of {leaf.shape} and"
                f" output[{place}] has a shape of {layout.shape}."
            )


def _pair(result: Any, what: str) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(
            f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return result[0], result[1]


def grad_and_value(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of `func` and its value.

    Args:
        argnums: Which arguments to differentiate by.
        has_aux: The function returns a pair; its second part is handed through.
    """

    @functools.wraps(func)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        with GradLevel() as level:
            chosen = _wrapped(level, _chosen(argnums, arguments, "grad"), True)
            rest = _wrapped(level, arguments, False)
            extra = _wrapped(level, options, False)
            result = func(*_replaced(argnums, rest, chosen, "grad"), **extra)
            aux: Any = None
            if has_aux:
                result, aux = _pair(result, "grad_and_value(f)(*args)")
            _check_scalar(result)
            inputs, structure = tree.flatten(chosen)
            tensors = [x for x in inputs if isinstance(x, Tensor)]
            if len(tensors) != len(inputs):
                raise RuntimeError(
                    "grad: Expected the arguments differentiated by to be Tensors, got"
                    f" {[type(x).__name__ for x in inputs]}"
                )
            pullback = Pullback(level, inputs, [result])
            found = pullback([result.detach().new_ones(())], False, True)
            gradients = _lowered(level, tree.unflatten(found, structure))
            value, aux = _lowered(level, result), _lowered(level, aux)
        return (gradients, (value, aux)) if has_aux else (gradients, value)

    return wrapper


def _check_scalar(result: Any) -> None:
    if not isinstance(result, Tensor):
        raise RuntimeError(
            "grad_and_value(f)(*args): Expected f(*args) to return a single tensor, got"
            f" {type(result)}"
        )
    if result.dim() != 0:
        raise RuntimeError(
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensor with"
            f" {result.dim()} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )


def grad(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of `func`, which returns one number as a tensor.

    Args:
        argnums: Which arguments to differentiate by.
        has_aux: The function returns a pair; the result is then (gradient, second part).
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        gradients, value = both(*arguments, **options)
        return (gradients, value[1]) if has_aux else gradients

    return wrapper


def _matched(primals: object, tangents: object, what: str) -> tuple[Any, Any, Any]:
    """The tensors of both, and their structure, which must be the same."""
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise RuntimeError(f"{what}: Expected primals and tangents to be tuples")
    values, structure = _tensors(primals, f"{what}: Expected primals")
    moves, other = _tensors(tangents, f"{what}: Expected tangents")
    if structure != other:
        raise RuntimeError(
            f"{what}: Expected primals and tangents to have the same python structure. For "
            "example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with "
            f"structure {structure} and tangents with structure {other}"
        )
    for value, move in zip(values, moves):
        _check_tangent(value, move, what)
    return values, moves, structure


def _check_tangent(value: Any, move: Any, what: str) -> None:
    """Raises ValueError for whole numbers, RuntimeError unless a tangent is like its primal."""
    for name, tensor in (("primal", value), ("tangent", move)):
        if not _is_differentiable(tensor):
            raise ValueError(
                f"{what}: Expected {name} to be floating point or complex, but got: {tensor.dtype}"
            )
    if value.dtype is not move.dtype or tuple(value.shape) != tuple(move.shape):
        raise RuntimeError(
            f"{what}: Expected a tangent of shape {list(value.shape)} and dtype {value.dtype}, as "
            f"the primal has, got {list(move.shape)} and {move.dtype}"
        )


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """The value of a function and its derivative in the direction of `tangents`.

    Args:
        strict: It is an error when an output does not depend on the inputs.
        has_aux: The function returns a pair; its second part is handed through.

    Returns:
        (value, tangent) or (value, tangent, aux).

    Raises:
        RuntimeError: Primals and tangents do not match in structure, shape or dtype.
        ValueError: A primal or a tangent holds whole numbers.
    """
    what = "jvp(f, primals, tangents)"
    values, moves, structure = _matched(primals, tangents, what)
    level = ForwardLevel()
    with level:
        given = [level.wrap(x, t) for x, t in zip(values, moves)]
        result = func(*tree.unflatten(given, structure))
        aux: Any = None
        if has_aux:
            result, aux = _pair(result, what)
            aux = _lowered(level, aux)
        outputs, shape = _tensors(result, f"{what}: Expected f to return something that is")
        found = []
        for output in outputs:
            tangent = level.below(level.tangent, output)
            if tangent is None and strict:
                raise RuntimeError(
                    f"{what}: The output of f is independent of the inputs. This is not allowed "
                    "with strict=True."
                )
            found.append(tangent)
        lower = [level.lower(x) for x in outputs]
    found = [x.new_zeros(tuple(x.shape)) if t is None else t for x, t in zip(lower, found)]
    value, moved = tree.unflatten(lower, shape), tree.unflatten(found, shape)
    return (value, moved, aux) if has_aux else (value, moved)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and its derivative there as a linear function of tangents."""
    value = func(*primals)

    def jvp_fn(*tangents: Any) -> Any:
        leaves, structure = tree.flatten(primals)
        moves, other = tree.flatten(tangents)
        if structure != other:
            raise RuntimeError(
                "Expected the tangents to have the same structure as the primals, got"
                f" {other} and {structure}"
            )
        for x, t in zip(leaves, moves):
            if tuple(x.shape) != tuple(t.shape) or x.dtype is not t.dtype:
                raise RuntimeError(
                    f"Expected a tangent of shape {list(x.shape)} and dtype {x.dtype}, got"
                    f" {list(t.shape)} and {t.dtype}"
                )
        return jvp(func, primals, tangents)[1]

    return value, jvp_fn


__all__ = [
    "current_node", "grad", "grad_and_value", "jvp", "linearize", "vjp", "vjp_with_argnums", "vmap",
]  # fmt: skip

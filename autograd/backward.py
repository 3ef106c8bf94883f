"""`backward` and `grad`: the gradients of tensors, added to leaves or returned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..ops.language.expression import Constant, Read, Statement
from ..ops.language.op import Input, Op, Output, TensorType
from ..tensor.calls.dispatch import call
from ..tensor.interpreters import modes
from ..tensor.tensor import Tensor
from .engine import NATIVE, run_backward
from .vmap import vmap

Tensors = Tensor | Sequence[Any]
ONE = Op(
    name="one",
    doc="Ones of the operand's shape, with which a backward starts.",
    inputs=(Input("input", TensorType("Any", True, (), True)),),
    attributes=(),
    outputs=(Output("output", TensorType("Any", True, (), True)),),
    define=(Statement(Read("output"), Constant(1)),),
)

_likes: dict[Any, Tensor] = {}  # layout of a loss -> a tensor like it, without history


def _tuple(value: Any) -> tuple[Any, ...]:
    """A tensor, a `GradientEdge`, None or a sequence of them as a tuple."""
    if value is None:
        return ()
    if isinstance(value, Tensor) or (hasattr(value, "output_nr") and hasattr(value, "node")):
        return (value,)
    return tuple(value)


def _initial(outputs: Sequence[Any], given: Sequence[Any], batched: bool) -> list[Tensor | None]:
    """The gradient to start with at each output.

    Raises:
        RuntimeError: A shape does not match, or one that is needed is missing.
        TypeError: It is no tensor.
    """
    found: list[Tensor | None] = []
    for place, (output, gradient) in enumerate(zip(outputs, given)):
        if isinstance(gradient, Tensor):
            if isinstance(output, Tensor):
                _check(place, output, gradient, batched)
                if gradient.dtype is not output.dtype:
                    gradient = gradient.to(output.dtype)
            found.append(gradient)
        elif gradient is not None:
            raise TypeError(
                f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
            )
        elif not isinstance(output, Tensor):
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        elif not output.requires_grad:
            found.append(None)
        else:
            if output.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if not output.dtype.is_floating_point:
                raise RuntimeError(
                    "grad can be implicitly created only for real scalar outputs but got"
                    f" {output.dtype}"
                )
            found.append(call(ONE, (output.detach(),)))
    return found


def _check(place: int, output: Tensor, gradient: Tensor, batched: bool) -> None:
    shape = tuple(gradient.shape)
    if batched:
        shape = shape[1:]
    if shape != tuple(output.shape):
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{place}] has a shape of {gradient.shape} and"
            f" output[{place}] has a shape of {output.shape}."
            + (
                " If you only want some tensors in `grad_output` to be considered batched, consider"
                " using vmap."
                if batched
                else ""
            )
        )
    if output.dtype.is_complex != gradient.dtype.is_complex:
        raise RuntimeError(
            f"For complex Tensors, both grad_output and output are required to have the same dtype."
            f" Mismatch in dtype: grad_output[{place}] has a dtype of {gradient.dtype} and"
            f" output[{place}] has a dtype of {output.dtype}."
        )


def _matched(outputs: Sequence[Any], given: Any) -> tuple[Any, ...]:
    gradients = (None,) * len(outputs) if given is None else _tuple(given)
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    return gradients


def backward(
    tensors: Tensors,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Adds the gradients of `tensors` to `.grad` of the leaves of their graph.

    Args:
        grad_tensors: For each tensor the gradient to start with; None for tensors of one element.
        retain_graph: Keep what the graph holds for another backward; default `create_graph`.
        create_graph: Record the backward, so that gradients can be differentiated.
        inputs: The tensors whose `.grad` is wanted; all leaves by default.

    Raises:
        RuntimeError: A tensor has no history, `inputs` is empty, or a gradient is missing.
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.",
            FutureWarning,
            stacklevel=2,
        )
        grad_tensors = grad_variables if grad_tensors is None else grad_tensors
    if inputs is not None:
        inputs = _tuple(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    outputs = _tuple(tensors)
    gradients = _initial(outputs, _matched(outputs, grad_tensors), False)
    keep = create_graph if retain_graph is None else retain_graph
    run_backward(outputs, gradients, keep, create_graph, inputs, True)


def backward_of_loss(loss: Any) -> bool:
    """Runs the graph behind a 0-dim result backward into its leaves; False if it takes more than
    native code, which has then done nothing."""
    node, layout = loss._node, loss._layout
    if node is None or layout.shape or loss._base is not None or modes.stack or NATIVE is None:
        return False
    if type(loss) is not Tensor or not layout.dtype.is_floating_point:
        return False
    like = _likes.get(layout)
    if like is None:
        like = _likes[layout] = loss.detach().clone()
    roots, gradients = ((node, loss._output_number),), (call(ONE, (like,)),)
    return bool(NATIVE(roots, gradients, 0, None, (), None))


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the sum of `outputs` with respect to `inputs`.

    Args:
        grad_outputs: For each output the gradient to start with (the vector of the product).
        retain_graph: Keep what the graph holds for another backward; default `create_graph`.
        create_graph: Record the backward, so that gradients can be differentiated.
        allow_unused: An input that was not used gives None instead of an error.
        is_grads_batched: `grad_outputs` have one more dim in front, and so have the results.
        materialize_grads: Zeros instead of None for inputs that were not used.

    Raises:
        RuntimeError: A tensor has no history, or an input was not used.
        ValueError: `allow_unused` is False with `materialize_grads`.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got:"
            " allow_unused=False."
        )
    if allow_unused is None:
        allow_unused = materialize_grads
    outs, ins = _tuple(outputs), _tuple(inputs)
    if not ins:
        raise ValueError("grad requires non-empty inputs.")
    keep = create_graph if retain_graph is None else retain_graph
    given = _initial(outs, _matched(outs, grad_outputs), is_grads_batched)
    if is_grads_batched:

        def product(*vectors: Any) -> Any:
            return tuple(run_backward(outs, vectors, True, create_graph, ins, False, allow_unused))

        found: Sequence[Any] = vmap(product, allow_none=True)(*given)
    else:
        found = run_backward(outs, given, keep, create_graph, ins, False, allow_unused)
    if materialize_grads:
        return tuple(x if x is not None else y.new_zeros(y.shape) for x, y in zip(found, ins))
    return tuple(found)

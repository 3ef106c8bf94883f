"""An op implemented by hand under the tape and under transforms: a Function made of what was
registered for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ops.errors import CustomOpError
from ...tensor.interpreters import modes
from ...tensor.library import custom
from ...tensor.library.arguments import named_tensors
from ...tensor.library.custom import CustomOp, restored
from ...tensor.library.kernel_call import run
from ...tensor.tensor import Tensor
from ..function_levels import apply_in_level
from ..function_node import FunctionParts
from .batch import map_batch
from .structure import Structure


def apply(op: CustomOp, values: tuple[Any, ...]) -> Any:
    """The results of a call, through open transforms and with their history.

    Raises:
        RuntimeError: It writes into a tensor that requires grad.
    """
    tensors = named_tensors(op.schema, values)
    recording = modes.grad and any(x.requires_grad for _, _, x in tensors)
    if not modes.stack and not recording:
        return restored(op.schema, run(op, values))
    if recording and op.schema.mutates:
        _refuse_recorded(op, tensors)
    arguments = Structure.of_arguments(op.schema, values)
    function = op.functions.get(arguments)
    if function is None:
        function = op.functions[arguments] = make_function(op, arguments)
    results, *leaves = apply_in_level(function, arguments.flatten(values))
    return restored(op.schema, results.restore(tuple(leaves), list))


def _refuse_recorded(op: CustomOp, tensors: list[tuple[str, Any, Any]]) -> None:
    for name, form, tensor in tensors:
        if form.written and tensor.requires_grad:
            raise CustomOpError(
                f"{op.schema.name}: argument {name} is written in place, so it must not require "
                "grad: there is no derivative of an op that writes into its arguments. Call it "
                f"under no_grad, or on {name}.detach()"
            )


def make_function(op: CustomOp, arguments: Structure) -> Any:
    """The Function that stands for calls of an op whose lists have these lengths.

    Its first result is the structure of the others, which a list of tensors decides anew in each
    call.
    """

    class Applied(FunctionParts):
        """The op, applied."""

        @staticmethod
        def forward(*leaves: Any) -> tuple[Any, ...]:
            found = run(op, arguments.restore(leaves))
            results = Structure.of_results(found)
            return (results, *results.flatten(found))

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            ctx.results = output[0]
            if op.setup_context is not None:
                found = restored(op.schema, ctx.results.restore(output[1:], list))
                _set_up(op, ctx, arguments, inputs, found)

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> tuple[Any, ...]:
            given = ctx.results.restore(gradients[1:], list)
            return _pull_back(op, ctx, arguments, given)

        @staticmethod
        def jvp(ctx: Any, *tangents: Any) -> tuple[Any, ...]:
            return (None, *_push_forward(op, ctx, arguments, tangents))

        @staticmethod
        def vmap(info: Any, in_dims: Any, *leaves: Any) -> tuple[Any, Any]:
            found, dims, results = map_batch(op, Applied, arguments, info, in_dims, leaves)
            return (results, *found), (None, *dims)

    Applied.__name__ = Applied.__qualname__ = op.schema.name.replace("::", "_")
    Applied._backward_cls.__name__ = f"GeneratedBackwardFor_{Applied.__name__}"
    return Applied


def _noted(op: CustomOp, what: str, function: Callable[..., Any], *given: Any, **more: Any) -> Any:
    """What a registered function returns; what it raises names the op."""
    try:
        return function(*given, **more)
    except Exception as error:
        error.add_note(f"in the {what} of {op.schema.name}")
        raise


def _set_up(
    op: CustomOp, ctx: Any, arguments: Structure, leaves: tuple[Any, ...], output: Any
) -> None:
    assert op.setup_context is not None
    values = arguments.restore(leaves, list)
    count = op.schema.positional
    flat, ctx.needs_input_grad = ctx.needs_input_grad, _needed(op, ctx, arguments)
    try:
        if count == len(values):
            _noted(op, "setup_context", op.setup_context, ctx=ctx, inputs=values, output=output)
            return
        names = [each.name for each in op.schema.parameters[count:]]
        _noted(
            op, "setup_context", op.setup_context, ctx=ctx, inputs=values[:count],
            keyword_only_inputs=dict(zip(names, values[count:])), output=output,
        )  # fmt: skip
    finally:
        ctx.needs_input_grad = flat


def _needed(op: CustomOp, ctx: Any, arguments: Structure) -> tuple[Any, ...]:
    """Which arguments want a gradient; a list for a list of tensors."""
    return arguments.restore(ctx.needs_input_grad, list)[: op.schema.positional]


def _pull_back(
    op: CustomOp, ctx: Any, arguments: Structure, gradients: tuple[Any, ...]
) -> tuple[Any, ...]:
    """A gradient for each leaf of the arguments.

    Raises:
        RuntimeError: No derivative was registered, or it returned something else.
    """
    if op.backward is None:
        raise CustomOpError(
            f"Trying to backward through {op.schema.name} but no autograd formula was "
            "registered. Please use register_autograd to add one."
        )
    flat, ctx.needs_input_grad = ctx.needs_input_grad, _needed(op, ctx, arguments)
    try:
        found = _noted(op, "backward", op.backward, ctx, *gradients)
    finally:
        ctx.needs_input_grad = flat
    found = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    count = op.schema.positional
    if len(found) != count:
        raise CustomOpError(
            f"{op.schema.name}: backward must return a gradient or None for each of the {count} "
            f"arguments, but it returned {len(found)}"
        )
    for place, (parameter, value) in enumerate(zip(op.schema.parameters, found)):
        length = arguments.lengths[place]
        fits = isinstance(value, (list, tuple)) and len(value) == length
        if length is not None and value is not None and not fits:
            raise CustomOpError(
                f"{op.schema.name}: backward must return a list of {length} gradients for the "
                f"list {parameter.name}, but it returned {_kind_of(value)}"
            )
        if length is None and value is not None and not isinstance(value, Tensor):
            raise CustomOpError(
                f"{op.schema.name}: backward must return a Tensor or None for {parameter.name}, "
                f"but it returned {_kind_of(value)}"
            )
    return arguments.flatten(found + (None,) * (len(arguments.lengths) - count))


def _kind_of(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__


def _push_forward(
    op: CustomOp, ctx: Any, arguments: Structure, tangents: tuple[Any, ...]
) -> tuple[Any, ...]:
    """A tangent for each leaf of the results.

    Raises:
        NotImplementedError: No forward-mode derivative was registered.
    """
    if op.tangent is None:
        raise NotImplementedError(
            f"Trying to use forward AD with {op.schema.name} but no forward-mode formula was "
            "registered. Please use register_jvp to add one"
        )
    given = arguments.restore(tangents, list)[: op.schema.positional]
    found = _noted(op, "jvp", op.tangent, ctx, *given)
    results = (found,) if len(op.schema.returns) == 1 else tuple(found)
    flat: list[Any] = []
    for value in results:
        flat += value if isinstance(value, list) else (value,)
    return tuple(flat)


custom.levels = apply

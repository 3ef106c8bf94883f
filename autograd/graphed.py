"""Functions and modules whose forward and backward are replayed from CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ops.dataclass import dataclass
from ..ops.errors import ArgumentError, BackendError
from ..tensor.creation.creation import empty_like
from ..tensor.cuda.devices import synchronize
from ..tensor.cuda.graphs import CUDAGraph, graph, graph_pool_handle
from ..tensor.cuda.streams import Stream, current_stream, stream
from ..tensor.tensor import Tensor
from .backward import grad
from .function import Function, once_differentiable
from .tree import Structure, flatten, unflatten


@dataclass
class Piece:
    """One callable, captured.

    Attributes:
        call: What it was.
        arguments: Memory of its arguments, which a call copies into.
        parameters: Of a module: they are read where they lie.
        forward: Its forward.
        outputs: Memory of its results, and how those are put together.
        structure: How results are put together.
        backward: Its backward; None if nothing requires grad.
        arrived: Memory of the results' gradients; None for results that have none.
        gradients: Memory of the gradients of arguments and parameters; None where there is none.
    """

    call: Callable[..., Any]
    arguments: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    forward: CUDAGraph
    outputs: tuple[Tensor, ...] = ()
    structure: Structure | None = None
    backward: CUDAGraph | None = None
    arrived: tuple[Tensor | None, ...] = ()
    gradients: tuple[Tensor | None, ...] = ()

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """Arguments and parameters."""
        return self.arguments + self.parameters


def _is_module(call: Any) -> bool:
    return hasattr(call, "parameters") and hasattr(call, "forward")


def _check_module(module: Any) -> None:
    if module._backward_hooks or module._forward_hooks or module._forward_pre_hooks:
        raise BackendError(
            "Modules must not have hooks registered at the time they are passed. However, "
            "registering hooks on modules after passing them through make_graphed_callables is "
            "allowed."
        )
    if any(each.requires_grad for each in module.buffers()):
        raise BackendError(
            "make_graphed_callables: only parameters of a module may require grad, and a buffer "
            "does: all buffers must have requires_grad=False"
        )


def _piece(call: Any, sample: Any) -> Piece:
    """A callable with its arguments, not captured yet.

    Raises:
        TypeError: An argument is no tensor.
        RuntimeError: A module has hooks, or a buffer that requires grad.
    """
    arguments = sample if isinstance(sample, tuple) else (sample,)
    if not all(isinstance(x, Tensor) for x in arguments):
        raise ArgumentError(
            "make_graphed_callables: sample_args for each callable must contain only Tensors. "
            "Other types are not allowed."
        )
    if _is_module(call):
        _check_module(call)
    parameters = tuple(call.parameters()) if _is_module(call) else ()
    return Piece(call, arguments, parameters, CUDAGraph())


def _wanted(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return tuple(x for x in tensors if x.requires_grad)


def _warm_up(piece: Piece, times: int, allow_unused: bool) -> None:
    """Runs a callable as it will be captured: kernels are compiled, memory is there."""
    for _ in range(times):
        outputs = _wanted(flatten(piece.call(*piece.arguments))[0])
        inputs = _wanted(piece.inputs)
        if outputs and inputs:
            like = tuple(empty_like(x) for x in outputs)
            grad(outputs, inputs, like, allow_unused=allow_unused)


def _capture_forward(piece: Piece, pool: Any) -> None:
    with graph(piece.forward, pool=pool):
        found = piece.call(*piece.arguments)
    outputs, piece.structure = flatten(found)
    piece.outputs = tuple(outputs)


def _capture_backward(piece: Piece, pool: Any, allow_unused: bool) -> None:
    outputs, inputs = _wanted(piece.outputs), _wanted(piece.inputs)
    piece.gradients = (None,) * len(piece.inputs)
    piece.arrived = tuple(empty_like(x) if x.requires_grad else None for x in piece.outputs)
    if outputs and inputs:
        piece.backward = CUDAGraph()
        arrived = tuple(x for x in piece.arrived if x is not None)
        with graph(piece.backward, pool=pool):
            found = iter(grad(outputs, inputs, arrived, allow_unused=allow_unused))
        piece.gradients = tuple(next(found) if x.requires_grad else None for x in piece.inputs)
    piece.outputs = tuple(x.detach() for x in piece.outputs)


def _function_of(piece: Piece) -> Callable[..., Any]:
    """What replays a captured callable, with a history."""

    class Graphed(Function):
        """A replay."""

        @staticmethod
        def forward(ctx: Any, *inputs: Any) -> tuple[Any, ...]:
            for memory, given in zip(piece.arguments, inputs):
                if memory.data_ptr() != given.data_ptr():
                    memory.copy_(given)
            piece.forward.replay()
            free = [x for x, arrived in zip(piece.outputs, piece.arrived) if arrived is None]
            ctx.mark_non_differentiable(*free)
            return tuple(x.detach() for x in piece.outputs)

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, *gradients: Any) -> tuple[Any, ...]:
            for memory, given in zip(piece.arrived, gradients):
                if memory is not None and memory.data_ptr() != given.data_ptr():
                    memory.copy_(given)
            if piece.backward is not None:
                piece.backward.replay()
            return tuple(None if x is None else x.detach() for x in piece.gradients)

    def call(*arguments: Any) -> Any:
        found = Graphed.apply(*arguments, *piece.parameters)
        assert piece.structure is not None, "it was captured"
        return unflatten(found, piece.structure)

    return call


def _graphed(piece: Piece) -> Any:
    """The callable with its replay in its place: a module keeps its own forward for the mode
    (training or not) that it was not captured in."""
    function, module = _function_of(piece), piece.call
    if not _is_module(module):
        return function
    captured_mode, forward = module.training, module.forward  # type: ignore[attr-defined]

    def switch(*arguments: Any, **options: Any) -> Any:
        if module.training is captured_mode and not options:  # type: ignore[attr-defined]
            return function(*arguments)
        return forward(*arguments, **options)

    module.forward = switch  # type: ignore[attr-defined]
    return module


def make_graphed_callables(
    callables: Any,
    sample_args: Any,
    num_warmup_iters: int = 3,
    allow_unused_input: bool = False,
    pool: Any = None,
) -> Any:
    """Callables whose forward and backward are replays of graphs.

    What is captured reads its arguments from the memory of the samples, into which a call copies;
    results and gradients lie in memory that the next call writes to. Several callables share
    memory: they are to be called in their order, and their backwards in the opposite one.

    Args:
        callables: A function or module, or a tuple of them. Modules are changed and given back.
        sample_args: Tensors of the shapes, dtypes and `requires_grad` of the arguments to come: a
            tuple, or one for each callable.
        num_warmup_iters: Runs before anything is captured.
        allow_unused_input: An input that no result depends on is no error.
        pool: Memory of other graphs to share.

    Raises:
        TypeError: An argument is no tensor.
        RuntimeError: A module has hooks, or a buffer that requires grad; or something was done
            that cannot be captured.
    """
    several = isinstance(callables, tuple)
    calls, samples = (callables, sample_args) if several else ((callables,), (sample_args,))
    if len(calls) != len(samples):
        raise ArgumentError(
            f"make_graphed_callables: sample_args must be as many as callables: {len(calls)} and "
            f"{len(samples)}"
        )
    pieces = [_piece(call, sample) for call, sample in zip(calls, samples)]
    shared = graph_pool_handle() if pool is None else pool
    synchronize()
    beside = Stream()
    beside.wait_stream(current_stream())
    with stream(beside):
        for piece in pieces:
            _warm_up(piece, num_warmup_iters, allow_unused_input)
    synchronize()
    for piece in pieces:
        _capture_forward(piece, shared)
    for piece in reversed(pieces):
        _capture_backward(piece, shared, allow_unused_input)
    found = tuple(_graphed(piece) for piece in pieces)
    return found if several else found[0]

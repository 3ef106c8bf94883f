"""`Function.apply` inside of transforms: what each level does with a user's Function."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..tensor.functions.composites import sum_to
from ..tensor.interpreters import lowered, modes
from ..tensor.tensor import Tensor
from .forward_level import ForwardLevel
from .function_node import FunctionBackward, FunctionParts, apply_plain, attach, has_setup, new_node
from .grad_level import GradLevel
from .vmap_level import VmapLevel
from .wrapped import any_wrapped


class VmapInfo(NamedTuple):
    """What `Function.vmap` is told.

    Attributes:
        batch_size: Extent of the mapped dim.
        randomness: Mode of the `vmap`.
    """

    batch_size: int
    randomness: str


def apply_in_level(function: type[FunctionParts], args: tuple[Any, ...]) -> Any:
    """The result of a Function at the topmost level.

    Raises:
        RuntimeError: It has no `setup_context`, or not the rule that the level needs.
    """
    if not modes.stack:
        return apply_plain(function, args)[0]
    level: Any = modes.stack[-1]
    if not any_wrapped(level, args):
        return level.below(apply_in_level, function, args)
    if isinstance(level, ForwardLevel):
        return _forward(level, function, args)
    if not has_setup(function):
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, "
            "jacrev, ...), it must override the setup_context staticmethod. For more details, "
            "please see the documentation of Function."
        )
    if isinstance(level, GradLevel):
        return _grad(level, function, args)
    return _vmap(level, function, args)


def _grad(level: GradLevel, function: type[FunctionParts], args: tuple[Any, ...]) -> Any:
    values = tuple(level.lower(x) for x in args)
    found = level.below(apply_in_level, function, values)
    several = isinstance(found, tuple)
    outputs = []
    for x in found if several else (found,):
        same = next((a for a, v in zip(args, values) if v is x and level.wraps(a)), None)
        outputs.append(
            same if same is not None else level.own(x, x._layout) if isinstance(x, Tensor) else x
        )
    result = tuple(outputs) if several else outputs[0]
    constant = tuple(x if level.wraps(x) or not isinstance(x, Tensor) else x.detach() for x in args)
    node = new_node(function, constant)
    recording, modes.grad = modes.grad, False
    try:
        function.setup_context(node, args, result)
    finally:
        modes.grad = recording
    return attach(node, args, result)


def _forward(level: ForwardLevel, function: type[FunctionParts], args: tuple[Any, ...]) -> Any:
    values = tuple(level.lower(x) for x in args)
    with lowered(level):
        if has_setup(function):
            found = apply_in_level(function, values)
            ctx: FunctionBackward = new_node(function, values)
            function.setup_context(ctx, values, found)
        else:
            found, ctx = apply_plain(function, values)
        ctx.to_save = ctx.saved_for_forward or ctx.to_save
        tangents = []
        for x, v in zip(args, values):
            tangent = level.tangent(x)
            if tangent is None and isinstance(v, Tensor) and ctx.materialize_grads:
                tangent = v.new_zeros(tuple(v.shape))
            tangents.append(tangent)
        pushed = function.jvp(ctx, *tangents)
    results = found if isinstance(found, tuple) else (found,)
    moved = pushed if isinstance(pushed, tuple) else (pushed,)
    outputs = tuple(
        level.wrap(x, t) if isinstance(x, Tensor) else x for x, t in zip(results, moved)
    )
    return outputs if isinstance(found, tuple) else outputs[0]


def _vmap(level: VmapLevel, function: type[FunctionParts], args: tuple[Any, ...]) -> Any:
    dims = tuple(0 if level.wraps(x) else None for x in args)
    values = tuple(x._value if level.wraps(x) else x for x in args)
    overridden = function.vmap is not FunctionParts.vmap
    if overridden and function.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {function.__name__}, but it has both generate_vmap_rule=True "
            "and an overridden vmap staticmethod. Please set generate_vmap_rule=False or delete "
            "the overridden vmap staticmethod to avoid ambiguity."
        )
    with lowered(level):
        if overridden:
            info = VmapInfo(level.size, level.randomness)
            found, out_dims = function.vmap(info, dims, *values)
        elif function.generate_vmap_rule:
            batched = _batched(function, dims, level.size, level.randomness)
            found = apply_in_level(batched, values)
            out_dims = tree_of_zeros(found)
        else:
            raise RuntimeError(
                f"You tried to vmap over {function.__name__}, but it does not have vmap support. "
                "Please override and implement the vmap staticmethod or set "
                "generate_vmap_rule=True."
            )
        several = isinstance(found, tuple)
        results = found if several else (found,)
        where = out_dims if isinstance(out_dims, tuple) else (out_dims,) * len(results)
        moved = [
            x if dim in (None, 0) or not isinstance(x, Tensor) else x.movedim(dim, 0)
            for x, dim in zip(results, where)
        ]
    outputs = _inside(level, moved, where)
    return outputs if several else outputs[0]


def tree_of_zeros(found: Any) -> Any:
    """Mapped dims of results that all have it in front."""
    return (0,) * len(found) if isinstance(found, tuple) else 0


def _inside(level: VmapLevel, values: Any, dims: Any) -> tuple[Any, ...]:
    """Values as tensors of a level where they have a mapped dim, which is in front."""
    return tuple(
        level.wrap(x) if dim is not None and isinstance(x, Tensor) else x
        for x, dim in zip(values, dims)
    )


def _outside(level: VmapLevel, found: Any) -> Any:
    """A result, or a tuple of results, with the mapped dim in front."""
    with lowered(level):
        if isinstance(found, tuple):
            return tuple(level.full(x) if isinstance(x, Tensor) else x for x in found)
        return level.full(found) if isinstance(found, Tensor) else found


def _batched(
    function: type[FunctionParts], dims: tuple[int | None, ...], size: int, randomness: str
) -> type[FunctionParts]:
    """The Function on a batch: its forward and its backward, each under a vmap of its own."""

    class Batched(FunctionParts):
        """The Function on a batch."""

        @staticmethod
        def forward(*values: Any) -> Any:
            with VmapLevel(size, randomness) as level:
                return _outside(level, function.forward(*_inside(level, values, dims)))

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            inner: FunctionBackward = function._backward_cls((), ())
            inner.needs_input_grad = ctx.needs_input_grad
            with VmapLevel(size, randomness) as level:
                results = output if isinstance(output, tuple) else (output,)
                wrapped = _inside(level, results, (0,) * len(results))
                function.setup_context(
                    inner,
                    _inside(level, inputs, dims),
                    wrapped if isinstance(output, tuple) else wrapped[0],
                )
                ctx.kept_dims = tuple(0 if level.wraps(x) else None for x in inner.to_save)
                ctx.save_for_backward(*(x._value if level.wraps(x) else x for x in inner.to_save))
            inner.to_save = ()
            ctx.inner = inner

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            inner = ctx.inner
            saved = ctx.saved_tensors
            with VmapLevel(size, randomness) as level:
                inner.to_save = _inside(level, saved, ctx.kept_dims)
                found = function.backward(inner, *_inside(level, gradients, (0,) * len(gradients)))
                inner.to_save = ()
                found = _outside(level, found if isinstance(found, tuple) else (found,))
            return tuple(
                x if x is None or dim is not None else sum_to(x, tuple(x.shape[1:]))
                for x, dim in zip(found, dims)
            )

    Batched.__name__ = f"Vmapped{function.__name__}"
    return Batched

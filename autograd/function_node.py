"""A user's Function on plain tensors: its parts, its context, which is a node of the tape, and
its results with their history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor.functions.composites import sum_to
from ..tensor.interpreters import modes
from ..tensor.tensor import Tensor
from .inplace import check_inplace, rebase
from .invoke import zeros_of
from .leaf import gradient_edge
from .node import FREED, NO_EDGE, Gradients, Node
from .saved import pack, tracked_version, unpack
from .wrapped import alias_of


class FunctionCtx:
    """What `forward` and `backward` of a Function share."""

    def save_for_backward(self, *tensors: Any) -> None:
        """Keeps tensors (inputs or outputs, or None) for `backward`, where they are
        `saved_tensors`."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keeps tensors for `jvp`."""
        for tensor in tensors:
            if not isinstance(tensor, Tensor) and tensor is not None:
                raise TypeError(
                    "save_for_forward expects all arguments to be tensors; you should save "
                    "non-tensors as attributes on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Says which inputs `forward` has modified in place."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Says which outputs have no derivative."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for outputs that were not used."""
        self.materialize_grads = value


class FunctionBackward(Node, FunctionCtx):
    """A user's Function applied: the node of the tape, and the context at the same time.

    Attributes:
        function: The Function.
        needs_input_grad: For each argument, whether a gradient is wanted.
    """

    function: Any = None
    to_save: tuple[Any, ...] = ()
    saved_for_forward: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    materialize_grads = True
    needs_input_grad: tuple[bool, ...] = ()
    _saved: tuple[tuple[Any, int, int | None], ...] | None = ()

    def keep(self, outputs: Sequence[Any]) -> None:
        """Takes over what `save_for_backward` was given, once the outputs have their history."""
        numbers = {id(x): i for i, x in enumerate(outputs) if isinstance(x, Tensor)}
        kept: list[tuple[Any, int, int | None]] = []
        for tensor in self.to_save:
            if tensor is None:
                kept.append((None, 0, None))
                continue
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {len(kept)} is of "
                    f"type {type(tensor).__name__}"
                )
            number = numbers.get(id(tensor))
            own = number is not None and tensor._node is self
            value = pack(alias_of(tensor) if own else tensor)
            kept.append((value, tracked_version(tensor), number if own else None))
        self._saved = tuple(kept)
        self.to_save = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors kept by `save_for_backward`.

        Raises:
            RuntimeError: They were freed, or modified in place.
        """
        if self._saved is None:
            raise RuntimeError(FREED)
        if self.to_save and not self._saved:
            return self.to_save
        found = []
        for value, version, number in self._saved:
            if number is None:
                found.append(unpack(value, version, _maker(value), _number(value)))
                continue
            again = alias_of(unpack(value, version, self, number))
            again._node, again._output_number = self, number
            found.append(again)
        return tuple(found)

    saved_variables = saved_tensors
    _raw_saved_tensors = saved_tensors

    def release(self) -> None:
        if self._saved:
            self._saved = None

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        for place, gradient in enumerate(gradients):
            layout = self.layouts[place]
            if gradient is None and self.materialize_grads and layout is not None:
                gradients[place] = zeros_of(layout)
        function = self.function
        has_vjp = function.vjp is not FunctionParts.vjp
        if has_vjp and function.backward is not FunctionParts.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You "
                "should only implement one of them."
            )
        user = function.vjp if has_vjp else function.backward
        found = user(self, *gradients)
        return self.checked(found if isinstance(found, tuple) else (found,))

    def checked(self, found: tuple[Any, ...]) -> list[Any]:
        """What `backward` returned, in the shapes and dtypes of the arguments.

        Raises:
            RuntimeError: There are too few or too many gradients, or a shape does not fit.
        """
        name, count = self.name(), len(self.edges)
        if len(found) > count and all(x is None for x in found[count:]):
            found = found[:count]
        if len(found) != count:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {count}, got"
                f" {len(found)})"
            )
        results: list[Any] = []
        for place, (gradient, layout) in enumerate(zip(found, self.layouts_in)):
            if gradient is None:
                results.append(None)
            elif layout is None:
                raise RuntimeError(
                    f"function {name} returned a gradient different from None at position"
                    f" {place + 1}, but the corresponding forward input was not a Variable"
                )
            elif not isinstance(gradient, Tensor):
                raise TypeError(f"expected Variable or None (got {type(gradient).__name__})")
            else:
                results.append(_fitted(name, place, gradient, layout))
        return results

    layouts_in: tuple[Any, ...] = ()


def _maker(value: Any) -> Node | None:
    return value._node if isinstance(value, Tensor) else None


def _number(value: Any) -> int:
    return value._output_number if isinstance(value, Tensor) else 0


def _fitted(name: str, place: int, gradient: Any, layout: Any) -> Any:
    own, wanted = tuple(gradient.shape), tuple(layout.shape)
    if own != wanted:
        fits = len(own) >= len(wanted) and all(
            n in (1, m) for n, m in zip(wanted, own[len(own) - len(wanted) :])
        )
        if not fits:
            raise RuntimeError(
                f"Function {name} returned an invalid gradient at index {place} - got {list(own)} "
                f"but expected shape compatible with {list(wanted)}"
            )
        gradient = sum_to(gradient, wanted)
    return gradient if gradient.dtype is layout.dtype else gradient.to(layout.dtype)


class FunctionParts:
    """What a Function consists of: `forward`, `backward` and their kin, to be overridden.

    Attributes:
        generate_vmap_rule: Make the rule for `vmap` from forward and backward.
    """

    generate_vmap_rule = False
    _backward_cls: Any = FunctionBackward

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself. Instantiating an autograd "
            "function will raise an error in a future version."
        )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._backward_cls = type(f"{cls.__name__}Backward", (FunctionBackward,), {"function": cls})

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The operation; the first argument is the context unless `setup_context` is there."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keeps what the backward needs, after `forward` has run."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments of `forward` from those of its results."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the results from those of the arguments."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """The operation on a batch: (result, out_dims)."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap static method "
            "or set generate_vmap_rule=True."
        )


def has_setup(function: type[FunctionParts]) -> bool:
    """Whether `forward` takes no context."""
    return function.setup_context is not FunctionParts.setup_context


def apply_plain(
    function: type[FunctionParts], args: tuple[Any, ...]
) -> tuple[Any, FunctionBackward]:
    """The result of a Function on plain tensors, and its node."""
    node = new_node(function, args)
    recording, modes.grad = modes.grad, False
    try:
        if has_setup(function):
            output = function.forward(*args)
            function.setup_context(node, args, output)
        else:
            output = function.forward(node, *args)
    finally:
        modes.grad = recording
    return attach(node, args, output), node


def new_node(function: type[FunctionParts], args: tuple[Any, ...]) -> FunctionBackward:
    """The node, and context, of a call."""
    edges = tuple(gradient_edge(x) if isinstance(x, Tensor) else NO_EDGE for x in args)
    node: FunctionBackward = function._backward_cls(edges, ())
    node.needs_input_grad = tuple(edge[0] is not None for edge in edges)
    node.layouts_in = tuple(x._layout if isinstance(x, Tensor) else None for x in args)
    return node


def attach(node: FunctionBackward, args: tuple[Any, ...], output: Any) -> Any:
    """Gives the results of a Function their history.

    Raises:
        RuntimeError: A leaf that requires grad was modified in place.
    """
    several = isinstance(output, tuple)
    outputs = list(output) if several else [output]
    recording = modes.grad and any(node.needs_input_grad)
    dirty = {id(x) for x in node.dirty_tensors}
    fixed = {id(x) for x in node.non_differentiable}
    given = {id(x) for x in args if isinstance(x, Tensor)}
    saved = {id(x): x for x in node.to_save}
    for tensor in node.dirty_tensors:
        tensor._storage.version += 1
    node.layouts = tuple(x._layout if isinstance(x, Tensor) else None for x in outputs)
    for number, tensor in enumerate(outputs):
        if not isinstance(tensor, Tensor):
            continue
        if id(tensor) in dirty:
            if recording:
                check_inplace(tensor)
                rebase(tensor, (node, number))
            continue
        if id(tensor) in given:
            outputs[number] = again = alias_of(tensor)
            if id(tensor) in saved:
                node.to_save = tuple(again if x is tensor else x for x in node.to_save)
            tensor = again
        kind = tensor._layout.dtype.kind
        tensor._requires = False
        if recording and id(tensor) not in fixed and kind in ("float", "complex"):
            tensor._node, tensor._output_number = node, number
        else:
            tensor._node = None
    if recording:
        node.keep(outputs)
    return tuple(outputs) if several else outputs[0]

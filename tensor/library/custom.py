"""`CustomOp`: an op that a Python function computes, and what was registered for it.

Registering only stores functions. `autograd` reads those of derivatives and of `vmap`, and takes
calls over through `custom.levels`; below all levels a call ends in `kernel_call.run`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from pickle import PicklingError
from typing import Any, Protocol, TypeVar

from ...ops import namespaces
from ...ops.dtype import dtype
from ...ops.errors import ArgumentValueError, CustomOpError
from ..calls import autocast
from .arguments import bind, tensors_in
from .expected import check_function
from .kernel_call import run
from .kernels import Kernels
from .schema import Schema, split_name

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
DEVICES = ("cpu", "cuda", "meta")


class Levels(Protocol):
    """What a call needs of autograd; `autograd` sets `custom.levels`."""

    def __call__(self, op: CustomOp, values: tuple[Any, ...]) -> Any:
        """The results of a call, through open transforms and with their history."""


levels: Levels | None = None


class CustomOp(Kernels):
    """An op implemented by hand.

    Attributes:
        composite: Made of other ops: it runs in place of everything else.
        backward: Gradients of the arguments from those of the results.
        setup_context: Keeps what `backward` needs.
        tangent: Tangents of the results from those of the arguments.
        batch: The op on a batch, for `vmap`.
        casts: Under autocast, the dtype of operands by device type.
    """

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.composite: Callable[..., Any] | None = None
        self.backward: Callable[..., Any] | None = None
        self.setup_context: Callable[..., Any] | None = None
        self.tangent: Callable[..., Any] | None = None
        self.batch: Callable[..., Any] | None = None
        self.casts: dict[str, dtype] = {}
        self.functions: dict[Any, Any] = {}  # what autograd made of the op
        space, name, _ = split_name(schema.name)
        self.__name__ = name
        self.__qualname__ = f"{space}.{name}"
        self.__doc__ = str(schema)

    def present(self, function: Callable[..., Any]) -> None:
        """Gives the op the signature and, below its schema, the docstring of its function."""
        self.__signature__ = inspect.signature(function)
        doc = inspect.getdoc(function)
        self.__doc__ = f"{self.schema}\n\n{doc}" if doc else str(self.schema)

    def __repr__(self) -> str:
        return f"<CustomOp({self.schema.name})>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by name: who reads it must have made the op, or have its package installed.

        Raises:
            PicklingError: Another op has the name, or none.
        """
        if namespaces.find(self.schema.name) is not self:
            raise PicklingError(f"{self.schema.name} is not registered under its name any more")
        return namespaces.get, (self.schema.name,)

    @property
    def default(self) -> CustomOp:
        """The op itself: PyTorch's name for the overload without a name."""
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results.

        Raises:
            RuntimeError: The arguments or the results do not fit the schema.
            NotImplementedError: No kernel was registered for the device.
        """
        values = bind(self.schema, args, kwargs)
        place = self._autocast_place(values) if self.casts else ""
        if not place:
            return self._called(values)
        kind = self.casts[place]
        with autocast.switched_off(place):
            return self._called(tuple([autocast.cast_value(x, kind, place) for x in values]))

    def _called(self, values: tuple[Any, ...]) -> Any:
        if self.composite is not None:
            positional = values[: self.schema.positional]
            names = [each.name for each in self.schema.parameters[self.schema.positional :]]
            return self.composite(*positional, **dict(zip(names, values[len(positional) :])))
        if levels is not None:
            return levels(self, values)
        return restored(self.schema, run(self, values))

    def _autocast_place(self, values: tuple[Any, ...]) -> str:
        """The device type on which autocast is on and has operands of the op converted."""
        tensors = tensors_in(values)
        place = tensors[0].device.type if tensors else "cpu"
        return place if place in self.casts and autocast.mode.enabled[place] else ""

    # what can be registered

    def register_kernel(
        self,
        device_types: str | Iterable[str] | None,
        fn: AnyFunction | None = None,
        /,
    ) -> Any:
        """Registers the kernel of devices; None is for all that have none of their own.

        Usable as a decorator.

        Raises:
            ValueError: A device type is not known.
        """
        kinds = [device_types] if isinstance(device_types, str) else device_types

        def register(function: AnyFunction) -> AnyFunction:
            self._check_function(function, "kernel")
            for kind in (None,) if kinds is None else tuple(kinds):
                if kind is not None and kind not in DEVICES:
                    raise ArgumentValueError(
                        f"{self.schema.name}: a device type must be one of {', '.join(DEVICES)}, "
                        f"but {kind!r} was given"
                    )
                if kind == "meta":
                    self.register_fake(function)
                else:
                    self.kernels[kind] = function
            return function

        return register if fn is None else register(fn)

    def register_fake(self, fn: AnyFunction, /) -> AnyFunction:
        """Registers a function that gives empty results of the right shapes and dtypes for
        arguments on the device `meta`. Every call is then held to what it says."""
        self._check_function(fn, "fake")
        self.fake = fn
        self.promised.clear()
        return fn

    def register_autograd(
        self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None
    ) -> None:
        """Registers the derivative.

        Args:
            backward: `backward(ctx, *grads)`: a gradient, or None, for each argument that is not
                keyword-only.
            setup_context: `setup_context(ctx, inputs, output)` keeps what it needs; with
                keyword-only arguments `setup_context(ctx, inputs, keyword_only_inputs, output)`.

        Raises:
            RuntimeError: The op writes into an argument.
        """
        self._refuse_mutation("autograd formula")
        self._check_function(backward, "backward")
        if setup_context is not None:
            self._check_function(setup_context, "setup_context")
        self.backward, self.setup_context = backward, setup_context

    def register_jvp(self, tangent: AnyFunction, /) -> AnyFunction:
        """Registers the forward-mode derivative: `jvp(ctx, *tangents)` gives the tangents of the
        results; `ctx` is what `setup_context` has filled.

        Raises:
            RuntimeError: The op writes into an argument.
        """
        self._refuse_mutation("forward-mode formula")
        self._check_function(tangent, "jvp")
        self.tangent = tangent
        return tangent

    def register_vmap(self, fn: AnyFunction | None = None, /) -> Any:
        """Registers the rule for `vmap`: `rule(info, in_dims, *args)` gives results and the dim of
        the batch in each. Without one the op runs on one example after the other. Usable as a
        decorator."""

        def register(function: AnyFunction) -> AnyFunction:
            self._check_function(function, "vmap rule")
            self.batch = function
            return function

        return register if fn is None else register(fn)

    def register_autocast(self, device_type: str, cast_inputs: dtype) -> None:
        """Has operands converted to a dtype where autocast is on for the device.

        Raises:
            ValueError: The device type is not known, or the dtype is no dtype.
        """
        if device_type not in ("cpu", "cuda"):
            raise ArgumentValueError(
                f"{self.schema.name}: the device type must be cpu or cuda, but {device_type!r} "
                "was given"
            )
        if not isinstance(cast_inputs, dtype):
            raise ArgumentValueError(
                f"{self.schema.name}: cast_inputs must be a dtype, but "
                f"{type(cast_inputs).__name__} was given"
            )
        self.casts[device_type] = cast_inputs

    def _check_function(self, value: Any, what: str) -> None:
        check_function(value, f"{self.schema.name}: the {what}")

    def _refuse_mutation(self, what: str) -> None:
        if self.schema.mutates:
            raise CustomOpError(
                f"Cannot register {what} for non-functional operator {self} with schema "
                f"{self.schema}. Please create a functional operator and register an {what} for "
                "that."
            )


def restored(schema: Schema, results: tuple[Any, ...]) -> Any:
    """Results as the caller gets them: None, one, or a tuple."""
    if len(schema.returns) == 1:
        return results[0]
    return results or None

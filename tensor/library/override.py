"""A built-in's kernel replaced by a Python function, and put back again.

Shapes, dtypes, broadcasting, derivatives and transforms stay those of the entry: only what computes
the results is another. While the function runs, the op means its own kernel again.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

from ...ops import registry
from ...ops.calls.specialize import choice_word, title
from ...ops.errors import CustomOpError, RegistryError
from ...ops.language.op import AttributeSpec, Op
from ...ops.lock import PREPARING
from ..base import TensorBase
from ..calls.entries import entry_of
from ..calls.into import copy_elements
from ..calls.plans import Entry, Plan
from ..interpreters import modes
from ..tensor import fresh
from .results import overlap

Operands = tuple[Any, ...]


class _State(threading.local):
    """Ops whose replacement runs in this thread."""

    def __init__(self) -> None:
        self.running: set[str] = set()


_state = _State()


class Replaced:
    """An op whose kernels were replaced: what `Entry.replacement` and `Plan.replacement` hold.

    Attributes:
        entry: The op.
        functions: For each device type the functions given, the one that holds last; None is for
            all devices.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.functions: dict[str | None, list[Callable[..., Any]]] = {}

    def function_for(self, place: str) -> Callable[..., Any] | None:
        """What replaces the kernel of a device; None if nothing does."""
        found = self.functions.get(place) or self.functions.get(None)
        return found[-1] if found else None

    def __call__(self, plan: Plan, operands: Operands, attributes: Operands) -> Operands | None:
        """The results of a planned call; None where the op's own kernel is to run.

        Raises:
            RuntimeError: The function returned something else than the op promises.
        """
        name = self.entry.op.name
        function = self.function_for(_place(plan, operands))
        if function is None or name in _state.running:
            return None
        if len(attributes) != len(self.entry.specs):  # numbers that have their defaults
            attributes = self.entry.defaults
        recording, modes.grad = modes.grad, False
        _state.running.add(name)
        try:
            prefix = 0 if plan.binding is None else plan.binding.prefix
            if prefix:
                return self.mapped(plan, function, operands, attributes)
            return self.checked(plan.outputs, self.run(function, operands, attributes), operands)
        finally:
            _state.running.discard(name)
            modes.grad = recording

    def run(self, function: Callable[..., Any], operands: Operands, attributes: Operands) -> Any:
        """What the function returns for one call."""
        op = self.entry.op
        arguments, options = arguments_of(op, operands, attributes, self.entry.defaults)
        try:
            return function(*arguments, **options)
        except Exception as error:
            error.add_note(f"in the function that replaces {title(op.name)}")
            raise

    def mapped(
        self, plan: Plan, function: Callable[..., Any], operands: Operands, attributes: Operands
    ) -> Operands:
        """The results of a call on a batch, one example after the other."""
        assert plan.binding is not None
        outputs = tuple(fresh(layout) for layout in plan.outputs)
        self.fill(plan.binding.prefix, function, operands, attributes, outputs)
        return outputs

    def fill(
        self,
        prefix: int,
        function: Callable[..., Any],
        operands: Operands,
        attributes: Operands,
        outputs: Operands,
    ) -> None:
        """Computes the examples along the first dims of tensors and writes them into `outputs`."""
        if not prefix:
            layouts = tuple(x._layout for x in outputs)
            found = self.checked(layouts, self.run(function, operands, attributes), operands)
            for target, value in zip(outputs, found):
                copy_elements(target, value)
            return
        for number in range(outputs[0].shape[0]):
            parts = tuple(_example(x, number) for x in operands)
            targets = tuple(x.select(0, number) for x in outputs)
            self.fill(prefix - 1, function, parts, attributes, targets)

    def checked(self, layouts: tuple[Any, ...], found: Any, operands: Operands) -> Operands:
        """The results as a tuple, held to what the op promises."""
        name = title(self.entry.op.name)
        results = found if isinstance(found, tuple) else (found,)
        count = len(layouts) or len(self.entry.op.outputs)
        if len(results) != count or not all(isinstance(x, TensorBase) for x in results):
            kinds = ", ".join(type(x).__name__ for x in results)
            raise CustomOpError(
                f"{name}: the function that replaces it must return {count} tensors, but it "
                f"returned {kinds}"
            )
        for result, layout in zip(results, layouts):
            for what, own, wanted in (
                ("shape", list(result.shape), list(layout.shape)),
                ("dtype", result.dtype, layout.dtype),
                ("device", result.device, layout.device),
            ):
                if own != wanted:
                    raise CustomOpError(
                        f"{name}: the function that replaces it must return a tensor of {what} "
                        f"{wanted}, but it returned one of {what} {own}"
                    )
        for result in results:
            if any(isinstance(x, TensorBase) and overlap(result, x) for x in operands):
                raise CustomOpError(
                    f"{name}: the function that replaces it must return new tensors, but it "
                    "returned one that shares memory with an argument: return x.clone() instead"
                )
        return results


def _place(plan: Plan, operands: Operands) -> str:
    """Type of the device that a call runs on."""
    if plan.outputs:
        return plan.outputs[0].device.type
    found = (x for x in operands if isinstance(x, TensorBase))
    first = next(found, None)
    return "cpu" if first is None else str(first._layout.device.type)


def _example(value: Any, number: int) -> Any:
    """The tensors of one example; a first dim of extent 1 is shared by all."""
    if not isinstance(value, TensorBase):
        return value
    return value.select(0, number if value._layout.shape[0] != 1 else 0)


def arguments_of(
    op: Op, operands: Operands, attributes: Operands, defaults: Operands
) -> tuple[list[Any], dict[str, Any]]:
    """How a Python function is called: by position up to the last value that is no default, by
    keyword from `*` on."""
    values = {spec.name: x for spec, x in zip(op.inputs, operands)}
    given = {spec.name: x for spec, x in zip(op.attributes, attributes)}
    changed = {
        spec.name
        for spec, x, usual in zip(op.attributes, attributes, defaults)
        if not _same(spec, x, usual)
    }
    order = list(op.order or (*values, *given))
    end = order.index("*") if "*" in order else len(order)
    positional, options = order[:end], order[end + 1 :]
    needed = [i for i, name in enumerate(positional) if name in values or name in changed]
    everything = values | given
    arguments = [everything[name] for name in positional[: needed[-1] + 1 if needed else 0]]
    return arguments, {x: everything[x] for x in options if x in values or x in changed}


def _same(spec: AttributeSpec, value: Any, usual: Any) -> bool:
    """The value is the default, None being the word `none` of a choice."""
    if spec.kind == "choice":
        return choice_word(value) == choice_word(usual)
    return type(value) is type(usual) and bool(value == usual)


def entries_of(name: str) -> list[Entry]:
    """The entries behind a registry name, one for each signature.

    Raises:
        RuntimeError: There is no such op, or it is a view.
    """
    try:
        op = registry.get(name)
    except RegistryError as error:
        raise CustomOpError(f"Library.impl: {error.message}") from None
    if op.form == "view":
        raise CustomOpError(
            f"Library.impl: {name} is a view, for which no kernel runs that could be replaced"
        )
    return [entry_of(each) for each in (op, *op.variants)]


def override(name: str, function: Callable[..., Any], place: str | None) -> Callable[[], None]:
    """Puts a function in the place of an op's kernel, with a warning; gives what undoes it.

    Args:
        name: Registry name.
        function: Gets tensors and numbers as the op's Python function does, operands converted to
            the dtypes that the op computes in.
        place: Device type; None for all.

    Raises:
        RuntimeError: There is no such op, or it is a view.
    """
    entries = entries_of(name)
    warnings.warn(
        f"Overriding a kernel that is registered already\n  operator: {name}\n"
        f"  device: {place or 'all'}\n  new kernel: {function!r}",
        UserWarning,
        stacklevel=3,
    )
    with PREPARING:
        for entry in entries:
            found = entry.replacement
            if not isinstance(found, Replaced):
                found = Replaced(entry)
            found.functions.setdefault(place, []).append(function)
            _set(entry, found)

    def undo() -> None:
        with PREPARING:
            for entry in entries:
                found = entry.replacement
                if isinstance(found, Replaced) and function in found.functions.get(place, ()):
                    found.functions[place].remove(function)
                    _set(entry, found if any(found.functions.values()) else None)

    return undo


def _set(entry: Entry, replacement: Replaced | None) -> None:
    """Has all plans made anew, which then hold the replacement."""
    for each in (entry, entry.fold):
        if each is not None:
            each.replacement = replacement
            each.forget()

"""The forward-mode level: its tensors carry a tangent, and every op carries tangents on."""

from __future__ import annotations

from typing import Any

from ..ops.calls.binding import Binding
from ..ops.derivatives.derive import derive_tangent, tangent_names
from ..ops.language.op import Op
from ..tensor.calls.reinterpreting import FORM as REINTERPRETATION
from ..tensor.interpreters import lowered
from .complex_rules import (
    TANGENTS,
    VIEWS,
    check_holomorphic,
    conjugated,
    has_complex,
    reinterpreted,
)
from .invoke import VIEW_ADJOINT, arguments_of, binding_of, invoke, narrowed
from .transpose import push_forward
from .wrapped import Level, Wrapped

LINEAR_ROUTINES = ("cat",)


class ForwardLevel(Level):
    """Runs ops on values and, by the derived tangent, on tangents."""

    def describe(self, tensor: Any) -> str:
        return f"DualTensor(lvl={self.number}, tangent={tensor._tangent is not None}"

    def wrap(self, value: Any, tangent: Any) -> Any:
        """A tensor of this level with a tangent (None if it has none)."""
        made = self.own(value, value._layout, value.requires_grad)
        made._tangent = tangent
        return made

    def tangent(self, value: Any) -> Any:
        """The tangent of a tensor of this level; None if it has none. Runs at the level below."""
        if type(value) is not Wrapped or value._level is not self:
            return None
        base = value._base
        if value._tangent is None and base is not None and self.tangent(base) is not None:
            self.give_tangent(value, base._tangent)  # the base was written since
        return value._tangent

    def apply(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None,
    ) -> Any:
        """The results of an op, with their tangents."""
        with lowered(self):
            values = tuple([self.lower(x) for x in operands])
            found = invoke(op, values, attributes, prefix, known)
            results = found if isinstance(found, tuple) else (found,)
            tangents = self.tangents(op, operands, values, attributes, prefix, known, results)
        outputs = tuple([self.wrap(x, t) for x, t in zip(results, tangents)])
        if op.form == "view" or op.name in VIEWS:
            self.viewing(operands[0], outputs[0])
        return outputs if isinstance(found, tuple) else outputs[0]

    def tangents(
        self,
        op: Op,
        operands: tuple[Any, ...],
        values: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None,
        results: tuple[Any, ...],
    ) -> list[Any]:
        """The tangents of the results of an op; None where there is none."""
        given = [self.tangent(x) for x in operands]
        if op.form == "extern":
            return host_tangents(self, op, operands, values, attributes, results)
        if all(tangent is None for tangent in given):
            return [None] * len(results)
        if op.form == "view" or op is VIEW_ADJOINT:
            return [invoke(op, (given[0],), attributes, prefix)]
        if op.form == REINTERPRETATION:
            return [reinterpreted(TANGENTS, op, given[0])]
        return derived_tangents(op, operands, given, values, attributes, prefix, known, results)

    def assign(self, target: Any, value: Any) -> None:
        """Makes `target` hold a value and its tangent."""
        with lowered(self):
            tangent = self.tangent(value)
            if tangent is not None and not self.wraps(target):
                self.take_in(target)
            if self.wraps(target):
                target._value.copy_(self.lower(value))
                if tangent is not None and target._tangent is None:
                    self.give_tangent(target, tangent)
                if target._tangent is not None:
                    if tangent is None:
                        target._tangent.zero_()
                    else:
                        target._tangent.copy_(tangent)
                return
            target.copy_(self.lower(value))

    def take_in(self, target: Any) -> None:
        """Makes a tensor one of this level, so that it can have a tangent.

        Raises:
            RuntimeError: It was made outside of the function.
        """
        if not self.made_inside(target):
            raise RuntimeError(
                "a tensor without a tangent must not be written in place with one that has a"
                " tangent"
            )
        self.adopt(target)

    def give_tangent(self, target: Any, like: Any) -> None:
        """Gives a tensor, and the tensor it is a view of, a tangent of zeros; mapped if `like`
        is."""
        base = target._base
        if base is None:
            target._tangent = like.new_zeros(tuple(target.shape), dtype=target.dtype)
            return
        if base._tangent is None:
            self.give_tangent(base, like)
        if base.dtype is not target.dtype or base._layout.conj != target._layout.conj:
            raise RuntimeError(
                "a part of a complex tensor without a tangent must not be written in place with "
                "one that has a tangent"
            )
        offset = base._tangent.storage_offset() + target._offset - base._offset
        target._tangent = base._tangent.as_strided(tuple(target.shape), target.stride(), offset)


def derived_tangents(
    op: Op,
    operands: tuple[Any, ...],
    given: list[Any],
    values: tuple[Any, ...],
    attributes: tuple[Any, ...],
    prefix: int,
    known: Binding | None,
    results: tuple[Any, ...],
) -> list[Any]:
    """The tangents of the results by the derived op; runs at the level below."""
    special, present, kept = narrowed(op, values, attributes)
    moving = {
        entry.name: tangent
        for entry, tangent in zip(op.inputs, given)
        if tangent is not None and entry.name not in op.nondifferentiable
    }
    if not moving:
        return [None] * len(results)
    if has_complex(results):
        check_holomorphic(special)
    else:  # what a real function's partial at complex numbers means: see `complex_rules.py`
        moving = {name: conjugated(tangent) for name, tangent in moving.items()}
    derived = derive_tangent(special, frozenset(moving))
    names = tangent_names(special)
    binding = binding_of(special, arguments_of(present), kept, prefix, known)
    available: dict[str, Any] = {names[name]: tangent for name, tangent in moving.items()}
    for entry, value in zip(special.inputs, present):
        available.setdefault(entry.name, value)
    for output, value in zip(special.outputs, results):
        available.setdefault(output.name, value)
    numbers = {spec.name: value for spec, value in zip(special.attributes, kept)}
    tangents: dict[str, Any] = {}
    if derived.outputs:
        found = invoke(
            derived,
            tuple(available[entry.name] for entry in derived.inputs),
            tuple(numbers[spec.name] for spec in derived.attributes),
            prefix,
            binding,
        )
        found = found if isinstance(found, tuple) else (found,)
        tangents = {entry.name: value for entry, value in zip(derived.outputs, found)}
    return [
        _shaped(tangents.get(names[output.name]), result)
        for output, result in zip(special.outputs, results)
    ]


def _shaped(tangent: Any, result: Any) -> Any:
    """A tangent in the shape and dtype of its result."""
    if tangent is None or result.dtype.kind not in ("float", "complex"):
        return None
    if tangent.dtype is not result.dtype:
        tangent = tangent.to(result.dtype)
    return tangent if tangent.shape == result.shape else tangent.expand(result.shape)


def host_tangents(
    level: ForwardLevel,
    op: Op,
    operands: tuple[Any, ...],
    values: tuple[Any, ...],
    attributes: tuple[Any, ...],
    results: tuple[Any, ...],
) -> list[Any]:
    """The tangents of a host op: for `cat` by linearity, else the transpose of its adjoint."""
    if op.name in LINEAR_ROUTINES:
        parts = [level.tangent(x) for x in operands[0]]
        if all(part is None for part in parts):
            return [None] * len(results)
        full = [
            x.new_zeros(tuple(x.shape)) if part is None else part
            for x, part in zip(values[0], parts)
        ]
        return [invoke(op, (tuple(full),), attributes)]
    tangents = [level.tangent(x) for x in operands]
    if all(tangent is None for tangent in tangents):
        return [None] * len(results)
    return push_forward(op, values, attributes, tangents, results)

"""`Library`: ops defined and implemented in parts, and built-ins overridden, for as long as the
object lives."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from ...ops.errors import ArgumentValueError, CustomOpError
from . import by_name
from .custom import CustomOp
from .expected import check_text
from .override import override
from .schema import parse_schema, split_name

BUILT_IN = "aten"
KINDS = ("DEF", "IMPL", "FRAGMENT")
PLACES: dict[str, str | None] = {
    "CPU": "cpu", "CUDA": "cuda", "Meta": "meta", "CompositeExplicitAutograd": None,
}  # fmt: skip
COMPOSITE = ("", "CompositeImplicitAutograd")

_defined: set[str] = set()  # namespaces that a library of kind DEF has


class Library:
    """Part of a namespace of ops.

    Args:
        ns: The namespace; `aten` is that of the built-ins.
        kind: "DEF", the one that defines a namespace; "FRAGMENT", another that does; "IMPL", which
            only implements.
        dispatch_key: What `impl` is for where it does not say.

    Raises:
        ValueError: The kind is not known.
        RuntimeError: The namespace is defined already.
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        check_text(ns, "Library: ns")
        if kind not in KINDS:
            raise ArgumentValueError(f"Unsupported kind: {kind}; it must be one of {KINDS}")
        if kind == "DEF" and (ns == BUILT_IN or ns in _defined):
            raise CustomOpError(
                f"Only a single library of kind DEF can define the namespace {ns}; use FRAGMENT "
                "for further parts, or IMPL to implement what others define"
            )
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._undo: list[Callable[[], None]] = []
        self._given: set[tuple[str, str]] = set()
        if kind == "DEF":
            _defined.add(ns)
            self._undo.append(functools.partial(_defined.discard, ns))
        self._end = weakref.finalize(self, _run_backwards, self._undo)
        self._end.atexit = False

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})"

    def define(self, schema: str, alias_analysis: str = "", *, tags: object = ()) -> str:
        """Defines an op by its schema; gives its name.

        Raises:
            RuntimeError: The library only implements, or the op exists.
            ValueError: The schema is none, or names another namespace.
        """
        if self.kind == "IMPL":
            raise CustomOpError(
                f"define({schema!r}): a library of kind IMPL cannot define an op; use DEF or "
                "FRAGMENT"
            )
        read = parse_schema(schema, self.ns)
        if split_name(read.name)[0] != self.ns:
            raise ArgumentValueError(
                f"define({schema!r}): the namespace must be {self.ns}, that of the library"
            )
        if by_name.find(read.name) is not None:
            raise CustomOpError(f"{read.name} is defined already")
        op = by_name.add(CustomOp(read))
        self._undo.append(functools.partial(by_name.remove, op))
        return split_name(read.name)[1]

    def impl(
        self,
        op_name: Any,
        fn: Callable[..., Any],
        dispatch_key: str = "",
        *,
        with_keyset: bool = False,
        allow_override: bool = True,
    ) -> None:
        """Implements an op, or overrides a built-in, until the library goes.

        Args:
            op_name: `f`, `mylib::f`, `div.Tensor`, or the op.
            fn: Takes the op's arguments, operands by position.
            dispatch_key: CPU, CUDA, Meta; CompositeExplicitAutograd for all devices;
                CompositeImplicitAutograd (the default) for a function of other ops.
            with_keyset: Not supported.
            allow_override: False: it is an error if this library implemented it before.

        Raises:
            RuntimeError: There is no such op, the key is not known, or it was implemented before.
        """
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found {type(fn)}")
        if with_keyset:
            raise CustomOpError("impl: there are no key sets here; leave out with_keyset")
        key = dispatch_key or self.dispatch_key
        name = op_name.schema.name if isinstance(op_name, CustomOp) else str(op_name)
        space, own, _ = split_name(name if "::" in name else f"{self.ns}::{name}")
        if space != self.ns:
            raise CustomOpError(f"impl: the namespace of {name} must be {self.ns}")
        if (own, key) in self._given and not allow_override:
            raise CustomOpError(f"impl: {space}::{own} has an implementation for {key} already")
        found = by_name.find(f"{space}::{own}")
        if found is not None:
            self._implement(found, fn, key)
        else:
            registered = own if space == BUILT_IN else f"{space}::{own}"
            self._undo.append(override(registered, fn, self._place(registered, key)))
        self._given.add((own, key))

    def _place(self, name: str, key: str) -> str | None:
        if key not in PLACES:
            raise CustomOpError(
                f"could not parse dispatch key: {key!r}; for {name}, which has kernels of its "
                f"own, it must be one of {', '.join(PLACES)}"
            )
        return PLACES[key]

    def _implement(self, op: CustomOp, function: Callable[..., Any], key: str) -> None:
        if key in COMPOSITE:
            self._replace(op, "composite", function)
        elif key == "Meta":
            self._replace(op, "fake", function)
            op.promised.clear()
        elif key in PLACES:
            place = PLACES[key]
            before = op.kernels.get(place)
            op.kernels[place] = function
            self._undo.append(functools.partial(_put_back, op.kernels, place, before))
        else:
            known = ", ".join([*PLACES, COMPOSITE[1]])
            raise CustomOpError(
                f"could not parse dispatch key: {key!r}; it must be one of {known}. A derivative "
                "is given with register_autograd"
            )

    def _replace(self, op: CustomOp, name: str, function: Callable[..., Any]) -> None:
        self._undo.append(functools.partial(setattr, op, name, getattr(op, name)))
        setattr(op, name, function)

    def _destroy(self) -> None:
        """Undoes everything now."""
        self._end()


def _put_back(table: dict[Any, Any], key: Any, value: Any) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _run_backwards(undo: list[Callable[[], None]]) -> None:
    """Undoes what was done last first."""
    while undo:
        undo.pop()()

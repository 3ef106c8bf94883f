"""The functions of `torch.library`: ops implemented by hand, and what is registered for them.

Of `lib`, `tags` and `alias_analysis` only the first has a meaning, and only where an op is defined
or implemented: it then ends with the library. What is registered for an op lasts as long as the op.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...ops.dtype import dtype
from ...ops.errors import ArgumentValueError
from . import by_name
from .by_name import op_of
from .custom import CustomOp
from .define import define as declare
from .expected import check_function, check_text
from .infer import schema_of
from .library import BUILT_IN, Library
from .schema import parse_schema, split_name

Named = str | CustomOp


def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: str | Iterable[str],
    device_types: str | Iterable[str] | None = None,
    schema: str | None = None,
    tags: object = None,
) -> Any:
    """An op made of a Python function, `ts.ops.namespace.name`. Usable as a decorator.

    Args:
        name: `namespace::name`.
        fn: Computes it from tensors and numbers, all annotated; it may use NumPy. It must return
            new tensors.
        mutates_args: Names of the arguments it writes into; "unknown" for all tensors.
        device_types: Devices it is for; by default all.
        schema: `(Tensor x, int n) -> Tensor`, in place of the annotations.
        tags: Accepted.

    Raises:
        ValueError: The name has no namespace, or there is no schema.
    """
    check_text(name, "custom_op: name")
    space, own, _ = split_name(name)
    if space == BUILT_IN:
        raise ArgumentValueError(
            f"custom_op: {name}: the namespace {BUILT_IN} is that of the package's own ops; "
            f'Library("{BUILT_IN}", "IMPL").impl({own!r}, ...) overrides one'
        )
    named = "" if schema is None else schema.partition("(")[0].strip()
    if "::" in named and named != name:
        raise ArgumentValueError(f"custom_op: the schema is of {named}, but the op is {name}")

    def make(function: Callable[..., Any]) -> CustomOp:
        check_function(function, f"custom_op: {name}: fn")
        if schema is None:
            read = schema_of(name, function, mutates_args)
        else:
            read = parse_schema(schema if "::" in named else name + schema)
        op = CustomOp(read)
        op.register_kernel(device_types, function)
        op.present(function)
        return by_name.add(op)

    return make if fn is None else make(fn)


def register_kernel(
    op: Named,
    device_types: str | Iterable[str] | None,
    func: Callable[..., Any] | None = None,
    /,
    *,
    lib: Library | None = None,
) -> Any:
    """`CustomOp.register_kernel` for an op by name. Usable as a decorator."""
    return op_of(op).register_kernel(device_types, func)


def register_fake(
    op: Named, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None
) -> Any:
    """`CustomOp.register_fake` for an op by name. Usable as a decorator."""
    found = op_of(op)
    return found.register_fake if func is None else found.register_fake(func)


def register_autograd(
    op: Named,
    backward: Callable[..., Any],
    /,
    *,
    setup_context: Callable[..., Any] | None = None,
    lib: Library | None = None,
) -> None:
    """`CustomOp.register_autograd` for an op by name."""
    op_of(op).register_autograd(backward, setup_context=setup_context)


def register_jvp(op: Named, tangent: Callable[..., Any] | None = None, /) -> Any:
    """`CustomOp.register_jvp` for an op by name. Usable as a decorator."""
    found = op_of(op)
    return found.register_jvp if tangent is None else found.register_jvp(tangent)


def register_vmap(
    op: Named, func: Callable[..., Any] | None = None, /, *, lib: Library | None = None
) -> Any:
    """`CustomOp.register_vmap` for an op by name. Usable as a decorator."""
    return op_of(op).register_vmap(func)


def register_autocast(
    op: Named, device_type: str, cast_inputs: dtype, /, *, lib: Library | None = None
) -> None:
    """`CustomOp.register_autocast` for an op by name."""
    op_of(op).register_autocast(device_type, cast_inputs)


def define_by_schema(
    qualname: str, schema: str, *, lib: Library | None = None, tags: object = ()
) -> None:
    """Defines an op that has no kernel yet, `define_by_schema("mylib::f", "(Tensor x) -> Tensor")`.

    Args:
        lib: Ends with it; for good if there is none.

    Raises:
        RuntimeError: The op exists.
        ValueError: Name or schema is wrong.
    """
    space, name, _ = split_name(qualname)
    if lib is None:
        lib = Library(space, "FRAGMENT")
        _kept.append(lib)
    lib.define(name + schema)


def define(
    text: str,
    schema: str | None = None,
    /,
    *,
    replace: bool = False,
    file: str = "<text>",
    lib: Library | None = None,
    tags: object = (),
) -> Any:
    """Defines ops of a YAML text, whose functions it gives; or, as in PyTorch, one without a kernel
    by its name and its schema.

    Args:
        text: Entries by names; or `mylib::f`.
        schema: `(Tensor x) -> Tensor`.
        replace, file: As in `tensor.library.define.define`.
        lib: The op of a schema ends with it.

    Raises:
        RegistryError: An entry is wrong, or defined otherwise.
        RuntimeError, ValueError: The op of a schema exists, or the schema is wrong.
    """
    if schema is None:
        return declare(text, replace=replace, file=file)
    return define_by_schema(text, schema, lib=lib, tags=tags)


def impl(
    qualname: str,
    types: str | Iterable[str],
    func: Callable[..., Any] | None = None,
    *,
    lib: Library | None = None,
) -> Any:
    """Implements an op for device types ("default" for all). Usable as a decorator."""
    space = split_name(qualname)[0]

    def take(function: Callable[..., Any]) -> Callable[..., Any]:
        target = lib
        if target is None:
            target = Library(space, "FRAGMENT" if space != BUILT_IN else "IMPL")
            _kept.append(target)
        for kind in (types,) if isinstance(types, str) else tuple(types):
            target.impl(qualname, function, KEYS.get(kind.lower(), kind))
        return function

    return take if func is None else take(func)


KEYS = {
    "cpu": "CPU", "cuda": "CUDA", "meta": "Meta", "default": "CompositeExplicitAutograd",
}  # fmt: skip
_kept: list[Library] = []  # what was defined for good

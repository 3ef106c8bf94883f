"""Modules called with other parameters, and many modules as one with stacked parameters."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..tensor.functions.joining import stack
from ..tensor.tensor import Tensor
from .modes import no_grad


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """The result of a module with parameters and buffers replaced for this one call.

    Args:
        module: Anything with `named_parameters` and `named_buffers`.
        parameter_and_buffer_dicts: Full name -> tensor, or several such mappings.
        args: The argument, or a tuple of them.
        tie_weights: A tensor known by several names is replaced under all of them.
        strict: Every name of the module must be given, and no other.

    Raises:
        ValueError: Two mappings share a name, or tied names get different tensors.
        RuntimeError: `strict`, and names are missing or unknown.
    """
    if isinstance(parameter_and_buffer_dicts, Mapping):
        given = dict(parameter_and_buffer_dicts)
    else:
        given = _joined(parameter_and_buffer_dicts)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    options = dict(kwargs or {})
    with replaced(module, given, tie_weights, strict):
        return module(*arguments, **options)


def _joined(parts: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    if not isinstance(parts, (list, tuple)) or not all(isinstance(x, Mapping) for x in parts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    joined: dict[str, Tensor] = {}
    for part in parts:
        for name, value in part.items():
            if name in joined:
                raise ValueError(
                    f"{[name]} appeared in multiple dictionaries; behavior of functional call is"
                    " ambiguous"
                )
            joined[name] = value
    return joined


def _names(module: Any) -> dict[str, Any]:
    """Full name -> tensor, the same tensor under several names included."""
    found = dict(module.named_parameters(remove_duplicate=False))
    found.update(module.named_buffers(remove_duplicate=False))
    return found


@contextmanager
def replaced(
    module: Any, given: Mapping[str, Any], tie_weights: bool, strict: bool
) -> Iterator[None]:
    """Inside, the module holds other tensors under the given names."""
    own = _names(module)
    wanted = _tied(own, given) if tie_weights else dict(given)
    if strict:
        missing = sorted(set(own) - set(wanted))
        unknown = sorted(set(wanted) - set(own))
        if missing or unknown:
            raise RuntimeError(
                "Error(s) in reparametrizing:\n\t"
                + f"Missing key(s): {', '.join(missing)}. Unexpected key(s): {', '.join(unknown)}."
            )
    before: list[tuple[Any, str, Any]] = []
    try:
        for name, value in wanted.items():
            owner = _owner(module, name)
            short = name.rpartition(".")[2]
            before.append((_table(owner, short), short, _table(owner, short).get(short, _ABSENT)))
            _table(owner, short)[short] = value
        yield
    finally:
        for table, short, value in reversed(before):
            if value is _ABSENT:
                table.pop(short, None)
            else:
                table[short] = value


_ABSENT = object()


def _owner(module: Any, name: str) -> Any:
    for part in name.split(".")[:-1]:
        module = getattr(module, part)
    return module


def _table(owner: Any, short: str) -> dict[str, Any]:
    """The dict in which a module keeps an entry of that name."""
    for table in (owner.__dict__.get("_parameters"), owner.__dict__.get("_buffers")):
        if table is not None and short in table:
            return table  # type: ignore[no-any-return]
    return owner.__dict__  # type: ignore[no-any-return]


def _tied(own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given tensors under all names that mean the same tensor in the module.

    Raises:
        ValueError: Two names of one tensor get different ones.
    """
    groups: dict[int, list[str]] = {}
    for name, tensor in own.items():
        groups.setdefault(id(tensor), []).append(name)
    wanted = dict(given)
    for names in groups.values():
        values = [given[name] for name in names if name in given]
        if len(names) == 1 or not values:
            continue
        if any(value is not values[0] for value in values):
            raise ValueError(
                "functional_call got multiple values for keys "
                f"{[name for name in names if name in given]}, which are tied. Consider using"
                " tie_weights=False"
            )
        for name in names:
            wanted[name] = values[0]
    return wanted


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and buffers of several modules of one class, each stacked along a new first dim.

    Raises:
        RuntimeError: There is no module, they are in different modes, or of different classes.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if any(model.training != models[0].training for model in models):
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = {
        name: _stacked([dict(model.named_parameters())[name] for model in models])
        for name, _ in models[0].named_parameters()
    }
    buffers = {
        name: _stacked([dict(model.named_buffers())[name] for model in models])
        for name, _ in models[0].named_buffers()
    }
    return parameters, buffers


def _stacked(tensors: Sequence[Any]) -> Any:
    if all(x.requires_grad and x.is_leaf for x in tensors):
        with no_grad():
            joined = stack(tuple(tensors))
        return joined.detach().requires_grad_()
    if any(x.requires_grad for x in tensors) and not all(x.requires_grad for x in tensors):
        raise RuntimeError(
            "Expected parameters from different models to have the same .requires_grad"
        )
    return stack(tuple(tensors))


Module = Callable[..., Any]
__all__ = ["copy", "functional_call", "replaced", "stack_module_state"]

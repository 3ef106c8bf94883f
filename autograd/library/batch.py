"""An op implemented by hand on a batch: by the rule that was registered, or one example after the
other."""

from __future__ import annotations

from typing import Any

from ...ops import registry
from ...ops.errors import CustomOpError
from ...tensor.library.custom import CustomOp
from ...tensor.library.kernel_call import promised
from ...tensor.tensor import Tensor
from ..function_levels import apply_in_level
from ..invoke import invoke
from .structure import Structure

Mapped = tuple[tuple[Any, ...], tuple[Any, ...], Structure]


def map_batch(
    op: CustomOp,
    function: Any,
    arguments: Structure,
    info: Any,
    in_dims: tuple[Any, ...],
    leaves: tuple[Any, ...],
) -> Mapped:
    """Leaves of the results, the dim of the batch in each (None if there is none), and their
    structure.

    Raises:
        RuntimeError: The registered rule returned something else, or an argument is written that
            is not mapped.
    """
    if op.batch is not None:
        return _by_rule(op, arguments, info, in_dims, leaves)
    return _one_by_one(op, function, arguments, info.batch_size, in_dims, leaves)


def _by_rule(
    op: CustomOp,
    arguments: Structure,
    info: Any,
    in_dims: tuple[Any, ...],
    leaves: tuple[Any, ...],
) -> Mapped:
    assert op.batch is not None
    rule = op.batch
    schema = op.schema
    dims = arguments.restore(in_dims, list)[: schema.positional]
    try:
        found = _call_rule(op, rule, arguments, info, dims, leaves)
    except Exception as error:
        error.add_note(f"in the vmap rule of {schema.name}")
        raise
    if not isinstance(found, tuple) or len(found) != 2:
        raise CustomOpError(
            f"{schema.name}: the vmap rule must return (results, dims), but it returned "
            f"{type(found).__name__}"
        )
    results, out_dims = found
    single = len(schema.returns) == 1
    results = (results,) if single else tuple(results or ())
    out_dims = (out_dims,) if single else out_dims
    if len(results) != len(schema.returns):
        raise CustomOpError(
            f"{schema.name}: the vmap rule must return {len(schema.returns)} results, but it "
            f"returned {len(results)}"
        )
    if not isinstance(out_dims, (tuple, list)):
        out_dims = (out_dims,) * len(results)
    structure = Structure.of_results(results)
    spread = tuple(
        each if length is None or isinstance(each, (list, tuple)) else (each,) * length
        for each, length in zip(out_dims, structure.lengths)
    )
    return structure.flatten(results), structure.flatten(spread), structure


def _call_rule(
    op: CustomOp, rule: Any, arguments: Structure, info: Any, dims: Any, leaves: tuple[Any, ...]
) -> Any:
    values = arguments.restore(leaves, list)
    count = op.schema.positional
    names = [each.name for each in op.schema.parameters[count:]]
    return rule(info, dims, *values[:count], **dict(zip(names, values[count:])))


def _one_by_one(
    op: CustomOp,
    function: Any,
    arguments: Structure,
    size: int,
    in_dims: tuple[Any, ...],
    leaves: tuple[Any, ...],
) -> Mapped:
    _check_written(op, arguments, in_dims)
    if not size:
        return _empty(op, arguments, in_dims, leaves)
    found = []
    for place in range(size):
        parts = tuple(x if dim is None else x.select(dim, place) for x, dim in zip(leaves, in_dims))
        found.append(apply_in_level(function, parts))
    structures, *columns = list(zip(*found))
    if any(each != structures[0] for each in structures):
        raise CustomOpError(
            f"vmap: {op.schema.name} must return lists of one length for all examples"
        )
    for column in columns:
        if any(not isinstance(x, Tensor) for x in column):
            raise CustomOpError(
                f"vmap: {op.schema.name} returns a number, which cannot differ from example to "
                "example: register a rule with register_vmap"
            )
    stacked = tuple(_stack(op, column) for column in columns)
    return stacked, (0,) * len(stacked), structures[0]


def _stack(op: CustomOp, column: tuple[Any, ...]) -> Any:
    shapes = {tuple(x.shape) for x in column}
    if len(shapes) > 1:
        raise CustomOpError(
            f"vmap: results of {op.schema.name} must have one shape for all examples, but they "
            f"have {sorted(shapes)}"
        )
    return invoke(registry.get("cat"), (tuple(x.unsqueeze(0) for x in column),), (0,))


def _empty(
    op: CustomOp, arguments: Structure, in_dims: tuple[Any, ...], leaves: tuple[Any, ...]
) -> Mapped:
    """The results for a batch without examples: only the fake knows their shapes."""
    if op.fake is None:
        raise CustomOpError(
            f"vmap: a batch of 0 examples of {op.schema.name} has shapes that only register_fake "
            "can tell"
        )
    one = tuple(
        x if dim is None else x.new_zeros(tuple(x.shape[:dim] + x.shape[dim + 1 :]))
        for x, dim in zip(leaves, in_dims)
    )
    promise = promised(op, arguments.restore(one))
    if promise.open:
        raise CustomOpError(
            f"vmap: a batch of 0 examples of {op.schema.name} has a shape that depends on elements"
        )
    found = promise.results
    results = Structure.of_results(found)
    like = next(x for x, dim in zip(leaves, in_dims) if dim is not None)
    made = tuple(like.new_zeros((0, *x.shape), dtype=x.dtype) for x in results.flatten(found))
    return made, (0,) * len(made), results


def _check_written(op: CustomOp, arguments: Structure, in_dims: tuple[Any, ...]) -> None:
    """Raises RuntimeError if a shared argument would be written once for each example."""
    for parameter, dims in zip(op.schema.parameters, arguments.restore(in_dims, list)):
        each = dims if isinstance(dims, list) else [dims]
        if parameter.form.written and None in each:
            raise CustomOpError(
                f"vmap: {op.schema.name} writes into argument {parameter.name}, which must then be "
                "mapped like the others"
            )

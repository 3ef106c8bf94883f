"""Maps of shape, strides and offset: what view ops do instead of running a kernel.

A map is three Python expressions over lists. They are checked against a white list and compiled
once for each op.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ..dataclass import dataclass
from ..errors import DimensionError, IndexRangeError, RegistryError, ShapeError, ViewError
from ..language.op import Op
from ..language.syntax import parse_quietly
from .attributes import complete
from .places import wrap as wrap_dim
from .specialize import title

Ints = Sequence[int]
Evaluate = Callable[..., object]

_NODES = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.List, ast.Tuple, ast.Subscript,
    ast.Slice, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.ListComp,
    ast.comprehension, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Starred,
)  # fmt: skip


def swap(items: Ints, first: int, second: int) -> list[int]:
    """The list with two places exchanged."""
    result = list(items)
    if result:  # a scalar has a dim 0 to name, but none to exchange
        result[first], result[second] = result[second], result[first]
    return result


def insert(items: Ints, place: int, value: int) -> list[int]:
    """The list with a value put before `place`."""
    return [*items[:place], value, *items[place:]]


def remove(items: Ints, place: int) -> list[int]:
    """The list without one place."""
    return [*items[:place], *items[place + 1 :]]


def replace(items: Ints, place: int, value: int) -> list[int]:
    """The list with another value at `place`."""
    return [*items[:place], value, *items[place + 1 :]]


def bound(place: int | None, extent: int, absent: int) -> int:
    """Where the bound of a slice lies: counted from the end if negative, and never outside."""
    if place is None:
        return absent
    return min(place, extent) if place >= 0 else max(place + extent, 0)


def contiguous(shape: Ints) -> list[int]:
    """Strides of a shape in row-major order; an extent of 0 counts as 1, as PyTorch has it."""
    strides = [1] * len(shape)
    for dim in range(len(shape) - 2, -1, -1):
        strides[dim] = strides[dim + 1] * max(shape[dim + 1], 1)
    return strides


def infer(shape: Ints, new: Ints) -> list[int]:
    """A new shape with its -1 filled in.

    Raises:
        ShapeError: The number of elements differs, or there are two -1.
    """
    total = math.prod(shape)
    result = list(new)
    unknown = [place for place, extent in enumerate(result) if extent == -1]
    if len(unknown) > 1:
        raise ShapeError("shape must have one -1 at most: only one dimension can be inferred")
    if any(extent < -1 for extent in result):
        raise ShapeError(
            f"shape must not have a negative size but -1, got invalid shape dimension in {result}"
        )
    rest = math.prod(extent for extent in result if extent != -1)
    if unknown:
        if rest == 0:
            raise ShapeError(
                f"shape: cannot reshape tensor of {total} elements into shape {result} because the "
                f"unspecified dimension size -1 can be any value and is ambiguous"
            )
        if total % rest == 0:
            result[unknown[0]] = total // rest
            return result
    if rest != total or unknown:
        raise ShapeError(f"shape '{list(new)}' is invalid for input of size {total}")
    return result


def reshape_strides(shape: Ints, strides: Ints, new: Ints) -> list[int]:
    """Strides that show a tensor under another shape with as many elements.

    Dims of the old shape that lie in memory as one run are cut again as the new shape asks.

    Raises:
        ViewError: No strides do; a copy is needed.
    """
    if math.prod(shape) == 0:
        return list(strides) if list(shape) == list(new) else contiguous(new)
    result = [1] * len(new)
    place = len(new) - 1
    run, base = 1, 1
    for dim in range(len(shape) - 1, -1, -1):
        if run == 1:
            base = strides[dim]
        run *= shape[dim]
        last = dim == 0
        if last or (shape[dim - 1] != 1 and strides[dim - 1] != run * base):
            inner = 1
            while place >= 0 and (inner < run or new[place] == 1):
                result[place] = inner * base
                inner *= new[place]
                place -= 1
            if inner != run:
                raise _not_a_view(shape, strides, new)
            run = 1
    if place >= 0 and not shape:
        return contiguous(new)
    if place >= 0:
        raise _not_a_view(shape, strides, new)
    return result


def _not_a_view(shape: Ints, strides: Ints, new: Ints) -> ViewError:
    return ViewError(
        "shape must be compatible with the strides: view size is not compatible with input "
        "tensor's size and stride (at least one dimension spans across two contiguous subspaces), "
        f"use reshape(...) instead: got {list(shape)} with strides {list(strides)} as {list(new)}"
    )


@dataclass(frozen=True)
class _Map:
    """The compiled expressions of a view op."""

    op: Op
    shape: Evaluate
    strides: Evaluate
    offset: Evaluate
    requirements: tuple[tuple[str, Evaluate], ...]


_FUNCTIONS: dict[str, object] = {
    "len": len, "range": range, "sorted": sorted, "set": set, "list": list, "tuple": tuple,
    "min": min, "max": max, "sum": sum, "any": any, "all": all, "enumerate": enumerate, "zip": zip,
    "abs": abs, "swap": swap, "insert": insert, "remove": remove, "replace": replace,
    "bound": bound, "product": math.prod, "contiguous": contiguous, "infer": infer,
    "reshape_strides": reshape_strides, "True": True, "False": False, "None": None,
}  # fmt: skip
_GIVEN = ("shape", "strides", "rank", "new", "start", "wrap", "permute", "move")
_MAPS: dict[int, _Map] = {}


def check_view(op: Op) -> None:
    """Compiles a view op's expressions.

    Raises:
        RegistryError: One has a name or a construct that views do not have.
    """
    _MAPS[id(op)] = _compile(op)


def _compile(op: Op) -> _Map:
    texts = dict(op.kernel)
    names = (*_GIVEN, *(spec.name for spec in op.attributes if spec.name not in _GIVEN))
    shape, strides, offset = (
        _function(op, texts[key], names) for key in ("shape", "strides", "offset")
    )
    requirements = tuple(
        (key.removeprefix("require: "), _function(op, text, names))
        for key, text in op.kernel
        if key.startswith("require: ")
    )
    return _Map(op, shape, strides, offset, requirements)


def _function(op: Op, text: str, names: Sequence[str]) -> Evaluate:
    tree = parse_quietly(f"({text}\n)", "eval")
    bound = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise RegistryError(
                f"{type(node).__name__} is not in the language of views", entry=op.name
            )
        if isinstance(node, ast.Name) and node.id not in {*names, *bound, *_FUNCTIONS}:
            raise RegistryError(f"{node.id} is not known in the view {text!r}", entry=op.name)
    source = f"lambda {', '.join(names)}: ({text}\n)"
    scope: dict[str, object] = {"__builtins__": {}, **_FUNCTIONS}
    function: Evaluate = eval(compile(source, f"<view {op.name}>", "eval"), scope)
    return function


def view_map(
    op: Op,
    shape: Ints,
    strides: Ints,
    attributes: Mapping[str, object] = MappingProxyType({}),
    start: int = 0,
) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Shape, strides and offset of a view.

    Args:
        op: A view op.
        shape, strides: Those of the input, in elements.
        attributes: Name -> Python value.
        start: Offset of the input in its storage, in elements.

    Returns:
        Shape and strides of the view, and its offset from the input's first element, in elements.

    Raises:
        ShapeError, DimensionError, IndexRangeError: What the entry requires does not hold.
        ViewError: The strides cannot show the new shape.
    """
    found = _MAPS.get(id(op))
    if found is None or found.op is not op:
        found = _MAPS[id(op)] = _compile(op)
    values = complete(op, attributes)
    given: dict[str, object] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
    given |= {
        "shape": list(shape),
        "strides": list(strides),
        "rank": len(shape),
        "new": [],
        "start": values.get("start", start),
        **_orders(op, len(shape)),
    }
    _check(op, found, given, values)
    try:
        given["new"] = new = _ints(op, found.shape(**given))
        steps = _ints(op, found.strides(**given))
        offset = found.offset(**given)
    except DimensionError:
        raise
    except ShapeError as error:
        raise type(error)(f"{title(op.name)}: {error}") from None
    except IndexError:
        raise DimensionError(
            f"{title(op.name)}: a dim must exist: got a tensor of shape {list(shape)} and {values}"
        ) from None
    assert isinstance(offset, int)
    return tuple(new), tuple(steps), offset


def _orders(op: Op, rank: int) -> dict[str, object]:
    """What the maps of views call to bring dims of a tensor into another order."""

    def wrap(dim: int, rank: int = rank) -> int:
        return wrap_dim(op.name, "dim", dim, rank)

    def permute(items: Ints, dims: Ints) -> list[int]:
        return [items[wrap(dim)] for dim in dims]

    def move(items: Ints, source: Ints, destination: Ints) -> list[int]:
        taken = [wrap(dim) for dim in source]
        rest = [place for place in range(rank) if place not in taken]
        order = dict(zip((wrap(dim) for dim in destination), taken))
        return [items[order[place] if place in order else rest.pop(0)] for place in range(rank)]

    return {"wrap": wrap, "permute": permute, "move": move}


def _ints(op: Op, value: object) -> list[int]:
    if not isinstance(value, list | tuple | range):
        raise RegistryError(f"a map must give a list, got {value!r}", entry=op.name)
    return list(value)


def _check(op: Op, found: _Map, given: dict[str, object], values: Mapping[str, object]) -> None:
    """Checks the requirements of a view."""
    for why, holds in found.requirements:
        try:
            if holds(**given):
                continue
        except DimensionError:
            raise
        except IndexError:
            raise DimensionError(
                f"{title(op.name)}: a dim must exist: got a tensor of shape {given['shape']}"
            ) from None
        seen = [f"shape {given['shape']}", *(f"{name} = {value}" for name, value in values.items())]
        message = f"{title(op.name)}: {why}: got {', '.join(seen)}"
        if why.startswith("index "):
            raise IndexRangeError(message)
        raise DimensionError(message) if why.startswith("dim ") else ShapeError(message)

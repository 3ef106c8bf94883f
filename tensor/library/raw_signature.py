"""What a raw kernel takes: `scale(float32[N] x, float a = 2) -> float32[N] y`.

A type in brackets is a tensor, its sizes are names or numbers; `[...]` is any shape, the same for
all tensors that have it. The kernel gets the addresses of tensors and results, then numbers, then
one count for each size, in the order in which they first appear.
"""

from __future__ import annotations

import re
from typing import Any

from ...ops.dataclass import dataclass
from ...ops.dtype import DTYPES, dtype
from ...ops.errors import ArgumentValueError, CustomOpError, nearest
from ...ops.language.op import REQUIRED
from .expected import check_text
from .schema import marked, split

ANY = "..."
NUMBERS = ("float", "int")
_WHOLE = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*\((?P<inside>.*)\)\s*->\s*(?P<results>.+)$", re.S)
_TENSOR = re.compile(r"(?P<kind>\w+)\s*\[(?P<sizes>[^\]]*)\]\s*(?P<name>[a-z_]\w*)$")
_NUMBER = re.compile(r"(?P<kind>\w+)\s+(?P<name>[a-z_]\w*)\s*(?:=\s*(?P<default>\S+))?$")
_SIZE = re.compile(r"[A-Z][A-Z0-9_]*$|\d+$|\.\.\.$")
_KINDS = {kind.name: kind for kind in DTYPES}

Sizes = dict[str, int]


@dataclass(frozen=True)
class RawTensor:
    """A tensor argument or a result.

    Attributes:
        name: As in the signature.
        dtype: Of its elements.
        sizes: Names and numbers; `("...",)` for any shape.
    """

    name: str
    dtype: dtype
    sizes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.dtype.name}[{', '.join(self.sizes)}]"


@dataclass(frozen=True)
class RawNumber:
    """A number argument.

    Attributes:
        name: As in the signature.
        kind: float or int.
        default: `REQUIRED` if there is none.
    """

    name: str
    kind: str
    default: Any


@dataclass(frozen=True)
class RawSignature:
    """What a raw kernel takes and gives.

    Attributes:
        text: As written.
        name: Of the kernel.
        arguments: Tensors and numbers, in order.
        results: What it writes.
    """

    text: str
    name: str
    arguments: tuple[RawTensor | RawNumber, ...]
    results: tuple[RawTensor, ...]

    @property
    def tensors(self) -> tuple[RawTensor, ...]:
        """The tensor arguments."""
        return tuple(each for each in self.arguments if isinstance(each, RawTensor))

    @property
    def numbers(self) -> tuple[RawNumber, ...]:
        """The number arguments."""
        return tuple(each for each in self.arguments if isinstance(each, RawNumber))

    @property
    def sizes(self) -> tuple[str, ...]:
        """Names of sizes, in the order in which the kernel gets them."""
        every = [x for each in (*self.tensors, *self.results) for x in each.sizes]
        return tuple(dict.fromkeys(x for x in every if not x.isdigit()))

    def schema(self, namespace: str) -> str:
        """The same as a schema of PyTorch."""
        parts = []
        for each in self.arguments:
            if isinstance(each, RawTensor):
                parts.append(f"Tensor {each.name}")
            else:
                default = "" if each.default is REQUIRED else f"={each.default}"
                parts.append(f"{each.kind} {each.name}{default}")
        results = ", ".join("Tensor" for _ in self.results)
        whole = results if len(self.results) == 1 else f"({results})"
        return f"{namespace}::{self.name}({', '.join(parts)}) -> {whole}"

    def solve(self, tensors: tuple[Any, ...]) -> tuple[Sizes, tuple[int, ...]]:
        """Sizes by name, and the shape that `...` stands for.

        Raises:
            RuntimeError: A tensor has another dtype or shape than the signature says.
        """
        sizes: Sizes = {}
        shape: tuple[int, ...] | None = None
        for spec, tensor in zip(self.tensors, tensors):
            own = tuple(tensor.shape)
            if tensor.dtype is not spec.dtype:
                raise self.wrong(f"{spec.name} must be {spec}, but it has dtype {tensor.dtype}")
            if spec.sizes == (ANY,):
                if shape is not None and own != shape:
                    raise self.wrong(
                        f"tensors with [...] must have one shape, but {spec.name} has {list(own)} "
                        f"and one before it {list(shape)}"
                    )
                shape = own
                continue
            if len(own) != len(spec.sizes):
                raise self.wrong(
                    f"{spec.name} must have {len(spec.sizes)} dims, {spec}, but its shape is "
                    f"{list(own)}"
                )
            for size, extent in zip(spec.sizes, own):
                wanted = int(size) if size.isdigit() else sizes.setdefault(size, extent)
                if wanted != extent:
                    raise self.wrong(
                        f"{spec.name} must be {spec} with {size} = {wanted}, but its shape is "
                        f"{list(own)}"
                    )
        if shape is not None:
            count = 1
            for extent in shape:
                count *= extent
            sizes[ANY] = count
        return sizes, shape or ()

    def result_shapes(self, sizes: Sizes, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The shapes of the results."""
        return [
            shape
            if each.sizes == (ANY,)
            else tuple(int(x) if x.isdigit() else sizes[x] for x in each.sizes)
            for each in self.results
        ]

    def wrong(self, what: str) -> CustomOpError:
        """A call that does not fit."""
        return CustomOpError(f"{self.name}: {what}. Signature: {self.text}")


def parse_signature(text: str) -> RawSignature:
    """The signature that a text says.

    Raises:
        ValueError: It is none; the message shows where.
    """
    check_text(text, "signature")
    match = _WHOLE.match(text)
    if match is None:
        raise _wrong(text, text.strip(), "must be written 'name(float32[N] x) -> float32[N] y'")
    arguments = tuple(_argument(text, part) for part in split(match["inside"]))
    inside = match["results"].strip()
    if inside.startswith("(") and inside.endswith(")"):
        inside = inside[1:-1]
    results = tuple(_tensor(text, part) for part in split(inside))
    names = [each.name for each in (*arguments, *results)]
    for name in names:
        if names.count(name) > 1:
            raise _wrong(text, name, f"must name {name} once")
    found = RawSignature(text.strip(), match["name"], arguments, results)
    known = {x for each in found.tensors for x in each.sizes}
    for each in results:
        for size in each.sizes:
            if not size.isdigit() and size not in known:
                near = nearest(size, [x for x in known if not x.isdigit()])
                raise _wrong(text, size, f"must have the size {size} in a tensor argument{near}")
    if not found.tensors:
        raise _wrong(text, text.strip(), "must have a tensor argument")
    return found


def _argument(text: str, part: str) -> RawTensor | RawNumber:
    if "[" in part:
        return _tensor(text, part)
    match = _NUMBER.match(part)
    if match is None or match["kind"] not in NUMBERS:
        raise _wrong(text, part, "must have arguments 'float32[N] x', 'float a' or 'int n'")
    default: Any = REQUIRED
    if match["default"] is not None:
        try:
            default = (float if match["kind"] == "float" else int)(match["default"])
        except ValueError:
            raise _wrong(text, part, f"must have a default of type {match['kind']}") from None
    return RawNumber(match["name"], match["kind"], default)


def _tensor(text: str, part: str) -> RawTensor:
    match = _TENSOR.match(part)
    if match is None:
        raise _wrong(text, part, "must write a tensor as 'float32[N, M] name'")
    kind = _KINDS.get(match["kind"])
    if kind is None:
        near = nearest(match["kind"], list(_KINDS))
        raise _wrong(text, match["kind"], f"must name a dtype, one of {', '.join(_KINDS)}{near}")
    sizes = tuple(size.strip() for size in match["sizes"].split(",") if size.strip())
    for size in sizes:
        if not _SIZE.match(size) or (size == ANY and len(sizes) > 1):
            raise _wrong(text, part, "must have sizes that are upper-case names or numbers, or ...")
    return RawTensor(match["name"], kind, sizes)


def _wrong(text: str, part: str, rule: str) -> ArgumentValueError:
    return ArgumentValueError(f"signature: it {rule}\n  {marked(text, part)}")

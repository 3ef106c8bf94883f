"""What a name of the notation means: a size in upper case, a tensor, an attribute or an index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace

from ..dataclass import dataclass
from ..errors import RegistryError, nearest
from .expression import Attribute, Constant, Expression, Index, Read, Size
from .vocabulary import CONSTANTS


@dataclass(frozen=True)
class Scope:
    """What names mean where a text is read.

    Attributes:
        ranks: Tensor name -> number of its core axes; None where that is not known.
        attributes: Names of attributes.
        sizes: Names of sizes.
        functions: Whether a name is a pointwise op that expressions may call.
        strict: A name that is none of these is an error. Otherwise it is an index where it stands
            in brackets anywhere in the text, and a tensor elsewhere.
    """

    ranks: Mapping[str, int | None] = field(default_factory=dict)
    attributes: Collection[str] = ()
    sizes: Collection[str] = ()
    functions: Callable[[str], bool] = lambda name: False
    strict: bool = True

    def with_tensors(self, ranks: Mapping[str, int | None]) -> Scope:
        """The scope with further tensors in it."""
        return replace(self, ranks={**self.ranks, **ranks})

    def meaning(self, name: str, bracketed: Collection[str]) -> Expression:
        """What a name without indices stands for.

        Args:
            name: As it is written.
            bracketed: Names that stand in brackets somewhere in the text.

        Raises:
            RegistryError: It is a tensor with core axes, or has no meaning here.
        """
        if name in self.ranks:
            if rank := self.ranks[name]:
                raise RegistryError(f"{name} has {rank} core axes and must be read with indices")
            return Read(name)
        if name in self.attributes:
            return Attribute(name)
        if name in CONSTANTS:
            return Constant(CONSTANTS[name])
        if name.isupper():
            if self.strict and name not in self.sizes:
                raise RegistryError(f"{name} is not a size{nearest(name, self.sizes)}")
            return Size(name)
        index = Index(name)
        if not self.strict:
            return index if name in bracketed else Read(name)
        if index.size in self.sizes:
            return index
        raise self._unknown(index)

    def _unknown(self, index: Index) -> RegistryError:
        """The error for a name in lower case that would be an index over no known size."""
        name = index.name
        known = [*self.ranks, *self.attributes, *(size.lower() for size in self.sizes)]
        hint = nearest(name, known)
        if index.size.isupper() and len(index.size) == 1:
            sizes = ", ".join(self.sizes) or "none"
            return RegistryError(
                f"the index {name} has no range: no type, attribute or line of sizes names a size "
                f"{index.size}; the sizes are {sizes}{hint}"
            )
        return RegistryError(
            f"{name} is not an input, attribute, target or index; those are {', '.join(known)}"
            f"{hint}"
        )


LENIENT = Scope(functions=lambda name: True, strict=False)


def next_index(name: str, used: Collection[str]) -> str:
    """An index over the same size as `name` that is not used: n1 for n, n2 for n1."""
    stem = name.rstrip("0123456789")
    number = int(name[len(stem) :] or 0) + 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"

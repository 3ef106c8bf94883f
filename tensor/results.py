"""Named tuples of ops with several results, as PyTorch returns them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Self

_classes: dict[tuple[str, tuple[str, ...]], type[tuple[Any, ...]]] = {}


class Results(tuple[Any, ...]):
    """Several results, by place and by name."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        """The results made of their values, as `collections.namedtuple` spells it."""
        return cls(values)

    def __repr__(self) -> str:
        inner = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"tensorsmith.return_types.{type(self).__name__}(\n{inner})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (named, (type(self).__name__, self._fields, tuple(self)))


def class_of(name: str, fields: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """The class of an op's results."""
    found = _classes.get((name, fields))
    if found is None:
        members: dict[str, Any] = {"__slots__": (), "_fields": fields}
        for place, field in enumerate(fields):
            members[field] = property(itemgetter(place))
        found = _classes[name, fields] = type(name, (Results,), members)
    return found


def named(name: str, fields: tuple[str, ...], values: Any) -> Any:
    """The results under their names; `out=` arguments come back the same way."""
    return class_of(name, fields)(values)


named.__module__ = "tensorsmith.serialization"  # the public name, which files hold


def rebuilt(kind: type[Any], parts: Iterable[Any]) -> Any:
    """A list or tuple of that class with these parts; tuples with field names among them."""
    make = getattr(kind, "_make", None)
    return kind(parts) if make is None else make(parts)

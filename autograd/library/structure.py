"""Arguments and results of an op as flat rows of leaves: lists of tensors opened and closed."""

from __future__ import annotations

from typing import Any

from ...ops.dataclass import dataclass
from ...tensor.library.schema import Schema


@dataclass(frozen=True)
class Structure:
    """Which values are lists, and how long.

    Attributes:
        lengths: For each value the number of its leaves; None if it is no list.
    """

    lengths: tuple[int | None, ...]

    @classmethod
    def of_arguments(cls, schema: Schema, values: tuple[Any, ...]) -> Structure:
        """That of the arguments of a call; lists of numbers are leaves."""
        return cls(
            tuple(
                len(value) if isinstance(value, tuple) and parameter.form.kind == "Tensor" else None
                for parameter, value in zip(schema.parameters, values)
            )
        )

    @classmethod
    def of_results(cls, results: tuple[Any, ...]) -> Structure:
        """That of results."""
        return cls(tuple(len(x) if isinstance(x, list) else None for x in results))

    def flatten(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The leaves of values."""
        leaves: list[Any] = []
        for length, value in zip(self.lengths, values):
            if length is None:
                leaves.append(value)
            else:
                leaves += value if value is not None else (None,) * length
        return tuple(leaves)

    def restore(self, leaves: tuple[Any, ...], kind: type = tuple) -> tuple[Any, ...]:
        """The values with these leaves, lists as `kind`."""
        values, place = [], 0
        for length in self.lengths:
            if length is None:
                values.append(leaves[place])
                place += 1
            else:
                values.append(kind(leaves[place : place + length]))
                place += length
        return tuple(values)

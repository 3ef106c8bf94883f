"""What of an op implemented by hand a call of its kernel needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .results import Promise
from .schema import Schema


class Kernels:
    """The functions that compute an op, or only what its results look like.

    Attributes:
        schema: What the op takes and returns.
        kernels: Functions by device type; that under None serves devices without one.
        fake: Shapes, dtypes and devices of the results for arguments on the device `meta`.
        promised: What the fake said, by what the call looks like.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.kernels: dict[str | None, Callable[..., Any]] = {}
        self.fake: Callable[..., Any] | None = None
        self.promised: dict[Any, Promise] = {}

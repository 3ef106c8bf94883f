"""The C-layout base type of `Tensor`: the struct of `native/objects.py` as a Python type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backends.native.types import NUMBER, REFERENCE, TRUTH, make_type
from .native.objects import TensorObject

NUMBERS = ("data", "offset", "output_number", "rewritten")
REFERENCES = (
    "layout", "storage", "node", "grad", "base", "accumulator", "leaf_hooks", "accumulate_hooks",
)  # fmt: skip

if TYPE_CHECKING:
    from .layout import Layout
    from .storage import Storage

    class TensorBase:
        """The struct behind a tensor; see `TensorObject`."""

        _data: int
        _offset: int
        _output_number: int
        _rewritten: int
        _requires: bool
        _layout: Layout
        _storage: Storage
        _node: Any
        _grad: Any
        _base: Any
        _accumulator: Any
        _leaf_hooks: Any
        _accumulate_hooks: Any

        def __getattr__(self, name: str) -> Any: ...

else:
    TensorBase = make_type(
        "tensorsmith.TensorBase",
        TensorObject,
        {f"_{name}": (name, NUMBER) for name in NUMBERS}
        | {f"_{name}": (name, REFERENCE) for name in REFERENCES}
        | {"_requires": ("requires", TRUTH)},
    )

"""What a call looks like to its schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ...ops.calls.binding import Binding
from ...ops.dataclass import dataclass
from ...ops.dtype import DTYPES, dtype
from ..ir.kinds import STORED, Kind
from ..ir.loops import Scalar
from ..launch import Target, Temporary
from .infer import Inference
from .program import Program


@dataclass
class Context:
    """What a call of an op looks like to its schedules.

    Attributes:
        overwritten: Inputs that a result of the same layout may be written over.
    """

    name: str
    binding: Binding
    strides: Mapping[str, tuple[int, ...]]
    target: Target
    program: Program
    inference: Inference
    overwritten: tuple[str, ...] = ()
    temporaries: dict[str, Temporary] = field(default_factory=dict)

    def is_apart(self, name: str) -> bool:
        """No result lies in the memory of an operand or a temporary."""
        if name not in self.overwritten:
            return True
        program, kinds = self.program, self.binding.dtypes
        results = [x for x in self.strides if program.tensors[x].role == "output"]
        return not any(
            kinds[name] == kinds[x] and self.strides[name] == self.strides[x] for x in results
        )

    def stored(self, name: str) -> Scalar:
        """Element type of a tensor in memory."""
        if self.program.tensors[name].role != "temporary":
            return STORED[self.binding.dtypes[name].name]
        if name in self.temporaries:
            return STORED[self.temporaries[name].dtype.name]
        return self.inference.tensor(name).stored

    def kept_as(self, name: str) -> dtype | None:
        """Dtype of the memory of an operand or a temporary; None if there is none of that name."""
        reserved = self.temporaries.get(name)
        return self.binding.dtypes.get(name) if reserved is None else reserved.dtype


def dtype_of(kind: Kind) -> dtype:
    """A dtype that stores the kind in a temporary."""
    names = [name for name, scalar in STORED.items() if scalar == kind.stored]
    wanted = "bool" if kind.category == 0 else names[-1] if kind.signed else names[0]
    if kind.category == 1 and kind.stored.name == "i8":
        wanted = "int8" if kind.signed else "uint8"
    return next(d for d in DTYPES if d.name == wanted)

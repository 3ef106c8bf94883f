"""Nodes of the tape: an op applied, what it keeps for its backward, and the edges to what made its
operands."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..backends.native.types import NUMBER, REFERENCE, SIZE, make_type
from ..tensor.layout import Layout
from ..tensor.native.objects import LEAF_SEQUENCE, NodeObject
from ..tensor.native.runtime import STATE
from ..tensor.tensor import Tensor
from .hooks import HookTable, RemovableHandle, add_hook

Gradients = Sequence["Tensor | None"]
Edge = tuple["Node | None", int]

NO_EDGE: Edge = (None, 0)
ACCUMULATE_SEQUENCE = LEAF_SEQUENCE
_sequence = STATE.place("sequence")  # native code numbers its nodes by the same count


def next_sequence() -> int:
    """The number of the next node."""
    _sequence.value += 1
    return int(_sequence.value)


NUMBERS = ("sequence", "form", "run", "waiting", "prefix", "place", "backward")
FIELDS = (
    "arrived", "edges", "layouts", "layouts_in", "pre_hooks", "hooks", "tensor_hooks", "retained",
    "metadata", "rule", "kept", "versions", "attributes", "level", "binding", "variable",
    "accumulate_hooks",
)  # fmt: skip
# Others are known by these names with an underscore in front: a user's context is a node too, and
# may have attributes of any name.
PUBLIC = frozenset(
    ("sequence", "edges", "layouts", "pre_hooks", "hooks", "tensor_hooks", "retained")
)


def member(name: str) -> str:
    """The name by which Python code knows a field."""
    return name if name in PUBLIC else f"_{name}"


MEMBERS = tuple(member(name) for name in FIELDS)

if TYPE_CHECKING:

    class NodeBase:
        """The struct behind a node; see `NodeObject`."""

        def __init__(self) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

        sequence: int

else:
    NodeBase = make_type(
        "tensorsmith.NodeBase",
        NodeObject,
        {member(name): (name, NUMBER) for name in NUMBERS}
        | {member(name): (name, REFERENCE) for name in FIELDS}
        | {"__weaklistoffset__": ("weak_references", SIZE)},
    )


def field(name: str) -> Any:
    """The descriptor of a field, for classes whose nodes show it under its own name."""
    return vars(NodeBase)[member(name)]


def bare_node(kind: type[Any]) -> Any:
    """A node of a class with all its fields empty and a number of its own."""
    made = object.__new__(kind)
    for name in MEMBERS:
        setattr(made, name, None)
    made.sequence = next_sequence()
    return made


class Node(NodeBase):
    """An op applied: a place in the graph that `backward` runs through.

    Attributes:
        edges: For each operand, the node that made it and which output of that node it is.
        layouts: For each output, its layout; gradients of these shapes arrive.
        sequence: Number in order of creation; an edge leads to a smaller one, or to a leaf.
        pre_hooks, hooks: Called with the gradients before, and with gradients of operands and
            results after.
        tensor_hooks: Output number -> hooks of the tensor.
        retained: Output number -> the tensor whose `.grad` is to be filled.
    """

    __slots__ = ()
    edges: tuple[Edge, ...]
    layouts: tuple[Layout | None, ...]
    pre_hooks: HookTable | None
    hooks: HookTable | None
    tensor_hooks: dict[int, HookTable] | None
    retained: dict[int, weakref.ref[Tensor]] | None
    _metadata: dict[Any, Any] | None
    _form: int

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        return bare_node(cls)

    def __init__(self, edges: tuple[Edge, ...], layouts: tuple[Layout | None, ...]) -> None:
        super().__init__()
        self.edges = edges
        self.layouts = layouts

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        """The gradients of the operands, aligned with `edges`, from those of the outputs.

        Args:
            gradients: One for each output; None where nothing arrived.
            needed: Which edges are wanted; None means all.
        """
        raise TypeError(f"{type(self).__name__} has no backward")

    def release(self) -> None:
        """Lets go of what was kept for the backward."""

    def name(self) -> str:
        """The name of the node: `MulBackward0`."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        """For each operand, the node that made it (None where none was recorded) and its output
        number."""
        return self.edges

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict for the user, and for what anomaly mode notes."""
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Registers `hook(grad_inputs, grad_outputs) -> tuple or None`, called after the node has
        run.

        A tuple that it returns takes the place of `grad_inputs`.
        """
        if self.hooks is None:
            self.hooks = HookTable()
        return add_hook(self.hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Registers `hook(grad_outputs) -> tuple or None`, called before the node runs."""
        if self.pre_hooks is None:
            self.pre_hooks = HookTable()
        return add_hook(self.pre_hooks, hook)

    def _sequence_nr(self) -> int:
        return self.sequence

    def _input_metadata(self) -> tuple[Layout | None, ...]:
        return self.layouts

    def __call__(self, *gradients: Any) -> Any:
        results = tuple(self.run(list(gradients), None))
        return results[0] if len(results) == 1 else results

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class FunctionNode(Node):
    """A node whose backward is a Python callable over the gradients; for views, copies and
    captures."""

    __slots__ = ("_label", "_run")

    def __init__(
        self,
        label: str,
        edges: tuple[Edge, ...],
        layouts: tuple[Layout | None, ...],
        run: Callable[[list[Any]], Gradients],
    ) -> None:
        super().__init__(edges, layouts)
        self._label = label
        self._run: Callable[[list[Any]], Gradients] | None = run

    def run(self, gradients: list[Any], needed: tuple[bool, ...] | None) -> Gradients:
        if self._run is None:
            raise RuntimeError(FREED)
        return self._run(gradients)

    def release(self) -> None:
        self._run = None

    def name(self) -> str:
        return self._label


FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)

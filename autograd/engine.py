"""The engine: runs the nodes of a graph from the outputs back to the leaves, each once, at any
depth.

A node is ready when all that leads to it has run; of what is ready the youngest goes first. There
is no recursion, so a chain of 100,000 nodes is as good as one of ten.
"""

from __future__ import annotations

import ctypes
import heapq
import threading
from collections.abc import Sequence
from typing import Any

from ..tensor.interpreters import modes
from ..tensor.native.runtime import ENABLED, STATE, function
from ..tensor.tensor import Tensor
from . import anomaly
from .inplace import current_node
from .leaf import AccumulateGrad, gradient_edge
from .node import Edge, Node
from .rules import fit
from .saved import Packed
from .streams import has_stream, stream_of


class _Running(threading.local):
    """The node that the thread is running, for anomaly mode; None outside of a backward."""

    def __init__(self) -> None:
        self.node: Node | None = None


RUNNING = _Running()


class Run:
    """One pass over a graph.

    Attributes:
        buffers: Node -> gradients that have arrived, one for each output.
        waiting: Node -> number of edges through which something is still to come.
        needed: Nodes that must run; None means all.
        captures: Node -> (output number, place in the result) of gradients asked for.
        captured: The gradients asked for.
    """

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.buffers: dict[Node, list[Any]] = {}
        self.waiting: dict[Node, int] = {}
        self.needed: set[Node] | None = None
        self.captures: dict[Node, list[tuple[int, int]]] = {}
        self.captured: list[Tensor | None] = []

    def start(self, roots: Sequence[tuple[Node, int, Any]], create_graph: bool) -> None:
        """Runs the graph from nodes, at an output of each of which a gradient arrives."""
        nodes = [node for node, _, _ in roots]
        self.plan(nodes)
        for node, number, gradient in roots:
            self.deliver(node, number, gradient)
        previous, modes.grad = modes.grad, create_graph
        try:
            self.execute(nodes)
        finally:
            modes.grad = previous

    def plan(self, roots: Sequence[Node]) -> None:
        """Finds what is to run, and how many edges lead to each node."""
        seen: dict[Node, None] = {}
        stack: list[Node] = []
        for root in roots:
            if root not in seen:
                seen[root] = None
                stack.append(root)
        while stack:
            for following, _ in stack.pop().edges:
                if following is not None and following not in seen:
                    seen[following] = None
                    stack.append(following)
        needed = self.needed
        if needed is not None:
            for node in sorted(seen, key=_depth):
                if any(n in needed or n in self.captures for n, _ in node.edges):
                    needed.add(node)
        waiting = self.waiting
        for node in seen:
            if needed is None or node in needed:
                for following, _ in node.edges:
                    if following is not None:
                        waiting[following] = waiting.get(following, 0) + 1

    def deliver(self, node: Node, number: int, gradient: Any) -> None:
        """Adds a gradient to what has arrived at an output of a node."""
        buffer = self.buffers.get(node)
        if buffer is None:
            buffer = self.buffers[node] = [None] * len(node.layouts)
        if gradient is not None:
            present = buffer[number]
            buffer[number] = gradient if present is None else present + gradient

    def execute(self, roots: Sequence[Node]) -> None:
        """Runs all that is needed, youngest first among what is ready."""
        waiting, needed, buffers = self.waiting, self.needed, self.buffers
        ready = [(-root.sequence, root) for root in dict.fromkeys(roots) if not waiting.get(root)]
        heapq.heapify(ready)
        while ready:
            node = heapq.heappop(ready)[1]
            gradients = buffers.pop(node, None)
            if gradients is None:
                gradients = [None] * len(node.layouts)
            if node.tensor_hooks is not None or node.retained is not None:
                _run_tensor_hooks(node, gradients)
            if node in self.captures:
                for number, place in self.captures[node]:
                    self.captured[place] = gradients[number]
            if needed is not None and node not in needed:
                continue
            results = run_node(node, gradients, self.keep, self.edges_wanted(node))
            del gradients
            gradient: Any = None
            for (following, number), gradient in zip(node.edges, results):
                if following is None or not self.is_wanted(following):
                    continue
                self.deliver(following, number, gradient)
                left = waiting[following] - 1
                waiting[following] = left
                if not left:
                    heapq.heappush(ready, (-following.sequence, following))
            del results, gradient

    def edges_wanted(self, node: Node) -> tuple[bool, ...] | None:
        """Along which edges of a node gradients are wanted; None for all."""
        if self.needed is None:
            return None
        return tuple([self.is_wanted(following) for following, _ in node.edges])

    def is_wanted(self, node: Node | None) -> bool:
        """Whether a node is to run, or its gradients are asked for."""
        return self.needed is None or node in self.needed or node in self.captures


def run_node(
    node: Node, gradients: list[Any], keep: bool, wanted: tuple[bool, ...] | None
) -> Sequence[Any]:
    """The gradients of a node's operands, its hooks included.

    Args:
        node: The node.
        gradients: What has arrived, one for each output.
        keep: What it holds is kept for another backward.
        wanted: Along which edges gradients are wanted; None for all.
    """
    if node.pre_hooks:
        gradients = _run_pre_hooks(node, gradients)
    arrived = tuple(gradients) if node.hooks else ()
    previous, RUNNING.node = RUNNING.node, node
    try:
        if node._metadata is not None and has_stream(node):
            with stream_of(node):
                results = node.run(gradients, wanted)
        else:
            results = node.run(gradients, wanted)
    except Exception as error:
        if anomaly.STATE.enabled:
            anomaly.warn(node)
        if hasattr(error, "add_note"):
            error.add_note(f"(in the backward of {node.name()})")
        raise
    finally:
        RUNNING.node = previous
    if anomaly.STATE.enabled and anomaly.STATE.check_nan:
        _check_nan(node, results)
    if node.hooks:
        results = _run_hooks(node, results, arrived)
    if not keep:
        node.release()
    return results


def _run_for_native(
    node: Node, gradients: list[Any], keep: bool, wanted: tuple[bool, ...] | None
) -> Sequence[Any]:
    """The gradients of the operands of a node that native code leaves to Python."""
    if node.tensor_hooks is not None or node.retained is not None:
        _run_tensor_hooks(node, gradients)
    return run_node(node, gradients, keep, wanted)


def _fit_for_native(gradient: Any, layout: Any) -> Any:
    """A gradient in the shape and dtype of its operand."""
    return fit(gradient, layout, 0)


NATIVE: Any = None
if ENABLED:
    STATE.run_node, STATE.fit = id(_run_for_native), id(_fit_for_native)
    STATE.packed_type = id(Packed)
    NATIVE = function(
        "run_backward", ctypes.c_int64, ctypes.py_object, ctypes.py_object, ctypes.c_int64,
        ctypes.py_object, ctypes.py_object, ctypes.py_object,
    )  # fmt: skip


def _depth(node: Node) -> int:
    return -1 if isinstance(node, AccumulateGrad) else node.sequence


def _check_nan(node: Node, results: Sequence[Any]) -> None:
    for place, gradient in enumerate(results):
        if gradient is not None and bool((gradient != gradient).any()):
            anomaly.warn(node)
            raise RuntimeError(
                f"Function '{node.name()}' returned nan values in its {place}th output."
            )


def _run_tensor_hooks(node: Node, gradients: list[Any]) -> None:
    """Calls the hooks of the tensors that a node made; the last thing is filling `.grad`."""
    for number, table in (node.tensor_hooks or {}).items():
        for hook in list(table.values()):
            gradient = gradients[number]
            if gradient is None:
                break
            replaced = hook(gradient)
            if replaced is not None:
                if not isinstance(replaced, Tensor):
                    raise TypeError(
                        f"expected Tensor, but hook returned '{type(replaced).__name__}'"
                    )
                _check_replacement(gradient, replaced)
                gradients[number] = replaced
    for number, reference in (node.retained or {}).items():
        tensor, gradient = reference(), gradients[number]
        if tensor is not None and gradient is not None:
            if tensor._grad is None:
                tensor._grad = gradient.clone()
            else:
                tensor._grad = tensor._grad + gradient


def _check_replacement(gradient: Tensor, replaced: Tensor) -> None:
    if gradient.shape != replaced.shape:
        raise RuntimeError(
            "hook '<unknown>' has changed the size of value"
            if not gradient.shape
            else f"hook has changed the size of value: requires {list(gradient.shape)}, got"
            f" {list(replaced.shape)}"
        )
    if gradient.dtype is not replaced.dtype:
        raise RuntimeError(
            f"hook has changed the type of value (was {gradient.dtype} got {replaced.dtype})"
        )


def _as_gradients(found: Any, count: int, what: str) -> list[Any]:
    values = [found] if not isinstance(found, tuple) else list(found)
    if len(values) != count:
        raise RuntimeError(
            f"{what} has returned an incorrect number of values (got {len(values)}, but expected"
            f" {count})"
        )
    return values


def _run_pre_hooks(node: Node, gradients: list[Any]) -> list[Any]:
    for hook in list((node.pre_hooks or {}).values()):
        found = hook(tuple(gradients))
        if found is not None:
            gradients = _as_gradients(found, len(gradients), "hook")
    return gradients


def _run_hooks(node: Node, results: Sequence[Any], arrived: tuple[Any, ...]) -> Sequence[Any]:
    for hook in list((node.hooks or {}).values()):
        found = hook(tuple(results), arrived)
        if found is not None:
            results = _as_gradients(found, len(results), "hook")
    return results


def run_backward(
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None],
    keep_graph: bool,
    create_graph: bool,
    inputs: Sequence[Tensor] | None,
    accumulate: bool,
    allow_unused: bool = True,
) -> list[Tensor | None]:
    """Runs the graph behind `tensors` backward.

    Args:
        gradients: Of something with respect to each of the tensors; None for those left out.
        inputs: What gradients are wanted of; None means all leaves, whose `.grad` is then filled.
        accumulate: Fill `.grad` of the inputs instead of returning gradients.

    Returns:
        The gradients of the inputs, None for those that were not reached; empty with `accumulate`.

    Raises:
        RuntimeError: A tensor has no history, or an input was not used.
    """
    roots = [_root(place, tensor) for place, tensor in enumerate(tensors)]
    run = Run(keep_graph)
    if inputs is not None:
        _mark_inputs(run, inputs, accumulate)
    if create_graph or modes.stack or not _run_natively(run, roots, gradients):
        run.start([(*root, gradient) for root, gradient in zip(roots, gradients)], create_graph)
    if inputs is None or accumulate:
        return []
    if not allow_unused and any(found is None for found in run.captured):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph. Set"
            " allow_unused=True if this is the desired behavior."
        )
    return run.captured


def _run_natively(run: Run, roots: Sequence[Edge], gradients: Sequence[Any]) -> bool:
    """Lets native code do a run; False if it does not, and has done nothing."""
    if NATIVE is None:
        return False
    if run.needed is None:
        return bool(NATIVE(tuple(roots), tuple(gradients), run.keep, None, (), []))
    if not all(map(_is_bare, run.captures)):
        return False
    edges, places = [], []
    for node, captures in run.captures.items():
        edges += [(node, number) for number, _ in captures]
        places += [place for _, place in captures]
    found: list[Any] = [None] * len(edges)
    ends = tuple(run.needed)
    if not NATIVE(tuple(roots), tuple(gradients), run.keep, tuple(edges), ends, found):
        return False
    for place, gradient in zip(places, found):
        run.captured[place] = gradient
    return True


def _is_bare(node: Node) -> bool:
    """Whether nothing is to be done with the gradients that arrive at a node but to return them."""
    return node.tensor_hooks is None and node.retained is None


def run_edges(
    roots: Sequence[Edge],
    gradients: Sequence[Any],
    inputs: Sequence[Edge],
    keep_graph: bool,
    create_graph: bool,
) -> list[Tensor | None]:
    """The gradients that arrive at edges, from those at other edges; None where none does.

    Args:
        roots: Edges where the gradients start; one without a node is skipped.
        inputs: Edges whose gradients are wanted.
    """
    run = Run(keep_graph)
    run.needed = set()
    run.captured = [None] * len(inputs)
    for place, (node, number) in enumerate(inputs):
        if node is not None:
            run.captures.setdefault(node, []).append((number, place))
    started = [(node, n, g) for (node, n), g in zip(roots, gradients) if node is not None]
    run.start(started, create_graph)
    return run.captured


def _root(place: int, tensor: Tensor) -> tuple[Node, int]:
    node, number = gradient_edge(tensor)
    if node is None:
        raise RuntimeError(
            f"element {place} of tensors does not require grad and does not have a grad_fn"
        )
    return node, number


def _mark_inputs(run: Run, inputs: Sequence[Tensor], accumulate: bool) -> None:
    """Notes which gradients are asked for, and which leaves are to be filled."""
    run.needed = set()
    run.captured = [None] * len(inputs)
    for place, tensor in enumerate(inputs):
        node, number = input_edge(tensor)
        if node is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        if accumulate and isinstance(node, AccumulateGrad):
            run.needed.add(node)
            continue
        if accumulate:
            tensor.retain_grad()
        run.captures.setdefault(node, []).append((number, place))


def input_edge(tensor: Any) -> Edge:
    """The edge at which the gradient of a tensor, or of a `GradientEdge`, arrives."""
    if isinstance(tensor, Tensor):
        current_node(tensor)
        return gradient_edge(tensor)
    return tensor.node, tensor.output_nr

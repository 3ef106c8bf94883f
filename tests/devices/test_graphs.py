"""Graphs of tensors: what was captured runs again on what lies in the same memory."""

from __future__ import annotations

import pytest
import tensorsmith as ts


def test_a_replay_computes_forward_and_backward_of_new_input() -> None:
    x = ts.ones(4, device="cuda")
    w = ts.full((4,), 2.0, device="cuda", requires_grad=True)
    graph = ts.cuda.CUDAGraph()
    with ts.cuda.graph(graph):
        y = (x * w).sum()
        y.backward()
    gradient = w.grad
    assert gradient is not None
    for values in ([3.0, 3.0, 3.0, 3.0], [0.0, 1.0, 2.0, 3.0]):
        x.copy_(ts.tensor(values, device="cuda"))
        graph.replay()
        assert y.item() == 2 * sum(values) and gradient.tolist() == values


def test_tensors_that_a_graph_made_keep_their_memory() -> None:
    graph, x = ts.cuda.CUDAGraph(), ts.ones(4, device="cuda")
    with ts.cuda.graph(graph):
        y = x + 1
    kept = [ts.zeros(4, device="cuda") for _ in range(8)]
    graph.replay()
    assert y.tolist() == [2, 2, 2, 2] and all(z.sum().item() == 0 for z in kept)


def test_what_must_wait_cannot_be_captured() -> None:
    x = ts.ones(4, device="cuda")
    with pytest.raises(RuntimeError, match="previous error during capture"):  # noqa: SIM117
        with ts.cuda.graph(ts.cuda.CUDAGraph()):
            with pytest.raises(RuntimeError, match="not permitted when stream is capturing"):
                x.sum().item()
    assert x.sum().item() == 4


def test_random_numbers_cannot_be_captured() -> None:
    with pytest.raises(RuntimeError, match="each replay would draw the same"):  # noqa: SIM117
        with ts.cuda.graph(ts.cuda.CUDAGraph()):
            ts.rand(3, device="cuda")

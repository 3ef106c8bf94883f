"""Graphs of tensors: what was captured runs again on what lies in the same memory."""

from __future__ import annotations

from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver


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


def draw_all(x: Any) -> tuple[Any, ...]:
    """Draws of several kinds, one with a gradient."""
    y = ts.nn.functional.dropout(x, 0.5)
    y.sum().backward()
    return y.detach(), ts.rand(3, device="cuda"), ts.randint(10, (7,), device="cuda")


def test_each_replay_draws_what_an_eager_run_would_draw() -> None:
    x = ts.ones(4, device="cuda", requires_grad=True)
    wanted = []
    ts.manual_seed(7)
    for _ in range(3):
        x.grad = None
        wanted.append([y.tolist() for y in (*draw_all(x), x.grad)])
    end = ts.cuda.get_rng_state()
    x.grad = ts.zeros(4, device="cuda")
    graph = ts.cuda.CUDAGraph()
    with ts.cuda.graph(graph):
        x.grad.zero_()
        found = draw_all(x)
    ts.manual_seed(7)
    for run in range(3):
        graph.replay()
        assert [y.tolist() for y in (*found, x.grad)] == wanted[run]
    assert ts.cuda.get_rng_state().tolist() == end.tolist()
    ts.manual_seed(7)
    graph.replay()
    assert found[1].tolist() == wanted[0][1]


def test_a_generator_of_ones_own_goes_on_with_each_replay() -> None:
    generator, graph = ts.Generator("cuda").manual_seed(3), ts.cuda.CUDAGraph()
    with ts.cuda.graph(graph):
        found = ts.rand(5, device="cuda", generator=generator)
    graph.replay()
    graph.replay()
    again = ts.Generator().manual_seed(3)
    ts.rand(5, generator=again)
    assert found.tolist() == ts.rand(5, generator=again).tolist()


def draw_places(place: str, weights: Any, generator: Any) -> tuple[Any, ...]:
    """Draws of the kinds that look at their operand first, and a permutation."""
    return (
        ts.multinomial(weights, 4, replacement=True, generator=generator),
        ts.bernoulli(weights, generator=generator),
        ts.randperm(9, device=place, generator=generator),
    )


def test_draws_that_look_at_their_operand_are_captured_and_a_replay_tells_of_a_fault() -> None:
    weights = ts.tensor([0.5, 0.25, 1.0])
    generator, on_device = ts.Generator(), ts.Generator(device="cuda")
    for each in (generator, on_device):
        each.manual_seed(7)
    graph, given = ts.cuda.CUDAGraph(), weights.cuda()
    with ts.cuda.graph(graph):
        found = draw_places("cuda", given, on_device)
    for _ in range(2):
        graph.replay()
        wanted = draw_places("cpu", weights, generator)
        assert [x.tolist() for x in found] == [x.tolist() for x in wanted]
    given[1] = -1
    graph.replay()
    with pytest.raises(IndexError, match=r"without_fault.*got 1; .*without_fault"):
        ts.cuda.synchronize()


def test_draws_of_the_host_cannot_be_captured() -> None:
    rates = ts.ones(3, device="cuda")
    with pytest.raises(RuntimeError, match="previous error during capture"):  # noqa: SIM117
        with ts.cuda.graph(ts.cuda.CUDAGraph()):
            with pytest.raises(RuntimeError, match="not permitted when stream is capturing"):
                ts.poisson(rates)


def test_draws_while_two_graphs_are_captured_are_refused() -> None:
    first, second = ts.cuda.CUDAGraph(), ts.cuda.CUDAGraph()
    with ts.cuda.stream(ts.cuda.Stream()):
        first.capture_begin()
        with ts.cuda.stream(ts.cuda.Stream()):
            second.capture_begin()
            with pytest.raises(RuntimeError, match=r"one graph is captured .* but 2 are"):
                ts.rand(2, device="cuda")
            second.capture_end()
        kept = ts.rand(2, device="cuda")
        first.capture_end()
    assert kept.shape == (2,)


def trained(model: Any, steps: int) -> list[float]:
    """Losses of a few steps, and the first weight at the end."""
    losses, optimizer = [], ts.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        x = ts.arange(8.0).reshape(2, 4).to("cuda") / 8 + step
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return [*losses, *next(iter(model.parameters())).flatten().tolist()]


def new_model() -> Any:
    ts.manual_seed(1)
    return ts.nn.Sequential(ts.nn.Linear(4, 3), ts.nn.Dropout(0.5)).cuda()


def test_a_graphed_module_trains_as_it_did() -> None:
    wanted = trained(new_model(), 3)
    model = new_model()
    state = ts.cuda.get_rng_state()
    found = ts.cuda.make_graphed_callables(model, (ts.zeros(2, 4, device="cuda"),))
    assert found is model
    ts.cuda.set_rng_state(state)
    assert trained(model, 3) == pytest.approx(wanted, rel=1e-5)
    model.eval()
    assert model(ts.ones(5, 4, device="cuda")).shape == (5, 3)  # not captured in this mode


def test_graphed_functions_share_memory_and_keep_their_results_apart() -> None:
    def double(x: Any) -> dict[str, Any]:
        return {"y": x * 2, "whole": (x > 0).to(ts.int64)}

    def square(x: Any) -> Any:
        return x * x

    sample = (ts.ones(3, device="cuda", requires_grad=True),)
    again = (ts.ones(3, device="cuda", requires_grad=True),)
    first, second = ts.cuda.make_graphed_callables((double, square), (sample, again))
    for scale in (1.0, 3.0):
        x = ts.full((3,), scale, device="cuda", requires_grad=True)
        found = first(x)
        second(found["y"]).sum().backward()
        assert x.grad is not None and x.grad.tolist() == [8 * scale] * 3
        assert found["whole"].tolist() == [1, 1, 1] and not found["whole"].requires_grad


def test_what_cannot_be_graphed_is_refused() -> None:
    model, x = ts.nn.Linear(2, 2).cuda(), ts.ones(1, 2, device="cuda")
    with pytest.raises(TypeError, match="must contain only Tensors"):
        ts.cuda.make_graphed_callables(model, (x, 3))
    with pytest.raises(TypeError, match="as many as callables: 2 and 1"):
        ts.cuda.make_graphed_callables((model, model), ((x,),))
    handle = model.register_forward_hook(lambda *_: None)
    with pytest.raises(RuntimeError, match="must not have hooks registered"):
        ts.cuda.make_graphed_callables(model, (x,))
    handle.remove()
    model.register_buffer("scale", ts.ones(1, device="cuda", requires_grad=True))
    with pytest.raises(RuntimeError, match="all buffers must have requires_grad=False"):
        ts.cuda.make_graphed_callables(model, (x,))


def test_constants_of_a_program_are_kept_by_the_graph() -> None:
    graph = ts.cuda.CUDAGraph()
    with ts.cuda.graph(graph):
        y = ts.tensor([3.0, 4.0], device="cuda") * 2
    others = [ts.full((2,), 7.0) for _ in range(100)]
    graph.replay()
    assert y.tolist() == [6, 8] and len(others) == 100


def test_pinned_memory_that_a_graph_copies_from_stays_alive() -> None:
    source = ts.tensor([3.0, 4.0]).pin_memory()
    graph = ts.cuda.CUDAGraph()
    with ts.cuda.graph(graph):
        y = source.to("cuda", non_blocking=True) * 2
    del source
    others = [ts.tensor([9.0, 9.0]).pin_memory() for _ in range(5)]
    graph.replay()
    assert y.tolist() == [6, 8] and len(others) == 5


def test_pinned_memory_can_be_had_and_come_back_while_a_graph_is_captured() -> None:
    graph, x = ts.cuda.CUDAGraph(), ts.ones(2, device="cuda")
    x.copy_(ts.tensor([1.0, 2.0]).pin_memory(), non_blocking=True)
    with ts.cuda.graph(graph):
        kept = [ts.ones(300 * n).pin_memory() for n in range(1, 4)]
        y = x + 1
    graph.replay()
    assert y.tolist() == [2, 3] and len(kept) == 3


def test_kernels_that_a_capture_needs_first_are_loaded_outside_of_it(
    driver: SimulatedDriver,
) -> None:
    x, graph = ts.rand(3, 5, 2, device="cuda"), ts.cuda.CUDAGraph()
    before = driver.calls.get("cuModuleLoadData", 0)
    with ts.cuda.graph(graph):
        y = x.logsumexp(1)
    assert driver.calls["cuModuleLoadData"] > before
    graph.replay()
    assert ts.allclose(y.cpu(), x.cpu().logsumexp(1))

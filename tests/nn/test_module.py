"""Module: names, state, modes, conversions, hooks, copies."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith import nn


class Net(nn.Module):
    """Two layers, a buffer of each kind, a shared layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))
        self.register_buffer("scale", ts.ones(2))
        self.register_buffer("scratch", ts.zeros(1), persistent=False)
        self.again = self.first

    def forward(self, x: ts.Tensor) -> ts.Tensor:
        return self.second(self.first(x)) * self.scale  # type: ignore[no-any-return]


NAMES = ["first.weight", "first.bias", "second.1.weight", "second.1.bias"]


def test_parameters_have_dotted_names_and_shared_ones_come_once() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert [n for n, _ in net.named_parameters("p", remove_duplicate=False)][-1] == "p.again.bias"
    assert [name for name, _ in net.named_buffers()] == ["scale", "scratch"]
    assert [name for name, _ in net.named_children()] == ["first", "second"]
    assert [n for n, _ in net.named_modules()] == ["", "first", "second", "second.0", "second.1"]
    assert sum(p.numel() for p in net.parameters()) == 26


def test_state_holds_parameters_and_persistent_buffers_in_order() -> None:
    net = Net()
    state = net.state_dict()
    assert list(state) == ["scale", *NAMES, "again.weight", "again.bias"]
    assert not state["first.weight"].requires_grad
    assert state["first.weight"].data_ptr() == net.first.weight.data_ptr()
    assert net.state_dict(keep_vars=True)["first.weight"] is net.first.weight
    assert next(iter(net.state_dict(prefix="p."))) == "p.scale"


def test_loading_copies_values_and_reports_that_all_matched() -> None:
    source, target = Net(), Net()
    kept = target.first.weight
    result = target.load_state_dict(source.state_dict())
    assert repr(result) == "<All keys matched successfully>"
    assert target.first.weight is kept and ts.equal(kept, source.first.weight)
    assert kept.data_ptr() != source.first.weight.data_ptr()


def test_missing_and_unexpected_names_are_errors_under_strict() -> None:
    net = Net()
    state = net.state_dict()
    del state["second.1.bias"]
    state["more"] = ts.ones(1)
    state["second.5.weight"] = ts.ones(1)
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    assert str(caught.value) == (
        "Error(s) in loading state_dict for Net:\n\t"
        'Missing key(s) in state_dict: "second.1.bias". \n\t'
        'Unexpected key(s) in state_dict: "more", "second.5.weight". '
    )
    result = net.load_state_dict(state, strict=False)
    assert result.missing_keys == ["second.1.bias"]
    assert result.unexpected_keys == ["more", "second.5.weight"]


def test_a_shape_that_differs_is_an_error_even_if_not_strict() -> None:
    net = nn.Linear(2, 3)
    with pytest.raises(RuntimeError, match="size mismatch for weight: copying a param with shape"):
        net.load_state_dict({"weight": ts.ones(3, 3), "bias": ts.ones(3)}, strict=False)
    assert net.bias.tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match="expected a tensor from the checkpoint but received"):
        net.load_state_dict({"weight": [1], "bias": ts.ones(3)})
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
        net.load_state_dict([1])  # type: ignore[arg-type]


def test_assign_puts_the_given_tensors_in_place() -> None:
    net = nn.Linear(2, 1)
    state = {"weight": ts.ones(1, 2, dtype=ts.float64), "bias": ts.zeros(1, dtype=ts.float64)}
    net.load_state_dict(state, assign=True)
    assert isinstance(net.weight, nn.Parameter) and net.weight.dtype is ts.float64
    assert net.weight.data_ptr() == state["weight"].data_ptr() and net.weight.requires_grad


def test_hooks_of_the_state_see_and_change_it() -> None:
    net = nn.Linear(1, 1)
    seen: list[Any] = []
    net.register_state_dict_pre_hook(lambda module, prefix, keep: seen.append((prefix, keep)))

    def drop(module: Any, state: Any, prefix: str, metadata: Any) -> None:
        del state[prefix + "bias"]

    net.register_state_dict_post_hook(drop)
    assert list(net.state_dict()) == ["weight"] and seen == [("", False)]

    def rename(module: Any, state: Any, prefix: str, *_: Any) -> None:
        state[prefix + "weight"] = state.pop(prefix + "w")

    net.register_load_state_dict_pre_hook(rename)
    handle = net.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    net.load_state_dict({"w": ts.full((1, 1), 5.0)})
    assert net.weight.item() == 5
    handle.remove()
    with pytest.raises(RuntimeError, match="Missing key"):
        net.load_state_dict({"w": ts.full((1, 1), 5.0)})
    net.register_state_dict_post_hook(lambda *_: 3)
    with pytest.raises(RuntimeError, match="post-hook must return None"):
        net.state_dict()


def test_extra_state_is_saved_and_given_back() -> None:
    class Counting(nn.Module):
        count = 3

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    outer = nn.Sequential(Counting())
    state = outer.state_dict()
    assert state == {"0._extra_state": {"count": 3}}
    outer[0].count = 0
    outer.load_state_dict(state)
    assert outer[0].count == 3


def test_modes_reach_all_modules() -> None:
    net = Net()
    assert net.eval() is net and not any(m.training for m in net.modules())
    assert all(m.training for m in net.train().modules())
    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        net.train(1)  # type: ignore[arg-type]


def test_conversions_change_dtypes_in_place_and_leave_integers() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    kept = net[0].weight
    assert net.double() is net
    assert net[0].weight is kept and kept.dtype is ts.float64
    assert net[1].num_batches_tracked.dtype is ts.int64
    assert net.half()[1].running_mean.dtype is ts.float16
    assert net.bfloat16()[0].bias.dtype is ts.bfloat16
    assert net.to(ts.float32)[0].bias.dtype is ts.float32
    assert net.to("cpu", ts.float64)[0].bias.dtype is ts.float64
    assert net.float()[0].bias.dtype is ts.float32
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes"):
        net.to(ts.int64)


def test_converted_modules_train() -> None:
    net = nn.Linear(2, 1).double()
    net(ts.ones(1, 2, dtype=ts.float64)).sum().backward()
    assert net.weight.grad is not None and net.weight.grad.dtype is ts.float64
    net.float()
    assert net.weight.grad.dtype is ts.float32


def test_apply_visits_children_first() -> None:
    seen: list[nn.Module] = []
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    assert net.apply(seen.append) is net
    assert seen == [net[0], net[1], net]


def test_requires_grad_and_zero_grad_reach_all_parameters() -> None:
    net = Net()
    net(ts.ones(1, 3)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all(not p.grad.any() for p in net.parameters())  # type: ignore[union-attr]
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())


def test_attributes_go_where_they_belong() -> None:
    net = Net()
    with pytest.raises(TypeError, match="cannot assign 'Tensor' as parameter 'weight'"):
        net.first.weight = ts.ones(1)
    with pytest.raises(TypeError, match="cannot assign 'int' as child module 'first'"):
        net.first = 3  # type: ignore[assignment]
    with pytest.raises(TypeError, match="cannot assign 'int' as buffer 'scale'"):
        net.scale = 3
    net.scale = ts.zeros(2)
    assert dict(net.named_buffers())["scale"].tolist() == [0, 0]
    net.first.bias = None
    assert net.first.bias is None and "bias" in net.first._parameters
    del net.second
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'second'"):
        _ = net.second
    net.number = 3
    net.number = nn.Parameter(ts.ones(1))  # type: ignore[assignment]
    assert "number" not in net.__dict__ and "number" in dict(net.named_parameters())


def test_assignment_before_init_is_refused() -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"cannot assign module before Module\.__init__"):
        Early()


@pytest.mark.parametrize(("name", "kind"), [("a.b", KeyError), ("", KeyError), (3, TypeError)])
def test_bad_names_are_refused(name: Any, kind: type[Exception]) -> None:
    net = nn.Module()
    for register, value in (
        (net.register_parameter, nn.Parameter(ts.ones(1))),
        (net.register_buffer, ts.ones(1)),
        (net.add_module, nn.ReLU()),
    ):
        with pytest.raises(kind):
            register(name, value)


def test_registration_refuses_other_things() -> None:
    net = nn.Module()
    with pytest.raises(TypeError, match="cannot assign 'Tensor' object to parameter 'x'"):
        net.register_parameter("x", ts.ones(1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is not a Module subclass"):
        net.add_module("x", 3)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="attribute 'forward' already exists"):
        net.register_buffer("forward", ts.ones(1))


def test_paths_lead_to_modules_parameters_and_buffers() -> None:
    net = Net()
    assert net.get_submodule("second.1") is net.second[1] and net.get_submodule("") is net
    assert net.get_parameter("second.1.bias") is net.second[1].bias
    assert net.get_buffer("scale") is net.scale
    with pytest.raises(AttributeError, match="has no attribute `third`"):
        net.get_submodule("third")
    with pytest.raises(AttributeError, match=r"`scale` is not an nn\.Parameter"):
        net.get_parameter("scale")
    with pytest.raises(AttributeError, match="is not a buffer"):
        net.get_buffer("first")


def test_forward_hooks_see_and_replace_arguments_and_results() -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    calls: list[str] = []

    def before(module: Any, args: Any) -> Any:
        calls.append("before")
        return args[0] * 2

    def after(module: Any, args: Any, output: Any) -> Any:
        calls.append(f"after {args[0].item()}")
        return output + 1

    handles = [net.register_forward_pre_hook(before), net.register_forward_hook(after)]
    net.register_forward_hook(lambda *_: calls.append("first"), prepend=True)  # type: ignore[func-returns-value]
    assert net(ts.ones(1, 1)).item() == 3
    assert calls == ["before", "first", "after 2.0"]
    for handle in handles:
        handle.remove()
        handle.remove()
    assert net(ts.ones(1, 1)).item() == 1


def test_hooks_may_see_keyword_arguments() -> None:
    class Scale(nn.Module):
        def forward(self, x: Any, by: float = 1.0) -> Any:
            return x * by

    net = Scale()
    net.register_forward_pre_hook(lambda m, a, k: (a, {"by": k["by"] + 1}), with_kwargs=True)
    seen: list[Any] = []
    net.register_forward_hook(lambda m, a, k, out: seen.append(k["by"]), with_kwargs=True)  # type: ignore[func-returns-value]
    assert net(ts.ones(1), by=2.0).item() == 3 and seen == [3.0]


def test_always_called_hooks_run_when_forward_fails() -> None:
    net = nn.Linear(2, 1)
    seen: list[Any] = []
    net.register_forward_hook(lambda m, a, out: seen.append(out), always_call=True)  # type: ignore[func-returns-value]
    with pytest.raises(RuntimeError):
        net(ts.ones(1, 3))
    assert seen == [None]


def test_full_backward_hooks_see_gradients_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    found: list[list[Any]] = []
    for library in (ts, torch):
        records: list[Any] = []
        layer = library.nn.Linear(2, 1)
        with library.no_grad():
            layer.weight.copy_(library.tensor([[1.0, 2.0]]))
            layer.bias.zero_()

        def before(module: Any, outputs: Any, to: Any = records) -> Any:
            to.append(("before", [None if g is None else g.tolist() for g in outputs]))
            return (outputs[0] * 2,)

        def after(module: Any, inputs: Any, outputs: Any, to: Any = records) -> Any:
            to.append(("after", [g.tolist() for g in inputs], [g.tolist() for g in outputs]))
            return (inputs[0] * 10,)

        layer.register_full_backward_pre_hook(before)
        layer.register_full_backward_hook(after)
        x = library.tensor([[3.0, 4.0]], requires_grad=True)
        (layer(x) * 3).sum().backward()
        records.append(x.grad.tolist())
        records.append(layer.weight.grad.tolist())
        found.append(records)
    assert found[0] == found[1]


def test_deepcopy_is_independent_and_keeps_sharing() -> None:
    net = Net()
    other = copy.deepcopy(net)
    assert other.again is other.first and other.first is not net.first
    assert isinstance(other.first.weight, nn.Parameter)
    with ts.no_grad():
        other.first.weight.zero_()
    assert net.first.weight.any()


def test_pickling_keeps_everything() -> None:
    net = Net().eval()
    other = pickle.loads(pickle.dumps(net))
    x = ts.randn(2, 3)
    assert ts.equal(net(x), other(x)) and not other.training
    assert list(other.state_dict()) == list(net.state_dict())
    assert other.first.weight.requires_grad


def test_text_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")

    def build(n: Any) -> Any:
        inner = n.Sequential(OrderedDict(a=n.Linear(1, 2), b=n.Dropout(0.1)))
        return n.Sequential(inner, n.ModuleList([n.ReLU(), n.Conv2d(1, 2, 3)]), n.Identity())

    assert repr(build(nn)) == repr(build(torch.nn))
    assert repr(nn.Parameter(ts.ones(2))) == repr(torch.nn.Parameter(torch.ones(2)))


def test_a_module_without_forward_says_so() -> None:
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Module \[Empty\] is missing the required"):
        Empty()(1)


def test_parameters_are_leaves_that_share_memory() -> None:
    data = ts.ones(2)
    parameter = nn.Parameter(data)
    assert parameter.is_leaf and parameter.requires_grad and isinstance(parameter, ts.Tensor)
    assert parameter.data_ptr() == data.data_ptr()
    assert type(parameter * 2) is ts.Tensor and type(parameter.data) is ts.Tensor
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    with ts.no_grad():
        parameter += 1
    np.testing.assert_array_equal(data.numpy(), [2, 2])

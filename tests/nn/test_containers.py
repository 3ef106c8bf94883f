"""Containers of modules and parameters behave as lists, dictionaries and pipelines."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import tensorsmith as ts
from tensorsmith import nn


def three() -> list[nn.Module]:
    """Three modules that can be told apart."""
    return [nn.ReLU(), nn.Tanh(), nn.Sigmoid()]


def test_sequential_applies_in_order_and_names_by_number_or_key() -> None:
    net = nn.Sequential(nn.ReLU(), nn.Threshold(1.0, 7.0))
    assert net(ts.tensor([-1.0, 2.0])).tolist() == [7, 2]
    named = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
    assert [name for name, _ in named.named_children()] == ["a", "b"] and named[1] is named.b


def test_sequential_is_a_list() -> None:
    modules = three()
    net = nn.Sequential(*modules[:2])
    assert net.append(modules[2]) is net and len(net) == 3
    assert list(net) == modules and net[-1] is modules[2]
    assert type(net[1:]) is nn.Sequential and list(net[1:]) == modules[1:]
    net[0] = nn.ELU()
    assert isinstance(net[0], nn.ELU)
    del net[0]
    assert list(net._modules) == ["0", "1"] and list(net) == modules[1:]
    assert net.pop(0) is modules[1]
    net.insert(0, modules[0])
    assert list(net) == [modules[0], modules[2]]
    assert list(net + nn.Sequential(modules[1])) == [modules[0], modules[2], modules[1]]
    assert len(net.extend(three())) == 5
    with pytest.raises(IndexError, match="index 9 is out of range"):
        _ = net[9]


def test_module_list_is_a_list() -> None:
    modules = three()
    layers = nn.ModuleList(modules)
    assert list(layers) == modules and len(layers) == 3 and layers[-1] is modules[-1]
    assert type(layers[:2]) is nn.ModuleList
    layers.insert(1, nn.ELU())
    del layers[0]
    assert list(layers)[1:] == modules[1:] and isinstance(layers.pop(0), nn.ELU)
    layers += [modules[0]]
    assert list(layers) == [*modules[1:], modules[0]]
    assert len(layers + [nn.ReLU()]) == 4
    with pytest.raises(TypeError, match="should be called with an iterable"):
        layers.extend(nn.ReLU())  # type: ignore[arg-type]
    with pytest.raises(NotImplementedError):
        layers(ts.ones(1))


def test_module_dict_is_a_dictionary() -> None:
    modules = three()
    layers = nn.ModuleDict({"a": modules[0], "b": modules[1]})
    layers["c"] = modules[2]
    assert list(layers) == list(layers.keys()) == ["a", "b", "c"] and "a" in layers
    assert list(layers.values()) == modules and dict(layers.items())["b"] is modules[1]
    assert layers.pop("b") is modules[1] and len(layers) == 2
    del layers["a"]
    layers.update([("x", modules[0])])
    assert list(layers) == ["c", "x"]
    layers.clear()
    assert len(layers) == 0


def test_parameter_list_registers_its_parameters() -> None:
    values = nn.ParameterList([ts.ones(1), nn.Parameter(ts.zeros(2))])
    values.append(ts.ones(3))
    assert [name for name, _ in values.named_parameters()] == ["0", "1", "2"]
    assert values[-1].requires_grad and [p.numel() for p in values] == [1, 2, 3]
    values[0] = nn.Parameter(ts.full((1,), 5.0))
    assert values[0].item() == 5 and len(values[1:]) == 2


def test_parameter_dict_registers_its_parameters() -> None:
    values = nn.ParameterDict({"a": ts.ones(1)})
    values["b"] = nn.Parameter(ts.zeros(2))
    assert [name for name, _ in values.named_parameters()] == ["a", "b"]
    assert "a" in values and list(values.keys()) == ["a", "b"]
    del values["a"]
    assert len(values) == 1 and [v.numel() for v in values.values()] == [2]
    with pytest.raises(KeyError):
        _ = values["a"]

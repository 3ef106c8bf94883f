"""A module of ours beside PyTorch's of the same name, with the same state and inputs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

Array = np.ndarray[Any, Any]


def pair(
    name: str, arguments: Sequence[Any] = (), options: Mapping[str, Any] | None = None
) -> tuple[Any, Any]:
    """(ours, theirs) with the state of theirs in both."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(torch.nn, name)(
            *(to_torch(a) for a in arguments),
            **{k: to_torch(v) for k, v in (options or {}).items()},
        )
    ours = getattr(ts.nn, name)(
        *(to_ours(a) for a in arguments), **{k: to_ours(v) for k, v in (options or {}).items()}
    )
    copy_state(theirs, ours)
    return ours, theirs


def copy_state(theirs: Any, ours: Any) -> None:
    """Loads the state of PyTorch's module into ours; the names must be the same."""
    given = theirs.state_dict()
    assert list(ours.state_dict()) == list(given)
    ours.load_state_dict({key: ts.from_numpy(value.numpy().copy()) for key, value in given.items()})


def to_ours(value: Any, grad: bool = False) -> Any:
    """Arrays as our tensors, other things as they are."""
    if isinstance(value, tuple):
        return tuple(to_ours(v, grad) for v in value)
    if not isinstance(value, np.ndarray):
        return value
    made = ts.from_numpy(value.copy())
    return made.requires_grad_(grad and value.dtype.kind == "f")


def to_torch(value: Any, grad: bool = False) -> Any:
    """Arrays as PyTorch's tensors, other things as they are."""
    import torch

    if isinstance(value, tuple):
        return tuple(to_torch(v, grad) for v in value)
    if not isinstance(value, np.ndarray):
        return value
    made = torch.from_numpy(value.copy())
    return made.requires_grad_(grad and value.dtype.kind == "f")


def assert_same(ours: Any, theirs: Any, what: str, rtol: float = 2e-4, atol: float = 2e-5) -> None:
    """Both are None, or have shape, dtype and nearly the values."""
    if theirs is None or ours is None:
        assert ours is None and theirs is None, what
        return
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs), what
        for number, (a, b) in enumerate(zip(ours, theirs)):
            assert_same(a, b, f"{what}[{number}]", rtol, atol)
        return
    assert tuple(ours.shape) == tuple(theirs.shape), what
    assert str(ours.dtype).rpartition(".")[2] == str(theirs.dtype).rpartition(".")[2], what
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, err_msg=what)


def compare(
    ours: Any, theirs: Any, inputs: Sequence[Any], training: bool = True, wanted: int = 9
) -> None:
    """Holds output, gradients of inputs and parameters, buffers, and text against PyTorch's.

    Args:
        ours, theirs: Modules with the same state.
        inputs: Arrays and plain values.
        training: Mode of both.
        wanted: How many of the inputs, from the first on, get gradients.
    """
    import torch

    ours.train(training)
    theirs.train(training)
    mine = [to_ours(x, n < wanted) for n, x in enumerate(inputs)]
    yours = [to_torch(x, n < wanted) for n, x in enumerate(inputs)]
    result, expected = ours(*mine), theirs(*yours)
    assert_same(result, expected, "output")
    first, expected_first = (
        (result[0], expected[0]) if isinstance(expected, tuple) else (result, expected)
    )
    if expected_first.requires_grad:
        weights = np.random.default_rng(1).standard_normal(tuple(expected_first.shape))
        weights = weights.astype(expected_first.detach().numpy().dtype)
        (first * ts.from_numpy(np.asarray(weights))).sum().backward()
        (expected_first * torch.from_numpy(np.asarray(weights))).sum().backward()
        for number, (a, b) in enumerate(zip(mine, yours)):
            if isinstance(b, torch.Tensor):
                assert_same(a.grad, b.grad, f"gradient of input {number}")
        expected_grads = dict(theirs.named_parameters())
        for name, parameter in ours.named_parameters():
            assert_same(
                parameter.grad, expected_grads[name].grad, f"gradient of {name}", 1e-3, 1e-4
            )
    buffers = dict(theirs.named_buffers())
    for name, buffer in ours.named_buffers():
        assert_same(buffer, buffers[name], f"buffer {name}")
    assert repr(ours) == repr(theirs)

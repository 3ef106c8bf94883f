"""The interpreter backend gives what the CPU backend gives, on any layout."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith import backends
from tensorsmith.backends.interpreter.run import memory_view
from tensorsmith.ops import dtype, registry
from tensorsmith.ops.calls.binding import Argument
from tensorsmith.ops.calls.sizes import bind
from tensorsmith.ops.calls.specialize import specialize
from tensorsmith.ops.errors import DeviceError


def run(backend: str, name: str, arrays: dict[str, np.ndarray], **attributes: object) -> np.ndarray:
    """The first output of an op on arrays of any strides."""
    op = specialize(registry.get(name), frozenset(arrays), {})
    arguments = {n: Argument(a.shape, dtype.by_name(a.dtype.name)) for n, a in arrays.items()}
    binding = bind(op, arguments, attributes)
    (output,) = op.outputs
    result = np.zeros(binding.shapes[output.name], binding.dtypes[output.name].name)
    memory = {**arrays, output.name: result}
    strides = {n: tuple(s // a.itemsize for s in a.strides) for n, a in memory.items()}
    runner = backends.get(backend).prepare(op, binding, strides)
    numbers = [binding.attributes[n] for n in runner.scalars]
    runner([memory[n].ctypes.data for n in runner.operands], numbers)
    return result


X = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)


@pytest.mark.parametrize("layout", [X, X.T, X[::2, ::-1], X[1:, 2:3]])
@pytest.mark.parametrize("name, attributes", [("exp", {}), ("softmax", {"dim": 1})])
def test_both_backends_agree(name: str, attributes: dict[str, object], layout: np.ndarray) -> None:
    got = [run(b, name, {"input": layout}, **attributes) for b in ("cpu", "interpreter")]
    np.testing.assert_allclose(got[0], got[1], rtol=1e-6)


def test_matrix_products_agree() -> None:
    a, b = X, np.ascontiguousarray(X.T)
    operands = {"input": a, "other": b}
    got = [run(backend, "matmul", operands) for backend in ("cpu", "interpreter")]
    np.testing.assert_allclose(got[0], a @ b, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[1], a @ b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("view", [X, X.T, X[::-1], X[:, ::-2], X[:0], X[2:3, 4], X[0, 0, None]])
def test_a_memory_view_is_the_array_at_the_address(view: np.ndarray) -> None:
    strides = tuple(s // 4 for s in view.strides)
    made = memory_view(view.ctypes.data, view.shape, strides, dtype.float32)
    np.testing.assert_array_equal(made, view)
    made[...] += 0
    assert made.shape == view.shape


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(DeviceError, match="cpu, interpreter"):
        backends.get("abacus")

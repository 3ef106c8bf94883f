"""Memory of a GPU shared with other libraries, by DLPack and by the CUDA array interface."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.tensor.native.runtime import ENABLED

pytestmark = pytest.mark.cuda


class Producer:
    """An array of another library, which notes the streams that it is asked for."""

    def __init__(self, tensor: Any) -> None:
        self.tensor, self.streams = tensor, []  # type: ignore[var-annotated]

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.tensor.__dlpack_device__()  # type: ignore[no-any-return]

    def __dlpack__(self, *, stream: Any = None) -> Any:
        self.streams.append(stream)
        return self.tensor.__dlpack__(stream=stream)


class Interface:
    """An array that has the CUDA array interface only."""

    def __init__(self, **given: Any) -> None:
        self.__cuda_array_interface__ = given


@pytest.mark.parametrize("kind", [ts.float32, ts.bfloat16, ts.int64])
def test_dlpack_shares_memory_of_every_kind(kind: Any) -> None:
    x = ts.arange(6, device="cuda").reshape(2, 3).to(kind).t()
    y = ts.from_dlpack(x)
    assert y.data_ptr() == x.data_ptr() and y.stride() == (1, 3) and y.device == x.device
    assert y.dtype is kind and y.tolist() == x.tolist() and x.__dlpack_device__() == (2, 0)


def test_what_was_taken_over_lives_as_long_as_its_taker() -> None:
    x = ts.ones(1000, device="cuda")
    held = ts.cuda.memory_allocated()
    y = ts.from_dlpack(x)
    del x
    assert ts.cuda.memory_allocated() == held and (y + 1).sum().item() == 2000
    del y
    gc.collect()
    assert ts.cuda.memory_allocated() < held


def test_a_producer_hears_of_the_current_stream() -> None:
    x = Producer(ts.ones(3, device="cuda"))
    ts.from_dlpack(x)
    stream = ts.cuda.Stream()
    with ts.cuda.stream(stream):
        ts.from_dlpack(x)
    assert x.streams == [1, stream.cuda_stream]


def test_the_stream_of_a_consumer_waits_for_what_is_queued() -> None:
    stream, consumer = ts.cuda.Stream(), ts.cuda.Stream()
    ts.cuda.synchronize()
    with ts.cuda.stream(stream):
        x = ts.ones(1000, device="cuda") * 3
        capsule = x.__dlpack__(stream=consumer.cuda_stream)
    with ts.cuda.stream(consumer):
        y = ts.from_dlpack(capsule) + 1
    consumer.synchronize()
    assert y.sum().item() == 4000
    place = x.data_ptr()
    del x, y, capsule
    with ts.cuda.stream(stream):
        assert (ts.ones(1000, device="cuda") * 3).data_ptr() != 0
    assert place


def test_devices_and_copies_are_what_was_asked_for() -> None:
    x = ts.ones(3, device="cuda")
    copy = ts.from_dlpack(x, copy=True)
    assert copy.data_ptr() != x.data_ptr() and copy.is_cuda
    assert ts.from_dlpack(x, device="cpu").tolist() == [1, 1, 1]
    assert ts.from_dlpack(x.__dlpack__(dl_device=(1, 0))).device.type == "cpu"
    with pytest.raises(ValueError, match="cannot move a tensor from cuda:0 to cpu without copying"):
        ts.from_dlpack(x, device="cpu", copy=False)
    with pytest.raises(BufferError, match="cannot export to the device"):
        x.__dlpack__(dl_device=(1, 0), copy=False)


@pytest.mark.parametrize("stream", [0, 2, -5])
def test_streams_that_name_none_are_refused(stream: int) -> None:
    with pytest.raises(BufferError, match=r"must be 1 .the default one. or the handle of a stream"):
        ts.ones(3, device="cuda").__dlpack__(stream=stream)


def test_other_wrong_streams_are_refused() -> None:
    with pytest.raises(TypeError, match="stream must be an integer or None"):
        ts.ones(3, device="cuda").__dlpack__(stream="fast")
    with pytest.raises(BufferError, match="a stream belongs to a CUDA device"):
        ts.ones(3).__dlpack__(stream=1)
    with pytest.raises(BufferError, match="require gradient"):
        ts.ones(3, device="cuda", requires_grad=True).__dlpack__()
    with pytest.raises(BufferError, match="conjugate bit"):
        ts.ones(3, dtype=ts.complex64, device="cuda").conj().__dlpack__()


@pytest.mark.skipif(not ENABLED, reason="a capsule that dies with an exception needs native code")
def test_a_library_that_refuses_a_capsule_gives_it_back() -> None:
    held, x = ts.cuda.memory_allocated(), ts.ones(3, device="cuda")
    with pytest.raises((BufferError, RuntimeError)):
        np.from_dlpack(x)
    del x
    gc.collect()
    assert ts.cuda.memory_allocated() == held


def test_the_array_interface_says_where_elements_lie() -> None:
    x = ts.arange(6.0, device="cuda").reshape(2, 3)
    found = x.__cuda_array_interface__
    assert found == {
        "version": 3, "shape": (2, 3), "typestr": "<f4", "strides": None,
        "data": (x.data_ptr(), False), "stream": 1,
    }  # fmt: skip
    assert x.t().__cuda_array_interface__["strides"] == (4, 12)
    assert x.to(ts.bfloat16).__cuda_array_interface__["typestr"] == "<V2"
    assert not hasattr(ts.ones(3), "__cuda_array_interface__")
    with pytest.raises(RuntimeError, match="on Variable that requires grad"):
        _ = x.requires_grad_().__cuda_array_interface__


def test_arrays_with_the_interface_become_tensors() -> None:
    x = ts.arange(6.0, device="cuda").reshape(2, 3)
    stream = ts.cuda.Stream()
    ts.cuda.synchronize()
    with ts.cuda.stream(stream):
        z = x * 2
        given = z.t().__cuda_array_interface__
    assert given["stream"] == stream.cuda_stream
    array = Interface(**given)
    y = ts.as_tensor(array)
    assert y.data_ptr() == z.data_ptr() and y.tolist() == [[0, 6], [2, 8], [4, 10]]
    copy = ts.tensor(array, dtype=ts.float64)
    assert copy.data_ptr() != z.data_ptr() and copy.dtype is ts.float64 and copy.is_cuda
    assert ts.tensor(array, device="cpu").tolist() == y.tolist()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"mask": object()}, TypeError, "with a mask are not supported"),
        ({"typestr": ">f4"}, TypeError, "the type >f4 is not known"),
        ({"typestr": "<U4"}, TypeError, "the type <U4 is not known"),
        ({"strides": (-4,)}, ValueError, "not negative, got .-4,. bytes"),
        ({"strides": (6,)}, ValueError, "multiples of the element size"),
        ({"stream": 0}, RuntimeError, "a stream must be 1"),
    ],
)
def test_interfaces_that_cannot_be_read_are_refused(
    change: dict[str, Any], error: type[Exception], words: str
) -> None:
    given = {**ts.ones(3, device="cuda").__cuda_array_interface__, **change}
    with pytest.raises(error, match=words):
        ts.as_tensor(Interface(**given))


def test_memory_shared_in_any_way_is_not_given_out_while_a_stream_uses_it() -> None:
    x = ts.ones(1000, device="cuda")
    x.untyped_storage().resize_(8000)
    y, stream = x.data, ts.cuda.Stream()
    stream.wait_stream(ts.cuda.current_stream())
    with ts.cuda.stream(stream):
        z = y + 1
    y.record_stream(stream)
    place = x.untyped_storage().data_ptr()
    del x, y
    gc.collect()
    again = ts.empty(2000, device="cuda")
    assert again.data_ptr() != place or not machine.is_simulated()
    stream.synchronize()
    assert z.sum().item() == 2000


def test_torch_and_tensorsmith_share_a_gpu() -> None:
    if machine.is_simulated():
        pytest.skip("PyTorch sees no simulated GPU")
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch finds no GPU")
    x = torch.arange(6.0, device="cuda").reshape(2, 3)
    y = ts.from_dlpack(x.t())
    y.mul_(2)
    assert x.tolist() == [[0, 2, 4], [6, 8, 10]]
    back = torch.from_dlpack(y * 1)
    assert back.tolist() == [[0, 6], [2, 8], [4, 10]]
    assert torch.as_tensor(Interface(**y.__cuda_array_interface__)).tolist() == back.tolist()

"""`ts.cuda` without tensors: devices, streams, events, graphs, generators."""

from __future__ import annotations

import threading

import pytest
import tensorsmith as ts
from tensorsmith.backends.cuda.driver.simulated.driver import SimulatedDriver
from tensorsmith.backends.cuda.runtime import machine
from tensorsmith.ops.errors import ArgumentValueError

from ...backends.cuda.machines import allocate, simulated


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a GPU."""
    monkeypatch.setenv(machine.VARIABLE, "off")
    machine.use_driver(None)


@pytest.mark.usefixtures("nothing")
def test_without_a_gpu_questions_have_answers() -> None:
    cuda = ts.cuda
    assert not cuda.is_available() and cuda.why_not() == "TENSORSMITH_CUDA=off"
    assert cuda.device_count() == 0 and cuda.get_arch_list() == [] and not cuda.is_initialized()
    assert cuda.memory_allocated() == cuda.max_memory_reserved() == 0
    assert cuda.memory_stats()["allocated_bytes.all.current"] == 0
    cuda.manual_seed(3)
    cuda.manual_seed_all(3)
    cuda.seed()
    cuda.seed_all()
    cuda.empty_cache()
    cuda.ipc_collect()
    cuda.reset_peak_memory_stats()
    assert not cuda.is_current_stream_capturing() and cuda.get_rng_state_all() == []


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize(
    "call",
    [ts.cuda.init, ts.cuda.current_device, ts.cuda.synchronize, ts.cuda.Stream,
     ts.cuda.current_stream, ts.cuda.get_device_name, ts.cuda.mem_get_info,
     ts.cuda.initial_seed, ts.cuda.profiler.start],
)  # fmt: skip
def test_without_a_gpu_commands_say_why(call: object) -> None:
    assert callable(call)
    with pytest.raises(RuntimeError, match="No CUDA GPUs are available: TENSORSMITH_CUDA=off"):
        call()


def test_names_of_scripts_are_there_or_say_why_not(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    assert cuda.is_bf16_supported() and cuda.is_bf16_supported(including_emulation=False)
    with pytest.warns(FutureWarning, match="use memory_reserved"):
        assert cuda.memory_cached() == 0
    with pytest.warns(FutureWarning, match="use max_memory_reserved"):
        assert cuda.max_memory_cached() == 0
    with pytest.raises(NotImplementedError, match="memory_stats and memory_summary say"):
        cuda.memory_snapshot()
    with pytest.raises(NotImplementedError, match="only NVML knows"):
        cuda.utilization()


@pytest.mark.usefixtures("driver")
def test_arguments_that_are_not_known_are_refused() -> None:
    with pytest.raises(TypeError, match="bogus"):
        ts.cuda.Stream(bogus=3)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="Expected a cuda device, but got: True"):
        ts.cuda.set_device(True)
    with pytest.raises(ValueError, match="must be one of default, warn, error or 0, 1, 2, got 3"):
        ts.cuda.set_sync_debug_mode(3)


@pytest.mark.usefixtures("driver")
def test_waiting_that_nobody_asked_for_can_be_found() -> None:
    x = ts.empty(2, device="cuda")
    try:
        ts.cuda.set_sync_debug_mode("warn")
        with pytest.warns(UserWarning, match="called a synchronizing CUDA operation"):
            x.cpu()
        ts.cuda.set_sync_debug_mode(2)
        assert ts.cuda.get_sync_debug_mode() == 2
        with pytest.raises(RuntimeError, match="called a synchronizing CUDA operation"):
            x.tolist()
        ts.cuda.synchronize()
    finally:
        ts.cuda.set_sync_debug_mode("default")
    assert len(x.tolist()) == 2


@pytest.mark.usefixtures("driver")
def test_old_tensor_types_tell_devices_apart() -> None:
    made = ts.cuda.FloatTensor(2, 3)
    assert made.is_cuda and made.shape == (2, 3) and made.dtype is ts.float32
    assert isinstance(made, ts.cuda.FloatTensor) and not isinstance(made, ts.FloatTensor)
    assert not isinstance(ts.ones(2), ts.cuda.FloatTensor)
    assert ts.cuda.LongTensor([4, 5]).tolist() == [4, 5]
    assert repr(ts.cuda.LongTensor) == "<class 'tensorsmith.cuda.LongTensor'>"


def test_every_name_is_documented() -> None:
    for name in ts.cuda.__all__:
        assert getattr(ts.cuda, name).__doc__, name


def test_devices_have_properties(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    found = cuda.get_device_properties("cuda:1")
    assert (found.major, found.minor, found.total_memory) == (9, 0, 64 << 20)
    assert cuda.get_device_name() == found.name == "tensorsmith simulated device"
    assert cuda.get_device_capability(ts.device("cuda:0")) == (9, 0)
    assert cuda.can_device_access_peer(0, 1) and not cuda.can_device_access_peer(0, 0)
    assert cuda.get_arch_list() == ["sm_80", "sm_90", "sm_100", "sm_120"]


def test_the_current_device_changes_inside_a_block(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    with cuda.device(1):
        assert cuda.current_device() == 1
        with cuda.device("cuda:0"):
            assert cuda.current_device() == 0
        with cuda.device(None), cuda.device(-1):
            assert cuda.current_device() == 1
    assert cuda.current_device() == 0
    cuda.set_device(ts.device("cuda", 1))
    assert cuda.current_device() == 1


def test_the_device_of_a_tensor_on_the_cpu_changes_nothing(driver: SimulatedDriver) -> None:
    ts.cuda.set_device(1)
    with ts.cuda.device_of(ts.ones(1)):
        assert ts.cuda.current_device() == 1


def test_what_is_no_cuda_device_is_refused(driver: SimulatedDriver) -> None:
    with pytest.raises(ArgumentValueError, match="Expected a cuda device, but got: cpu"):
        ts.cuda.set_device("cpu")
    with pytest.raises(RuntimeError, match="CUDA error: invalid device ordinal"):
        ts.cuda.set_device(7)


def test_a_device_is_initialized_when_it_is_first_used(driver: SimulatedDriver) -> None:
    assert not ts.cuda.is_initialized()
    ts.cuda.init()
    assert ts.cuda.is_initialized()
    ts.cuda.synchronize()


# -- streams ---------------------------------------------------------------------------------------


def test_a_stream_is_current_inside_a_block(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    own = cuda.Stream(1)
    assert cuda.current_stream() == cuda.default_stream() != own
    with cuda.stream(own):
        assert cuda.current_device() == 1 and cuda.current_stream() == own
        with cuda.stream(None):
            assert cuda.current_stream() == own
    assert cuda.current_device() == 0 and cuda.current_stream(1) == cuda.default_stream(1)
    with own as same:
        assert same is own and cuda.current_stream() == own


def test_a_stream_can_be_set(driver: SimulatedDriver) -> None:
    own = ts.cuda.Stream("cuda:1", priority=-1)
    ts.cuda.set_stream(None)
    ts.cuda.set_stream(own)
    assert ts.cuda.current_stream() == own and ts.cuda.current_device() == 1
    assert own.priority == -1 and own.device == ts.device("cuda:1")
    ts.cuda.set_stream(ts.cuda.default_stream(1))


def test_streams_are_equal_if_they_are_the_same(driver: SimulatedDriver) -> None:
    own = ts.cuda.Stream()
    again = ts.cuda.ExternalStream(own.cuda_stream)
    assert own == again and hash(own) == hash(again) and own != 3
    assert own.__cuda_stream__() == (0, own.stream_id)
    assert repr(own) == f"<tensorsmith.cuda.Stream device=cuda:0 cuda_stream={own.stream_id:#x}>"
    assert ts.cuda.get_stream_from_external(own.cuda_stream) == own


def test_a_stream_waits_for_another(driver: SimulatedDriver) -> None:
    first, second = ts.cuda.Stream(), ts.cuda.Stream()
    event = first.record_event()
    second.wait_event(event)
    second.wait_stream(first)
    assert not second.query()
    second.synchronize()
    assert second.query() and event.query() and event.device == ts.device("cuda:0")


def test_events_measure_time(driver: SimulatedDriver) -> None:
    start, end = (ts.cuda.Event(enable_timing=True, blocking=True) for _ in range(2))
    assert repr(start) == "<tensorsmith.cuda.Event uninitialized>" and start.device is None
    start.record()
    end.record(ts.cuda.default_stream())
    end.wait()
    end.synchronize()
    assert start.elapsed_time(end) >= 0
    assert repr(end) == f"<tensorsmith.cuda.Event {end.cuda_event:#x}>"


def test_events_are_not_shared_with_other_processes() -> None:
    with pytest.raises(NotImplementedError, match="interprocess events are not supported"):
        ts.cuda.Event(interprocess=True)


# -- graphs ----------------------------------------------------------------------------------------


def test_a_graph_is_captured_in_a_stream_of_its_own(driver: SimulatedDriver) -> None:
    cuda, captured = ts.cuda, ts.cuda.CUDAGraph()
    with cuda.graph(captured):
        assert cuda.is_current_stream_capturing()
        assert cuda.current_stream() != cuda.default_stream()
    assert not cuda.is_current_stream_capturing()
    captured.replay()
    other = cuda.CUDAGraph()
    with cuda.graph(other, pool=captured.pool(), stream=cuda.Stream()):
        pass
    captured.reset()
    with pytest.raises(RuntimeError, match="without a preceding successful capture"):
        captured.replay()


def test_a_capture_that_fails_gives_the_stream_back(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    with pytest.raises(RuntimeError, match="previous error during capture"):  # noqa: SIM117
        with cuda.graph(cuda.CUDAGraph(), pool=cuda.graph_pool_handle()):
            with pytest.raises(RuntimeError, match="not permitted when stream is capturing"):
                cuda.synchronize()
    assert cuda.current_stream() == cuda.default_stream()
    with pytest.raises(ValueError, match="Unknown capture error mode"):  # noqa: SIM117
        with cuda.graph(cuda.CUDAGraph(), capture_error_mode="none"):
            pass
    assert cuda.current_stream() == cuda.default_stream()


def test_a_capture_begins_in_the_current_stream(driver: SimulatedDriver) -> None:
    with pytest.raises(RuntimeError, match="must be captured on a non-default stream"):
        ts.cuda.CUDAGraph().capture_begin()


# -- profiling -------------------------------------------------------------------------------------


def test_a_profiler_is_told_when_to_look(driver: SimulatedDriver) -> None:
    with ts.cuda.profiler.profile():
        assert driver.calls["cuProfilerStart"] == 1 and "cuProfilerStop" not in driver.calls
    assert driver.calls["cuProfilerStop"] == 1


def test_ranges_are_counted_even_if_nobody_looks() -> None:
    nvtx = ts.cuda.nvtx
    assert [nvtx.range_push("a"), nvtx.range_push("b")] == [0, 1]
    with nvtx.range("step {}", 3):
        nvtx.mark("here")
    assert [nvtx.range_pop(), nvtx.range_pop(), nvtx.range_pop()] == [1, 0, -1]
    nvtx.range_end(nvtx.range_start("c"))


# -- memory ----------------------------------------------------------------------------------------


def test_memory_is_counted(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    kept = allocate(1000)
    assert (cuda.memory_allocated(), cuda.memory_reserved()) == (1024, 2 << 20)
    assert cuda.memory_allocated(1) == 0 and cuda.mem_get_info() == (62 << 20, 64 << 20)
    assert cuda.memory_stats_as_nested_dict()["requested_bytes"]["all"]["current"] == 1000
    del kept
    assert (cuda.memory_allocated(), cuda.max_memory_allocated()) == (0, 1024)
    cuda.reset_peak_memory_stats()
    cuda.reset_accumulated_memory_stats()
    assert cuda.max_memory_allocated() == 0 and cuda.max_memory_reserved() == 2 << 20
    cuda.empty_cache()
    assert cuda.memory_reserved() == 0


def test_a_summary_has_a_line_for_each_number(driver: SimulatedDriver) -> None:
    kept = allocate(1 << 20)
    lines = ts.cuda.memory_summary(0).splitlines()
    assert len({len(line) for line in lines}) == 1 and kept.nbytes
    assert "| Allocated memory      |   1.00 MiB |   1.00 MiB |   1.00 MiB |    0 bytes |" in lines
    assert any("small pool" in line for line in lines)
    assert not any("pool" in line for line in ts.cuda.memory_summary(abbreviated=True).splitlines())


def test_a_part_of_the_memory_can_be_held_at_most(driver: SimulatedDriver) -> None:
    ts.cuda.set_per_process_memory_fraction(0.25)
    assert ts.cuda.get_per_process_memory_fraction() == 0.25
    with pytest.raises(ts.cuda.OutOfMemoryError, match=r"CUDA out of memory. Tried to allocate 32"):
        allocate(32 << 20)
    with pytest.raises(TypeError, match="Invalid type for fraction argument, must be `float`"):
        ts.cuda.set_per_process_memory_fraction(1)


# -- generators ------------------------------------------------------------------------------------


def test_each_device_has_a_generator(driver: SimulatedDriver) -> None:
    cuda = ts.cuda
    ts.manual_seed(5)
    assert cuda.initial_seed() == 5
    cuda.manual_seed(6)
    assert cuda.initial_seed() == 6 and ts.initial_seed() == 5
    with cuda.device(1):
        assert cuda.initial_seed() == 5
    cuda.manual_seed_all(7)
    states = cuda.get_rng_state_all()
    assert len(states) == 2 and states[0].tolist()[:8] == [7, 0, 0, 0, 0, 0, 0, 0]
    cuda.seed()
    assert cuda.initial_seed() != 7
    cuda.set_rng_state_all(states)
    assert cuda.initial_seed() == 7
    cuda.seed_all()
    assert cuda.initial_seed() != 7


def test_threads_have_streams_and_devices_of_their_own(driver: SimulatedDriver) -> None:
    found: list[tuple[int, bool]] = []

    def look() -> None:
        found.append((ts.cuda.current_device(), ts.cuda.current_stream(1) == own))

    own = ts.cuda.Stream(1)
    with ts.cuda.stream(own):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        look()
    assert found == [(0, False), (1, True)]


def test_another_machine_starts_anew() -> None:
    for devices in (1, 2):
        with simulated(devices=devices):
            assert ts.cuda.device_count() == devices

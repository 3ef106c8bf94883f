"""The current stream of each thread on each device: where work goes that names none."""

from __future__ import annotations

import threading

from ...native.lanes import MOST_GPUS
from ..driver.protocol import DISABLE_TIMING
from .context import thread
from .device import Device
from .machine import get_device
from .queue import Queue


class _Thread(threading.local):
    """The streams that a thread has chosen, by device."""

    def __init__(self) -> None:
        self.queues: dict[int, Queue] = {}


_thread = _Thread()


def default_queue(device: int | None = None) -> Queue:
    """The default stream of a device."""
    return get_device(device).queues.default


def current_queue(device: int | None = None) -> Queue:
    """This thread's current stream on a device; None: on the current device."""
    return queue_of(get_device(device))


def queue_of(device: Device) -> Queue:
    """This thread's current stream on a device."""
    queue = _thread.queues.get(device.number)
    if queue is None or queue.context is not device.context:
        queue = device.queues.default
        set_current_queue(queue)
    return queue


def set_current_queue(queue: Queue) -> None:
    """Makes a stream the current one of this thread on its device."""
    number = queue.context.number
    _thread.queues[number] = queue  # which keeps it alive for native code
    if number < MOST_GPUS:
        thread.here.lanes[number] = queue.lane.at


def new_queue(device: int | None = None, priority: int = 0) -> Queue:
    """Another stream of a device."""
    return get_device(device).queues.new(priority)


def wait_for(queue: Queue, other: Queue) -> None:
    """Work that is queued from now on comes after all that another stream has queued so far."""
    if queue is other:
        return
    driver = other.context.driver
    other.context.activate()
    event = driver.create_event(DISABLE_TIMING)
    driver.record_event(event, other.handle)
    queue.context.activate()
    driver.wait_event(queue.handle, event)
    driver.destroy_event(event)

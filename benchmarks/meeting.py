"""What starting and joining the workers costs: rounds in which every worker must have come."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from tensorsmith.backends.cpu.threads import parallel_call
from tensorsmith.backends.native.compiled import NativeObject
from tensorsmith.backends.native.language import (
    Address,
    Array,
    Int,
    Struct,
    cast,
    entry,
    fetch_add,
    load_atomic,
    pause,
)


class Meeting(Struct):
    """Where workers meet.

    Attributes:
        workers: How many come to each round.
        arrived: How many have come in all rounds so far.
    """

    workers: Int
    arrived: Int


@entry
def meet(context: Address, chunk: Int) -> None:
    """A chunk that ends when each of the round's chunks has begun, on a worker of its own."""
    meeting = cast(Array[Meeting], context)[0]
    place = fetch_add(meeting.arrived, 1)
    everybody = (place // meeting.workers + 1) * meeting.workers
    while load_atomic(meeting.arrived) < everybody:
        pause()


def prepare_round(workers: int) -> Callable[[], None]:
    """A round of so many workers, which are all there are."""
    address = NativeObject("meeting of workers", (meet,)).load()["meet"]
    run = parallel_call()
    meeting = np.array([workers, 0], np.int64)
    arguments = struct.pack("<q", meeting.ctypes.data)

    def call(alive: object = meeting) -> None:  # `arguments` hold no more than its address
        run(address, arguments, workers)

    return call

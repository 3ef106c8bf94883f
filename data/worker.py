"""What runs in a worker process of a loader, and how its results and errors travel."""

from __future__ import annotations

import os
import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tensor import manual_seed
from .dataset import Dataset, IterableDataset

# How often a worker looks whether its parent is still alive, in seconds.
PARENT_CHECK_INTERVAL = 1.0


@dataclass(frozen=True)
class WorkerInfo:
    """What `get_worker_info` tells inside a worker process."""

    id: int
    num_workers: int
    seed: int
    dataset: Dataset[Any]


@dataclass(frozen=True)
class WorkerFailure:
    """An exception on its way from a worker to the user, as text and type."""

    kind: type[BaseException]
    message: str
    worker: int

    def reraise(self) -> None:
        """Raise the exception again, with the worker's traceback in its message."""
        place = f"DataLoader worker process {self.worker}"
        text = f"Caught {self.kind.__name__} in {place}.\n{self.message}"
        if self.kind is KeyError:
            raise KeyError(_Multiline(text))
        try:
            error = self.kind(text)
        except Exception:
            # The type wants other arguments than one message.
            error = RuntimeError(text)
        raise error


class _Multiline(str):
    """A message that KeyError prints as it is, and not as `repr`."""

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class EndOfStream:
    """Says that a worker's stream has no more samples."""

    worker: int


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Facts about the current worker process; None in the main process."""
    return _info


def run_worker(
    info: WorkerInfo,
    tasks: Any,
    results: Any,
    fetch: Callable[[Any, Any], Any],
    init: Callable[[int], None] | None,
    parent: int,
) -> None:
    """Fetch batches until a None arrives; the process ends when its parent is gone.

    Args:
        info: Who this worker is.
        tasks: Queue of (number, keys); a negative number starts a new pass, None ends the work.
        results: Queue of (number, batch); a batch is data, a `WorkerFailure` or an `EndOfStream`.
        fetch: Makes a batch from a source and keys.
        init: The user's `worker_init_fn`.
        parent: Process id of the loader.
    """
    global _info
    _info = info
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    random.seed(info.seed)
    np.random.seed(info.seed % 2**32)
    manual_seed(info.seed)
    try:
        if init is not None:
            init(info.id)
        source = _open(info.dataset)
    except Exception as error:
        results.put((-1, _failure(error, info.id)))
        return
    try:
        _serve(info, source, tasks, results, fetch)
    except KeyboardInterrupt:
        # The main process reports the interrupt; a worker only stops.
        results.cancel_join_thread()


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone, whatever the data set is doing at that time."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_INTERVAL)
    os._exit(1)


def _serve(
    info: WorkerInfo, source: Any, tasks: Any, results: Any, fetch: Callable[[Any, Any], Any]
) -> None:
    while True:
        task = tasks.get()
        if task is None:
            # Nobody reads what is still on its way.
            results.cancel_join_thread()
            return
        number, keys = task
        if number < 0:  # a new pass
            source = _open(info.dataset)
            continue
        try:
            batch = fetch(source, keys)
        except StopIteration:
            batch = EndOfStream(info.id)
        except Exception as error:
            batch = _failure(error, info.id)
        results.put((number, batch))


def _open(dataset: Dataset[Any]) -> Any:
    """What batches are fetched from: the data set, or a new iterator over a stream."""
    return iter(dataset) if isinstance(dataset, IterableDataset) else dataset


def _failure(error: BaseException, worker: int) -> WorkerFailure:
    return WorkerFailure(type(error), "Original " + traceback.format_exc(), worker)

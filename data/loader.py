"""DataLoader: batches of a data set, loaded in this process or in worker processes."""

from __future__ import annotations

import multiprocessing
import os
import queue
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..tensor import Generator, int64, randint
from ..tensor.cuda.devices import is_available
from .collate import default_collate, default_convert, pinned
from .dataset import Dataset, IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from .worker import EndOfStream, WorkerFailure, WorkerInfo, run_worker

# How long the loader waits for a batch before it looks whether its workers are alive, in seconds.
WORKER_CHECK_INTERVAL = 1.0

# How long workers may go on with the batch at hand before they are terminated, in seconds.
STOP_TIME = 1.0


class _Endless(Sampler[None]):
    """Keys for a stream: nothing, for ever."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class Fetch:
    """Makes one batch from a source and the keys of a batch.

    Args:
        collate: Turns a list of samples into a batch.
        stream: The source is an iterator and the keys only count.
        batched: Keys are a list; otherwise a single key and a single sample.
        drop_last: A short last batch of a stream is left out.
    """

    def __init__(
        self, collate: Callable[[Any], Any], stream: bool, batched: bool, drop_last: bool
    ) -> None:
        self.collate = collate
        self.stream = stream
        self.batched = batched
        self.drop_last = drop_last

    def __call__(self, source: Any, keys: Any) -> Any:
        if not self.stream:
            return self.collate([source[key] for key in keys] if self.batched else source[keys])
        if not self.batched:
            return self.collate(next(source))
        samples = []
        for _ in keys:
            try:
                samples.append(next(source))
            except StopIteration:
                break
        if not samples or (self.drop_last and len(samples) < len(keys)):
            raise StopIteration
        return self.collate(samples)


class DataLoader:
    """An iterable over batches of a data set.

    Args:
        dataset: A `Dataset` (or anything with `__getitem__` and `__len__`) or an `IterableDataset`.
        batch_size: Samples in a batch; None for single samples without a batch dim.
        shuffle: Visit the samples in a new random order in each pass.
        sampler: Order of the keys; excludes `shuffle`.
        batch_sampler: Gives lists of keys; excludes the four arguments that make one.
        num_workers: Worker processes; 0 loads in this process.
        collate_fn: Turns a list of samples into a batch.
        pin_memory: Batches lie in pinned memory, from which copies to a GPU need not wait.
        drop_last: Leave out a last batch that is not full.
        timeout: Seconds to wait for a batch from the workers; 0 waits for ever.
        worker_init_fn: Called with the worker's number when it starts.
        multiprocessing_context: Start method or context; the platform's default if None.
        generator: Source of random numbers for shuffling and the workers' seeds.
        prefetch_factor: Batches that each worker loads ahead; 2 by default.
        persistent_workers: Keep the workers alive between passes.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        self.dataset = dataset
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.generator = generator
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self.prefetch_factor = prefetch_factor
        self._stream = isinstance(dataset, IterableDataset)
        self._check(shuffle, sampler, batch_sampler, batch_size, drop_last)
        self.drop_last = drop_last
        self.batch_size = None if batch_sampler is not None else batch_size
        self.sampler = sampler if sampler is not None else self._make_sampler(bool(shuffle))
        if batch_sampler is None and batch_size is not None:
            batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn or (
            default_convert if batch_sampler is None else default_collate
        )
        if isinstance(multiprocessing_context, str):
            multiprocessing_context = multiprocessing.get_context(multiprocessing_context)
        self.multiprocessing_context = multiprocessing_context or multiprocessing.get_context()
        self._kept: _Workers | None = None

    def _check(
        self, shuffle: Any, sampler: Any, batch_sampler: Any, batch_size: Any, drop_last: bool
    ) -> None:
        if self.num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable "
                "multiprocessing."
            )
        if self.timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if self.num_workers == 0 and self.prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing. let "
                "num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            )
        if self.prefetch_factor is not None and self.prefetch_factor < 1:
            raise ValueError("prefetch_factor option should be positive")
        if self.num_workers == 0 and self.persistent_workers:
            raise ValueError("persistent_workers option needs num_workers > 0")
        if self._stream and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "DataLoader with IterableDataset: expected unspecified shuffle, sampler and "
                "batch_sampler options"
            )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (
            batch_size != 1 or shuffle or sampler is not None or drop_last
        ):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, "
                "and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with "
                "drop_last"
            )

    def _make_sampler(self, shuffle: bool) -> Iterable[Any]:
        if self._stream:
            return _Endless()
        if shuffle:
            return RandomSampler(self.dataset, generator=self.generator)  # type: ignore[arg-type]
        return SequentialSampler(self.dataset)  # type: ignore[arg-type]

    @property
    def _fetch(self) -> Fetch:
        return Fetch(self.collate_fn, self._stream, self.batch_sampler is not None, self.drop_last)

    def _keys(self) -> Iterator[Any]:
        return iter(self.sampler if self.batch_sampler is None else self.batch_sampler)

    def __iter__(self) -> Iterator[Any]:
        # Drawn in any case, so that the order of the samples does not depend on the workers.
        seed = int(randint(0, 2**62, (1,), dtype=int64, generator=self.generator).item())
        batches = self._batches(seed)
        return map(pinned, batches) if self.pin_memory and is_available() else batches

    def _batches(self, seed: int) -> Iterator[Any]:
        if self.num_workers == 0:
            return self._load_here()
        if not self.persistent_workers:
            return _Workers(self, seed).batches(close=True)
        if self._kept is None or self._kept.closed:
            self._kept = _Workers(self, seed)
        return self._kept.batches(close=False)

    def _load_here(self) -> Iterator[Any]:
        fetch = self._fetch
        source = iter(self.dataset) if isinstance(self.dataset, IterableDataset) else self.dataset
        for keys in self._keys():
            try:
                batch = fetch(source, keys)
            except StopIteration:
                return
            yield batch

    def __len__(self) -> int:
        if self._stream:
            count = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]


class _Workers:
    """The worker processes of a loader, and the batches on their way.

    Args:
        loader: Its options.
        seed: Of the first worker; each further one has the next number.
    """

    def __init__(self, loader: DataLoader, seed: int) -> None:
        self.loader = loader
        self.closed = False
        self.passes = 0
        self.processes: list[Any] = []
        context = loader.multiprocessing_context
        self.results = context.Queue()
        self.tasks = [context.Queue() for _ in range(loader.num_workers)]
        for number, tasks in enumerate(self.tasks):
            info = WorkerInfo(number, loader.num_workers, seed + number, loader.dataset)
            process = context.Process(
                target=run_worker,
                args=(info, tasks, self.results, loader._fetch, loader.worker_init_fn, os.getpid()),
                daemon=True,
            )
            with warnings.catch_warnings():
                # CPython warns of threads at fork; the worker pool restarts itself in the child.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            self.processes.append(process)

    def batches(self, close: bool) -> Iterator[Any]:
        """Batches in the order of the keys; the workers are stopped at the end if `close`."""
        finished = False
        try:
            yield from self._ordered()
            finished = True
        finally:
            if close or not finished:
                self.close()

    def _ordered(self) -> Iterator[Any]:
        if self.passes:
            for tasks in self.tasks:
                tasks.put((-1, None))
        self.passes += 1
        keys = self.loader._keys()
        alive = list(range(len(self.tasks)))
        waiting: dict[int, Any] = {}
        sent = taken = turn = 0
        exhausted = False
        ahead = (self.loader.prefetch_factor or 2) * len(self.tasks)
        while True:
            while alive and not exhausted and sent - taken < ahead:
                try:
                    item = next(keys)
                except StopIteration:
                    exhausted = True
                    break
                self.tasks[alive[turn % len(alive)]].put((sent, item))
                sent, turn = sent + 1, turn + 1
            if taken == sent:
                return
            while taken not in waiting:
                number, batch = self._receive()
                if number < 0:
                    batch.reraise()
                waiting[number] = batch
            batch = waiting.pop(taken)
            taken += 1
            if isinstance(batch, EndOfStream):
                if batch.worker in alive:
                    alive.remove(batch.worker)
                continue
            if isinstance(batch, WorkerFailure):
                batch.reraise()
            yield batch

    def _receive(self) -> tuple[int, Any]:
        deadline = time.monotonic() + self.loader.timeout if self.loader.timeout else None
        while True:
            try:
                return self.results.get(timeout=WORKER_CHECK_INTERVAL)  # type: ignore[no-any-return]
            except queue.Empty:
                dead = [p for p in self.processes if not p.is_alive()]
                if dead:
                    listed = ", ".join(f"{p.pid} (exit code {p.exitcode})" for p in dead)
                    raise RuntimeError(
                        f"DataLoader worker (pid(s) {listed}) exited unexpectedly"
                    ) from None
                if deadline is not None and time.monotonic() > deadline:
                    raise RuntimeError(
                        f"DataLoader timed out after {self.loader.timeout} seconds"
                    ) from None

    def close(self) -> None:
        """Stop the worker processes; a second call does nothing."""
        if self.closed:
            return
        self.closed = True
        for tasks in self.tasks:
            tasks.put(None)
        limit = time.monotonic() + STOP_TIME
        for process in self.processes:
            process.join(max(0.0, limit - time.monotonic()))
            if process.is_alive():
                process.terminate()
                process.join()
        for channel in (*self.tasks, self.results):
            channel.cancel_join_thread()
            channel.close()

    def __del__(self) -> None:
        # At interpreter exit the queue module may be half torn down; daemons end with us anyway.
        if not self.closed and self.processes and multiprocessing is not None:
            self.close()

"""Data sets that misbehave in worker processes, and that tell where they ran."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import tensorsmith as ts
from tensorsmith.data import Dataset, IterableDataset, get_worker_info


class Squares(Dataset[ts.Tensor]):
    """i -> i * i, computed with the kernels of this process."""

    def __init__(self, count: int = 20) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> ts.Tensor:
        return (ts.full((2000,), float(index)) * float(index)).mean()


class OwnError(ValueError):
    """An error type of the user's own."""


class TwoArgumentsError(Exception):
    """An error that one message alone cannot make."""

    def __init__(self, first: str, second: int) -> None:
        super().__init__(first, second)


class Failing(Squares):
    """Raises at one index."""

    def __init__(self, error: Exception, at: int = 5) -> None:
        super().__init__()
        self.error, self.at = error, at

    def __getitem__(self, index: int) -> ts.Tensor:
        if index == self.at:
            raise self.error
        return super().__getitem__(index)


class Dying(Squares):
    """Its process is killed at index 5."""

    def __getitem__(self, index: int) -> ts.Tensor:
        if index == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


class Slow(Squares):
    """Takes a minute for a sample."""

    def __getitem__(self, index: int) -> ts.Tensor:
        time.sleep(60)
        return super().__getitem__(index)


class WhoAmI(Dataset[tuple[int, int, int]]):
    """(process, worker's number, random number) for each index."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> tuple[int, int, int]:
        info = get_worker_info()
        return os.getpid(), -1 if info is None else info.id, int(ts.randint(0, 2**31, (1,)).item())


class Range(IterableDataset[int]):
    """The numbers of a range, shared out to the workers."""

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end

    def __iter__(self) -> Iterator[int]:
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(self.start + first, self.end, step))


class Sized(Range):
    """A stream that knows its length."""

    def __len__(self) -> int:
        return self.end - self.start


def name_worker(number: int) -> None:
    """A `worker_init_fn`: puts the worker's number into the environment."""
    os.environ["WORKER_OF_TEST"] = str(number)


class Named(Squares):
    """What `name_worker` left."""

    def __getitem__(self, index: int) -> Any:
        return int(os.environ.get("WORKER_OF_TEST", "-1"))

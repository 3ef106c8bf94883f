"""Generators: a seed and a position, of which every draw is a Philox function."""

from __future__ import annotations

import os
from typing import Any

from ...backends.native.view import View
from ...ops.dtype import uint8
from ...ops.errors import ArgumentError, BackendError
from ..base import TensorBase
from ..devices import device, usable
from ..interpreters import modes
from ..native.objects import Counter
from ..native.runtime import STATE
from ..storage import backend_at
from ..tensor import Tensor
from .data import tensor

WORD = 1 << 64


INITIAL_SEED = 67280421310721  # PyTorch's


def _signed(seed: int) -> int:
    """The seed as a kernel takes it: 64 bits with a sign."""
    seed %= WORD
    return seed - WORD if seed >= WORD >> 1 else seed


class Generator:
    """A source of random numbers.

    Args:
        device: Where its numbers are made; they are the same everywhere.
    """

    __module__ = "tensorsmith"  # the public name, which files hold

    def __init__(self, device: Any = "cpu") -> None:
        self.device = usable(device)
        self.counter: Any = View(Counter)
        self._seed = INITIAL_SEED
        self._position = 0

    @property
    def _seed(self) -> int:
        return int(self.counter.seed) % WORD

    @_seed.setter
    def _seed(self, value: int) -> None:
        self.counter.seed = _signed(value)

    @property
    def _position(self) -> int:
        return int(self.counter.position) % WORD

    @_position.setter
    def _position(self, value: int) -> None:
        self.counter.position = _signed(value)

    def manual_seed(self, seed: int) -> Generator:
        """Starts anew from a seed."""
        seed = int(seed)
        if not -(WORD >> 1) <= seed < WORD:
            raise BackendError(
                "manual_seed: the seed must fit into 64 bits (Overflow when unpacking long), "
                f"got {seed}"
            )
        self._seed, self._position = seed % WORD, 0
        return self

    def seed(self) -> int:
        """Starts anew from a seed of the operating system, and returns it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """Seed and position as a tensor of 16 bytes."""
        content = self._seed.to_bytes(8, "little") + self._position.to_bytes(8, "little")
        return tensor(list(content), dtype=uint8)

    def set_state(self, new_state: Tensor) -> Generator:
        """Continues from what `get_state` gave."""
        if not isinstance(new_state, TensorBase) or new_state.dtype is not uint8:
            raise ArgumentError("RNG state must be a tensorsmith.uint8 tensor")
        content = bytes(new_state.tolist())
        if len(content) != 16:
            raise BackendError(f"RNG state must have 16 bytes, got {len(content)}")
        self._seed = int.from_bytes(content[:8], "little")
        self._position = int.from_bytes(content[8:], "little")
        return self

    def clone_state(self) -> Generator:
        """A generator that will draw the same numbers."""
        return Generator(self.device).set_state(self.get_state())

    def get_offset(self) -> int:
        """How many draws were taken."""
        return self._position

    def set_offset(self, offset: int) -> None:
        """Continues after that many draws."""
        self._position = int(offset)

    def draw(self, elements: int) -> tuple[int, int]:
        """Seed and first position for that many elements, two draws each.

        Raises:
            RuntimeError: A graph is captured, each replay of which would draw the same numbers.
        """
        place = self.device
        if place.type == "cuda" and backend_at(place).is_capturing():
            raise BackendError(
                "these random numbers cannot be drawn while a CUDA graph is captured: each replay "
                "would draw the same ones; draw them before, into a tensor that the graph reads"
            )
        count = 2 * max(elements, 1)
        found = self.advance(count)
        if modes.trace is not None:
            if self is default_generator:
                return modes.trace.draw(*found, count)  # type: ignore[no-any-return]
            modes.trace.broken = True
        return found

    def advance(self, draws: int) -> tuple[int, int]:
        """Seed and first position of that many draws."""
        start = self._position
        self._position += draws
        return _signed(self._seed), start

    def __reduce__(self) -> tuple[Any, ...]:
        return (restored_generator, (self.device, self._seed, self._position))


def restored_generator(place: device, seed: int, position: int) -> Generator:
    """A generator that goes on where another one was."""
    made = Generator(place).manual_seed(seed)
    made.set_offset(position)
    return made


restored_generator.__module__ = "tensorsmith.serialization"  # the public name, which files hold


default_generator = Generator()
STATE.counter = default_generator.counter.at


class _Devices:
    """Generators of GPUs, made when they are first asked for.

    Attributes:
        seed: What those start from that are made later.
    """

    def __init__(self) -> None:
        self.seed = INITIAL_SEED
        self.generators: dict[int, Generator] = {}


_devices = _Devices()


def device_generator(number: int) -> Generator:
    """The generator of a GPU."""
    found = _devices.generators.get(number)
    if found is None:
        made = Generator(device("cuda", number)).manual_seed(_devices.seed)
        found = _devices.generators.setdefault(number, made)
    return found


def generator_for(place: device, generator: Generator | None = None) -> Generator:
    """What draws for a tensor on a device: the generator that a user gave, or the device's own.

    Raises:
        RuntimeError: The one given is for another kind of device.
    """
    if generator is None:
        if place.type != "cuda":
            return default_generator
        assert place.index is not None
        return device_generator(place.index)
    kind = "cuda" if place.type == "cuda" else "cpu"
    if generator.device.type != kind:
        raise BackendError(
            f"Expected a '{kind}' device type for generator but found '{generator.device.type}'"
        )
    return generator


def seed_devices(seed: int) -> None:
    """Starts the generators of all GPUs anew from a seed."""
    _devices.seed = seed
    for generator in _devices.generators.values():
        generator.manual_seed(seed)


def manual_seed(seed: int) -> Generator:
    """Starts the default generator anew from a seed, and those of GPUs; returns it."""
    default_generator.manual_seed(seed)
    seed_devices(int(seed))
    return default_generator


def seed() -> int:
    """Starts the default generator anew from a seed of the operating system, and those of GPUs."""
    seed_devices(default_generator.seed())
    return default_generator.initial_seed()


def initial_seed() -> int:
    """The seed that the default generator started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Continues the default generator from what `get_rng_state` gave."""
    default_generator.set_state(new_state)


class fork_rng:  # noqa: N801  (PyTorch's spelling)
    """Inside, draws leave the default generator outside as it was.

    Args:
        devices: Accepted; there is one generator.
        enabled: False does nothing.
    """

    def __init__(self, devices: Any = None, enabled: bool = True, **_: Any) -> None:
        self.enabled = enabled
        self._state: Tensor | None = None

    def __enter__(self) -> None:
        self._state = get_rng_state() if self.enabled else None

    def __exit__(self, *_: object) -> None:
        if self._state is not None:
            set_rng_state(self._state)

"""Whether kernels may be compiled while a program runs.

Each thread may say what it wants, by a call or for a block. A thread that has said something
follows what it said last; any other one follows the strictest of `TENSORSMITH_JIT` and of all that
the others say. So a program that forbids binds its threads, also those that run already, and no
block of one thread lets another one compile.
"""

from __future__ import annotations

import inspect
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

from ...ops.decorator import ContextDecorator, Function
from ...ops.errors import ArgumentError, ArgumentValueError
from ...ops.lock import counting_lock

MODES = ("on", "warn", "forbid")
"""From the loosest to the strictest."""

_allowed: list[None] = []


class _Thread:
    """What a thread has said.

    Attributes:
        thread: The one.
        calls: Modes that it chose by a call, the last one counts. Each with the context that the
            call made, which takes the choice back where it is entered: while that lives, the choice
            may turn out to be for a block only.
        blocks: Contexts that it is in; the last one counts, before any call.
    """

    def __init__(self) -> None:
        self.thread = threading.current_thread()
        self.calls: list[tuple[str, weakref.ref[jit_mode]]] = []
        self.blocks: list[jit_mode] = []

    def own(self) -> str | None:
        """What it follows itself: what it said last; None if nothing holds."""
        if self.blocks:
            return self.blocks[-1].mode
        return self.calls[-1][0] if self.calls else None

    def others(self) -> list[str]:
        """What those follow that have said nothing: all that holds, or will after a block."""
        return [mode for mode, _ in self._lasting()] + [each.mode for each in self.blocks]

    def choose(self, made: jit_mode) -> None:
        """Adds a call."""
        self.calls[:] = [*self._lasting(), (made.mode, weakref.ref(made))]

    def take_back(self, made: jit_mode) -> None:
        """Leaves out a call."""
        self.calls[:] = [call for call in self.calls if call[1]() is not made]

    def _lasting(self) -> list[tuple[str, weakref.ref[jit_mode]]]:
        """The last call that nobody can take back any more, and those after it."""
        final = (place for place, (_, made) in enumerate(self.calls) if made() is None)
        return self.calls[max(final, default=0) :]


class _Own(threading.local):
    said: _Thread | None = None


_own = _Own()
_threads: list[_Thread] = []
_ended: list[str] = []
"""What threads said that have ended, the strictest only."""
_changing = counting_lock()


def _mine() -> _Thread:
    """What the calling thread has said; to be asked for under `_changing`."""
    if _own.said is None:
        ended = [each for each in _threads if not each.thread.is_alive()]
        said = [*_ended, *(mode for each in ended for mode in each.others())]
        _ended[:] = [_strictest(said)] if said else []
        _own.said = _Thread()
        _threads[:] = [*(each for each in _threads if each not in ended), _own.said]
    return _own.said


def _strictest(modes: Iterable[str]) -> str:
    return max(modes, key=MODES.index)


def get_jit_mode() -> str:
    """`on`, `warn` or `forbid`: what holds in this thread, see `jit_mode`; `on` if nobody said.

    Inside `compiling_allowed` it is `on`.

    Raises:
        ValueError: `TENSORSMITH_JIT` is something else.
    """
    if _allowed:
        return "on"
    with _changing:
        own = _own.said.own() if _own.said is not None else None
        others = [*_ended, *(mode for each in _threads for mode in each.others())]
    if own is not None:
        return own
    mode = os.environ.get("TENSORSMITH_JIT", "") or "on"
    if mode not in MODES:
        raise ArgumentValueError(f"TENSORSMITH_JIT must be on, warn or forbid, got {mode!r}")
    return _strictest([mode, *others])


@contextmanager
def compiling_allowed() -> Iterator[None]:
    """Kernels are compiled inside, whatever the user chose: a program that records which kernels
    it lacks must get them, or it would stop at the first one."""
    _allowed.append(None)
    try:
        yield
    finally:
        _allowed.pop()


class jit_mode(ContextDecorator):  # noqa: N801  (PyTorch's spelling, as `set_grad_enabled`)
    """Says what happens to a kernel that is in no cache and no bundle.

    Called as a function it holds from then on. As a context manager it holds inside the block, and
    what held before does so again after it; a context can be entered any number of times, also
    inside itself and by several threads. As a decorator it holds in each call.

    The mode is one of the process as far as it forbids: a thread that has said nothing itself
    follows the strictest of `TENSORSMITH_JIT` and of what other threads say, those that have ended
    included. So `jit_mode("forbid")` at the start of a server holds in all of its threads, those
    that run already and those of libraries too. A looser mode is for the thread that says it: a
    block frees no other thread, and a call frees the others only from what this thread called for
    before.

    Args:
        mode: `on` compiles it, `warn` compiles it with a warning, `forbid` raises an error that
            names the kernel and the command that builds it.

    Raises:
        ValueError: The mode is something else.
        TypeError: It decorates what cannot be called, or an async function, which would run after
            the block has ended. Nothing holds then that did not before.
    """

    def __init__(self, mode: str) -> None:
        if mode not in MODES:
            raise ArgumentValueError(f"jit_mode: mode must be on, warn or forbid, got {mode!r}")
        self.mode = mode
        with _changing:
            self._maker = _mine()
            self._maker.choose(self)

    def clone(self) -> jit_mode:
        """Itself: it can be entered again."""
        return self

    def __call__(self, function: Function) -> Function:
        with _changing:
            self._maker.take_back(self)
        _check_decorated(function)
        return super().__call__(function)

    def __enter__(self) -> None:
        with _changing:
            own = _mine()
            own.blocks.append(self)
            if own is self._maker:  # what another thread has called for is not this one's to end
                own.take_back(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _changing:
            entered = [x for x in (_mine(), *_threads) if self in x.blocks]
            if not entered:
                raise RuntimeError(f"{self!r} must be entered before it is left")
            blocks = entered[0].blocks  # of this thread, unless another one entered it
            del blocks[max(place for place, each in enumerate(blocks) if each is self)]

    def __repr__(self) -> str:
        return f"jit_mode({self.mode!r})"


def _check_decorated(function: object) -> None:
    """Raises ArgumentError unless the mode can hold for as long as what it decorates runs."""
    if not callable(function):
        raise ArgumentError(
            f"jit_mode: what it decorates must be callable, got {type(function).__name__}"
        )
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise ArgumentError(
            "jit_mode: what it decorates must not be async, which runs after the call: enter it "
            f"inside of {getattr(function, '__qualname__', function)}"
        )

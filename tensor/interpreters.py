"""The stack of active interpreters: transforms that take a call before it runs.

An interpreter (a vmap level, a forward-mode level) is pushed while its function runs.
`dispatch.call` hands every call to the topmost one, which may call `dispatch.call` again with
itself lowered: `with lowered(interpreter):`.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from ..backends.native.lasting import keep_forever
from ..backends.native.view import View
from ..ops.calls.binding import Binding
from ..ops.language.op import Op
from ..ops.lock import counting_lock
from .native.objects import Flags
from .native.runtime import STATE


class Interpreter(Protocol):
    """What dispatch needs of a transform."""

    def handle(
        self,
        op: Op,
        operands: tuple[Any, ...],
        attributes: tuple[Any, ...],
        prefix: int,
        known: Binding | None = None,
    ) -> Any:
        """The results of an op on operands of this level or of lower ones.

        Args:
            known: The binding of the op that this one is derived from.
        """

    def wraps(self, value: object) -> bool:
        """The value belongs to this level."""

    def counting(self, name: str) -> None:
        """Raises RuntimeError where the op `name` would have a result for each of a batch, with
        shapes that depend on its elements."""

    def assign(self, target: Any, value: Any) -> None:
        """Makes `target` hold `value`: what an in-place op does to a tensor of this level."""

    def made_like(self, source: Any, made: Any) -> Any:
        """A new tensor as `source.new_zeros` gives it: `made`, or one of the level of `source`."""


class Born:
    """What is known of memory that was allocated while interpreters were active.

    Attributes:
        after: How many interpreters had been pushed in the thread by then.
        views: Tensors that are views of the whole and still held, by identity.
    """

    __slots__ = ("after", "views")

    def __init__(self, after: int) -> None:
        self.after = after
        self.views: WeakValueDictionary[int, Any] = WeakValueDictionary()


class Modes(threading.local):
    """What is switched on in this thread.

    Attributes:
        stack: Active interpreters, the topmost last.
        trace: What follows the calls of a composite, if one is followed (`repeating.py`).
        flags: The rest, where native code reads it.
        pushed: How many interpreters were ever pushed.
        born: Storages allocated while one was.
    """

    def __init__(self) -> None:
        self.stack: list[Interpreter] = []
        self.trace: Any = None
        self.pushed = 0
        self.born: WeakKeyDictionary[Any, Born] = WeakKeyDictionary()
        self.flags: Any = View(Flags)
        self._grad = self.flags.place("grad")
        self._inference = self.flags.place("inference")
        self._autocast = self.flags.place("autocast")
        self._grad.value = 1

    @property
    def grad(self) -> bool:
        """Calls are recorded on the tape: never in inference mode, whoever asks for it."""
        return bool(self._grad.value)

    @grad.setter
    def grad(self, wanted: bool) -> None:
        self._grad.value = wanted and not self._inference.value

    @property
    def inference(self) -> bool:
        """Results can never be recorded."""
        return bool(self._inference.value)

    @inference.setter
    def inference(self, wanted: bool) -> None:
        self._inference.value = wanted

    @property
    def autocast(self) -> int:
        """What autocast converts to, as a number; 0 where it is off."""
        return int(self._autocast.value)

    @autocast.setter
    def autocast(self, code: int) -> None:
        self._autocast.value = code


modes = Modes()
active = 0  # interpreters on the stacks of all threads: 0 lets dispatch skip the look-up
_lock = counting_lock()


def _flags_address() -> int:
    """Where native code finds the flags of this thread."""
    return int(modes.flags.at)


STATE.find_flags = id(keep_forever(_flags_address))
keep_forever(modes.flags)  # of the main thread, which is the last to go


def hold_native(count: int) -> None:
    """Adds to the reasons why native code leaves all calls to Python; it serves at none."""
    with _lock:
        STATE.active += count


atexit.register(hold_native, 1)  # what is called while modules are cleared is Python's


def push(interpreter: Interpreter) -> None:
    """Makes the interpreter the topmost one of this thread."""
    global active
    with _lock:
        active += 1
        STATE.active += 1
    modes.pushed += 1
    modes.stack.append(interpreter)


def pop() -> Interpreter:
    """Takes the topmost interpreter off the stack."""
    global active
    found = modes.stack.pop()
    with _lock:
        active -= 1
        STATE.active -= 1
    return found


def note_birth(storage: Any) -> None:
    """Notes that memory was allocated while an interpreter was active."""
    modes.born[storage] = Born(modes.pushed)


def note_view(view: Any) -> None:
    """Notes a view of memory that was allocated while an interpreter was active."""
    born = modes.born.get(view._storage)
    if born is not None:
        born.views[id(view)] = view


def like_source(source: Any, made: Any) -> Any:
    """A new tensor that was asked of another one, as the active interpreters want it."""
    return modes.stack[-1].made_like(source, made) if active and modes.stack else made


@contextmanager
def lowered(interpreter: Interpreter) -> Iterator[None]:
    """Inside, calls go to the interpreters below this one."""
    place = modes.stack.index(interpreter)
    above = modes.stack[place:]
    del modes.stack[place:]
    try:
        yield
    finally:
        modes.stack.extend(above)


def is_wrapped(value: object) -> bool:
    """The value belongs to an active interpreter of this thread."""
    return any(interpreter.wraps(value) for interpreter in modes.stack)

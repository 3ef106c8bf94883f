"""A pool of worker threads, compiled from LLVM IR, that runs the chunks of a kernel.

`parallel(kernel, arguments, chunks)` opens a round: helpers that look join in, everybody takes
chunks from one counter until none are left, the caller closes the round and waits for those who
joined. A helper that is late finds the round closed and costs nothing. While one round is open,
further calls (from a kernel, or from another thread) run their chunks inline. Helpers spin briefly,
then sleep on a futex. Which thread runs a chunk never shows in a result.

Where there is no futex (outside of Linux) chunks run one after the other.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache

from .cache import OBJECTS, Recipe, get_object
from .loader import load
from .machine import Machine, detect_machine

# Numbers of the system calls futex and sched_yield, and the instruction for waiting in a loop.
_SYSTEM = {
    "x86-64": (
        "202", "24", "call void @llvm.x86.sse2.pause()", "declare void @llvm.x86.sse2.pause()",
    ),
    "aarch64": (
        "98", "124", "call void @llvm.aarch64.hint(i32 1)", "declare void @llvm.aarch64.hint(i32)",
    ),
}  # fmt: skip

_TEXT = r"""
target triple = "TRIPLE"
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(i64)
declare i64 @syscall(i64, ...)
DECLARE_PAUSE
@task = internal global ptr null
@context = internal global ptr null
@chunks = internal global i64 0
@next = internal global i64 0     ; the next chunk to take
@owner = internal global i32 0    ; 1 while some thread has a round open
@state = internal global i64 0    ; bit 32: the round is open; low bits: helpers inside it
@limit = internal global i64 0    ; helpers that may join
@round = internal global i32 0    ; futex: helpers wait for it to change
@asleep = internal global i32 0   ; helpers in the futex

define internal void @take(ptr %f, ptr %c, i64 %n) #0 {
entry:
  br label %again
again:
  %i = atomicrmw add ptr @next, i64 1 acq_rel
  %in = icmp slt i64 %i, %n
  br i1 %in, label %run, label %out
run:
  call void %f(ptr %c, i64 %i)
  br label %again
out:
  ret void
}

define internal void @inline(ptr %f, ptr %c, i64 %n) #0 {
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %loop, label %out
loop:
  %i = phi i64 [0, %entry], [%following, %loop]
  call void %f(ptr %c, i64 %i)
  %following = add i64 %i, 1
  %more = icmp slt i64 %following, %n
  br i1 %more, label %loop, label %out
out:
  ret void
}

define internal void @join_round() #0 {
entry:
  %first = load atomic i64, ptr @state acquire, align 8
  %limit = load atomic i64, ptr @limit acquire, align 8
  br label %try
try:
  %seen = phi i64 [%first, %entry], [%now, %enter]
  %open = icmp uge i64 %seen, 4294967296
  %inside = and i64 %seen, 4294967295
  %room = icmp ult i64 %inside, %limit
  %may = and i1 %open, %room
  br i1 %may, label %enter, label %out
enter:
  %more = add i64 %seen, 1
  %pair = cmpxchg ptr @state, i64 %seen, i64 %more seq_cst seq_cst
  %now = extractvalue { i64, i1 } %pair, 0
  %entered = extractvalue { i64, i1 } %pair, 1
  br i1 %entered, label %work, label %try
work:
  %f = load ptr, ptr @task
  %c = load ptr, ptr @context
  %n = load i64, ptr @chunks
  call void @take(ptr %f, ptr %c, i64 %n)
  %left = atomicrmw sub ptr @state, i64 1 seq_cst
  br label %out
out:
  ret void
}

define internal ptr @helper(ptr %unused) #0 {
entry:
  %start = load atomic i32, ptr @round acquire, align 4
  call void @join_round()
  br label %fresh
fresh:
  %seen = phi i32 [%start, %entry], [%now, %work]
  br label %spin
spin:
  %k = phi i32 [0, %fresh], [%k1, %rest]
  %r = load atomic i32, ptr @round acquire, align 4
  %changed = icmp ne i32 %r, %seen
  br i1 %changed, label %work, label %spun
spun:
  %tired = icmp eq i32 %k, SPIN
  br i1 %tired, label %sleep, label %rest
rest:
  PAUSE
  %k1 = add i32 %k, 1
  br label %spin
sleep:
  %a = atomicrmw add ptr @asleep, i32 1 seq_cst
  %w = call i64 (i64, ...) @syscall(i64 FUTEX, ptr @round, i64 128, i32 %seen, ptr null)
  %b = atomicrmw sub ptr @asleep, i32 1 seq_cst
  %r2 = load atomic i32, ptr @round acquire, align 4
  %woken = icmp ne i32 %r2, %seen
  br i1 %woken, label %work, label %sleep
work:
  %now = phi i32 [%r, %spin], [%r2, %sleep]
  call void @join_round()
  br label %fresh
}

define i64 @start_helpers(i64 %n) #0 {   ; gives how many could be started
entry:
  %thread = alloca i64
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %loop, label %none
none:
  ret i64 0
loop:
  %i = phi i64 [0, %entry], [%i1, %made]
  %error = call i32 @pthread_create(ptr %thread, ptr null, ptr @helper, ptr null)
  %fine = icmp eq i32 %error, 0
  br i1 %fine, label %made, label %refused
refused:
  ret i64 %i
made:
  %id = load i64, ptr %thread
  %d = call i32 @pthread_detach(i64 %id)
  %i1 = add i64 %i, 1
  %more = icmp slt i64 %i1, %n
  br i1 %more, label %loop, label %done
done:
  ret i64 %n
}

define void @limit_helpers(i64 %n) #0 {
  store atomic i64 %n, ptr @limit seq_cst, align 8
  ret void
}

define void @forget_helpers() #0 {   ; in a forked child, which has none
  store i32 0, ptr @owner
  store i64 0, ptr @state
  store i32 0, ptr @asleep
  store i64 0, ptr @limit
  ret void
}

define void @parallel(ptr %f, ptr %c, i64 %n) #0 {
entry:
  %helpers = load atomic i64, ptr @limit acquire, align 8
  %alone = icmp eq i64 %helpers, 0
  %few = icmp slt i64 %n, 2
  %single = or i1 %alone, %few
  br i1 %single, label %serial, label %claim
claim:
  %pair = cmpxchg ptr @owner, i32 0, i32 1 seq_cst seq_cst
  %ours = extractvalue { i32, i1 } %pair, 1
  br i1 %ours, label %open, label %serial
serial:
  call void @inline(ptr %f, ptr %c, i64 %n)
  ret void
open:
  store ptr %f, ptr @task
  store ptr %c, ptr @context
  store i64 %n, ptr @chunks
  store atomic i64 0, ptr @next release, align 8
  store atomic i64 4294967296, ptr @state seq_cst, align 8
  %g = atomicrmw add ptr @round, i32 1 seq_cst
  %s = load atomic i32, ptr @asleep seq_cst, align 4
  %any = icmp ne i32 %s, 0
  br i1 %any, label %wake, label %own
wake:
  %others = sub i64 %n, 1
  %fewer = icmp slt i64 %others, %helpers
  %count = select i1 %fewer, i64 %others, i64 %helpers
  %w = call i64 (i64, ...) @syscall(i64 FUTEX, ptr @round, i64 129, i64 %count)
  br label %own
own:
  call void @take(ptr %f, ptr %c, i64 %n)
  %closed = atomicrmw and ptr @state, i64 4294967295 seq_cst
  br label %join
join:
  %k = phi i32 [0, %own], [%k1, %rest], [0, %yield]
  %inside = load atomic i64, ptr @state acquire, align 8
  %done = icmp eq i64 %inside, 0
  br i1 %done, label %out, label %wait
wait:
  %tired = icmp eq i32 %k, 2000
  br i1 %tired, label %yield, label %rest
rest:
  PAUSE
  %k1 = add i32 %k, 1
  br label %join
yield:
  %y = call i64 (i64, ...) @syscall(i64 YIELD)
  br label %join
out:
  store atomic i32 0, ptr @owner seq_cst, align 4
  ret void
}
attributes #0 = { nounwind }
"""

_NAMES = ("parallel", "start_helpers", "limit_helpers", "forget_helpers")
_SPIN = 1500  # pauses before a helper sleeps: some 30 to 50 us


def pool_recipe(machine: Machine) -> Recipe:
    """How the worker pool is made."""

    def source() -> str:
        return pool_text(machine)

    return Recipe("worker pool", _TEXT, machine, _NAMES, source)


OBJECTS.append(pool_recipe)


def pool_text(machine: Machine) -> str:
    """LLVM IR of the worker pool for a machine."""
    futex, give_way, pause, declaration = _SYSTEM[
        "aarch64" if machine.target.name == "aarch64" else "x86-64"
    ]
    text = _TEXT.replace("DECLARE_PAUSE", declaration).replace("TRIPLE", machine.triple)
    text = text.replace("SPIN", str(_SPIN)).replace("PAUSE", pause)
    return text.replace("FUTEX", futex).replace("YIELD", give_way)


class Workers:
    """The worker threads of this process.

    Attributes:
        count: Threads that share the work, the caller included.
    """

    def __init__(self, count: int) -> None:
        functions = _compiled()
        integer, pointer = ctypes.c_int64, ctypes.c_void_p
        self.address = functions["parallel"]
        self._start = ctypes.CFUNCTYPE(integer, integer)(functions["start_helpers"])
        self._limit = ctypes.CFUNCTYPE(None, integer)(functions["limit_helpers"])
        self._forget = ctypes.CFUNCTYPE(None)(functions["forget_helpers"])
        # c_char_p: bytes objects are handed in as they are; kernels do not write to arguments.
        self.parallel = ctypes.CFUNCTYPE(None, pointer, ctypes.c_char_p, integer)(self.address)
        self._started = 0
        self.count = 1
        self.resize(count)

    def resize(self, count: int) -> None:
        """Uses `count` threads from the next round on, starting helpers that are missing."""
        missing = count - 1 - self._started
        if missing > 0:
            self._started += self._start(missing)
        self.count = min(count, self._started + 1)
        self._limit(self.count - 1)

    def after_fork(self) -> None:
        """In a child, which inherits no threads: forgets them and starts its own."""
        wanted = self.count
        self._forget()
        self._started = 0
        self.resize(wanted)


@cache
def _compiled() -> dict[str, int]:
    """Addresses of the pool's functions, compiled once for each machine and kept on disk."""
    image = get_object(pool_recipe(detect_machine()))
    return load(image, _NAMES)


def available_cpus() -> int:
    """Processors that this process may keep busy: affinity, and the control group's quota."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:
            quota, period = file.read().split()
        if quota != "max":
            count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return count


_workers: list[Workers] = []
_wanted: list[int] = []


def workers() -> Workers | None:
    """The pool, started when first asked for; None where there is none."""
    if _workers:
        return _workers[0]
    if sys.platform != "linux":
        return None
    _workers.append(Workers(get_num_threads()))
    os.register_at_fork(after_in_child=_workers[0].after_fork)
    return _workers[0]


def parallel_call() -> Callable[[int, bytes, int], None]:
    """`parallel(kernel address, arguments, chunks)`: runs all chunks, on all workers."""
    pool = workers()
    return pool.parallel if pool is not None else _serial


def _serial(kernel: int, arguments: bytes, chunks: int) -> None:
    function = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(kernel)
    for chunk in range(chunks):
        function(arguments, chunk)


def get_num_threads() -> int:
    """Threads that share the work of a kernel, the caller included."""
    if _workers:
        return _workers[0].count
    if _wanted:
        return _wanted[0]
    for name in ("TENSORSMITH_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(name, "")
        if text.isdigit() and int(text) > 0:
            return int(text)
    return available_cpus()


def set_num_threads(count: int) -> None:
    """Shares work among `count` threads.

    Raises:
        ValueError: count is not positive.
    """
    if count < 1:
        raise ValueError(f"set_num_threads: count must be positive, got {count}")
    _wanted[:] = [count]
    if _workers:
        _workers[0].resize(count)

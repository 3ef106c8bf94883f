"""Worker threads that run the chunks of a kernel.

`parallel(task, context, chunks)` opens a round: helpers that look join in, everybody takes chunks
until none is left, the caller closes the round and waits for those who joined. Each has a part of
the chunks that lie side by side, and takes from the parts of others when it is through: threads
that read memory far from each other disturb each other less than neighbours do, and one that works
on the same tensors again finds its part in its own caches. A helper that is late finds the round
closed and costs nothing; its part was done by others. While one round is open, further calls (from
a kernel, or from another thread) run their chunks themselves. Helpers spin briefly, then sleep on a
futex. Which thread runs a chunk never shows in a result.

Nothing here needs the interpreter or its lock.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from .language import (
    Address,
    Array,
    Int,
    Int32,
    Struct,
    address,
    cast,
    compare_exchange,
    entry,
    external,
    fetch_add,
    invoke,
    load_atomic,
    native,
    pause,
    place_of,
    stack,
    store_atomic,
    variable,
)

OPEN = 1 << 32  # in `state`, above any number of helpers
MOST_PARTS = 64  # of a round; of more threads some begin with the same part
LINE = 8  # words of a cache line, which no two counters share
COUNTER_WORDS = MOST_PARTS * LINE
SPIN = 1500  # pauses before a helper sleeps: some 30 to 50 us
PATIENCE = 2000  # pauses before the caller lets others have its processor
SLEEP, WAKE = 128, 129  # futex's operations on memory of one process


class Crew(Struct):
    """The helpers of this process, and the round they are in.

    Attributes:
        task, context, chunks: Of the open round: chunk k is `task(context, k)`.
        parts: How many parts it has.
        counters: The next chunk of each part, one in a line of memory.
        owner: 1 while some thread has a round open.
        state: `OPEN` while the round is open, plus the number of helpers inside of it.
        limit: Helpers that may join a round.
        asleep: Helpers in the futex.
        futex: Number of that system call.
        round: Counts rounds, modulo 2**32; helpers wait for it to change.
    """

    task: Address
    context: Address
    chunks: Int
    parts: Int
    counters: Address
    owner: Int
    state: Int
    limit: Int
    asleep: Int
    futex: Int
    round: Int32


CREW = variable("workers.crew", Crew)


# C declares `syscall` with `...`; integers travel in the same registers either way on Linux.
@external
def syscall(number: Int, place: Address, operation: Int, value: Int, timeout: Address) -> Int: ...
@external
def sched_yield() -> Int32: ...
@external
def pthread_create(thread: Address, how: Address, function: Address, data: Address) -> Int32: ...
@external
def pthread_detach(thread: Int) -> Int32: ...


@native
def take(own: Int) -> None:
    """Runs chunks of the round until none is left: first those of a part, then those of others."""
    counters = cast(Array[Int], CREW.counters)
    parts = CREW.parts
    for distance in range(parts):
        part = own + distance if own + distance < parts else own + distance - parts
        end = CREW.chunks * (part + 1) // parts
        chunk = fetch_add(counters[part * LINE], 1)
        while chunk < end:
            invoke(CREW.task, CREW.context, chunk)
            chunk = fetch_add(counters[part * LINE], 1)


@native
def run_alone(task: Address, context: Address, chunks: Int) -> None:
    """Runs all chunks, one after the other."""
    for chunk in range(chunks):
        invoke(task, context, chunk)


@native
def join_round() -> None:
    """Takes part in the round, if it is open and more helpers may join.

    The round cannot end, and its task cannot change, while `state` counts this helper.
    """
    seen = load_atomic(CREW.state)
    while seen >= OPEN and seen - OPEN < load_atomic(CREW.limit):
        found = compare_exchange(CREW.state, seen, seen + 1)
        if found == seen:
            own = seen - OPEN + 1
            take(own if own < CREW.parts else 0)
            fetch_add(CREW.state, -1)
            return
        seen = found


@native
def wait_for_round(seen: Int) -> Int:
    """The number of a round other than `seen`, once there is one."""
    for _ in range(SPIN):
        now = load_atomic(CREW.round)
        if now != seen:
            return now
        pause()
    while True:
        fetch_add(CREW.asleep, 1)  # before the kernel looks at `round`: see `parallel`
        syscall(CREW.futex, place_of(CREW.round), SLEEP, seen, 0)
        fetch_add(CREW.asleep, -1)
        now = load_atomic(CREW.round)
        if now != seen:
            return now


@native
def help_out(unused: Address) -> Address:
    """The life of a helper, which ends with the process."""
    seen = load_atomic(CREW.round)
    while True:
        join_round()
        seen = wait_for_round(seen)


@entry
def start_helpers(count: Int, futex: Int) -> Int:
    """Starts helpers; how many could be started."""
    CREW.futex = futex
    thread = stack(Int, 1)
    for made in range(count):
        if pthread_create(address(thread), 0, address(help_out), 0) != 0:
            return made
        pthread_detach(thread[0])
    return count


@entry
def limit_helpers(count: Int) -> None:
    """Lets at most `count` helpers join the rounds to come."""
    store_atomic(CREW.limit, count)


@entry
def forget_helpers() -> None:
    """In a forked child, which has none: no round is open, nobody sleeps."""
    CREW.owner = 0
    CREW.state = 0
    CREW.asleep = 0
    CREW.limit = 0


@entry
def parallel(task: Address, context: Address, chunks: Int) -> None:
    """Runs `task(context, k)` for all k below `chunks`, on all workers."""
    helpers = load_atomic(CREW.limit)
    if helpers == 0 or chunks < 2 or compare_exchange(CREW.owner, 0, 1) != 0:
        run_alone(task, context, chunks)
        return
    CREW.task = task
    CREW.context = context
    CREW.chunks = chunks
    parts = helpers + 1 if helpers < MOST_PARTS else MOST_PARTS
    parts = parts if parts < chunks else chunks
    counters = stack(Int, COUNTER_WORDS)
    for part in range(parts):
        counters[part * LINE] = chunks * part // parts
    CREW.parts = parts
    CREW.counters = address(counters)
    store_atomic(CREW.state, OPEN)
    # `round` changes before it is asked who sleeps; who falls asleep says so before the system
    # compares `round`. So nobody sleeps through a round.
    fetch_add(CREW.round, 1)
    if load_atomic(CREW.asleep) != 0:
        wanted = chunks - 1 if chunks - 1 < helpers else helpers
        syscall(CREW.futex, place_of(CREW.round), WAKE, wanted, 0)
    take(0)
    fetch_add(CREW.state, -OPEN)
    wait_for_helpers()
    store_atomic(CREW.owner, 0)


@native
def wait_for_helpers() -> None:
    """Returns when no helper is inside the round, which is closed."""
    waited = 0
    while load_atomic(CREW.state) != 0:
        if waited == PATIENCE:
            sched_yield()
            waited = 0
        else:
            pause()
            waited += 1


ROOTS = (parallel, start_helpers, limit_helpers, forget_helpers)

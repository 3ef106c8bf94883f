"""What one process of `precompile` does: plans a piece of work, and compiles what is not there."""

from __future__ import annotations

import multiprocessing
import os
import threading
import warnings
from dataclasses import field, replace
from pathlib import Path

from ... import backends
from ...backends.cache.folder import UserFolder
from ...backends.cache.layers import ObjectCache
from ...backends.cache.objects import Recipe, keep_plan
from ...backends.planning import PlanningBackend
from ...backends.processors import Processor, processor_by_name
from ...ops.dataclass import dataclass
from ...ops.errors import LoweringError, TensorsmithError
from ...ops.language.op import Op
from ...ops.registry import registry
from ...tensor.calls.entries import forget_plans
from ..printing import in_one_line
from .listing import Listing, keep_listing, read_listing


@dataclass(frozen=True)
class Work:
    """A piece of work.

    Attributes:
        kind: `op` (a name of the registry), `entry` (one of a YAML text), `program`, `calls`
            (of a lock file, one a line) or `objects` (what every program needs).
        what: Name or text.
        space: Key of `SPACES`, for ops.
        file: Where the text of an `entry`, or the calls, are from, for messages.
        name: Which entry of the text it is.
        first: Number of the first of the calls in their file, for messages.
    """

    kind: str
    what: str
    space: str = "full"
    file: str = "<text>"
    name: str = ""
    first: int = 1

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it apart from other work."""
        return self.kind, self.what, self.space, self.name

    @property
    def title(self) -> str:
        """What people call it."""
        match self.kind:
            case "op":
                return self.what
            case "entry":
                return f"{self.name} of {self.file}"
            case "program":
                return f"the program {self.what}"
            case "calls":
                return f"{self.file}: calls from {self.first} on"
        return "what every program needs"

    def ops(self) -> list[Op]:
        """The op that it is about, if it is about one."""
        match self.kind:
            case "op":
                return [registry.get(self.what)]
            case "entry":
                read = registry.read_text(self.what, self.file)
                return [op for op in read if op.name == self.name]
        return []


@dataclass(frozen=True)
class Run:
    """How pieces of work are built.

    Attributes:
        targets: Names of machines.
        store: Folder of a cache, which they are built into.
        jobs: Processes.
        dry: Only find out which kernels there are.
        quiet: No progress bar.
        durable: Each file is on the disk before the next one is written.
        known: Another folder of a cache, of which objects are taken that it has; None for none.
    """

    targets: tuple[str, ...]
    store: Path
    jobs: int = 1
    dry: bool = False
    quiet: bool = False
    durable: bool = True
    known: Path | None = None


@dataclass
class Built:
    """What came of it; see `Report`."""

    kernels: dict[str, dict[str, str]] = field(default_factory=dict)
    compiled: int = 0
    found: int = 0
    calls: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)


@dataclass
class _Process:
    processors: list[Processor]
    cache: ObjectCache
    known: UserFolder | None
    dry: bool

    def object(self, content: str) -> bytes | None:
        """The object of a content key, if one of both folders has it."""
        item = self.cache.user.get(content) or (self.known and self.known.get(content))
        return item.payload if item else None


_process: list[_Process] = []


def start(run: Run) -> None:
    """Begins a process; the environment has chosen the planning backend."""
    end_with_parent()
    warnings.simplefilter("ignore")  # of calls that no user made
    cache = ObjectCache(run.store)
    cache.user.durable = run.durable
    cache.user.limit = 1 << 62  # nothing is pruned that a bundle is still to be made of
    known = None if run.known is None else UserFolder(run.known)
    processors = [processor_by_name(name) for name in run.targets]
    _process[:] = [_Process(processors, cache, known, run.dry)]


def end_with_parent() -> None:
    """Lets this process end when the one that started it is gone, however that ended.

    What it was writing is in a temporary file; what it wrote is whole.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()


def work(piece: Work) -> Built:
    """Plans a piece of work, unless that was done before, and builds its kernels.

    A mistake of this package that one piece shows does not cost the others: it is told at the end.
    """
    process = _process[0]
    known = read_listing(process.cache.user, piece.identity, process.processors)
    if known is not None and (process.dry or _is_built(process, known)):
        there = 0 if process.dry else sum(map(len, known.kernels.values()))
        return Built(known.kernels, found=there, calls=known.calls, without=_without(piece, known))
    built = Built()
    try:
        recipes = _recipes(process, piece, built)
    except (TensorsmithError, OSError, MemoryError):
        raise
    except Exception as error:
        built.failed[piece.title] = f"its calls cannot be planned: {in_one_line(error)}"
        return built
    for target, each in recipes.items():
        compiler = each[0].compiler() if each else ""
        plans = {recipe.plan().text(compiler): recipe for recipe in each}
        built.kernels[target] = {plan: r.label or r.name for plan, r in plans.items()}
        recipes[target] = list(plans.values())
    listing = Listing(built.kernels, built.calls)
    built.without = _without(piece, listing)
    keep_listing(process.cache.user, piece.identity, process.processors, listing)
    if not process.dry:
        for target, each in recipes.items():
            for recipe in each:
                _build(process, recipe, built.kernels[target], built)
    return built


def _without(piece: Work, found: Listing) -> dict[str, str]:
    """The op of a piece of work and why it has no kernel; nothing if it has one."""
    if any(found.kernels.values()):
        return {}
    return {op.name: why_without(op, found.calls) for op in piece.ops()}


def why_without(op: Op, calls: int) -> str:
    """Why nothing is built for an op; "" if it should have a kernel and no call gave one."""
    if op.form in ("view", "extern"):
        return "no kernel of its own runs, so none is built"
    return "" if not calls else f"no kernel runs in any of its {calls:,} calls"


def _is_built(process: _Process, known: Listing) -> bool:
    """All of a piece of work was built before."""
    user = process.cache.user
    return all(user.get(plan) is not None for plans in known.kernels.values() for plan in plans)


def _recipes(process: _Process, piece: Work, built: Built) -> dict[str, list[Recipe]]:
    """For each target how the kernels of a piece of work are made; notes how many calls it has."""
    found: dict[str, list[Recipe]] = {each.target.name: [] for each in process.processors}
    if piece.kind == "objects":
        for each in process.processors:
            found[each.target.name] += each.objects()
        return found
    backend = planning_backend()
    backend.plan_for(process.processors)
    forget_plans()  # else they pile up, and a call that was planned for another piece is not noted
    built.calls = plan(piece)
    for each in process.processors:  # several of one name differ in features
        found[each.target.name] += [each.recipe(*p) for p in backend.planned[each.target.name]]
    return found


def planning_backend() -> PlanningBackend:
    """The backend of this process, which plans and runs nothing."""
    backend = backends.get()
    if not isinstance(backend, PlanningBackend):
        raise TypeError(f"work needs the planning backend, not {type(backend).__name__}")
    return backend


def plan(piece: Work) -> int:
    """Plans a piece of work on the backend of this process; how many calls it has.

    An op that takes no call of the core space is planned with those of `first`.
    """
    from . import programs, space

    spaces = space.SPACES[piece.space]
    match piece.kind:
        case "op":
            calls = sum(space.plan_entry(registry.get(piece.what), each)[0] for each in spaces)
            if piece.space == "core" and not any(planning_backend().planned.values()):
                calls += plan(replace(piece, space="first"))
            return calls
        case "entry":
            ops = piece.ops()
            return sum(space.plan_entry(op, each)[0] for op in ops for each in spaces)
        case "program":
            programs.PROGRAMS[piece.what]()
        case "calls":
            from .lock import plan_calls

            return sum(1 for _ in plan_calls(piece.what.splitlines(), piece.file, piece.first))
    return 1


def source_of(recipe: Recipe) -> str:
    """The generated source of an object.

    Raises:
        LoweringError: It cannot be generated; of a call that nobody ever made, as a lock file may
            hold, whatever the reason.
    """
    try:
        return recipe.source()
    except TensorsmithError:
        raise
    except Exception as error:
        raise LoweringError(f"its source cannot be generated: {in_one_line(error)}") from error


def _build(process: _Process, recipe: Recipe, plans: dict[str, str], built: Built) -> None:
    """Builds what is not there; a kernel that cannot be built is taken out of the plans."""
    compiler = recipe.compiler()
    if process.cache.find(recipe.plan(), compiler, recipe.fits) is not None:
        built.found += 1
        return
    try:
        source = source_of(recipe)
        content = recipe.content(source, compiler).text()
        image = process.object(content)
        if image is not None:
            built.found += 1
        else:
            image = recipe.compile(source)
            built.compiled += 1
        if not keep_plan(process.cache, recipe, content, image, source):
            user = process.cache.user
            raise OSError(f"{user.asked} {user.why_not or 'cannot be written to'}")
    except TensorsmithError as error:
        label = plans.pop(recipe.plan().text(compiler))
        built.failed[f"{label} for {recipe.plan().target}"] = str(error)

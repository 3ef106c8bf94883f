"""What one process of `precompile` does: plans a piece of work, and compiles what is not there."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path

from ... import backends
from ...backends.cache.layers import ObjectCache
from ...backends.cache.objects import Recipe, keep_plan
from ...backends.planning import PlanningBackend
from ...backends.processors import Processor, processor_by_name
from ...ops.errors import TensorsmithError
from ...ops.registry import registry


@dataclass(frozen=True)
class Work:
    """A piece of work.

    Attributes:
        kind: `op` (a name of the registry), `entry` (YAML text with entries), `program`, `calls`
            (of a lock file, one a line) or `objects` (what every program needs).
        what: Name or text.
        space: `core` or `full`, for ops.
        file: Where the text of an `entry` is from, for messages.
    """

    kind: str
    what: str
    space: str = "full"
    file: str = "<text>"


@dataclass
class Built:
    """What came of it; see `Report`."""

    kernels: dict[str, dict[str, str]] = field(default_factory=dict)
    compiled: int = 0
    found: int = 0
    calls: int = 0
    failed: dict[str, str] = field(default_factory=dict)


@dataclass
class _Process:
    processors: list[Processor]
    cache: ObjectCache
    dry: bool


_process: list[_Process] = []


def start(targets: tuple[str, ...], store: str, dry: bool, durable: bool) -> None:
    """Begins a process; the environment has chosen the planning backend."""
    warnings.simplefilter("ignore")  # of calls that no user made
    cache = ObjectCache(Path(store))
    cache.user.durable = durable
    cache.user.limit = 1 << 62
    _process[:] = [_Process([processor_by_name(name) for name in targets], cache, dry)]


def work(piece: Work) -> Built:
    """Plans a piece of work and builds its kernels."""
    process = _process[0]
    built = Built()
    backend = backends.get()
    if not isinstance(backend, PlanningBackend):
        raise TypeError(f"work needs the planning backend, not {type(backend).__name__}")
    backend.plan_for(process.processors)
    if piece.kind != "objects":
        built.calls = _plan(piece)
    for processor in process.processors:
        target = processor.target.name
        if piece.kind == "objects":
            recipes = processor.objects()
        else:
            recipes = [processor.recipe(*pair) for pair in backend.planned[target]]
        plans = built.kernels.setdefault(target, {})
        for recipe in recipes:
            _build(process, recipe, plans, built)
    return built


def _plan(piece: Work) -> int:
    from . import programs, space

    spaces = space.SPACES[piece.space]
    match piece.kind:
        case "op":
            return sum(space.plan_entry(registry.get(piece.what), each)[0] for each in spaces)
        case "entry":
            ops = registry.read_text(piece.what, piece.file)
            return sum(space.plan_entry(op, each)[0] for op in ops for each in spaces)
        case "program":
            programs.PROGRAMS[piece.what]()
        case "calls":
            from .lock import plan_call

            calls = piece.what.splitlines()
            for text in calls:
                plan_call(text)
            return len(calls)
    return 1


def _build(process: _Process, recipe: Recipe, plans: dict[str, str], built: Built) -> None:
    compiler = recipe.compiler()
    plan = recipe.plan().text(compiler)
    if plan in plans:
        return
    plans[plan] = recipe.label or recipe.name
    if process.dry:
        return
    if process.cache.find(recipe.plan(), compiler) is not None:
        built.found += 1
        return
    try:
        source = recipe.source()
        content = recipe.content(source, compiler).text()
        image = process.cache.get(content)
        if image is not None:
            built.found += 1
        else:
            image = recipe.compile(source)
            built.compiled += 1
        if not keep_plan(process.cache, recipe, content, image, source):
            user = process.cache.user
            raise OSError(f"{user.asked} {user.why_not or 'cannot be written to'}")
    except TensorsmithError as error:
        built.failed[f"{plans.pop(plan)} for {recipe.plan().target}"] = str(error)

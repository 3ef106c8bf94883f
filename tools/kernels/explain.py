"""Keys of an example call field by field, and why a look-up missed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ...backends.arguments import launch_signature
from ...backends.cache.format import Item
from ...backends.cache.layers import ObjectCache
from ...backends.cache.objects import DIGITS, building_command
from ...backends.cpu.cache import object_cache
from ...backends.processors import Processor, processor_by_name
from ...ops.calls.specialize import title
from ...ops.dtype import by_name, dtype
from ...ops.errors import ArgumentError, ArgumentValueError
from ...ops.language.op import Op
from ..printing import escaped
from ..show import plan_example
from .example import Asked, Found, NoSuchCallError, found_of, plan_asked
from .stored import objects_in_layers


def explain(
    asked: Asked, processor: Processor, as_json: bool, found: Sequence[Found] | None = None
) -> int:
    """Prints the keys of a call's kernels, and where they are.

    Args:
        asked: Which call, or which kernel.
        processor: What it is planned for.
        as_json: For machines.
        found: Its kernels, where they are known.
    """
    target = processor.target.spelling
    cache = object_cache()
    if cache.target != processor.target.name:
        cache = ObjectCache(cache.user.folder or cache.user.asked, target=processor.target.name)
    advice = building_command(asked.op, target) if asked.op else ""
    try:
        kernels = plan_asked(asked, target) if found is None else found
        explained = [key_of(cache, each) for each in kernels]
    except NoSuchCallError as error:
        explained = [_by_name(cache, asked.kernel, processor.target.name, str(error))]
        advice = ""
    if as_json:
        print(json.dumps(explained))
        return 0
    print(description(asked))
    if not explained:
        print("no kernel of its own runs")
    for each in explained:
        _print(each, advice)
    return 0


def _print(kernel: dict[str, Any], advice: str) -> None:
    """A kernel, and if it is in no layer, why, and the command that builds it."""
    lines = [kernel["label"]]
    for field, value in kernel["plan"].items():
        lines.append(f"  {field:10} {value if isinstance(value, str) else json.dumps(value)}")
    lines.append(f"  {'found in':10} {kernel['layer'] or 'no layer'}")
    if kernel["layer"] is None:
        why = filter(None, (*kernel["why"], advice))
        lines += [f"  {'':10} {line}" for line in why]
    print("\n".join(map(escaped, lines)))


def _by_name(cache: ObjectCache, kernel: str, target: str, reason: str) -> dict[str, Any]:
    """What the name of a kernel says that no known call needs, the layer that has it, and if none
    has, how those of the nearest differ; as `key_of`."""
    op, _, rest = kernel.rpartition("[")
    details, _, structure = rest.partition("]#")
    dtypes, _, layout = details.rpartition(", ")
    plan = {
        "name": op, "dtypes": dtypes, "layout": layout, "target": target, "structure": structure,
    }  # fmt: skip
    others = [(_as_named(each, op, layout), where) for each, where in _plans(cache)]
    layer = next((where for each, where in others if each == plan), None)
    why = [reason, *(_why(plan, others) if layer is None else ())]
    return {"label": kernel, "plan": plan, "layer": layer, "why": why}


def _as_named(plan: dict[str, Any], op: str, layout: str) -> dict[str, Any]:
    """The fields of a key as names of kernels have them.

    Args:
        plan: The key.
        op, layout: In the name that it is compared with: in that of a kernel that ops share, the
            layout begins with the kind, which is the name in a key.
    """
    kind = plan["name"].replace("_", " ")
    shared = f"{layout} ".startswith(f"{kind} ")
    names = filter(None, plan.get("dtypes", "").split(","))
    return {
        "name": op if shared else title(plan["name"]),
        "dtypes": " ".join(dict.fromkeys(by_name(name).abbreviation for name in names)),
        "layout": f"{kind if shared else ''} {plan.get('layout', '')}".strip(),
        "target": plan["target"],
        "structure": plan["structure"][:DIGITS],
    }


def description(asked: Asked) -> str:
    """What is explained, in a line."""
    if asked.kernel:
        return f"the kernel {asked.kernel}"
    if asked.calls:
        return "a call of the lock file"
    shapes = " and ".join("x".join(map(str, shape)) or "scalar" for shape in asked.shapes)
    what = "the gradients of a call" if asked.backward else "a call"
    how = f"{asked.layout}, {shapes or 'as its first sample'}"
    return f"{what} of {asked.op} in {asked.dtype}, {how}"


def example_kernels(op: Op, kind: dtype, processor: Processor) -> list[Found]:
    """Those of the first sample with dense operands, planned in this process."""
    if op.form in ("view", "extern"):
        return []
    return [
        found_of(processor.recipe(each.kernel, launch_signature(each)))
        for launch in plan_example(op, kind, processor).launches
        for each in launch.alternatives()
    ]


def key_of(cache: ObjectCache, found: Found) -> dict[str, Any]:
    """The plan key of an object as plain data, the layer that has it, and if none has, why."""
    plan = json.loads(found.plan.text(found.compiler))
    layer = _layer_of(cache, found)
    why = [] if layer is not None else _why(plan, list(_plans(cache)))
    if found.why:
        why.append(f"its source cannot be generated: {found.why}")
    return {"label": found.label, "plan": plan, "layer": layer, "why": why}


def _layer_of(cache: ObjectCache, found: Found) -> str | None:
    """Where a program finds an object, by its plan, else by its source; None if it compiles it."""
    there = cache.find(found.plan, found.compiler, found.fits)
    if there is not None:
        return there[1]
    if found.content is None:
        return None
    known = cache.find_source(found.content, found.fits)
    if known is not None:
        return f"{known[1]}, by its source"
    if cache.find_by_others(found.content, found.fits) is not None:
        return "folder, by another compiler: run where this one is missing or must not compile"
    return None


def _plans(cache: ObjectCache) -> Iterator[tuple[dict[str, Any], str]]:
    """The plan keys in all layers whose fields name what there is, with the name of the layer."""
    for item, layer in objects_in_layers(cache):
        yield from ((plan, layer) for plan in plans_of(item) if _names_what_there_is(plan))


def _names_what_there_is(plan: dict[str, Any]) -> bool:
    """Whether this version knows the dtypes and the target of a key."""
    try:
        processor_by_name(plan["target"])
        for name in filter(None, plan["dtypes"].split(",")):
            by_name(name)
    except (ArgumentError, ArgumentValueError):
        return False
    return True


def plans_of(item: Item) -> Iterator[dict[str, Any]]:
    """The plan keys of an item."""
    for fields in map(fields_of, item.keys):
        if fields.get("kind") == "plan":
            yield fields


def fields_of(key: str) -> dict[str, Any]:
    """The fields of a key's text; none if it was not made by this package."""
    return dict(json.loads(key)) if key.startswith("{") else {}


def _why(plan: dict[str, Any], others: list[tuple[dict[str, Any], str]]) -> list[str]:
    """How the nearest key differs: the one of the same name with the fewest other fields, of those
    for the same target if there are any."""
    named = [(other, where) for other, where in others if other.get("name") == plan["name"]]
    if not named:
        return [f"no layer has any kernel called {plan['name']}"]
    same = [pair for pair in named if all(pair[0].get(f) == plan.get(f) for f in _PROCESSOR)]
    if not same:
        none = f"no layer has any kernel called {plan['name']} for {plan['target']}"
        return [none, *_nearest(plan, named)]
    return _nearest(plan, same)


_PROCESSOR = ("backend", "target")


def _nearest(plan: dict[str, Any], same: list[tuple[dict[str, Any], str]]) -> list[str]:
    """How the nearest of some keys differs."""
    nearest, where = min(same, key=lambda pair: len(_differing(plan, pair[0])))
    if not _differing(plan, nearest):
        return [f"the one of this very key, in {where}, is not whole, or is for another machine"]
    lines = [f"the nearest of {len(same)} of that name, in {where}, differs in:"]
    return lines + [
        f"  {field}: {_short(nearest.get(field))} there, {_short(plan.get(field))} here"
        for field in _differing(plan, nearest)
    ]


_READABLE = ("dtypes", "layout", "target", "features")
"""Fields that say in words how a structure differs: they are named first."""


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    fields = [*_READABLE, *(field for field in one if field not in _READABLE)]
    return [field for field in fields if field in one and one[field] != other.get(field)]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return (text if len(text) <= 40 else text[:16] + "...") or "none"

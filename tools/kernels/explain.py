"""Keys of an example call field by field, and why a look-up missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...backends.arguments import launch_signature
from ...backends.cache.format import Item
from ...backends.cache.layers import ObjectCache
from ...backends.cache.objects import Recipe, building_command
from ...backends.cpu.cache import object_cache
from ...backends.processors import Processor
from ...ops.dtype import by_name
from ...ops.registry import registry
from ..show import plan_example
from .stored import objects_in_layers


def explain(name: str, kind: str, processor: Processor, as_json: bool) -> int:
    """Prints the keys of the first sample's kernels, and where they are."""
    op = registry.get(name)
    if op.form in ("view", "extern"):
        print("[]" if as_json else "no kernel of its own runs")
        return 0
    cache = object_cache()
    if cache.target != processor.target.name:
        cache = ObjectCache(cache.user.folder or cache.user.asked, target=processor.target.name)
    found = [
        key_of(cache, processor.recipe(each.kernel, launch_signature(each)))
        for launch in plan_example(op, by_name(kind), processor).launches
        for each in launch.alternatives()
    ]
    if as_json:
        print(json.dumps(found))
        return 0
    for each in found:
        print(each["label"])
        for field, value in each["plan"].items():
            print(f"  {field:10} {value if isinstance(value, str) else json.dumps(value)}")
        print(f"  {'found in':10} {each['layer'] or 'no layer'}")
        if each["layer"] is None:
            for line in each["why"]:
                print(f"  {'':10} {line}")
            print(f"  {'':10} {building_command(name, processor.target.spelling)}")
    return 0


def key_of(cache: ObjectCache, recipe: Recipe) -> dict[str, Any]:
    """The plan key of an object as plain data, the layer that has it, and if none has, why."""
    compiler = recipe.compiler()
    text = recipe.plan().text(compiler)
    layer = _layer_of(cache, recipe, compiler)
    plan = json.loads(text)
    why = [] if layer is not None else _why(plan, list(_plans(cache)))
    return {"label": recipe.label, "plan": plan, "layer": layer, "why": why}


def _layer_of(cache: ObjectCache, recipe: Recipe, compiler: str) -> str | None:
    """Where a program finds an object, by its plan, else by its source; None if it compiles it."""
    found = cache.find(recipe.plan(), compiler)
    if found is not None:
        return found[1]
    content = recipe.content(recipe.source(), compiler)
    known = cache.find_source(content)
    if known is not None:
        return f"{known[1]}, by its source"
    if cache.find_by_others(content) is not None:
        return "folder, by another compiler: run where this one is missing or must not compile"
    return None


def _plans(cache: ObjectCache) -> Iterator[tuple[dict[str, Any], str]]:
    """The plan keys in all layers, with the name of the layer."""
    for item, layer in objects_in_layers(cache):
        yield from ((plan, layer) for plan in plans_of(item))


def plans_of(item: Item) -> Iterator[dict[str, Any]]:
    """The plan keys of an item."""
    for fields in map(fields_of, item.keys):
        if fields.get("kind") == "plan":
            yield fields


def fields_of(key: str) -> dict[str, Any]:
    """The fields of a key's text; none if it was not made by this package."""
    return dict(json.loads(key)) if key.startswith("{") else {}


def _why(plan: dict[str, Any], others: list[tuple[dict[str, Any], str]]) -> list[str]:
    """How the nearest key differs: the one of the same name with the fewest other fields."""
    same = [(other, where) for other, where in others if other.get("name") == plan["name"]]
    if not same:
        return [f"no layer has any kernel called {plan['name']}"]
    nearest, where = min(same, key=lambda pair: len(_differing(plan, pair[0])))
    lines = [f"the nearest of {len(same)} of that name, in {where}, differs in:"]
    return lines + [
        f"  {field}: {_short(nearest.get(field))} there, {_short(plan.get(field))} here"
        for field in _differing(plan, nearest)
    ]


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [field for field in one if one[field] != other.get(field)]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 else text[:16] + "..."

"""What `tensorsmith cache prune` and `clear` remove, counted as all commands count."""

from __future__ import annotations

from pathlib import Path

from tensorsmith.backends.cache.layers import ObjectCache

from .items import ITEMS, TARGET, Answer


def test_one_cache_is_counted_alike_by_all_commands(
    objects: ObjectCache, answer: Answer, bundles: Path
) -> None:
    count = {"objects": len(ITEMS), "names": 2 * len(ITEMS)}
    found = [answer("import", str(bundles / f"{TARGET}.bundle")), answer("info"), answer("verify")]
    found.append(answer("clear"))
    for each in found:
        assert {name: each[name] for name in count} == count
    for item in ITEMS:
        objects.keep(item)
    assert answer("prune", "--limit", "0") == count

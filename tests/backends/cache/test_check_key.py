"""What begins as a key does has the fields of one, each of its type."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from tensorsmith.backends.cache.check_key import is_key
from tensorsmith.backends.cache.key import OPTIMIZED, ContentKey, Options, PlanKey

PLAN = PlanKey("softmax", "structure", "pp", "x86-64-v3", "features", "generator", "compiler")
CONTENT = ContentKey("source", ("kernel", "other"), "x86-64-v3", "features", "compiler", OPTIMIZED)
KEYS = [PLAN, CONTENT]
WRONG: list[Any] = [None, 1.5, True, {}, [1], ["text", None], "text", 5, [["text"]]]


def changed(key: PlanKey | ContentKey, name: str, value: Any) -> str:
    """The text of a key with another value in a field, or in a field of its options."""
    found = json.loads(key.text())
    place = found["options"] if name.startswith("options.") else found
    place[name.removeprefix("options.")] = value
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("key", KEYS, ids=["plan", "content"])
def test_keys_are_keys_and_so_are_names_that_somebody_chose(key: PlanKey | ContentKey) -> None:
    assert is_key(key.text()) and is_key("a name") and not is_key("")


@pytest.mark.parametrize("key", KEYS, ids=["plan", "content"])
def test_a_value_of_a_wrong_type_in_any_field_is_seen(key: PlanKey | ContentKey) -> None:
    old = json.loads(key.text())
    values = {each.name: old[each.name] for each in fields(key)}
    values |= {f"options.{each.name}": old["options"][each.name] for each in fields(Options)}
    for name, value in values.items():
        for wrong in WRONG:
            if type(wrong) is not type(value) or isinstance(wrong, list | dict):
                assert not is_key(changed(key, name, wrong)), (name, wrong)


@pytest.mark.parametrize("key", KEYS, ids=["plan", "content"])
def test_fields_that_lack_or_are_too_many_are_seen(key: PlanKey | ContentKey) -> None:
    for name in json.loads(key.text()):
        less = {k: v for k, v in json.loads(key.text()).items() if k != name}
        assert not is_key(json.dumps(less)), name
    assert not is_key(changed(key, "zone", "UTC"))


@pytest.mark.parametrize("kind", ["other", None, [], {}, 5])
def test_kinds_that_there_are_not_are_seen(kind: Any) -> None:
    assert not is_key(changed(PLAN, "kind", kind))


@pytest.mark.parametrize("text", ["{", "{}", "{]", '{"kind": "plan"}', '{"a":' * 100_000])
def test_what_is_no_key_raises_nothing(text: str) -> None:
    assert not is_key(text)


def test_digests_are_texts_as_others_are() -> None:
    text = replace(PLAN, structure="0a" * 32).text()
    assert is_key(text) and is_key(replace(PLAN, structure="0b" * 32).text())
    assert not is_key(text.replace(f'"{"0a" * 32}"', "0a" * 32))
    assert not is_key(text.replace(f'"{"0a" * 32}"', "1" * 64))

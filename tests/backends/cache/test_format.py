"""An item is bytes that verify themselves, and says nothing that its readers do not expect."""

from __future__ import annotations

import pytest
from tensorsmith.backends.cache.format import Item, decode, encode, make_item

from .samples import ITEM


def test_an_item_is_the_same_bytes_in_any_order_of_what_is_said_about_it() -> None:
    one = make_item("k", b"x", {"a": "1", "b": "2"})
    other = make_item("k", b"x", {"b": "2", "a": "1"})
    assert encode(one) == encode(other) and decode(encode(one)) == one


def test_a_key_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="keys of one line each"):
        make_item("two\nlines", b"")


def test_bytes_after_the_end_are_a_miss() -> None:
    assert decode(encode(ITEM) + b"\0", ITEM.key) is None


@pytest.mark.parametrize("schema", [0, 1, 2, 65535])
def test_other_versions_of_the_format_are_misses(
    schema: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tensorsmith.backends.cache import format as format_module

    monkeypatch.setattr(format_module, "SCHEMA", schema)
    other = encode(ITEM)
    monkeypatch.undo()
    assert decode(other, ITEM.key) is None


NOTES = [
    b"", b"no JSON", b"\xff", b"[]", b"5", b'{"label": 5}', b'{"source": null}', b"[" * 100_000,
    b'{"label": 5, "source": "text"}', b'{"label": "relu", "source": "text", "x": 5}',
    b'{"label": "relu", "source": "text" "more"}', b'{"label": "relu", "source": "text\\"}',
    b'{"label": "relu", "source": "\xff"}', b'{"label": "relu", "source": "text"', b'"}',
]  # fmt: skip


@pytest.mark.parametrize("note", NOTES, ids=lambda note: str(note[:20]))
def test_what_is_said_about_an_object_is_texts_or_the_item_is_damaged(note: bytes) -> None:
    assert decode(encode(Item(("key",), b"object", note))) is None


@pytest.mark.parametrize("note", NOTES, ids=lambda note: str(note[:20]))
def test_who_asks_for_an_object_by_its_key_is_told_nothing_that_is_no_text(note: bytes) -> None:
    item = decode(encode(Item(("key",), b"object", note)), "key")
    assert item is not None and item.payload == b"object" and item.about == {}


def test_texts_of_any_name_may_be_said_about_an_object() -> None:
    for about in ({}, {"label": "relu", "more": 'a "text"'}, {"label": "x", "source": "aGVsbG8="}):
        item = make_item("key", b"object", about)
        assert decode(encode(item)) == decode(encode(item), "key") == item
        assert item.about == about


@pytest.mark.parametrize("key", ["", "{", '{"kind": "plan"}', "{}"])
def test_an_item_with_a_key_that_is_none_is_damaged(key: str) -> None:
    assert decode(encode(Item(("key", key), b"object"))) is None

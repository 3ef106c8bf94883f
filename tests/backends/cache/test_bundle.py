"""Bundles are found by key, verify themselves, and are ignored with a warning when they do not."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from tensorsmith.backends.cache import bundle
from tensorsmith.backends.cache.bundle import Bundle, BundleError, write_bundle
from tensorsmith.backends.cache.format import Item, make_item

from .samples import HEAD, ITEMS, cache_with, give_away


def test_every_item_is_found_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    size = write_bundle(path, HEAD, ITEMS)
    opened = Bundle(path)
    assert len(opened) == 100 and size == path.stat().st_size
    assert all(opened.get(item.key) == item for item in ITEMS)
    assert opened.get("key") is None and opened.get("key 100") is None
    assert sorted(i.key for i in opened.items() if i) == sorted(i.key for i in ITEMS)


def test_an_item_is_found_by_each_of_its_keys_and_stored_once(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    item = make_item(("one", "two", "three"), os.urandom(5000))
    assert write_bundle(path, HEAD, [item]) < 8000
    opened = Bundle(path)
    assert len(opened) == 1 and list(opened.items()) == [item]
    assert [opened.get(key) for key in ("one", "two", "three", "four")] == [item] * 3 + [None]


def test_an_empty_bundle_holds_nothing(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.bundle", HEAD, [])
    assert Bundle(tmp_path / "a.bundle").get("key") is None


def test_the_bytes_do_not_depend_on_the_order_of_items(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.bundle", HEAD, ITEMS)
    write_bundle(tmp_path / "b.bundle", HEAD, reversed(ITEMS))
    assert (tmp_path / "a.bundle").read_bytes() == (tmp_path / "b.bundle").read_bytes()


def test_a_bundle_cut_or_changed_anywhere_never_gives_a_wrong_item(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    write_bundle(path, HEAD, ITEMS[:10])
    whole = path.read_bytes()
    step = max(1, len(whole) // 300)
    places = range(0, len(whole), step)
    versions = [whole[:k] for k in places]
    versions += [whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :] for k in places]
    for version in versions:
        path.write_bytes(version)
        for item in ITEMS[:10]:
            try:
                assert Bundle(path).get(item.key) in (item, None)
            except BundleError:
                continue


def test_a_bundle_cut_while_it_is_open_does_not_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    write_bundle(path, HEAD, ITEMS)
    opened = Bundle(path)
    os.truncate(path, 100)
    with pytest.raises(BundleError):
        opened.get("key 50")


def parts_of(path: Path) -> dict[str, range]:
    """Where the parts of a bundle lie that its digest is taken over."""
    data, head = path.read_bytes(), Bundle(path).head
    begin = len(bundle.MAGIC) + bundle._LENGTH.size
    dictionary = begin + bundle._LENGTH.unpack_from(data, len(bundle.MAGIC))[0]
    index = dictionary + head.dictionary
    end = index + bundle._ENTRY.size * head.count
    return {
        "head": range(begin, dictionary),
        "dictionary": range(dictionary, index),
        "index": range(index, end),
        "digest": range(end, end + 32),
    }


@pytest.mark.parametrize("part", ["dictionary", "index", "digest"])
def test_a_bundle_with_a_wrong_digest_is_ignored_with_a_warning(tmp_path: Path, part: str) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    whole, places = path.read_bytes(), parts_of(path)[part]
    for place in {places[0], places[len(places) // 2], places[-1]}:
        (tmp_path / str(place)).mkdir()
        path = tmp_path / str(place) / "x86-64-v3.bundle"
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        cache = cache_with(tmp_path, path)
        why = "x86-64-v3.bundle is ignored: its head does not have the digest"
        with pytest.warns(RuntimeWarning, match=why):
            assert cache.get("key 1") is None
        assert cache.get("key 1") is None  # told once


def test_a_head_that_says_another_compiler_has_a_wrong_digest(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    path.write_bytes(path.read_bytes().replace(b"llvm 1", b"llvm 2", 1))
    with pytest.raises(BundleError, match="its head does not have the digest"):
        Bundle(path)


@pytest.mark.parametrize("change", [-100, -1, 1, 100_000])
def test_a_bundle_of_another_length_than_its_head_states_is_ignored_with_a_warning(
    tmp_path: Path, change: int
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    size = write_bundle(path, HEAD, ITEMS)
    whole = path.read_bytes()
    path.write_bytes(whole[:change] if change < 0 else whole + bytes(change))
    why = f"it has {size + change:,} bytes where its head states {size:,}"
    with pytest.warns(RuntimeWarning, match=f"x86-64-v3.bundle is ignored: {why}"):
        assert cache_with(tmp_path, path).get("key 1") is None


@pytest.mark.parametrize(
    "change",
    [{"count": "2"}, {"target": None}, {"packed": 1.5}, {"schema": True}, {"zone": "UTC"}, []],
    ids=str,
)
def test_a_head_with_fields_of_wrong_types_is_refused(tmp_path: Path, change: object) -> None:
    fields = {**vars(HEAD), **change} if isinstance(change, dict) else change
    text = json.dumps(fields).encode()
    front = bundle.MAGIC + bundle._LENGTH.pack(len(text)) + text
    (tmp_path / "a.bundle").write_bytes(front + hashlib.sha256(front).digest())
    with pytest.raises(BundleError, match="its head cannot be read"):
        Bundle(tmp_path / "a.bundle")


ABSURD = {"count": 1 << 40, "dictionary": 1 << 42, "packed": 1 << 42}
NEGATIVE = {"count": -1, "dictionary": -60, "packed": -1}


@pytest.mark.parametrize("lengths", [ABSURD, NEGATIVE], ids=["absurd", "negative"])
@pytest.mark.parametrize("part", ["count", "dictionary", "packed"])
def test_a_head_that_states_absurd_lengths_is_refused_before_they_are_read(
    tmp_path: Path, part: str, lengths: dict[str, int]
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    text = json.dumps({**vars(HEAD), part: lengths[part]}, sort_keys=True).encode()
    path.write_bytes(bundle.MAGIC + bundle._LENGTH.pack(len(text)) + text)
    os.truncate(path, 5 << 40)  # a sparse file: it has the bytes that its head claims
    why = "x86-64-v3.bundle is ignored: its head states lengths that no bundle has"
    with pytest.warns(RuntimeWarning, match=why):
        assert cache_with(tmp_path, path).get("key 1") is None


def unpacks_nothing(opened: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """The item of a bundle is damaged, which is known before it is unpacked."""
    unpack = bundle.zlib.decompressobj
    monkeypatch.setattr(bundle.zlib, "decompressobj", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(BundleError, match="an item in it does not have the digest"):
        opened.get("key")
    assert list(opened.items()) == [None]
    monkeypatch.setattr(bundle.zlib, "decompressobj", unpack)


@pytest.mark.parametrize("payload", [bytes(5000), os.urandom(5000)], ids=["unpacked", "packed"])
def test_an_item_larger_than_any_object_is_damaged_and_never_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, payload: bytes
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item("key", payload)])
    opened = Bundle(path)
    assert opened.get("key") is not None
    monkeypatch.setattr(bundle, "LARGEST", 4000)
    unpacks_nothing(opened, monkeypatch)


@pytest.mark.parametrize("whole", [0, 1 << 29])
def test_an_item_that_unpacks_to_any_length_is_damaged_and_never_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item("key", bytes(5000))])
    data, parts = bytearray(path.read_bytes()), parts_of(path)
    index, end = parts["index"].start, parts["digest"].start
    entry = bundle._ENTRY.unpack_from(data, index)
    bundle._ENTRY.pack_into(data, index, *entry[:3], whole)
    data[end : end + 32] = hashlib.sha256(data[:end]).digest()
    path.write_bytes(data)
    unpacks_nothing(Bundle(path), monkeypatch)


def test_an_item_that_says_what_nobody_expects_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [Item(("key",), b"object", b'{"label": 5}'), ITEMS[1]])
    assert [item for item in Bundle(path).items() if item] == [ITEMS[1]]


def test_a_bundle_with_a_damaged_item_is_ignored_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, [make_item("key", os.urandom(5000))])
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    cache = cache_with(tmp_path, path)
    with pytest.warns(RuntimeWarning, match="does not have the digest"):
        assert cache.get("key") is None
    assert cache.get("key") is None


@pytest.mark.parametrize("kind", ["environment", "system"])
def test_a_bundle_that_others_may_write_to_is_ignored_with_a_warning(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    os.chmod(path, 0o666)
    cache = cache_with(tmp_path, path, kind)
    with pytest.warns(RuntimeWarning, match="can be written to by others"):
        assert cache.get("key 1") is None
    os.chmod(path, 0o644)
    assert cache_with(tmp_path, path, kind).get("key 1") == ITEMS[1].payload


@pytest.mark.parametrize("kind", ["environment", "system"])
def test_a_bundle_of_another_user_is_ignored_with_a_warning(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    give_away(monkeypatch, path)
    with pytest.warns(RuntimeWarning, match=r"belongs to another user \(number 4711\)"):
        assert cache_with(tmp_path, path, kind).get("key 1") is None


@pytest.fixture
def way(tmp_path: Path) -> Path:
    """A folder that everybody may write to, beside one with a good bundle."""
    (tmp_path / "good").mkdir(mode=0o755)
    write_bundle(tmp_path / "good" / "x86-64-v3.bundle", HEAD, ITEMS)
    (tmp_path / "open").mkdir()
    os.chmod(tmp_path / "open", 0o777)
    return tmp_path


def refused(way: Path, path: Path, why: str) -> None:
    """The bundle is refused with a message, and an item in it is not found."""
    with pytest.warns(RuntimeWarning, match=f"x86-64-v3.bundle is ignored: .*{why}"):
        assert cache_with(way, path, "environment").get("key 1") is None


def test_a_link_that_others_can_exchange_does_not_lead_to_a_bundle(way: Path) -> None:
    link = way / "open" / "x86-64-v3.bundle"
    link.symlink_to(way / "good" / "x86-64-v3.bundle")
    refused(way, link, "open, which can be written to by everybody")
    between = way / "good" / "between"
    between.symlink_to(way / "open")
    refused(way, between, "open, which can be written to by everybody")


def test_a_bundle_in_a_folder_below_one_that_everybody_may_write_to_is_ignored(way: Path) -> None:
    (way / "open" / "sub").mkdir(mode=0o755)
    path = way / "open" / "sub" / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    refused(way, path, "open, which can be written to by everybody")


def test_a_bundle_behind_links_that_only_its_user_can_exchange_is_read(way: Path) -> None:
    (way / "link").symlink_to("good")
    path = way / "link" / "x86-64-v3.bundle"
    assert cache_with(way, path, "environment").get("key 1") == ITEMS[1].payload


def test_what_is_checked_is_the_opened_file_not_the_one_at_the_path_later(
    way: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, good = way / "x86-64-v3.bundle", way / "good" / "x86-64-v3.bundle"
    write_bundle(path, HEAD, ITEMS)
    os.chmod(path, 0o666)
    opened = os.open

    def exchanged_at_once(file: Path, flags: int) -> int:
        handle = opened(file, flags)
        os.replace(good, path)
        return handle

    monkeypatch.setattr(bundle.os, "open", exchanged_at_once)
    refused(way, path, "can be written to by others")


@pytest.mark.parametrize("kind", ["core", "environment"])
def test_a_pipe_in_place_of_a_bundle_is_ignored_and_holds_nobody_up(way: Path, kind: str) -> None:
    path = way / "good" / "x86-64-v3.bundle"
    path.unlink()
    os.mkfifo(path)
    with pytest.warns(RuntimeWarning, match="is not a regular file"):
        assert cache_with(way, path, kind).get("key 1") is None

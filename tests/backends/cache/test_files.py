"""Files are read if they may be trusted, and are seen whole or not at all."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from tensorsmith.backends.cache.files import link, read, write_whole

from .samples import failing, give_away


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(str(path), b"content", durable=True)
    assert read(path) == b"content" and path.stat().st_mode & 0o777 == 0o600
    write_whole(str(path), b"other", durable=False)
    assert read(path) == b"other" and os.listdir(tmp_path) == ["file"]


def test_a_file_keeps_its_content_where_a_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(str(path), b"content", durable=False)
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, failing("ENOSPC"))
            with pytest.raises(OSError, match="No space left"):
                write_whole(str(path), b"other", durable=True)
        assert read(path) == b"content" and os.listdir(tmp_path) == ["file"]


def test_what_must_not_be_trusted_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(str(path), b"content", durable=False)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError, match="link"):
        read(tmp_path / "link")
    path.chmod(0o602)
    assert read(path) is None
    path.chmod(0o600)
    give_away(monkeypatch, path)
    assert read(path) is None
    monkeypatch.undo()
    assert read(path) == b"content" and read(tmp_path) is None


def test_a_file_larger_than_any_object_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(str(path), b"content", durable=False)
    os.truncate(path, 5 << 40)  # a sparse file
    assert read(path) is None


@pytest.mark.parametrize(("age", "marked"), [(60, False), (7200, True), (-7200, True)])
def test_use_is_marked_on_request_and_once_an_hour(tmp_path: Path, age: int, marked: bool) -> None:
    path = tmp_path / "file"
    write_whole(str(path), b"content", durable=False)
    then = time.time() - age
    os.utime(path, (then, then))
    read(path)
    assert path.stat().st_mtime == pytest.approx(then, abs=1)
    read(path, mark=True)
    assert (abs(path.stat().st_mtime - time.time()) < 30) == marked


def test_a_name_more_replaces_what_had_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for path in (one, other):
        write_whole(str(path), path.name.encode(), durable=False)
    for _ in range(2):  # again when it has the name already
        assert link(str(one), str(other)) and other.samefile(one)
        assert sorted(os.listdir(tmp_path)) == ["one", "other"]
    monkeypatch.setattr(os, "link", failing("EPERM"))
    assert not link(str(one), str(tmp_path / "third"))
    assert sorted(os.listdir(tmp_path)) == ["one", "other"]


def test_names_of_what_is_being_written_are_those_that_pruning_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}
    made = tempfile.mkstemp

    def watched(**options: str) -> tuple[int, str]:
        asked.update(options)
        return made(**options)

    monkeypatch.setattr(tempfile, "mkstemp", watched)
    write_whole(str(tmp_path / "file"), b"content", durable=False)
    assert asked == {"dir": str(tmp_path), "prefix": ".new-"}

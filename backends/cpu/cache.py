"""Compiled kernels on disk: one immutable, self-verifying file for each.

A file holds a magic word, the length of a JSON header, the header with the full key, the object
and the SHA-256 of all that. It is written beside its place, flushed, and moved there in one step,
so that a reader meets a whole file or none; what does not verify is a miss, and is written again.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

_MAGIC = b"TSKERNEL"
_VERSION = 1
_DIGEST = 32
SUFFIX = ".kernel"
LIMIT = 1 << 30  # bytes that a cache may take on disk


@cache
def generator_digest() -> str:
    """SHA-256 over the sources that decide what a kernel's machine code is.

    To be called as soon as those are imported: a file that changes later would stand for code that
    this process does not run.
    """
    package = Path(__file__).resolve().parents[2]
    folders = [package / "ops", package / "lowering", Path(__file__).resolve().parent]
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def canonical(key: tuple[object, ...]) -> str:
    """A key as text: equal for equal keys, in any process."""
    return json.dumps(_plain(key), separators=(",", ":"), ensure_ascii=False)


def _plain(part: object) -> object:
    if part is None or isinstance(part, bool | int | str):
        return part
    if isinstance(part, float):
        return ["float", part.hex()]
    if isinstance(part, tuple | list):
        return [_plain(p) for p in part]
    if isinstance(part, frozenset | set):
        return ["set", sorted(json.dumps(_plain(p)) for p in part)]
    # Frozen dataclasses and dtypes print the same in any process; objects that print an address
    # would never be found again.
    return [type(part).__name__, repr(part)]


class ObjectCache:
    """Objects by key.

    Attributes:
        folder: Where files are; None when the folder cannot be trusted or written to, and nothing
            is kept on disk.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder: Path | None = folder if _usable(folder) else None
        self._limit = limit
        self._pruned = False

    def path(self, key: str) -> Path | None:
        """File of a key, by the hash of its text."""
        if self.folder is None:
            return None
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / (name[2:] + SUFFIX)

    def get(self, key: str) -> bytes | None:
        """The object of a key; None if there is none, or its file is damaged."""
        path = self.path(key)
        if path is None:
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        payload = _payload(data, key)
        if payload is not None:
            with suppress(OSError):
                os.utime(path)  # the order in which files are dropped
        return payload

    def put(self, key: str, payload: bytes) -> None:
        """Keeps an object; where that is not possible, does nothing."""
        path = self.path(key)
        if path is None:
            return
        if not self._pruned:
            self._pruned = True
            self.prune()
        header = json.dumps({"version": _VERSION, "key": key}).encode()
        content = _MAGIC + struct.pack("<I", len(header)) + header + payload
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write_whole(path, content + hashlib.sha256(content).digest())
        except OSError as error:
            self.folder = None
            _warn(f"cannot be written to ({error.strerror})", path)

    def prune(self) -> int:
        """Removes the files used longest ago until the rest is within the limit; how many."""
        if self.folder is None:
            return 0
        files: list[tuple[float, int, Path]] = []
        for path in self.folder.glob(f"*/*{SUFFIX}"):
            with suppress(OSError):  # another process may be pruning too
                state = path.stat()
                files.append((state.st_mtime, state.st_size, path))
        total, removed = sum(size for _, size, _ in files), 0
        for _, size, path in sorted(files):
            if total <= self._limit:
                break
            path.unlink(missing_ok=True)
            total -= size
            removed += 1
        return removed

    def clear(self) -> int:
        """Removes all files; gives how many there were."""
        if self.folder is None:
            return 0
        files = list(self.folder.glob(f"*/*{SUFFIX}"))
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)

    def size(self) -> tuple[int, int]:
        """Number of files, and bytes in them."""
        if self.folder is None:
            return 0, 0
        sizes = [path.stat().st_size for path in self.folder.glob(f"*/*{SUFFIX}")]
        return len(sizes), sum(sizes)


def _payload(data: bytes, key: str) -> bytes | None:
    """The object inside a file's bytes, if they are whole and belong to the key."""
    start = len(_MAGIC) + 4
    if len(data) < start + _DIGEST or data[: len(_MAGIC)] != _MAGIC:
        return None
    content, digest = data[:-_DIGEST], data[-_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return None
    (length,) = struct.unpack_from("<I", data, len(_MAGIC))
    header = json.loads(content[start : start + length])
    if header.get("version") != _VERSION or header.get("key") != key:
        return None
    return content[start + length :]


def _write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that nobody ever sees part of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _usable(folder: Path) -> bool:
    """Makes the folder if need be; whether it is this user's and nobody else may write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError as error:
        _warn(f"cannot be made ({error.strerror})", folder)
        return False
    if hasattr(os, "getuid") and state.st_uid != os.getuid():
        _warn("belongs to another user", folder)
        return False
    if os.name == "posix" and state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        _warn("can be written to by others", folder)
        return False
    return True


def _warn(problem: str, folder: Path) -> None:
    warnings.warn(
        f"tensorsmith: the kernel cache {folder} {problem}; kernels are compiled anew in each "
        "process. Set TENSORSMITH_CACHE_DIR to a private folder.",
        RuntimeWarning,
        stacklevel=3,
    )


@cache
def object_cache() -> ObjectCache:
    """The cache of this user: `TENSORSMITH_CACHE_DIR`, or the system's place for caches."""
    folder = os.environ.get("TENSORSMITH_CACHE_DIR", "")
    if not folder:
        import platformdirs

        folder = platformdirs.user_cache_dir("tensorsmith", appauthor=False)
    return ObjectCache(Path(folder) / "kernels")

"""Caches: one that an import has filled, one that holds a traced program; commands over them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.bundle import Head, write_bundle
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels import explain

from .items import ITEMS, OTHER, TARGET, Answer
from .run import HERE, PROGRAM, Inside, command, python, told


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a process that has imported the package: native entry points, no kernel."""
    folder = tmp_path_factory.mktemp("started")
    python(folder, "-c", "import tensorsmith")
    return folder


@pytest.fixture
def cache(started: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with the native entry points, which take longest to compile."""
    return Path(shutil.copytree(started, tmp_path / "cache"))


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory, started: Path) -> Path:
    """A folder with a program, its lock file, and bundles made from it for two targets."""
    folder = tmp_path_factory.mktemp("kernels")
    shutil.copytree(started, folder / "traced")
    (folder / "program.py").write_text(PROGRAM)
    lock = str(folder / "kernels.lock")
    command(folder / "traced", "trace", str(folder / "program.py"), "-o", lock, "--", "word")
    told(
        folder / "built", "precompile", "--lock", lock, "--target", f"{HERE},aarch64",
        "--jobs", "1", "-o", str(folder / "bundles"), "--store", str(folder / "built"),
    )  # fmt: skip
    return folder


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """`told`, in this process."""

    def tell(folder: Path, *arguments: str, code: int = 0) -> Any:
        cache = ObjectCache(folder / "kernels", target=HERE, places=lambda: iter(()))
        monkeypatch.setenv("TENSORSMITH_NO_BUNDLE", "1")
        monkeypatch.setenv("TENSORSMITH_CACHE_DIR", str(folder))
        for module in (cpu_cache, explain):
            monkeypatch.setattr(module, "object_cache", lambda: cache)
        assert main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return tell


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """A folder with bundles of a few items for two targets."""
    folder = tmp_path / "bundles"
    for target in (TARGET, OTHER):
        write_bundle(folder / f"{target}.bundle", Head(target, "llvm 1", "generator"), ITEMS)
    return folder


@pytest.fixture
def objects(tmp_path: Path, bundles: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectCache:
    """The cache that commands of this process look at: an empty folder, and the bundles."""
    places = [("environment", bundles)]
    made = ObjectCache(tmp_path / "user", target=TARGET, places=lambda: iter(places))
    monkeypatch.setattr(cpu_cache, "object_cache", lambda: made)
    monkeypatch.setenv("TENSORSMITH_CACHE_DIR", str(tmp_path))
    return made


@pytest.fixture
def answer(objects: ObjectCache, capsys: pytest.CaptureFixture[str]) -> Answer:
    """What `tensorsmith cache ... --json` says, with the exit code that it must have."""

    def tell(*arguments: str, code: int = 0) -> Any:
        assert main(["cache", *arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return tell
